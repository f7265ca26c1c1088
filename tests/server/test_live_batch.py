"""What is said of a person live is what the batch says once it has collected the same events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from live_shop import DAY, calls, history, live_shop

from inbox_calls import numbered, receive
from patron.engines.database import writing
from patron.pipeline import Project
from patron.pipeline.serving import open_published
from patron.profile.live_columns import EXACT
from patron.server.live import fold, own_segments_now, own_signals_now, person
from patron.sources.stream import read_event

NOW = datetime(DAY.year, DAY.month, DAY.day, 20, tzinfo=UTC) + timedelta(days=9)
TODAY = NOW.date()


def both(folder: Path, *, seed: int) -> tuple[Project, dict[str, dict[str, object]]]:
    """Return the shop with a second run that collected what the first did not know, and what was said live before."""
    shop = live_shop(folder, seed=seed)
    shop.run(today=DAY)
    with shop.state() as state:
        published = open_published(shop)
        told = [one for one in calls(seed=seed) if one.received_at <= NOW]
        rows = receive(state, told, first=published.collected_to + 1)
        rows = [*numbered(list(history(seed=seed))), *rows]  # all that was sent: what the run holds is not live
        with writing(state.engine) as connection:
            fold(connection, [read_event(row) for row in rows], published=published)
        said = {}
        with state.engine.connect() as connection:
            for number in range(75):
                one = person(connection, published, user_id=f"c{number}", now=NOW)
                if one.is_customer:
                    said[f"c{number}"] = {
                        **{name: one.row[name] for name in EXACT},
                        "segments": own_segments_now(one).now,
                        "signals": own_signals_now(one),
                    }
    shop.run(today=TODAY)
    return shop, said


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_conditions_hold_live_for_whom_they_hold_in_the_batch(tmp_path, seed):
    shop, said = both(tmp_path, seed=seed)
    assert shop.last().manifest.as_of == TODAY
    profiles = {row["customer_id"]: row for row in shop.table("profiles").to_pyarrow().to_pylist()}
    assert set(said) == set(profiles), "customers are who ever ordered"
    for name in EXACT:
        live, batch = ({who: _plain(row[name]) for who, row in rows.items()} for rows in (said, profiles))
        assert live == batch, name
    members = {(row["customer_id"], row["segment"]) for row in shop.table("memberships").to_pyarrow().to_pylist()}
    for name in shop.settings.segments:
        live = {who for who, row in said.items() if name in row["segments"]}
        assert live == {who for who, segment in members if segment == name}, name
        assert live, f"{name} holds for nobody"
        assert live != set(profiles), f"{name} tells nobody apart"
    fired = {(row["customer_id"], row["signal"]) for row in shop.table("signals").to_pyarrow().to_pylist()}
    for name in shop.settings.signals:
        live = {who for who, row in said.items() if name in row["signals"]}
        assert live == {who for who, signal in fired if signal == name}, name
        assert live, f"{name} fires for nobody"
    with shop.state() as state, state.engine.connect() as connection:
        published = open_published(shop)
        for who, row in said.items():
            after = person(connection, published, customer_id=who, now=NOW)
            assert after.since == (), "what is collected is not live any more"
            assert {name: _plain(after.row[name]) for name in EXACT} == {name: _plain(row[name]) for name in EXACT}


def _plain(value: object) -> object:
    return round(float(value), 6) if isinstance(value, float | Decimal) else value
