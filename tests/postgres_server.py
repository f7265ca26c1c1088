"""A real PostgreSQL, started from the installed package for the tests that read one."""

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
from pathlib import Path
from uuid import uuid4

import pytest

_WAIT = 60  # seconds for the server to answer


def _program(name: str) -> str | None:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *map(str, places)]))


def _nobody() -> dict[str, object]:
    """The options that start a process as somebody without rights: PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a private PostgreSQL; the user is `patron`, its password `s3cret`, its database `shop`."""
    initdb, server = _program("initdb"), _program("postgres")
    if initdb is None or server is None:
        pytest.skip("needs PostgreSQL (Debian: apt-get install -y postgresql)")
    psycopg = pytest.importorskip("psycopg", reason="needs psycopg (pip install 'patron[postgres]')")
    place, port = Path(tempfile.mkdtemp(prefix="patron-pg-")), _free_port()
    if options := _nobody():
        os.chown(place, int(str(options["user"])), int(str(options["group"])))
    secret = place / "password"
    secret.write_text("s3cret", encoding="utf-8")
    secret.chmod(0o644)
    make = [initdb, "-D", place / "data", "-U", "patron", f"--pwfile={secret}", "-A", "scram-sha-256", "--no-sync"]
    made = subprocess.run(make, capture_output=True, text=True, cwd=place, check=False, **options)  # type: ignore[call-overload]
    assert made.returncode == 0, made.stderr
    words = [server, "-D", place / "data", "-p", str(port), "-k", place, "-c", "listen_addresses=127.0.0.1", "-F"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=place, **options)  # type: ignore[call-overload]
    try:
        base = f"postgresql://patron:s3cret@127.0.0.1:{port}"
        for _ in range(_WAIT * 10):
            try:
                with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
                    connection.execute("CREATE DATABASE shop")
                break
            except psycopg.OperationalError:
                time.sleep(0.1)
        yield f"{base}/shop"
    finally:
        process.send_signal(signal.SIGINT)  # by its own number: other servers are none of ours
        process.wait(timeout=30)
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def empty_database(postgres: str) -> Iterator[str]:
    """The URL, for SQLAlchemy, of a database of that server with nothing in it."""
    import psycopg

    server, name = postgres.rpartition("/")[0], f"empty_{uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
        yield f"{server.replace('postgresql:', 'postgresql+psycopg:')}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[call-overload]
