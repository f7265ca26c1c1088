"""What units did, against the same sums by hand; and that nothing later than the assignment is told as known before."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.experiment import ASSIGNMENTS
from patron.experiments.acts import Sources, acts
from patron.experiments.known_then import Foretold, bought, known_then
from patron.experiments.units import drawn, units

DAY = date(2024, 3, 1)
EXPERIMENTS = ibis.memtable({"experiment": ["a", "b"]})
MONEY = pa.decimal128(18, 2)


def assigned(*rows):
    """Return assignments from (experiment, customer, arm), and the number of the household where one was drawn."""
    records = [
        {
            "experiment": a, "customer_id": c, "arm": arm, "segment": "rfm.champions", "assigned_on": DAY,
            "purpose": "marketing", "unit": unit[0] if unit else None, "contaminated": False,
        }
        for a, c, arm, *unit in rows
    ]  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(records, schema=ASSIGNMENTS.schema.to_pyarrow()))


def at(days, hour=12):
    """Return a moment so many days after the assignment."""
    return datetime.combine(DAY, time(hour)) + timedelta(days=days)


def on(days):
    """Return a day so many days after the assignment."""
    return DAY + timedelta(days=days)


def lines(*rows):
    """Return lines from (customer, days after the assignment, amount, kind, channel)."""
    schema = pa.schema(
        [("customer_id", pa.string()), ("ordered_at", pa.timestamp("us")), ("amount", MONEY), ("discount", MONEY),
         ("kind", pa.string()), ("channel", pa.string())]
    )  # fmt: skip
    records = [
        {"customer_id": c, "ordered_at": at(d), "amount": Decimal(str(m)), "discount": Decimal(0),
         "kind": rest[0] if rest else "sale", "channel": rest[1] if len(rest) > 1 else "web"}
        for c, d, m, *rest in rows
    ]  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(records, schema=schema))


def sources(*rows, **others):
    """Return orders and takings from (customer, days, margin)."""
    schema = pa.schema([("customer_id", pa.string()), ("ordered_at", pa.timestamp("us")), ("margin", MONEY)])
    records = [{"customer_id": c, "ordered_at": at(*when), "margin": Decimal(str(m))} for c, when, m in rows]
    orders = ibis.memtable(pa.Table.from_pylist(records, schema=schema))
    days = orders.select("customer_id", "margin", day=orders.ordered_at.date())
    money = days.group_by("customer_id", "day").aggregate(margin=days.margin.sum())
    takings = money.mutate(revenue=money.margin, net_revenue=money.margin, returns=money.margin * 0)
    return Sources(orders=orders, takings=takings, **others)


def made(assignments, told, days, *, before=None, experiments=EXPERIMENTS, foretold=None):
    """Return the units by experiment and name, so many days after the assignment."""
    everyone = drawn(experiments, assignments, as_of=on(days))
    history = bought(before if before is not None else lines())
    known = known_then(everyone, history, {"a": DAY, "b": DAY}, foretold)
    found = units(everyone, acts(told, as_of=on(days)), known).to_pyarrow().to_pylist()
    return {(row["experiment"], row["drawn"]): row for row in found}


def test_counts_from_the_day_after_the_assignment_to_the_last_day():
    told = sources(
        ("ann", (0, 23), 100), ("ann", (1, 0), 1), ("ann", (30, 23), 2.5), ("ann", (31, 0), 100), ("bob", (-5,), 100),
        ("eve", (3,), 7), ("stranger", (3,), 100),
    )  # fmt: skip
    found = made(assigned(("a", "ann", "treated"), ("a", "bob", "treated"), ("a", "eve", "control")), told, 30)
    ann = found["a", "ann"]
    assert (ann["orders"], ann["margin"], ann["bought"], ann["size"]) == (2, Decimal("3.50"), 1, 1)
    assert (ann["orders_turn"], ann["margin_turn"]) == (0, Decimal("1.50")), "the last 15 days less the first 15"
    assert (found["a", "bob"]["orders"], found["a", "bob"]["bought"]) == (0, 0)
    assert found["a", "eve"]["margin"] == 7
    assert len(found) == 3


def test_an_experiment_that_ended_counts_no_further():
    ended = ibis.memtable({"experiment": ["a"], "ends_on": [on(20)], "stopped_on": [on(10)]})
    told = sources(("ann", (10,), 1), ("ann", (11,), 10))
    assert made(assigned(("a", "ann", "treated")), told, 30, experiments=ended)["a", "ann"]["margin"] == 1


def test_a_household_is_one_unit():
    """Two of three at home 7 ordered; a home of one did nothing."""
    rows = [("a", who, "treated", 7) for who in ("ann", "bob", "cid")] + [("a", "dan", "treated", 8)]
    found = made(assigned(*rows), sources(("ann", (2,), 5), ("ann", (3,), 1), ("cid", (4,), 4)), 10)
    home, alone = found["a", "7"], found["a", "8"]
    assert (home["size"], home["orders"], home["bought"], home["margin"]) == (3, 3, 2, 10)
    assert (alone["size"], alone["orders"], alone["margin"]) == (1, 0, 0)
    assert home["by_household"]


def test_a_unit_in_two_arms_is_marked():
    found = made(assigned(("a", "ann", "treated", 7), ("a", "bob", "control", 7)), sources(), 10)
    assert found["a", "7"]["mixed"]


def test_a_customer_in_two_experiments_counts_in_both():
    rows = [("a", "ann", "treated"), ("b", "ann", "control")]
    found = made(assigned(*rows), sources(("ann", (2,), 5)), 10)
    assert found["a", "ann"]["margin"] == found["b", "ann"]["margin"] == 5


def test_complaints_unsubscribes_and_answers_are_counted_where_there_are_sources():
    told = sources(
        ("ann", (2,), 5),
        tickets=ibis.memtable({"customer_id": ["ann", "ann"], "opened_at": [at(0), at(2)]}),
        messages=ibis.memtable({"customer_id": ["ann", "bob"], "unsubscribed_at": [at(3), None]}),
        surveys=ibis.memtable({"customer_id": ["ann", "ann", "bob"], "kind": ["nps", "ces", "nps"],
                               "score": [9.0, 5.0, 3.0], "answered_at": [at(4), at(4), at(4)]}),
    )  # fmt: skip
    found = made(assigned(("a", "ann", "treated"), ("a", "bob", "treated")), told, 10)
    names = ("tickets", "unsubscribes", "promoted", "nps_answers", "eased", "effort_answers")
    assert [found["a", "ann"][name] for name in names] == [1, 1, 100, 1, 5, 1]
    assert [found["a", "bob"][name] for name in names] == [0, 0, -100, 1, 0, 0]
    assert "tickets" not in next(iter(made(assigned(("a", "ann", "treated")), sources(), 10).values()))


BEFORE = (("ann", -400, 50), ("ann", -10, 20, "sale", "app"), ("ann", -5, 5, "sale", "app"), ("bob", -1, 3))
LATER = (
    ("ann", 1, 999), ("ann", 2, -25, "return"), ("bob", 30, 5_000, "sale", "store"), ("cid", 4, 7),
    *((f"new{i}", 1, 10_000) for i in range(50)),
)  # fmt: skip
THREE = (("a", "ann", "treated"), ("a", "bob", "control"), ("a", "cid", "control"))


def test_what_was_known_is_of_the_year_before():
    found = made(assigned(*THREE), sources(), 40, before=lines(*BEFORE))
    ann, bob, cid = (found["a", who] for who in ("ann", "bob", "cid"))
    assert (ann["past_spend"], ann["past_purchases"], ann["channel"]) == (25, 2, "app")
    assert (bob["past_spend"], bob["channel"], bob["value_tier"]) == (3, "web", "bottom")
    assert (cid["past_spend"], cid["channel"], cid["value_tier"]) == (0, "none", "new")
    assert ann["value_tier"] == "top"


def test_nothing_later_than_the_assignment_is_told_as_known_before():
    """The same customers, with a year of purchases and returns after it: what was known stays, to the cent."""
    now = made(assigned(*THREE), sources(), 40, before=lines(*BEFORE))
    then = made(assigned(*THREE), sources(), 40, before=lines(*BEFORE, *LATER))
    names = ("past_spend", "past_purchases", "channel", "value_tier")
    assert {key: [row[name] for name in names] for key, row in now.items()} == {
        key: [row[name] for name in names] for key, row in then.items()
    }


def test_what_a_run_of_the_day_foretold_stands_beside_it():
    run = Foretold(
        as_of=on(-3),
        forecasts=ibis.memtable({"customer_id": ["ann"], "predicted_value": [12.5]}),
        memberships=ibis.memtable({"customer_id": ["ann", "ann", "bob"], "segmentation": ["tier", "rfm", "rfm"],
                                   "segment": ["gold", "champions", "lost"]}),
    )  # fmt: skip
    rows = [*THREE, ("b", "ann", "treated")]
    found = made(assigned(*rows), sources(), 40, before=lines(*BEFORE), foretold={"a": run})
    assert (found["a", "ann"]["past_value"], found["a", "ann"]["tier"]) == (Decimal("12.50"), "gold")
    assert (found["a", "bob"]["past_value"], found["a", "bob"]["tier"], found["a", "bob"]["rfm"]) == (0, None, "lost")
    assert found["b", "ann"]["tier"] is None, "no run of that day is known for the other experiment"


people = st.sampled_from(["ann", "bob", "eve", "dan"])
cents = st.integers(-10_000_000, 10_000_000).map(lambda c: c / 100)


@given(st.dictionaries(people, st.sampled_from(["treated", "control"]), min_size=1),
       st.lists(st.tuples(people, st.integers(-3, 12), cents), max_size=20))  # fmt: skip
@settings(max_examples=4, deadline=None)
def test_equals_the_sums_by_hand(arms, orders):
    told = sources(*[(c, (d,), m) for c, d, m in orders])
    found = made(assigned(*[("a", c, arm) for c, arm in arms.items()]), told, 10)
    assert {name: row["arm"] for (_, name), row in found.items()} == arms
    for who in arms:
        margins = [round(100 * m) for c, d, m in orders if c == who and 0 < d <= 10]
        assert round(100 * found["a", who]["margin"]) == sum(margins)
        assert found["a", who]["orders"] == len(margins)


def test_money_adds_up_to_the_cent():
    told = sources(*[("ann", (1 + i % 9,), 0.1) for i in range(30)])
    assert made(assigned(("a", "ann", "treated")), told, 10)["a", "ann"]["margin"] == pytest.approx(
        Decimal("3.00"), abs=0
    )
