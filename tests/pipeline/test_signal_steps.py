"""The step `signals` on planted tables: the settings switch and keep, own conditions fire, wrong ones are refused."""

from __future__ import annotations

from typing import Any, get_args

import ibis
import pytest

from patron.contracts import TABLES
from patron.contracts.signal import FAMILIES, LIBRARY
from patron.errors import ConditionError
from patron.pipeline.own_signals import check_own_signals
from patron.pipeline.settings import Settings
from patron.pipeline.signal_settings import Family
from patron.pipeline.signal_steps import SIGNAL_STEP
from patron.pipeline.step import Context
from planted_signals import AS_OF, Planted, ago, day, planted

SHOP = {"name": "Shop", "currency": "EUR", "sources": {"order_lines": {"path": "lines.csv"}}}
PEOPLE = ("profiles", "forecasts", "stages", "experience")


def settings(*, of_library: tuple[str, ...] = (), **signals: Any) -> Settings:
    """Return settings in which, of the library's signals, only some are looked for: each takes its time."""
    if of_library:
        signals = {name: {"enabled": False} for name in LIBRARY if name not in of_library} | signals
    return Settings.model_validate(SHOP | {"signals": signals})


def made_of(wanted: Settings, *, events: bool = True) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """Run the step on the people of the planted shop, and on their events; records and customers have the same ids."""
    shop = planted()
    told = Planted()
    told.rows = {name: shop.rows[name] for name in PEOPLE}
    tables = {name: TABLES[name].empty() for name in SIGNAL_STEP.needs} | told.tables()
    if events:
        told.rows = {"events": shop.rows["events"]}
        told.add("events", event_id="own", event="quiz_done", occurred_at=ago(2), customer_id="plain", amount="€30")
        told.add("events", event_id="old", event="quiz_done", occurred_at=ago(9), customer_id="win_back", amount="€30")
        told.add("events", event_id="low", event="quiz_done", occurred_at=ago(1), customer_id="plain", amount="€3")
        tables["raw_events"] = ibis.memtable(told.arrow("events"))
    context = Context(
        settings=wanted, as_of=AS_OF, tables=tables, keep=lambda _name, table: table, earlier=None, kept=None,  # type: ignore[arg-type]
    )  # fmt: skip
    made = dict(SIGNAL_STEP.function(context))  # type: ignore[call-overload]
    rows = TABLES["signals"].check(made["signals"]).to_pyarrow().to_pylist()
    states = TABLES["signal_states"].check(made["signal_states"]).to_pyarrow().to_pylist()
    return rows, {row["signal"]: row for row in states}


def test_the_settings_switch_signals_keep_them_longer_and_add_own_ones() -> None:
    wanted = settings(
        of_library=("lapse_risk", "cart_abandoned"),
        win_back={"enabled": False},
        lapse_risk={"fresh": "31d"},
        new_and_well={"condition": "tenure_days = 400 AND stages.stage = 'lapsed'", "family": "retention"},
        quiz={"condition": "events.event = 'quiz_done' AND events.amount > 10 AND purchase_days > 3",
              "family": "growth", "fresh": "5d"},
    )  # fmt: skip
    rows, states = made_of(wanted)
    fired = {name: {row["customer_id"] for row in rows if row["signal"] == name} for name in states}
    assert fired["lapse_risk"] == {"lapse_risk", "household_member", "lapse_risk_not"}
    assert (fired["win_back"], states["win_back"]["status"]) == (set(), "off")
    assert fired["new_and_well"] == {"win_back", "win_back_not"}
    assert fired["quiz"] == {"plain"}
    assert fired["cart_abandoned"] >= {"cart_abandoned"}
    (quiz,) = (row for row in rows if row["signal"] == "quiz")
    assert (quiz["fired_on"], quiz["fresh_until"], quiz["family"]) == (day(2), day(-3), "growth")
    assert states["new_and_well"]["fresh_days"] == 14


def test_an_own_signal_of_events_without_events_says_what_it_needs() -> None:
    wanted = settings(of_library=("win_back",), quiz={"condition": "events.event = 'quiz_done'", "family": "growth"})
    _, states = made_of(wanted, events=False)
    assert (states["quiz"]["status"], states["quiz"]["needs"]) == ("no_data", "events")


@pytest.mark.parametrize(
    ("name", "signal", "told"),
    [
        ("win_bak", {"enabled": False}, "win_back"),
        ("win_back", {"condition": "orders > 1"}, "library"),
        ("quiz", {"condition": "orders > 1"}, "family"),
        ("two words", {"condition": "orders > 1", "family": "growth"}, "underscores"),
        ("quiz", {"condition": "orders > 1", "family": "grow"}, "growth"),
        ("win_back", {"fresh": "0d"}, "1"),
    ],
)
def test_what_is_no_signal_is_refused_and_says_what_is_allowed(name: str, signal: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        settings(**{name: signal})


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("ordrs > 1", "orders"), ("events.evnt = 'x'", "events.event"), ("orders", "boolean"),
        ("orders > 'x'", "orders"),
        ("stage = 'lapst'", "lapsed"),
    ],
)  # fmt: skip
def test_a_condition_that_cannot_be_asked_is_refused_before_anything_is_computed(condition: str, told: str) -> None:
    wanted = settings(quiz={"condition": condition, "family": "growth"})
    with pytest.raises(ConditionError, match=told) as caught:
        check_own_signals(wanted)
    assert "signals.quiz" in str(caught.value)


def test_families_of_the_settings_are_those_of_the_contract() -> None:
    assert get_args(Family) == FAMILIES
