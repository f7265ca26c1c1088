"""The dashboard of one process: Dash on the server's own application, made from its pages."""

from __future__ import annotations

import base64
from hashlib import sha256
from importlib import resources
from typing import Any

from dash import Dash
from dash.backends._fastapi import reset_current_request, set_current_request
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp

from patron.dashboard.desk import Desk
from patron.dashboard.front import CSRF_COOKIE, Front
from patron.dashboard.pages import PAGES, page_of
from patron.dashboard.shell import register_shell, shell
from patron.dashboard.suites import Suites
from patron.language import LANGUAGE, say
from patron.server.access.needs import CSRF_HEADER
from patron.server.ahead import Ahead
from patron.server.services import Services

INDEX = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<link rel="icon" href="data:image/svg+xml,{icon}">
{{%css%}}
<style>{style}</style>
</head>
<body>
{{%app_entry%}}
{{%config%}}
{{%scripts%}}
<script>{script}</script>
{{%renderer%}}
</body>
</html>
"""

ICON = (
    "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Ccircle cx='8' cy='8' r='5.5' fill='none' stroke='%231f66b3' stroke-width='5'/%3E%3C/svg%3E"
)


def dashboard(services: Services, below: ASGIApp) -> ASGIApp:
    """Return what answers the dashboard's paths, and leaves all others to `below`.

    Parameters
    ----------
    services : Services
        Of the process (`patron.server.create_app`).
    below : ASGI application
        The routes of the API.
    """
    dash = make_dash(services)
    policy = _policy(dash)

    async def index(request: Request) -> Response:
        if services.project.store.last_id() is not None:
            await run_in_threadpool(services.part(Ahead).begin)
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
        return HTMLResponse(_index(dash, request), headers=headers)

    _index(dash, Request({"type": "http", "headers": []}))  # finds the files that may be asked for
    return Front(
        below, services, dash=dash.server, index=index, holds=lambda path: page_of(path) is not None,
        suites=Suites(dash),
    )  # fmt: skip


def _index(dash: Dash, request: Request) -> str:
    """Return the page that loads everything else."""
    token = set_current_request(request)
    try:
        made: str = dash.index()
    finally:
        reset_current_request(token)
    return made


def make_dash(services: Services) -> Dash:
    """Return Dash with all pages registered."""
    dash = _Quiet(
        "patron.dashboard",
        server=FastAPI(openapi_url=None, docs_url=None, redoc_url=None),
        assets_folder=_NO_ASSETS,
        use_pages=False,
        title=say("dashboard.title"),
        update_title=None,
        suppress_callback_exceptions=True,  # the parts of a page come and go
        csrf_token_name=CSRF_COOKIE,
        csrf_header_name=CSRF_HEADER,
        enable_mcp=False,
        use_async=True,
    )
    dash.index_string = INDEX.format(
        language=LANGUAGE, title=say("dashboard.title"), icon=ICON, style=_own("shell.css"), script=_own("shell.js")
    )
    dash.layout = shell(services)
    desk = Desk(dash, services)
    register_shell(desk)
    for page in PAGES:
        page.register(desk)
    return dash


_NO_ASSETS = "no_assets"  # Dash would serve any file of a folder of this name; there is none


class _Quiet(Dash):
    """Dash that tells nobody which Python runs it, asks nobody for newer versions, and opens no socket of its own."""

    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = super()._config()
        config.pop("websocket", None)
        return {**config, "python_version": "", "dash_version_url": "", "disable_version_check": True}


def _own(name: str) -> str:
    return (resources.files("patron.dashboard") / name).read_text(encoding="utf-8")


def _policy(dash: Dash) -> str:
    """Allow scripts of this server and the page's own by their hashes; styles also inline, which Mantine writes."""
    own = base64.b64encode(sha256(_own("shell.js").encode()).digest()).decode()
    scripts = " ".join(("'self'", f"'sha256-{own}'", *dash.csp_hashes()))
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
