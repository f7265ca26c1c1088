"""A disk that is full: nothing that was acknowledged is lost, nothing that could not be written is acknowledged."""

from __future__ import annotations

import resource
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def no_file_larger_than(size: int):
    """Let this process write no file beyond `size` bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL's files are another process's
def test_a_full_disk_is_told_as_such_and_the_intake_recovers(site):
    file = Path(str(site.state.engine.url.database))
    log = file.with_name(f"{file.name}-wal")
    acknowledged, refused = [], []

    def send(number: int) -> int:
        call = {"userId": "ann", "event": "x", "messageId": f"m-{number}", "properties": {"text": "x" * 10_000}}
        answer = site.send("track", call)
        (acknowledged if answer.status_code == 200 else refused).append(f"m-{number}")
        return answer.status_code

    assert send(0) == 200
    with no_file_larger_than(max(file.stat().st_size, log.stat().st_size) + 100_000):
        statuses = [send(number) for number in range(1, 40)]
        answer = site.send("track", {"userId": "ann", "event": "x", "properties": {"text": "x" * 10_000}})
    assert set(statuses) == {200, 503}
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["type"] == "urn:patron:problem:intake.unwritten"
    assert [row.message_id for row in site.rows()] == acknowledged
    again = list(refused)
    assert [send(int(one[2:])) for one in again] == [200] * len(again)
    assert sorted(row.message_id for row in site.rows()) == sorted(f"m-{number}" for number in range(40))
