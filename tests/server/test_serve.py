"""`patron serve` as a process: it says where it listens, answers, and ends tidily."""

from __future__ import annotations

import json
import logging
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import time
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from patron.cli import extra
from patron.cli.main import app as cli
from patron.errors import ArgumentError
from patron.pipeline import clock
from patron.server.serve import Listening, _ToldAsJson, bound
from served import Served
from server_project import empty_project


@pytest.mark.parametrize("how", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_it_says_where_it_listens_answers_and_ends_with_code_0(tmp_path, how):
    project = empty_project(tmp_path)
    with Served(project.folder) as served:
        with served.client() as client:
            assert client.get("/health").json() == {"status": "ok"}
            assert client.get("/ready").json()["run"] == "missing"
            assert client.get("/health", headers={"host": "evil.example"}).status_code == 421
            assert client.post("/sign-in", json={"link": served.link.partition("=")[2]}).status_code == 303
            assert client.get("/me").json()["role"] == "admin"
        assert served.stop(how) == 0
    assert "Traceback" not in served.told()
    assert served.link.partition("=")[2] not in served.told()
    assert "GET /ready 200" in served.told()


def children(pid: int) -> set[int]:
    """Return the processes that answer: children of a server, but not the one that tidies up after all of them."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(one) for one in found if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()}


@pytest.mark.slow
def test_several_processes_answer_on_one_port_and_one_that_dies_is_made_again(tmp_path):
    project = empty_project(tmp_path)
    with Served(project.folder, "--workers", "2") as served:
        with served.client() as client:
            assert client.get("/health").status_code == 200
        answering = children(served.process.pid)
        os.kill(answering.pop(), signal.SIGKILL)
        for _ in range(600):
            if len(made := children(served.process.pid) - answering) > 0:
                break
            time.sleep(0.1)
        assert made
        with served.client() as client:
            assert client.get("/health").status_code == 200
        assert served.stop() == 0
    assert "Traceback" not in served.told()
    assert "one SQLite file" in served.told()


def test_a_port_that_is_taken_is_refused_with_what_to_do(tmp_path):
    project = empty_project(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = CliRunner().invoke(cli, ["serve", str(project.folder), "--port", str(port)])
    assert told.exit_code == 2
    assert "--port 0 takes a free one" in told.stderr


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.name.invalid", "a" * 300])
def test_an_address_that_is_not_this_machines_is_refused(host):
    with pytest.raises(ArgumentError, match="Nobody can listen"):
        bound(host, 0)


def test_an_address_is_written_as_browsers_read_it():
    assert Listening("::1", 8000).address == "http://[::1]:8000"
    assert Listening("127.0.0.1", 80).address == "http://127.0.0.1:80"


def test_without_the_extra_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(extra, "find_spec", lambda name: None if name == "msgspec" else find_spec(name))
    told = CliRunner().invoke(cli, ["serve", str(empty_project(tmp_path).folder), "--json"])
    assert told.exit_code == 1
    assert json.loads(told.stderr)["remedy"] == "Install them: pip install 'patron[server]'"


def test_the_command_line_needs_nothing_of_the_server():

    unwanted = "fastapi|uvicorn|msgspec|orjson|argon2|httpx|starlette"
    code = f"import sys, patron, patron.cli.main; sys.exit(any(n in sys.modules for n in '{unwanted}'.split('|')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_clock_of_another_day_runs_on_from_there_in_another_process():
    zone = "Pacific/Kiritimati"  # where it is tomorrow first
    told = pickle.loads(pickle.dumps(clock.shifted_to(date(2025, 1, 1), timezone=zone)))
    first, second = told(), told()
    assert first.astimezone(ZoneInfo(zone)).date() in (date(2025, 1, 1), date(2025, 1, 2))  # at midnight it runs on
    assert timedelta() < second - first < timedelta(minutes=1)
    assert clock.shifted_to(None, timezone=zone) is clock.instant


def test_trying_out_an_old_run_on_its_day(shop_made, tmp_path):
    folder = tmp_path / "shop"
    shutil.copytree(shop_made, folder)
    with Served(folder) as served:
        assert served.stop() == 0  # at once, before it has begun to answer
    assert "as of 2024-12-31" in served.told()
    (folder / "server.log").unlink()
    with Served(folder, "--today", "2025-01-01") as served, served.client() as client:
        assert client.post("/sign-in", json={"link": served.link.partition("=")[2]}).status_code == 303
        assert client.get("/me").json()["role"] == "admin"  # the link and the session go by the same clock
    assert "it is 2025-01-01 here" in served.told()
    assert "days ago" not in served.told()


@pytest.mark.parametrize("said", ["{ not JSON", 'a "quoted" line', "one\nsecond line with ann@shop.example"])
@pytest.mark.parametrize("name", ["patron.delivery", "uvicorn.error"])
def test_whatever_is_said_a_line_of_the_log_is_one_json_object(said, name):
    record = logging.LogRecord(name, logging.WARNING, __file__, 1, said, None, None)
    line = _ToldAsJson().format(record)
    assert "\n" not in line
    assert json.loads(line)["said"] == said.partition("\n")[0]
