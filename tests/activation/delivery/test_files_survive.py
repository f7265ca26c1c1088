"""Processes are killed while they write files: each delivery stands in exactly one, and each file is whole."""

from __future__ import annotations

import csv
import io
import multiprocessing
import os
import random
import threading
from collections import Counter
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest
from delivery_support import entry, rows
from files_process import write

from patron.engines.database import writing
from patron.engines.outbox_state import put

KILLS = int(os.environ.get("PATRON_KILLS", "10"))
EACH = 60  # deliveries to each destination before each kill
NAMES = ("csv", "parquet", "post")
FACTS = {"name": "Ann Smith", "street": "12 High Street", "postal_code": "LS1 4AP", "city": "Leeds"}


def fill(state, start):
    now = datetime.now(UTC)
    for name in NAMES:
        made = (
            entry(one, delivery_id=f"{name}-{one}", destination=name, made_at=now, due_at=now, trigger=f"t{one % 3}",
                  content={"text": "hello", "facts": FACTS | {"household_id": f"h{one}"}})
            for one in range(start, start + EACH)
        )  # fmt: skip
        with writing(state.engine) as connection:
            put(connection, made)


def settled(state):
    return all(row["state"] == "delivered" for name in NAMES for row in rows(state, name))


def written(folder):
    """Count in how many rows of files each delivery stands; a file that is not whole fails to be read."""
    found = Counter()
    for file in folder.iterdir():
        if file.suffix == ".csv":
            table = list(csv.DictReader(io.StringIO(file.read_bytes().decode(), newline="")))
        elif file.suffix == ".parquet":
            table = pq.read_table(file).to_pylist()
        else:
            continue
        assert table, file.name
        found.update(row["delivery_id"] for row in table)
    return found


@pytest.mark.slow
def test_each_delivery_stands_in_one_file_whatever_is_killed(state, database_url, tmp_path):
    making, chance = multiprocessing.get_context("forkserver"), random.Random(1)
    making.set_forkserver_preload(["files_process", "patron.activation.delivery"])
    folder, waiting = tmp_path / "out", threading.Event()

    def begin():
        process = making.Process(target=write, args=(database_url, str(folder)), daemon=True)
        process.start()
        return process

    process = begin()
    try:
        for kill in range(KILLS):
            fill(state, kill * EACH)
            waiting.wait(chance.uniform(0.3, 1.5))
            process.kill()
            process.join()
            process = begin()
        for _ in range(3000):
            if settled(state):
                break
            waiting.wait(0.02)
        assert settled(state)
    finally:
        process.kill()
        process.join()
    found = written(folder)
    assert set(found) == {f"{name}-{one}" for name in NAMES for one in range(KILLS * EACH)}
    assert max(found.values()) == 1
