"""Killed at any moment while customers are told of, each is told of once: nobody is left out, nobody twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import func, select

from delivering_shop import MORNING, delivering_shop
from patron.engines.delivery_tables import OUTBOX
from patron.engines.destination_tables import WRITTEN_PROFILES
from patron.engines.state import State
from patron.pipeline import Project
from patron.pipeline.filling.profiles import profiles

PEOPLE = 23_000

SETTINGS = """\
name: Tea
currency: EUR
sources: {customers: {path: customers.csv}}
destinations:
  braze: {type: braze, key: k, url: "http://127.0.0.1:9", profile: {fields: [orders, tier]}}
"""


@pytest.mark.slow
def test_killed_at_any_moment_each_is_put_in_once(tmp_path):
    people = [{"customer_id": f"c{number:05}", "orders": number % 7} for number in range(PEOPLE)]
    golden = [{"customer_id": "c00001", "attribute": "email", "value": "ann@example.com"}]
    shop = delivering_shop(
        tmp_path / "shop", settings=SETTINGS, profiles=people, golden_records=golden, links=[], households=[],
        consents=[],
    )  # fmt: skip
    found = [killed(shop) for _ in range(3)]
    assert 0 < found[0] < found[1] < found[2] < PEOPLE
    with shop.state() as state:
        profiles(shop, state, now=MORNING)
        with state.engine.connect() as connection:
            told = Counter(connection.execute(select(OUTBOX.c.customer_id)).scalars())
            remembered = connection.execute(select(func.count()).select_from(WRITTEN_PROFILES)).scalar_one()
    assert set(told.values()) == {1}
    assert len(told) == remembered == PEOPLE


def killed(shop: Project) -> int:
    """Kill a process that fills as soon as it has put in more than there was, and return how many there are then."""
    root = Path(__file__).parents[1]
    told = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, str(Path(__file__).with_name("killing_profiles.py")), str(shop.folder)]
    with shop.state() as state:
        before = there(state)
        with subprocess.Popen(command, env=told) as process:
            while there(state) == before:
                with suppress(subprocess.TimeoutExpired):
                    assert process.wait(0.02) == 0, "it ended before it could be killed"
            process.kill()
        return there(state)


def there(state: State) -> int:
    with state.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(OUTBOX)).scalar_one())
