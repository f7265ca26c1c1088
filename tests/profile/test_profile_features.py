"""Features: nothing that comes after the day counts, and what they share with other tables is equal there."""

# ruff: noqa: DTZ001 - moments are in the project's time zone and carry none

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lines_of import AS_OF, customers, later_lists, line, line_lists, lines, rows, table

from patron.contracts.person import HOUSEHOLDS
from patron.contracts.propensity import FEATURES
from patron.contracts.raw import RAW_ORDER_LINES
from patron.models.leakage import check_point_in_time
from patron.profile import Parts, contribution, orders, profiles, rhythm, takings
from patron.profile.facts import Facts, facts
from patron.profile.features import features

BEFORE = AS_OF - timedelta(days=40)


def written(_name: str, expression: ir.Table) -> ir.Table:
    """Written and read again, as a run does."""
    return ibis.memtable(expression.to_pyarrow())


def tickets(*made: tuple[str, date, date | None]) -> ir.Table:
    kinds = {"customer_id": pa.string(), "opened_at": pa.timestamp("us"), "closed_at": pa.timestamp("us")}
    rows = [dict(zip(kinds, (who, *map(noon, days)), strict=True)) for who, *days in made]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=pa.schema(kinds)))


def noon(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, 12)


def events(*made: tuple[str, date]) -> ir.Table:
    kinds = {"customer_id": pa.string(), "occurred_at": pa.timestamp("us")}
    rows = [{"customer_id": who, "occurred_at": noon(day)} for who, day in made]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=pa.schema(kinds)))


def living(*made: tuple[str, str]) -> ir.Table:
    blank = {"members": 1, "rule": "given", "role": None}
    return table(HOUSEHOLDS, [{"customer_id": who, "household_id": home, **blank} for who, home in made])


def dated(made: list[dict[str, Any]], **sources: ir.Table) -> Facts:
    return facts(lines(*made), keep=written, **sources)


def of(made: list[dict[str, Any]], day: date = AS_OF, who: str = "ann", **sources: ir.Table) -> dict[str, Any]:
    """The features of one customer."""
    found = {row["customer_id"]: row for row in rows(features(dated(made, **sources), days=[day]))}
    return found[who]


def everything(
    made: list[dict[str, Any]], asked: list[tuple[str, date, date | None]], seen: list[tuple[str, date]]
) -> Facts:
    return dated(
        made, tickets=tickets(*asked), events=events(*seen), customers=customers({"customer_id": "ann"}),
        households=living(("ann", "h"), ("bob", "h"), ("zoe", "h")),
    )  # fmt: skip


later_days = st.integers(1, 400).map(lambda days: AS_OF + timedelta(days=days))


@given(
    made=line_lists,
    later=later_lists(),
    opened=st.lists(st.tuples(st.sampled_from(["ann", "bob"]), later_days, st.none() | later_days), max_size=3),
    visited=st.lists(st.tuples(st.sampled_from(["ann", "cid"]), later_days), max_size=3),
)
@settings(max_examples=2, deadline=None)
def test_no_row_after_the_day_changes_anything(
    made: list[dict[str, Any]], later: list[dict[str, Any]], opened: list[Any], visited: list[Any]
) -> None:
    made = [*made, line(900, "ann", BEFORE), line(901, "bob", AS_OF, product_id="cup", category="cups", channel="web")]
    asked = [("ann", BEFORE, AS_OF + timedelta(days=3))]
    seen = [("ann", BEFORE)]
    returned = [
        line(2_000 + place, sold["customer_id"], AS_OF + timedelta(days=2), quantity=-sold["quantity"],
             unit_price=sold["unit_price"], reverses=sold["line_id"])
        for place, sold in enumerate(made) if sold["kind"] == "sale"
    ]  # fmt: skip
    strangers = [line(3_000, "zoe", AS_OF + timedelta(days=1)), line(3_001, "ann", AS_OF + timedelta(days=1))]
    cut = features(everything(made, asked, seen), days=[BEFORE, AS_OF])
    whole = features(
        everything([*made, *later, *returned, *strangers], [*asked, *opened], [*seen, *visited]), days=[BEFORE, AS_OF]
    )
    assert rows(whole.order_by("as_of", "customer_id")) == rows(cut.order_by("as_of", "customer_id"))
    check_point_in_time(whole, cut)
    FEATURES.check(whole)


def test_the_law_would_notice() -> None:
    sale = line(1, "ann", BEFORE)
    back = line(2, "ann", AS_OF, quantity=-1, reverses=1)
    other = line(3, "ann", BEFORE - timedelta(days=3))
    assert of([sale, back, other])["purchase_days"] == 1
    assert of([sale, back, other], BEFORE)["purchase_days"] == 2


@given(line_lists)
@settings(max_examples=2, deadline=None)
def test_a_day_is_the_same_alone_and_among_others(made: list[dict[str, Any]]) -> None:
    known = dated([*made, line(900, "ann", BEFORE)])
    both = features(known, days=[BEFORE, AS_OF])
    for day in (BEFORE, AS_OF):
        assert rows(both.filter(both.as_of == ibis.literal(day))) == rows(features(known, days=[day]))


@given(line_lists)
@settings(max_examples=2, deadline=None)
def test_what_profiles_and_rhythm_say_too_is_equal_there(made: list[dict[str, Any]]) -> None:
    made = [*made, line(900, "ann", BEFORE, channel="web")]
    raw = lines(*made)
    kept = written("", orders(raw, as_of=AS_OF))
    money = contribution(raw, takings(raw, as_of=AS_OF), as_of=AS_OF)
    pace = rhythm(kept, as_of=AS_OF)
    parts = Parts(
        lines=raw, orders=kept, contribution=written("", money), rhythm=written("", pace), customers=customers()
    )
    known = {row["customer_id"]: row for row in rows(profiles(parts, as_of=AS_OF)) if row["orders"]}
    beat = {row["customer_id"]: row for row in rows(pace)}
    found = {row["customer_id"]: row for row in rows(features(facts(raw), days=[AS_OF]))}
    assert set(found) == set(known) == set(beat)
    for who, row in found.items():
        for name in ("days_since_last", "tenure_days", "purchase_days", "channels", "lateness"):
            assert row[name] == pytest.approx(known[who][name]), name
        assert row["average_order_value"] == pytest.approx(known[who]["average_order_value"])
        for name in ("median_interval_days", "expected_interval_days"):
            assert row[name] == pytest.approx(beat[who][name]), name


def bought(*ago: int, who: str = "ann", **facts_: Any) -> list[dict[str, Any]]:
    return [line(place, who, AS_OF - timedelta(days=days), **facts_) for place, days in enumerate(ago, 1)]


CASES: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "windows end on the day": (
        bought(0, 29, 30, 89, 90, 364, 365),
        {"purchase_days": 7, "purchase_days_30": 2, "purchase_days_90": 4, "purchase_days_365": 6, "revenue_30": 20.0},
    ),
    "trends compare with the period before": (
        bought(5, 35, 40, 50),
        {"purchase_trend_30": -0.5, "purchase_trend_90": 1.0, "revenue_trend_30": -0.5},
    ),
    "a silent customer has no trend": (bought(200), {"purchase_trend_30": None, "purchase_trend_90": None}),
    "own intervals": (
        bought(10, 20, 50),
        {"median_interval_days": 20.0, "last_interval_days": 10, "days_since_last": 10, "tenure_days": 50},
    ),
    "one purchase has no interval": (bought(10), {"median_interval_days": None, "last_interval_days": None}),
    "the season a year ago": (
        bought(3, 365, 364, 335, 334, 275, 274, 400),
        {"season_days_30": 2, "season_days_90": 4},
    ),
    "too young for a season": (bought(3, 300), {"season_days_30": None, "season_days_90": None}),
    "money of the days": (
        [line(1, "ann", AS_OF - timedelta(days=9), unit_price=30), line(2, "ann", AS_OF, unit_price=12)],
        {"revenue": 42.0, "average_order_value": 21.0, "last_order_value": 12.0, "repeat_value": 12.0},
    ),
    "breadth": (
        [line(1, "ann", AS_OF, product_id="mug", category="cups", brand="x"), line(2, "ann", AS_OF, product_id="cup",
                                                                                  category="cups")],
        {"products": 2, "categories": 1, "brands": 1},
    ),
    "no category is told": (bought(1), {"categories": None, "brands": None, "products": 1}),
    "the channel of the last order": (
        [line(1, "ann", BEFORE, channel="shop"), line(2, "ann", AS_OF, channel="web")],
        {"channel": "web", "channels": 2},
    ),
    "what came back": (
        [line(1, "ann", BEFORE, quantity=4), line(2, "ann", AS_OF, quantity=-1, reverses=1)],
        {"return_rate": 0.25, "returns_365": 1, "revenue": 30.0},
    ),
    "weekends": (  # 30 June 2024 is a Sunday
        bought(0, 1, 2, 3), {"weekend_share": 0.5, "weekday": 6},
    ),
    "without sources": (bought(0), {"tickets_90": None, "open_tickets": None, "visit_days_30": None}),
}  # fmt: skip


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, Any]]:
    """The features of all cases, each the story of one customer."""
    made = [
        {**one, "customer_id": case, "line_id": one["line_id"] + 100 * place, "order_id": f"{case} {one['order_id']}",
         "reverses": one["reverses"] and one["reverses"] + 100 * place}
        for place, (case, (story, _)) in enumerate(CASES.items()) for one in story
    ]  # fmt: skip
    return {row["customer_id"]: row for row in rows(features(dated(made), days=[AS_OF]))}


@pytest.mark.parametrize("case", CASES, ids=list(CASES))
def test_a_feature_says_what_is_so(case: str, told: dict[str, dict[str, Any]]) -> None:
    expected, found = CASES[case][1], told[case]
    assert {name: found[name] for name in expected} == {
        name: value if value is None or isinstance(value, str) else pytest.approx(value)
        for name, value in expected.items()
    }


def test_tickets_and_visits() -> None:
    asked = tickets(
        ("ann", AS_OF - timedelta(days=89), AS_OF), ("ann", AS_OF - timedelta(days=90), None),
        ("ann", AS_OF - timedelta(days=365), None),
    )  # fmt: skip
    seen = events(*(("ann", AS_OF - timedelta(days=ago)) for ago in (2, 2, 29, 30, 90)))
    found = of(bought(0), tickets=asked, events=seen)
    assert (found["tickets_90"], found["tickets_365"], found["open_tickets"]) == (1, 2, 2)
    assert (found["days_since_visit"], found["visit_days_30"], found["visit_days_90"]) == (2, 2, 3)
    silent = of(bought(0, who="bob"), tickets=asked, events=seen, who="bob")
    assert (silent["tickets_90"], silent["days_since_visit"], silent["visit_days_90"]) == (0, None, 0)


def test_a_household_is_those_who_have_bought_by_the_day() -> None:
    made = [*bought(10), line(8, "bob", AS_OF - timedelta(days=3)), line(9, "zoe", BEFORE - timedelta(days=1))]
    homes = living(("ann", "h"), ("bob", "h"), ("zoe", "other"))
    found = {row["customer_id"]: row for row in rows(features(dated(made, households=homes), days=[AS_OF]))}
    assert (found["ann"]["household_members"], found["ann"]["household_days_since_last"]) == (2, 3)
    assert (found["bob"]["household_members"], found["bob"]["household_days_since_last"]) == (2, 10)
    assert (found["zoe"]["household_members"], found["zoe"]["household_days_since_last"]) == (1, None)


def test_it_compiles_for_spark() -> None:
    assert ibis.pyspark
    made = features(facts(RAW_ORDER_LINES.unbound(), households=HOUSEHOLDS.unbound()), days=[AS_OF, BEFORE])
    assert made.schema() == FEATURES.schema
    assert "`customer_id`" in ibis.to_sql(made, dialect="pyspark")
