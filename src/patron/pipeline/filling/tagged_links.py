"""Addresses in the words of a message -> the same with the parameters of its campaign.

`utm_content` is the delivery: so a click comes back with the page that it leads to, without a cookie, a redirect or
somebody else's server in between.

Ref  GA4, custom campaign parameters: utm_source, utm_medium, utm_campaign, utm_content
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_PLAIN = re.compile(r"https?://[^\s<>\"'\]\[)]*[^\s<>\"'\]\[).,;:!?]")
_HREF = re.compile(r"(?P<before>\bhref\s*=\s*[\"'])(?P<url>https?://[^\"'<>\s]+)", re.IGNORECASE)

CONTENT = "utm_content"


def tagged_links(words: str, tags: Mapping[str, str], *, html: bool = False, but: Iterable[str] = ()) -> str:
    """Return words whose addresses carry `tags`.

    Parameters
    ----------
    words : str
        Plain text, or HTML: there only what links lead to is changed.
    tags : mapping
        Parameters; one that an address has already stays, but for `CONTENT`, by which a click is known.
    html : bool
        Whether the words are HTML.
    but : iterable of str
        Addresses that open with one of these stay as they are: those of our own server.

    Examples
    --------
    >>> tagged_links("See https://shop.example/sale?id=1#top.", {"utm_content": "d1"})
    'See https://shop.example/sale?id=1&utm_content=d1#top.'
    >>> tagged_links('<a href="https://shop.example/?a=1&amp;b=2">x</a>', {"utm_content": "d1"}, html=True)
    '<a href="https://shop.example/?a=1&amp;b=2&amp;utm_content=d1">x</a>'
    """
    kept = tuple(but)
    if html:
        return _HREF.sub(lambda found: found["before"] + _tagged_html(found["url"], tags, kept), words)
    return _PLAIN.sub(lambda found: _tagged(found[0], tags, kept), words)


def _tagged_html(url: str, tags: Mapping[str, str], but: tuple[str, ...]) -> str:
    return _tagged(url.replace("&amp;", "&"), tags, but).replace("&", "&amp;")


def _tagged(url: str, tags: Mapping[str, str], but: tuple[str, ...]) -> str:
    if url.startswith(but):
        return url
    try:
        parts = urlsplit(url)
    except ValueError:  # the checks of the words have said so; it is left as it stands
        return url
    there = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    query = parts.query
    if CONTENT in there and CONTENT in tags:
        pieces = [piece for piece in query.split("&") if piece.partition("=")[0] != CONTENT]
        query, there = "&".join(pieces), there - {CONTENT}
    more = urlencode({name: value for name, value in tags.items() if name not in there})
    return urlunsplit(parts._replace(query="&".join(filter(None, (query, more)))))


__all__ = ["CONTENT", "tagged_links"]
