"""Serve an intake again and again, each time in a process that somebody else may kill.

python serving.py FOLDER DATABASE    a line on standard input starts a process; its number and its port are printed
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path


def serve(folder: Path, database: str, told: int) -> None:
    """Serve until killed or told to stop."""
    from uvicorn import Config, Server

    from patron.engines.state import State
    from patron.pipeline import open_project
    from patron.server.app import create_app

    app = create_app(open_project(folder), state=State.open(database), workers_inside=False)
    server = Server(Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False))

    async def run() -> None:
        serving = asyncio.ensure_future(server.serve())
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        os.write(told, f"{os.getpid()} {port}\n".encode())
        await serving

    asyncio.run(run())


def main() -> None:
    """Start one process after the other; what is imported once is there in each."""
    from patron.engines.state import State
    from patron.privacy.tokens import create_token
    from patron.server.app import create_app  # noqa: F401 - imported before the first fork

    folder, database = Path(sys.argv[1]), sys.argv[2]
    with State.open(database) as state:
        _, key = create_token(state, name="shop", scopes=["write"], now=datetime.now(UTC), actor="test")
    print(key, flush=True)  # noqa: T201
    for _line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                serve(folder, database, 1)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        print("ended", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
