"""The scripts and styles of Dash, Mantine, AG Grid and Plotly: from this machine, compressed once, kept by browsers."""

from __future__ import annotations

import gzip
import mimetypes
import pkgutil
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from dash import Dash
from dash.fingerprint import check_fingerprint
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PATH = "/_dash-component-suites/"
LEVEL = 9  # once a process and file
LEAST = 500  # bytes; what is shorter is sent as it is
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


@dataclass(frozen=True)
class _Kept:
    plain: bytes
    packed: bytes | None
    media_type: str
    tag: str


class Suites:
    """Sends the files that Dash's libraries have registered, and no others; who asks need not have signed in.

    A name that holds its version is sent to be kept for ever.
    """

    def __init__(self, dash: Dash) -> None:
        self.dash = dash
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._lock = Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        package, _, written = scope["path"].removeprefix(PATH).partition("/")
        name, versioned = check_fingerprint(written)
        kept = self._kept.get((package, name)) or await run_in_threadpool(self._packed, package, name)
        if kept is None:
            await Response(status_code=404)(scope, receive, send)
            return
        asked = Headers(scope=scope)
        headers = {"Cache-Control": FOREVER if versioned else ASK_AGAIN, "Vary": "Accept-Encoding", "ETag": kept.tag}
        if asked.get("if-none-match", "").removeprefix("W/") == kept.tag:
            await Response(status_code=304, headers=headers)(scope, receive, send)
            return
        body = kept.plain
        if kept.packed is not None and "gzip" in asked.get("accept-encoding", ""):
            body, headers["Content-Encoding"] = kept.packed, "gzip"
        await Response(body, headers=headers, media_type=kept.media_type)(scope, receive, send)

    def _packed(self, package: str, name: str) -> _Kept | None:
        with self._lock:
            key = (package, name)
            if key not in self._kept and name in self.dash.registered_paths.get(package, ()):
                plain = pkgutil.get_data(package, name)
                if plain is not None:
                    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
                    packed = gzip.compress(plain, LEVEL, mtime=0) if len(plain) >= LEAST else None
                    self._kept[key] = _Kept(plain, packed, media_type, f'"{sha256(plain).hexdigest()[:32]}"')
            return self._kept.get(key)
