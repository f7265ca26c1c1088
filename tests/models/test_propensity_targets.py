"""Who may do it, who did it, and who did it before: each target on customers whose story is known."""

# ruff: noqa: DTZ001 - moments are in the project's time zone and carry none

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from patron.contracts.person import HOUSEHOLDS
from patron.contracts.propensity import FEATURES, PROPENSITY_TARGETS
from patron.contracts.raw import RAW_ORDER_LINES
from patron.models.outlook import history_of, with_outlook
from patron.models.propensity_targets import TARGETS
from patron.models.what_came import Question, what_came
from patron.pipeline.propensity_past import customers_past, prospects_past, sampled
from patron.profile import purchase_history
from patron.profile.facts import facts
from patron.profile.features import features

ORIGIN = date(2024, 6, 30)
TODAY = ORIGIN + timedelta(days=90)


def line(
    number: int, who: str, ahead: int, *, amount: int = 10, quantity: int = 1, reverses: int | None = None
) -> dict[str, Any]:
    return {
        "line_id": number, "file": "f", "row": number, "order_id": f"o{number}", "customer_id": who,
        "ordered_at": datetime(2024, 6, 30, 12) + timedelta(days=ahead), "quantity": float(quantity),
        "unit_price": amount, "amount": amount * quantity, "discount": 0, "kind": "sale" if quantity > 0 else "return",
        "reverses": reverses, "repeated": False,
    }  # fmt: skip


STORIES: dict[str, list[dict[str, Any]]] = {
    "buys on the first day": [line(1, "a", -100), line(2, "a", -70), line(3, "a", 1, amount=500)],
    "buys on the last day": [line(11, "b", -100), line(12, "b", -30), line(13, "b", 90)],
    "buys a day too late": [line(21, "c", -100), line(22, "c", -70), line(23, "c", 91)],
    "sends it back at once": [line(31, "d", -20), line(32, "d", 5), line(33, "d", 9, quantity=-1, reverses=32)],
    "sends an old one back": [
        line(41, "e", -20), line(42, "e", -10, quantity=2), line(43, "e", 30, quantity=-1, reverses=42),
    ],
    "sends it back too late": [line(51, "f", -20), line(52, "f", 5), line(53, "f", 95, quantity=-1, reverses=52)],
    "comes every week": [line(60 + week, "g", -7 * week) for week in range(1, 20)],
    "is long silent": [line(91, "h", -300), line(92, "h", -290), line(93, "h", -285)],
}  # fmt: skip
LINES = pa.Table.from_pylist(
    [made for story in STORIES.values() for made in story], schema=RAW_ORDER_LINES.schema.to_pyarrow()
)
TICKETS = pa.table({
    "customer_id": ["a", "b", "c"],
    "opened_at": [datetime(2024, 7, 1), datetime(2024, 6, 30), datetime(2024, 9, 29)],
    "closed_at": pa.nulls(3, pa.timestamp("us")),
})  # fmt: skip
QUESTION = Question(ORIGIN, 90, TODAY)
WHO = {story: made[0]["customer_id"] for story, made in STORIES.items()}

EXPECTED: dict[str, dict[str, set[str]]] = {
    "buys": {
        "did": {"buys on the first day", "buys on the last day", "sends it back too late"},
        "before": set(STORIES) - {"is long silent"},
        "may": set(STORIES),
    },
    "returns": {"did": {"sends it back at once", "sends an old one back"}, "before": set(), "may": set(STORIES)},
    "spends": {"did": {"buys on the first day"}, "before": {"comes every week"}, "may": set(STORIES)},
    "needs_support": {"did": {"buys on the first day"}, "before": {"buys on the last day"}, "may": set(STORIES)},
}


@pytest.fixture(scope="module")
def past() -> Any:
    known = facts(ibis.memtable(LINES), tickets=ibis.memtable(TICKETS))
    return customers_past(known, today=TODAY, days=[ORIGIN, TODAY], questions=[QUESTION])


def stories(past: Any, flags: np.ndarray) -> set[str]:
    ids = past.features[ORIGIN]["customer_id"].to_pylist()
    names = {who: story for story, who in WHO.items()}
    return {names[who] for who, flag in zip(ids, flags, strict=True) if flag}


def test_the_names_are_the_contracts() -> None:
    assert tuple(TARGETS) == PROPENSITY_TARGETS


@pytest.mark.parametrize("name", EXPECTED)
def test_a_target_tells_who_did_it(past: Any, name: str) -> None:
    seen = past.seen(QUESTION, above=100.0, lapse_factor=3.0)
    target = TARGETS[name]
    assert stories(past, target.did(seen)) == EXPECTED[name]["did"]
    assert stories(past, target.did_before(seen)) == EXPECTED[name]["before"]
    assert stories(past, target.population(seen)) == EXPECTED[name]["may"]


def test_a_customer_lapses_by_her_own_rhythm(past: Any) -> None:
    seen = past.seen(QUESTION, above=np.nan, lapse_factor=3.0)
    may, did = TARGETS["lapses"].population(seen), TARGETS["lapses"].did(seen)
    assert "is long silent" not in stories(past, may), "she has lapsed already"
    assert "comes every week" in stories(past, may & did), "three weeks of silence are enough for her"
    assert "buys on the last day" not in stories(past, did), "she was there on the last day"


def test_what_was_known_on_the_origin_decides_what_came_before_it() -> None:
    known_then = Question(ORIGIN, 90, ORIGIN + timedelta(days=90))
    later = Question(ORIGIN, 90, ORIGIN + timedelta(days=200))
    past = customers_past(facts(ibis.memtable(LINES)), today=TODAY, days=[ORIGIN], questions=[known_then, later])
    bought = {
        question: stories(past, past.seen(question, above=np.nan, lapse_factor=3.0).came["bought"] > 0)
        for question in (known_then, later)
    }
    assert bought[known_then] - bought[later] == {"sends it back too late"}, "by then it has come back"
    assert bought[later] <= bought[known_then]


def test_a_prospect_converts_once() -> None:
    prospects = ibis.memtable(pa.table({
        "prospect_id": ["p", "q", "r", "s"],
        "first_seen_on": [ORIGIN, ORIGIN - timedelta(days=9), ORIGIN, ORIGIN + timedelta(days=1)],
        "channel": ["web", None, "fair", "web"],
        "customer_id": ["a", None, "b", "c"],
        "converted_on": [ORIGIN + timedelta(days=90), None, ORIGIN, ORIGIN + timedelta(days=2)],
    }))  # fmt: skip
    past = prospects_past(prospects, days=[ORIGIN], questions=[QUESTION])
    seen = past.seen(QUESTION, above=np.nan, lapse_factor=3.0)
    ids = past.features[ORIGIN]["customer_id"].to_pylist()
    assert ids == ["p", "q"], "r is a customer by then, and s is not known yet"
    assert TARGETS["converts"].did(seen).tolist() == [True, False]
    assert past.features[ORIGIN]["days_since_seen"].to_pylist() == [0, 9]


def test_the_outlook_reads_the_history_of_the_same_day() -> None:
    table = features(facts(ibis.memtable(LINES)), days=[ORIGIN]).to_pyarrow()
    bought = ibis.memtable(
        LINES.filter(pa.compute.equal(LINES["kind"], "sale")).select(["customer_id", "ordered_at", "amount"])
    )
    ours = history_of(table).sort_by("customer_id").to_pylist()
    theirs = purchase_history(bought, as_of=ORIGIN).to_pyarrow().sort_by("customer_id").to_pylist()
    assert ours == theirs
    few = with_outlook(table)
    assert few["expected_orders_90"].null_count == few.num_rows, "eight customers are too few for a model"


def test_what_came_compiles_for_spark() -> None:
    assert ibis.pyspark
    tickets = ibis.table({"customer_id": "string", "opened_at": "timestamp", "closed_at": "timestamp"}, name="tickets")
    known = facts(RAW_ORDER_LINES.unbound(), tickets=tickets, households=HOUSEHOLDS.unbound())
    assert "`known_on`" in ibis.to_sql(what_came(known, [QUESTION]), dialect="pyspark")


def test_of_very_many_customers_whole_households_are_taken() -> None:
    made = [{**line(number, f"c{number:04d}", -number % 300)} for number in range(1, 2_001)]
    homes = ibis.memtable(pa.table({
        "customer_id": [f"c{number:04d}" for number in range(1, 2_001)],
        "household_id": [f"h{number // 2}" for number in range(1, 2_001)],
    }))  # fmt: skip
    lines = pa.Table.from_pylist(made, schema=RAW_ORDER_LINES.schema.to_pyarrow())
    part = sampled(facts(ibis.memtable(lines), households=homes), most=500)
    ids = set(part.bought.customer_id.to_pyarrow().to_pylist())
    assert 400 < len(ids) < 600
    taken = {int(who[1:]) // 2 for who in ids}
    assert len(ids) >= 2 * len(taken) - 2
    assert sampled(facts(ibis.memtable(lines)), most=2_000).bought.count().to_pyarrow().as_py() == 2_000
    assert set(FEATURES.names) == set(features(part, days=[ORIGIN]).columns)
