"""One page of HTML: escaped, without a script, in a policy that lets nothing else in."""

from __future__ import annotations

import base64
from functools import cache
from hashlib import sha256
from importlib import resources
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from patron.language import LANGUAGE, say

HOME = "/"


OWN, PERSON = ("page.css",), ("page.css", "person.css")
"""Style sheets of the pages for those who run the server, and of those for the shop's customers."""


def page(name: str, *, status: int = 200, **facts: object) -> HTMLResponse:
    """Return the page of the template `name`."""
    text = _environment().get_template(f"{name}.html.j2").render(**facts, say=say, css=_css(OWN))
    return HTMLResponse(text, status, headers={"Content-Security-Policy": _policy(OWN)})


def person_page(name: str, *, status: int = 200, **facts: object) -> HTMLResponse:
    """Return a page for one of the shop's customers, by a link of her own: no search engine is to list it."""
    text = _environment().get_template(f"{name}.html.j2").render(**facts, say=say, css=_css(PERSON), language=LANGUAGE)
    return HTMLResponse(
        text, status, headers={"Content-Security-Policy": _policy(PERSON), "X-Robots-Tag": "noindex, nofollow"}
    )


def local_path(text: str) -> str:
    """Return `text` if it is a path on this server, else the home page: a link must not lead elsewhere.

    Examples
    --------
    >>> local_path("/me?tab=1"), local_path("//evil.example"), local_path("https://evil.example/")
    ('/me?tab=1', '/', '/')
    """
    plain = text.isascii() and text.isprintable() and " " not in text and "\\" not in text
    if not plain or not text.startswith("/") or text.startswith("//"):
        return HOME
    try:
        parts = urlsplit(text)
    except ValueError:
        return HOME
    return HOME if parts.scheme or parts.netloc else text


@cache
def _environment() -> Environment:
    loader = PackageLoader("patron.server.web", ".")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@cache
def _css(sheets: tuple[str, ...]) -> str:
    return "".join((resources.files("patron.server.web") / name).read_text(encoding="utf-8") for name in sheets)


@cache
def _policy(sheets: tuple[str, ...]) -> str:
    """Allow the one style sheet, by its hash, and forms that are sent back here."""
    style = base64.b64encode(sha256(_css(sheets).encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
