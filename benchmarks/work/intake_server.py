"""A server that takes events in: Patron's, a bare FastAPI endpoint, or a raw ASGI function with the same group commit.

python intake_server.py NAME FOLDER    prints its port and, for Patron, a write key; ends with its standard input
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any


class GroupCommit:
    """One thread that writes what came meanwhile: rows of one column, durable, nothing else."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.queue: SimpleQueue[tuple[list[bytes], asyncio.Future[None]]] = SimpleQueue()
        Thread(target=self._work, daemon=True).start()

    async def commit(self, rows: list[bytes]) -> None:
        told = asyncio.get_running_loop().create_future()
        self.queue.put((rows, told))
        await told

    def _work(self) -> None:
        connection = sqlite3.connect(self.file, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("CREATE TABLE events (number INTEGER PRIMARY KEY, payload BLOB NOT NULL)")
        while True:
            taken = [self.queue.get()]
            while not self.queue.empty():
                taken.append(self.queue.get())
            connection.execute("BEGIN IMMEDIATE")
            rows = [(row,) for rows, _ in taken for row in rows]
            connection.executemany("INSERT INTO events (payload) VALUES (?)", rows)
            connection.execute("COMMIT")
            loop = taken[0][1].get_loop()
            loop.call_soon_threadsafe(_tell, [told for _, told in taken])


def _tell(futures: list[asyncio.Future[None]]) -> None:
    for one in futures:
        if not one.done():
            one.set_result(None)


def bare_fastapi(folder: Path) -> Any:
    """What one writes first: a route that takes a dict, and rows of JSON."""
    from fastapi import FastAPI

    app, commits = FastAPI(), GroupCommit(folder / "events.db")

    @app.post("/v1/track")
    async def track(event: dict[str, Any]) -> dict[str, bool]:
        await commits.commit([json.dumps(event).encode()])
        return {"success": True}

    @app.post("/v1/batch")
    async def batch(body: dict[str, Any]) -> dict[str, bool]:
        await commits.commit([json.dumps(event).encode() for event in body["batch"]])
        return {"success": True}

    return app


def raw_asgi(folder: Path) -> Any:
    """As little as can be: a fast parser, rows, the answer."""
    import orjson

    commits = GroupCommit(folder / "events.db")
    answer = b'{"success": true}'
    start = {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())],
    }
    end = {"type": "http.response.body", "body": answer}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        message = await receive()
        body = message["body"]
        while message["more_body"]:
            message = await receive()
            body += message["body"]
        read = orjson.loads(body)
        await commits.commit([orjson.dumps(one) for one in read["batch"]] if "batch" in read else [body])
        await send(start)
        await send(end)

    return app


def patron(folder: Path) -> Any:
    """The intake as it is served, with everything that it checks."""
    from patron.pipeline import open_project
    from patron.privacy.tokens import create_token
    from patron.server.app import create_app

    (folder / "patron.yaml").write_text(
        "name: Bench\ncurrency: EUR\nsources: {order_lines: {path: lines.csv}}\n", encoding="utf-8"
    )
    app = create_app(open_project(folder), workers_inside=False)
    _, key = create_token(app.services.state, name="site", scopes=["write"], now=datetime.now(UTC), actor="benchmark")
    print(key, flush=True)
    return app


SERVERS: dict[str, Callable[[Path], Any]] = {"patron": patron, "fastapi": bare_fastapi, "raw": raw_asgi}


async def _serve(app: Any) -> None:
    import uvicorn

    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="warning", access_log=False, loop="uvloop", http="httptools"
    )
    server = uvicorn.Server(config)
    serving = asyncio.ensure_future(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await serving


if __name__ == "__main__":
    import uvloop

    made = SERVERS[sys.argv[1]](Path(sys.argv[2]))
    if len(sys.argv) > 3:
        os.nice(int(sys.argv[3]))
    uvloop.run(_serve(made))
