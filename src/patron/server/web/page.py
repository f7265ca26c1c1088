"""One page of HTML: escaped, without a script, in a policy that lets nothing else in."""

from __future__ import annotations

import base64
from functools import cache
from hashlib import sha256
from importlib import resources
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from patron.language import say

HOME = "/"


def page(name: str, *, status: int = 200, **facts: object) -> HTMLResponse:
    """Return the page of the template `name`."""
    text = _environment().get_template(f"{name}.html.j2").render(**facts, say=say, css=_css())
    return HTMLResponse(text, status, headers={"Content-Security-Policy": _policy()})


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
def _css() -> str:
    return (resources.files("patron.server.web") / "page.css").read_text(encoding="utf-8")


@cache
def _policy() -> str:
    """Allow the one style sheet, by its hash, and forms that are sent back here."""
    style = base64.b64encode(sha256(_css().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
