"""The steps `touches` and `attribution` on a shop of which it is known what its channels cause."""

# ruff: noqa: DTZ001 - moments are in the project's time zone and carry none

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest

from patron.contracts import TABLES
from patron.contracts.touch import MODELS
from patron.pipeline.attribution_settings import AttributionSettings
from patron.pipeline.attribution_steps import ATTRIBUTION_STEP, TOUCH_STEP

LAST = date(2024, 6, 30)
START = date(2024, 3, 1)
NOON = datetime(2024, 3, 1, 12)
CUSTOMERS = 2_000
SEEN, CAUSED = "brand_search", "display"
TESTS = {"Brand Search": "Name hold-out", "display": ["Display hold-out"], "bus stops": "Forgotten"}
Row = dict[str, Any]


def table(name: str, rows: list[Row]) -> ir.Table:
    contract = TABLES[name]
    full = [{column: row.get(column) for column in contract.names} for row in rows]
    return ibis.memtable(pa.Table.from_pylist(full, schema=contract.schema.to_pyarrow()))


def shop() -> dict[str, ir.Table]:
    """Half of the customers are kept from display, which brings every second order of the others.

    Before every order the shop's name is searched for, whatever caused it; who is kept from that orders all the same.
    """
    rng = np.random.default_rng(4)
    shown, named = rng.random((2, CUSTOMERS)) < 0.5
    orders, events, drawn = [], [], []
    for place in range(CUSTOMERS):
        who = f"C{place:04d}"
        drawn += [_drawn("Display hold-out", who, shown[place]), _drawn("Name hold-out", who, named[place])]
        for month in range(3):
            by_display = bool(shown[place] and rng.random() < 0.15)
            if not by_display and rng.random() >= 0.15:
                continue
            at = NOON + timedelta(days=30 * month + int(rng.integers(5, 25)))
            orders.append(_order(f"O{place}-{month}", who, at))
            if by_display:
                events.append(_visit(who, at - timedelta(days=2), CAUSED))
            if named[place]:
                events.append(_visit(who, at - timedelta(hours=1), SEEN))
    lift = {"Display hold-out": (0.45 * 0.85, 0.022), "Name hold-out": (0.0, 0.022)}
    return {
        "raw_events": table("raw_events", events), "raw_messages": TABLES["raw_messages"].empty(),
        "links": TABLES["links"].empty(), "orders": table("orders", orders),
        "memberships": table("memberships", [
            {"customer_id": f"C{place:04d}", "segmentation": "tier", "segment": "top" if place % 4 else "rest"}
            for place in range(CUSTOMERS)
        ]),
        "forecasts": table("forecasts", [
            {"customer_id": f"C{place:04d}", "predicted_value": 10.0 + place / 100} for place in range(CUSTOMERS)
        ]),
        "experiments": table("experiments", [{"experiment": name, "ends_on": None} for name in lift]),
        "assignments": table("assignments", drawn),
        "effects": table("effects", [
            {"experiment": name, "metric": "orders", "arm": "treated", "control": "control", "segmentation": "all",
             "segment": "all", "n": CUSTOMERS // 2, "n_control": CUSTOMERS // 2, "effect": effect,
             "standard_error": error, "status": "read"}
            for name, (effect, error) in lift.items()
        ]),
    }  # fmt: skip


def _drawn(experiment: str, who: str, treated: bool) -> Row:
    arm = "treated" if treated else "control"
    return {"experiment": experiment, "customer_id": who, "arm": arm, "assigned_on": START, "contaminated": False}


def _order(name: str, who: str, at: datetime) -> Row:
    return {"order_id": name, "customer_id": who, "ordered_at": at, "amount": 20, "margin": 7}


def _visit(who: str, at: datetime, channel: str) -> Row:
    return {"event_id": f"{who} {at} {channel}", "event": "page_view", "customer_id": who, "occurred_at": at,
            "marketing_channel": channel, "channel": "web"}  # fmt: skip


def made_of(tables: Mapping[str, ir.Table], **said: Any) -> dict[str, list[Row]]:
    settings = SimpleNamespace(attribution=AttributionSettings(**said))
    kept = dict(tables)

    class Asked(SimpleNamespace):
        def __getitem__(self, name: str) -> ir.Table:
            return kept[name]

        def of_customers(self, source: str) -> ir.Table:
            return kept[f"raw_{source}"]

    asked = Asked(settings=settings, as_of=LAST, keep=lambda _name, one: ibis.memtable(one.to_pyarrow()))
    found = {}
    for step in (TOUCH_STEP, ATTRIBUTION_STEP):
        for name, one in dict(step.function(asked)).items():  # type: ignore[arg-type]
            kept[name] = ibis.memtable(TABLES[name].check(one).to_pyarrow())
            found[name] = kept[name].to_pyarrow().to_pylist()
    return found


@pytest.fixture(scope="module")
def told() -> dict[str, ir.Table]:
    return {name: ibis.memtable(one.to_pyarrow()) for name, one in shop().items()}


@pytest.fixture(scope="module")
def made(told: Mapping[str, ir.Table]) -> dict[str, list[Row]]:
    return made_of(told, lift_tests=TESTS, model="linear")


def credit(made: Mapping[str, list[Row]], model: str) -> dict[str, float]:
    rows = (row for row in made["attribution"] if (row["model"], row["segmentation"]) == (model, "all"))
    return {row["channel"]: row["orders"] for row in rows}


@pytest.mark.parametrize("model", MODELS)
def test_corrected_credit_is_closer_to_what_channels_cause(made: Mapping[str, list[Row]], model: str) -> None:
    caused = sum(row["kind"] == "visit" and row["channel"] == CAUSED for row in made["touches"])
    truth = {CAUSED: float(caused), SEEN: 0.0}
    before, after = credit(made, model), credit(made, f"{model} calibrated")

    def off(found: dict[str, float]) -> float:
        return sum(abs(found.get(name, 0.0) - true) for name, true in truth.items())

    # The first touch of an order that display caused is display: there is little to be closer by but the name's.
    assert off(after) < 0.35 * off(before)
    assert after[SEEN] < 0.2 * before[SEEN]
    assert after["baseline"] > 0


def test_a_test_is_told_beside_what_the_model_gave(made: Mapping[str, list[Row]]) -> None:
    rows = {row["channel"]: row for row in made["channel_lifts"] if row["model"] == "linear"}
    name, shown, bus = rows[SEEN], rows[CAUSED], rows["bus_stops"]
    assert (name["status"], shown["status"], bus["status"]) == ("calibrated", "calibrated", "unknown")
    assert name["ratio_low"] <= name["ratio"] < 0.2
    assert name["raw"] == pytest.approx(0, abs=1e-9)
    assert shown["measured"] == pytest.approx(0.45 * 0.85 * CUSTOMERS / 2)
    assert shown["ratio"] > 1
    assert bus["ratio"] is None


def test_first_orders_repeat_orders_and_tiers_add_up_to_all(made: Mapping[str, list[Row]]) -> None:
    sums: dict[Any, Any] = defaultdict(int)
    for row in made["attribution"]:
        for name in ("revenue", "margin", "predicted_value"):
            sums[name, row["model"], row["segmentation"]] += row[name]
    assert {key[2] for key in sums} == {"all", "customer", "tier", "past_tier", "value_map"}
    assert len({(name, total) for (name, _, _), total in sums.items()}) == 3
    segments = {(row["segmentation"], row["segment"]) for row in made["attribution"]}
    assert {("customer", "new"), ("customer", "repeat"), ("tier", "top"), ("past_tier", "unknown")} <= segments


def test_each_customers_value_stands_with_one_order(
    told: Mapping[str, ir.Table], made: Mapping[str, list[Row]]
) -> None:
    worth = {row["customer_id"]: row["predicted_value"] for row in told["forecasts"].to_pyarrow().to_pylist()}
    buyers = {row["customer_id"] for row in made["order_credits"]}
    total = sum(row["predicted_value"] for row in made["attribution"]
                if (row["model"], row["segmentation"]) == ("last", "all"))  # fmt: skip
    assert float(total) == pytest.approx(sum(worth[who] for who in buyers), abs=0.01)


def test_single_orders_are_credited_by_the_model_of_the_settings(made: Mapping[str, list[Row]]) -> None:
    rows = made["order_credits"]
    assert {row["model"] for row in rows} == {"linear"}
    first = {row["order_id"] for row in rows if row["first_order"]}
    assert len(first) == len({row["customer_id"] for row in rows})
    own, corrected = credit(made, "linear"), credit(made, "linear calibrated")
    for name, column in ((SEEN, "credit"), (SEEN, "calibrated"), ("baseline", "calibrated")):
        wanted = (own if column == "credit" else corrected).get(name, 0.0)
        assert sum(row[column] for row in rows if row["channel"] == name) == pytest.approx(wanted)


def test_a_test_that_cannot_be_read_corrects_nothing(told: Mapping[str, ir.Table]) -> None:
    unread = told["effects"].mutate(status=ibis.literal("too_few"))
    found = made_of({**told, "effects": unread}, lift_tests={"display": "Display hold-out"})
    assert {row["status"] for row in found["channel_lifts"]} == {"not_read"}
    assert not [row for row in found["attribution"] if row["model"].endswith("calibrated")]
    assert all(row["credit"] == row["calibrated"] for row in found["order_credits"])


def test_where_nothing_tells_what_brought_anybody_there_are_no_rows(told: Mapping[str, ir.Table]) -> None:
    silent = told["raw_events"].mutate(marketing_channel=ibis.null("string"))
    assert not any(made_of({**told, "raw_events": silent}, lift_tests=TESTS).values())
    alone = made_of({**told, "orders": TABLES["orders"].empty()}, lift_tests=TESTS)
    assert alone["touches"]
    assert not alone["attribution"] + alone["order_credits"]
