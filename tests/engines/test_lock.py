"""One holder at a time; who it is can be read; whoever waits is woken."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from patron.engines.lock import Holder, hold
from patron.errors import RunError

HOLDING = """
import sys
from pathlib import Path
from patron.engines.lock import hold
lock = hold(Path(sys.argv[1]))
print("holding", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds the lock until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING, tmp_path / "LOCK"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"holding\n"
    yield process
    process.communicate()


def test_who_holds_it_is_said_with_the_time(tmp_path, other):
    with pytest.raises(RunError) as caught:
        hold(tmp_path / "LOCK")
    assert caught.value.data["holder"] == str(other.pid)
    since = datetime.fromisoformat(str(caught.value.data["since"])).astimezone()
    assert timedelta(0) <= datetime.now(UTC) - since < timedelta(minutes=1)


def test_whoever_waits_is_told_once_and_woken(tmp_path, other):
    told: list[Holder] = []

    def waiting(holder):
        told.append(holder)
        other.stdin.close()

    lock = hold(tmp_path / "LOCK", waiting=waiting)
    assert [holder.process for holder in told] == [str(other.pid)]
    other.stdin = None
    assert (tmp_path / "LOCK").read_text().startswith(f"{os.getpid()} ")
    lock.release()


def test_nobody_is_told_when_there_is_nothing_to_wait_for(tmp_path):
    hold(tmp_path / "LOCK", waiting=lambda _holder: pytest.fail("nobody holds it")).release()


def test_a_killed_holder_holds_nothing(tmp_path, other):
    other.kill()
    other.wait()
    lock = hold(tmp_path / "LOCK")
    lock.release()
    lock.release()


def test_a_holder_on_another_machine_is_named_with_it(tmp_path, other):
    """A folder on a shared disk: the number alone would be looked for on the wrong machine."""
    (tmp_path / "LOCK").write_text("4711 tea-shop")
    with pytest.raises(RunError, match="4711 on tea-shop"):
        hold(tmp_path / "LOCK")


def test_a_lock_that_cannot_be_written_is_not_held(tmp_path, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "truncate", full)
        with pytest.raises(OSError, match="No space"):
            hold(tmp_path / "LOCK")
    hold(tmp_path / "LOCK").release()
