"""The words of an e-mail: text for whoever reads text, a page with its language and direction, and the way out."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

from patron.activation.destinations.destination import MessageContent
from patron.language import say

_PAGE = re.compile(r"<html[\s>]", re.IGNORECASE)
_END = re.compile(r"</body\s*>(?!.*</body\s*>)", re.IGNORECASE | re.DOTALL)
_LINES = re.compile(r"\n{3,}")
_UNSEEN = ("head", "style", "script", "title", "template")
_BREAKS = ("p", "div", "br", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "blockquote")


def spoken_text(content: MessageContent) -> str:
    """Return the text: hers, or that of the page; with the links by which she leaves, where it lacks them."""
    text = content.get("text") or _text_of(content.get("html") or "")
    ways = [say(f"email.{key}", link=link) for key, link in _missing(content, text)]
    return "\n\n".join([text.rstrip(), "\n".join(ways)]) + "\n" if ways else text.rstrip() + "\n"


def spoken_html(content: MessageContent) -> str | None:
    r"""Return the page as a whole document, with the links by which she leaves; none where there is only text.

    Examples
    --------
    >>> spoken_html({"html": "<p>שלום</p>", "language": "he", "direction": "rtl"})
    '<!DOCTYPE html>\n<html lang="he" dir="rtl"><head><meta charset="utf-8"></head><body><p>שלום</p></body></html>\n'
    """
    html = content.get("html")
    if not html:
        return None
    ways = "".join(
        f'<p><a href="{escape(link)}">{escape(say(f"email.{key}_link"))}</a></p>'
        for key, link in _missing(content, html)
    )
    if _PAGE.search(html):
        return _END.sub(lambda end: ways + end[0], html, count=1) if _END.search(html) else html + ways
    language = escape(content.get("language") or "")
    spoken = f' lang="{language}"' if language else ""
    direction = "rtl" if content.get("direction") == "rtl" else "ltr"
    return (
        f'<!DOCTYPE html>\n<html{spoken} dir="{direction}"><head><meta charset="utf-8"></head>'
        f"<body>{html}{ways}</body></html>\n"
    )


def _missing(content: MessageContent, words: str) -> list[tuple[str, str]]:
    links = (("unsubscribe", content.get("unsubscribe_url")), ("preferences", content.get("preferences_url")))
    return [(key, link) for key, link in links if link and link not in words and escape(link) not in words]


class _Reading(HTMLParser):
    """Collects what a person sees of a page; a link's address stands behind its words."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._unseen = 0
        self._link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _BREAKS:
            self.said.append("\n")
        elif tag == "a":
            self._link = dict(attrs).get("href") or ""
        elif tag == "img":
            self.said.append(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        elif tag in _BREAKS:
            self.said.append("\n")
        elif tag == "a" and self._link:
            self.said.append(f" ({self._link})")
            self._link = ""

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.said.append(re.sub(r"\s+", " ", data))


def _text_of(html: str) -> str:
    r"""Return what a page says.

    Examples
    --------
    >>> _text_of('<style>p {}</style><p>See <a href="https://shop.example/">the shop</a>.</p><p>Ann</p>')
    'See the shop (https://shop.example/).\n\nAnn'
    """
    reading = _Reading()
    reading.feed(html)
    reading.close()
    return _LINES.sub("\n\n", "\n".join(line.strip() for line in "".join(reading.said).split("\n"))).strip()


__all__ = ["spoken_html", "spoken_text"]
