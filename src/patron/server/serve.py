"""Listen: one process, or several on one port, until told to stop; then finish what was begun."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from uvicorn.supervisors import Multiprocess

from patron.errors import ArgumentError
from patron.language import failure
from patron.pipeline import clock as true_clock
from patron.pipeline.project import Project, open_project
from patron.server.app import Application, Front, create_app
from patron.server.metrics.folder import FOLDER
from patron.server.services import Clock

KEEP_ALIVE_S = 75  # longer than load balancers keep theirs, so that it is they who hang up
BACKLOG = 2048
ENDS = (signal.SIGINT, signal.SIGTERM)
REQUESTS = "patron.server"  # the logger of `server.guard`
ANSWERS_S = 60  # a process that does not answer its parent for so long is replaced; starting takes long at times


@dataclass(frozen=True)
class Listening:
    """Where the server listens."""

    host: str
    port: int

    @property
    def address(self) -> str:
        """The address to open in a browser."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def serve(
    project: Project,
    *,
    host: str,
    port: int,
    workers: int,
    told: Callable[[Listening], None],
    clock: Clock = true_clock.instant,
    front: Front | None = None,
) -> None:
    """Serve a project until SIGINT or SIGTERM; then answer what was begun, and return.

    Parameters
    ----------
    project : Project
    host : str
        The address to listen on; a name is looked up.
    port : int
        0 takes a free one.
    workers : int
        Processes. Each is made anew when it dies.
    told : callable
        Told where the server listens, when connections are taken.
    clock : callable
        Tells every process the moment that it is, with a time zone.
    front : callable, optional
        As of `create_app`; made anew in every process.

    Raises
    ------
    ArgumentError
        Nobody can listen there.
    """
    project.state().close()  # made or upgraded once, before several processes need it
    listener = bound(host, port)
    listening = Listening(host, listener.getsockname()[1])
    settings = project.settings.server
    config = uvicorn.Config(
        partial(make_app, project.folder, host, clock, front),
        factory=True,
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=settings.proxies,
        workers=workers,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=settings.stop_seconds,
        timeout_worker_healthcheck=ANSWERS_S,
    )
    with listener, _handlers_kept(), _counted_together(workers):
        run = _one(config, listener) if workers == 1 else Multiprocess(config, sockets=[listener]).run
        told(listening)  # whoever is told may end it at once: signals are listened to by now
        run()


def make_app(
    folder: Path, host: str, clock: Clock = true_clock.instant, front: Front | None = None
) -> Application:  # fmt: skip
    """Return the application of one process."""
    set_up_log()
    project = open_project(folder)
    set_up_log(as_json=project.settings.server.log == "json")
    return create_app(project, host=host, clock=clock, front=front)


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises
    ------
    ArgumentError
        The address is not this machine's, or the port is taken or not ours to take.
    """
    with ExitStack() as unless_kept:
        try:
            family, kind, protocol, _name, address = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            listener = unless_kept.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
        except (OSError, OverflowError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise failure(ArgumentError, "server.cannot_listen", host=host, port=port, reason=reason) from error
        unless_kept.pop_all()
    listener.set_inheritable(True)
    return listener


class _Told(logging.Formatter):
    """One line a record: an exception by its class alone, for its text may hold somebody's data."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record)} {record.levelname.lower()} {record.getMessage().partition(chr(10))[0]}"
        kind = record.exc_info[0] if record.exc_info else None
        return f"{line} ({kind.__name__})" if kind else line


class _ToldAsJson(logging.Formatter):
    """One JSON object a record, with the same facts: when, how grave, who says it, in which process, and what."""

    def format(self, record: logging.LogRecord) -> str:
        said = record.getMessage().partition("\n")[0]
        kind = record.exc_info[0] if record.exc_info else None
        facts: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(), "logger": record.name, "process": record.process,
        }  # fmt: skip
        # What a request came to is said as JSON already (`server.guard`).
        facts |= json.loads(said) if record.name == REQUESTS and said.startswith("{") else {"said": said}
        return json.dumps(facts | ({"error": kind.__name__} if kind else {}))


def set_up_log(*, as_json: bool = False) -> None:
    """Let the server's own lines and its listener's warnings go to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_ToldAsJson() if as_json else _Told())
    for name, level in (("patron", logging.INFO), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)


def _one(config: uvicorn.Config, listener: socket.socket) -> Callable[[], None]:
    """Return what runs one process, which heeds signals also before it runs."""
    server = uvicorn.Server(config)
    for one in ENDS:
        signal.signal(one, server.handle_exit)
    return partial(server.run, sockets=[listener])


@contextmanager
def _counted_together(workers: int) -> Iterator[None]:
    """Name a folder in which several processes count, so that each can tell the sums (`server.metrics`)."""
    if workers == 1:
        yield
        return
    with TemporaryDirectory(prefix="patron-metrics-") as folder:
        os.environ[FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[FOLDER]


@contextmanager
def _handlers_kept() -> Iterator[None]:
    """Put the handlers of signals back in place; the end itself makes no trace, and the exit code is 0."""
    before = {one: signal.getsignal(one) for one in ENDS}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
