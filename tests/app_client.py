"""An httpx client that talks to an ASGI application in this process, on a loop of its own: nothing listens."""

from __future__ import annotations

import asyncio
from threading import Thread
from typing import Any, Self

import httpx

BASE = "http://127.0.0.1:8000"


class _Transport(httpx.BaseTransport):
    """Hand each request over to the loop on which the application lives."""

    def __init__(self, app: Any, loop: asyncio.AbstractEventLoop) -> None:
        self.app, self.loop = httpx.ASGITransport(app), loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return asyncio.run_coroutine_threadsafe(self._answer(request), self.loop).result(timeout=60)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await self.app.handle_async_request(request)
        content = b"".join([part async for part in answer.aiter_raw()])  # as it travels: decoded once, by the client
        return httpx.Response(answer.status_code, headers=answer.headers, content=content, request=request)


class AppClient(httpx.Client):
    """A client of one application; inside `with`, what runs beside the requests is started, and stopped at the end."""

    def __init__(self, app: Any, **options: Any) -> None:
        self.app, self._loop = app, asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._running: Any = None
        self.transport = _Transport(app, self._loop)
        super().__init__(transport=self.transport, base_url=BASE, **options)

    def holding(self, token: str) -> httpx.Client:
        """Return another client of the same application, which shows a token with every request."""
        return httpx.Client(transport=self.transport, base_url=BASE, headers={"Authorization": f"Bearer {token}"})

    def __enter__(self) -> Self:
        self._thread.start()
        self._running = self.app.running()
        self._wait(self._running.__aenter__())
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._wait(self._running.__aexit__(*error))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=60)
