"""The step `triggers`: whom they fire for, what each brings, when it is retired, what is handed on."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from types import SimpleNamespace
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest
import yaml

from patron.contracts import TABLES
from patron.contracts.trigger import CANDIDATES, FIRINGS, TRIGGER_ITERATIONS, TRIGGERS
from patron.decisions.assignment import arm_of
from patron.engines.preference_state import PREFERENCE_SCHEMA
from patron.engines.send_state import SEND_SCHEMA
from patron.engines.trigger_state import TriggerEvent
from patron.pipeline.settings import Settings
from patron.pipeline.step import Handed
from patron.pipeline.trigger_steps import TRIGGER_STEP

TODAY = date(2026, 3, 1)
FIRED = TODAY - timedelta(days=40)
CUSTOMERS = 1_500
IDS = [f"c{one:05d}" for one in range(CUSTOMERS)]
SALT = "holdout:trigger:cart"

YAML = """
name: Shop
currency: EUR
sources: {order_lines: {path: x.csv}}
triggers:
  cart:
    signal: cart_abandoned
    action: remind
    holdout: 50%
    state: scaled
    cost: COST
    believed: A reminder brings back what was left behind.
"""

SIGNAL = ibis.schema({
    "customer_id": "string", "signal": "string", "subject_kind": "string", "subject": "string", "fired_on": "date",
    "fresh_until": "date", "strength": "float64", "value": "decimal(18,2)",
})  # fmt: skip
EFFECT = ibis.schema({
    "signal": "string", "action": "string", "channel": "string", "segmentation": "string", "segment": "string",
    "stake": "float64", "gain": "float64", "gain_low": "float64", "gain_high": "float64", "cost": "float64",
    "evidence": "string",
})  # fmt: skip
STATE = ibis.schema({"signal": "string", "status": "string"})


def table(schema: ibis.Schema, rows: list[dict[str, Any]]) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(rows, schema=schema.to_pyarrow()))


def of(name: str, rows: list[dict[str, Any]]) -> ir.Table:
    return table(TABLES[name].schema, rows)


def signals(customers: list[str], *, name: str = "cart_abandoned", on: date = TODAY) -> ir.Table:
    rows = [
        {"customer_id": one, "signal": name, "subject_kind": "product", "subject": "p1", "fired_on": on,
         "fresh_until": on + timedelta(days=7), "strength": 0.5, "value": Decimal("40.00")}
        for one in customers
    ]  # fmt: skip
    return table(SIGNAL, rows)


@cache
def fired_before(*, sent: bool = True, on: date = FIRED) -> ir.Table:
    rows = [
        {"trigger": "cart", "iteration": 1, "customer_id": one, "arm": arm_of(one, salt=SALT, holdout=0.5),
         "fired_on": on, "last_on": on, "sent": 0, "sent_on": None, "step": None}
        for one in IDS
    ]  # fmt: skip
    for row in rows:
        if sent and row["arm"] == "treated":
            row |= {"sent": 1, "sent_on": on}
    return of("firings", rows)


@cache
def takings(effect: float, *, on: date = FIRED) -> ir.Table:
    """What everybody brought ten days after it fired: those who were treated more by `effect`."""
    noise = np.random.default_rng(1).normal(20, 10, CUSTOMERS)
    rows = [
        {"customer_id": one, "day": on + timedelta(days=10), "revenue": money, "discount": 0, "returns": 0,
         "net_revenue": money, "margin": money, "basis": "margin"}
        for one, money in (
            (one, Decimal(f"{noise[place] + effect * (arm_of(one, salt=SALT, holdout=0.5) == 'treated'):.2f}"))
            for place, one in enumerate(IDS)
        )
    ]  # fmt: skip
    return of("takings", rows)


def context(
    *, cost: float = 0.5, effect: float = 5.0, text: str = YAML, events: tuple[TriggerEvent, ...] = (),
    before: ir.Table | None = None, found: ir.Table | None = None, decisions: ir.Table | None = None,
    iterations: ir.Table | None = None, sends: pa.Table | None = None,
    **tables: ir.Table,
) -> Any:  # fmt: skip
    handed = Handed(
        run_id="20260228-0001", as_of=TODAY - timedelta(days=1), decisions=decisions,
        firings=fired_before() if before is None else before,
        triggers=TRIGGERS.empty() if found is None else found, iterations=iterations,
    )  # fmt: skip
    known = {name: TABLES[name].empty() for name in TRIGGER_STEP.needs if name in TABLES}
    links = of("links", [{"source": "order_lines", "record_id": one, "customer_id": one} for one in IDS])
    known |= {
        "signals": signals(IDS[:10]), "signal_states": table(STATE, [{"signal": "cart_abandoned", "status": "fires"}]),
        "action_effects": table(EFFECT, []), "links": links, "takings": takings(effect),
        "profiles": of("profiles", [{"customer_id": one, "orders": 1 + place % 3} for place, one in enumerate(IDS)]),
    }  # fmt: skip
    known |= tables

    return Asked(
        settings=Settings.model_validate(yaml.safe_load(text.replace("COST", str(cost)))), as_of=TODAY, tables=known,
        keep=lambda _name, kept: ibis.memtable(kept.to_pyarrow()), handed=handed,
        kept=SimpleNamespace(
            triggers=events, approvals=(), sends=SEND_SCHEMA.empty_table() if sends is None else sends,
            preferences=PREFERENCE_SCHEMA.empty_table(),
        ),
    )  # fmt: skip


class Asked(SimpleNamespace):
    """A context of tables by hand."""

    def __getitem__(self, name: str) -> ir.Table:
        return self.tables[name]

    def of_customers(self, source: str) -> ir.Table:
        return self.tables[f"raw_{source}"]


def made(asked: Any) -> dict[str, list[dict[str, Any]]]:
    out = TRIGGER_STEP.function(asked)
    contracts = {one.name: one for one in (TRIGGERS, TRIGGER_ITERATIONS, FIRINGS, CANDIDATES)}
    return {name: contracts[name].check(out[name], rows=True).to_pyarrow().to_pylist() for name in contracts}


def test_the_effect_is_found_among_those_for_whom_it_fired() -> None:
    found = made(context(effect=5.0))
    row = found["triggers"][0]
    assert row["reading"] == "read"
    assert row["effect_low"] <= 5.0 <= row["effect_high"]
    assert row["effect_high"] - row["effect_low"] < 2.5
    assert row["treated"] + row["control"] == CUSTOMERS
    assert (row["verdict"], row["state"], row["finding"], row["fired"]) == ("pays", "scaled", "fires", 10)
    assert row["cost"] == pytest.approx(0.5)
    # What it turned out to bring is what its candidates are worth now.
    assert np.mean([one["value"] for one in found["candidates"]]) == pytest.approx(row["expected"])
    assert {one["evidence"] for one in found["candidates"]} == {"measured"}


LIVE = YAML.replace("signal: cart_abandoned", "live: {events: [cart_add], after: 4h, unless: [order]}")


def sent_live(*, days: int = 0) -> pa.Table:
    """What was decided at once about everybody the evening before `FIRED`, at 23:30 UTC, the held out among them."""
    moment = datetime.combine(FIRED + timedelta(days=days - 1), time(23, 30))
    rows = [
        {"send_id": one, "customer_id": one, "person": f"customer:{one}", "trigger": "cart", "iteration": 1,
         "decided_at": moment,
         "outcome": "waiting" if arm_of(one, salt=SALT, holdout=0.5) == "treated" else "held_out"}
        for one in IDS
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=SEND_SCHEMA)


def test_the_effect_of_a_live_trigger_is_read_from_what_was_decided_at_once() -> None:
    text = LIVE.replace("currency: EUR", "currency: EUR\ntimezone: Europe/Paris")  # where it is past midnight
    found = made(context(text=text, sends=sent_live(), before=FIRINGS.empty()))
    row = found["triggers"][0]
    assert (row["reading"], row["verdict"], row["sent_each"]) == ("read", "pays", 1.0)
    assert row["effect_low"] <= 5.0 <= row["effect_high"]
    assert {one["fired_on"] for one in found["firings"]} == {FIRED}
    assert found["candidates"] == []  # a run fires it for nobody


def test_an_order_on_the_day_of_a_live_message_counts() -> None:
    on_the_day = takings(5.0, on=FIRED - timedelta(days=10))  # which has it ten days later
    row = made(context(text=LIVE, sends=sent_live(days=1), before=FIRINGS.empty(), takings=on_the_day))["triggers"][0]
    assert row["effect_low"] <= 5.0 <= row["effect_high"]
    nightly = made(context(takings=on_the_day))["triggers"][0]
    assert (nightly["reading"], nightly["mean_treated"]) == ("no_spread", 0.0)  # the days of its goal begin later


def test_what_is_decided_after_the_day_is_not_known() -> None:
    later = sent_live(days=90)
    found = made(context(text=LIVE, sends=later, before=FIRINGS.empty()))
    assert (found["firings"], found["triggers"][0]["reading"]) == ([], "not_fired")


def test_its_own_hold_out_does_not_count_twice() -> None:
    """What is believed of an action today has learned from the hold-out; what was believed at first has not."""
    first = {
        "trigger": "cart",
        "iteration": 1,
        "saw": "",
        "reading": "too_early",
        "prior": 2.0,
        "prior_deviation": 0.01,
    }
    found = made(context(effect=5.0, iterations=table(TRIGGER_ITERATIONS.schema, [first])))
    row, line = found["triggers"][0], found["trigger_iterations"][0]
    assert row["expected"] == pytest.approx(2.0, abs=0.01)
    assert (line["prior"], line["prior_deviation"]) == (2.0, 0.01)  # handed on as they were


def test_what_does_not_pay_is_retired_and_leaves_a_line() -> None:
    found = made(context(effect=2.0, cost=6.0))
    row, line = found["triggers"][0], found["trigger_iterations"][0]
    assert (row["state"], row["since"], row["verdict"]) == ("retired", TODAY, "does_not_pay")
    assert found["candidates"] == []
    assert line["believed"] == "A reminder brings back what was left behind."
    assert "margin in 30 days" in line["saw"]
    assert "does not pay" in line["keep"]
    assert (line["started_on"], line["ended_on"]) == (FIRED, TODAY)


@pytest.mark.slow
def test_what_comes_later_changes_nothing_that_was_read() -> None:
    """Money after the days of the goal, and of firings whose days are not over, is in no reading."""
    plain = made(context())
    later = of(
        "takings",
        [
            *takings(5.0).to_pyarrow().to_pylist(),
            *({**row, "day": FIRED + timedelta(days=31)} for row in takings(900.0).to_pyarrow().to_pylist()),
        ],
    )
    assert made(context(takings=later))["triggers"] == plain["triggers"]


@pytest.mark.parametrize(
    ("changed", "reading"),
    [
        ({"before": fired_before(on=TODAY - timedelta(days=29))}, "too_early"),
        ({"before": fired_before(sent=False)}, "not_sent"),
        ({"before": FIRINGS.empty(), "signals": signals([])}, "not_fired"),
        ({"text": YAML.replace("50%", "none")}, "no_holdout"),
    ],
)
def test_what_cannot_be_read_says_why_and_is_never_retired(changed: dict[str, Any], reading: str) -> None:
    found = made(context(cost=900.0, effect=0.0, **changed))
    row = found["triggers"][0]
    assert (row["reading"], row["effect"], row["state"], row["verdict"]) == (reading, None, "scaled", "open")
    assert row["sentence"]


@pytest.mark.slow
def test_what_a_run_retired_stays_retired_until_something_is_changed() -> None:
    lost = made(context(effect=2.0, cost=6.0))["triggers"]
    found = TRIGGERS.shape(table(TRIGGERS.schema, lost))
    # The next day its figures may look better: only a new iteration brings it back.
    assert made(context(effect=20.0, found=found))["triggers"][0]["state"] == "retired"
    change = TriggerEvent(
        trigger_name="cart", event="iterate", day=TODAY, state="pilot", iteration=2, note="Half the words."
    )
    everybody = YAML.replace("    cost: COST", "    cost: COST\n    pilot: 100%")
    again = made(context(effect=20.0, found=found, events=(change,), text=everybody))
    row = again["triggers"][0]
    assert (row["state"], row["iteration"], row["since"], row["reading"]) == ("pilot", 2, TODAY, "too_early")
    first, second = again["trigger_iterations"]
    assert (first["ended_on"], second["started_on"], second["change"]) == (TODAY, TODAY, "Half the words.")
    assert first["reading"] == "read"


@pytest.mark.parametrize("status", ["no_data", "off", None])
def test_a_signal_that_cannot_fire_is_said_and_breaks_nothing(status: str | None) -> None:
    states = [] if status is None else [{"signal": "cart_abandoned", "status": status}]
    found = made(context(before=FIRINGS.empty(), signals=signals([]), signal_states=table(STATE, states)))
    assert found["triggers"][0]["finding"] == (status or "unknown")
    assert found["candidates"] == found["firings"] == []


def test_what_was_sent_is_known_from_the_decisions_of_the_run_before() -> None:
    decided = ibis.memtable(
        {"customer_id": [IDS[0]], "trigger": ["cart"], "outcome": ["sent"], "send_on": [TODAY], "step": [None]},
        schema={"customer_id": "string", "trigger": "string", "outcome": "string", "send_on": "date", "step": "string"},
    )
    found = made(context(before=fired_before(sent=False), decisions=decided))
    row = next(one for one in found["firings"] if one["customer_id"] == IDS[0])
    assert (row["sent"], row["sent_on"]) == (1, TODAY)
    assert IDS[0] not in [one["customer_id"] for one in found["candidates"]]  # she has heard of it


def test_an_audience_is_asked_of_the_profiles() -> None:
    asked = context(text=YAML.replace("    action: remind", "    action: remind\n    audience: orders = 2"))
    assert {row["customer_id"] for row in made(asked)["candidates"]} == {IDS[1], IDS[4], IDS[7]}


def test_a_shop_without_triggers_has_empty_tables() -> None:
    found = made(context(text=YAML.partition("triggers:")[0]))
    assert all(rows == [] for rows in found.values())
