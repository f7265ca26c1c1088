"""THE law of the profile: what becomes known after a day changes nothing that is said as of that day."""

# ruff: noqa: DTZ001 - moments are in the project's time zone and carry none

from __future__ import annotations

from datetime import datetime, timedelta

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lines_of import AS_OF, customers, later_lists, line, line_lists, lines, rows

from patron.contracts.customer import CONTRIBUTION, HISTORY, ORDERS, PROFILES, RHYTHM, TAKINGS
from patron.profile import (
    Parts,
    ServiceCosts,
    contribution,
    costed,
    known_by,
    orders,
    profiles,
    purchase_history,
    rhythm,
    takings,
)

PEOPLE = [{"customer_id": "ann", "acquisition_channel": "search", "country": "Malta"}]
SERVICE = ServiceCosts(per_order=1.5, per_line=0.1, per_return=2.25)


def made_of(table):
    """Written and read again, as a run does between two steps."""
    return ibis.memtable(table.to_pyarrow())


def everything(made, people=PEOPLE, *, as_of=AS_OF):
    """All that is said of the customers as of a day."""
    raw = lines(*made)
    ordered = made_of(orders(raw, as_of=as_of))
    taken = made_of(takings(raw, as_of=as_of, service=SERVICE))
    brought = made_of(contribution(raw, taken, as_of=as_of))
    beat = made_of(rhythm(ordered, as_of=as_of))
    parts = Parts(lines=raw, orders=ordered, contribution=brought, rhythm=beat, customers=customers(*people))
    return {
        "costed": costed(raw, as_of=as_of),
        "orders": ordered,
        "takings": taken,
        "contribution": brought,
        "history": purchase_history(ordered, as_of=as_of),
        "rhythm": beat,
        "profiles": profiles(parts, as_of=as_of),
    }


CONTRACTS = {
    "orders": ORDERS, "takings": TAKINGS, "contribution": CONTRIBUTION, "history": HISTORY, "rhythm": RHYTHM,
    "profiles": PROFILES,
}  # fmt: skip


def late_returns(made, choose):
    """Returns of earlier sales that come after the day."""
    sales = [sold for sold in made if sold["kind"] == "sale"]
    return [
        line(2_000 + n, sold["customer_id"], datetime(2024, 7, 1) + timedelta(hours=n), quantity=-sold["quantity"],
             unit_price=sold["unit_price"], reverses=sold["line_id"], discount=-sold["discount"])
        for n, sold in enumerate(sales) if choose[n % len(choose)]
    ]  # fmt: skip


@pytest.mark.parametrize("cost", [None, 600_000], ids=["few costs", "nearly all costs"])
@given(made=line_lists, later=later_lists(), choose=st.lists(st.booleans(), min_size=1, max_size=12))
@settings(max_examples=4, deadline=None)
def test_what_comes_later_changes_nothing(cost, made, later, choose):
    made = [
        *made,
        line(901, "dan", AS_OF, unit_price=1_000_000, unit_cost=cost),
        line(900, "ann", AS_OF, product_id="mug", channel="web", country="Spain"),
    ]
    tomorrow = datetime(2024, 7, 1)
    strangers = [
        line(3_000, "new", tomorrow), line(3_001, "zoe", tomorrow, quantity=-1),
        # Were they known, nearly all costs would be, at another rate, or few of them.
        line(3_100, "zoe", tomorrow, unit_price=90_000_000, unit_cost=None if cost else 10),
        *(line(3_002 + n, "ann", tomorrow, product_id=f"new {n}", category="new", channel="app", country="Malta")
          for n in range(20)),
    ]  # fmt: skip
    people = [*PEOPLE, {"customer_id": "new", "acquisition_channel": "mail"}]
    before = everything(made)
    after = everything([*made, *later, *late_returns(made, choose), *strangers], people)
    for name, table in before.items():
        assert rows(table) == rows(after[name]), name
        if name in CONTRACTS:
            CONTRACTS[name].check(table)


@given(line_lists, later_lists())
@settings(max_examples=5, deadline=None)
def test_each_step_cuts_for_itself(made, later):
    """Orders of later days in the table that a step is given change nothing either."""
    known = made_of(orders(lines(*made), as_of=AS_OF))
    more = made_of(known.union(orders(lines(*later), as_of=AS_OF + timedelta(days=1_000))))
    assert rows(purchase_history(known, as_of=AS_OF)) == rows(purchase_history(more, as_of=AS_OF))
    assert rows(rhythm(known, as_of=AS_OF)) == rows(rhythm(more, as_of=AS_OF))
    raw, people = lines(*made), customers(*PEOPLE)
    taken = made_of(takings(raw, as_of=AS_OF))
    more_taken = made_of(taken.union(takings(lines(*later), as_of=AS_OF + timedelta(days=1_000))))
    money = contribution(raw, taken, as_of=AS_OF)
    assert rows(money) == rows(contribution(raw, more_taken, as_of=AS_OF))
    parts = {"lines": raw, "contribution": money, "rhythm": rhythm(known, as_of=AS_OF)}
    parts = {name: made_of(table) for name, table in parts.items()}
    before, after = (
        profiles(Parts(orders=ordered, customers=people, **parts), as_of=AS_OF) for ordered in (known, more)
    )
    assert rows(before) == rows(after)


def test_the_law_would_notice():
    """Were `as_of` ignored, the test above would fail: the day after, all of it counts."""
    made = [line(1, "ann", AS_OF), line(2, "bob", AS_OF)]
    later = [
        *made,
        line(3, "ann", AS_OF + timedelta(days=1), quantity=-1, reverses=1),
        line(4, "bob", AS_OF + timedelta(days=1)),
    ]
    today, tomorrow = everything(later), everything(later, as_of=AS_OF + timedelta(days=1))
    for name in today:
        assert rows(today[name]) != rows(tomorrow[name]), name


def test_the_last_second_of_the_day_is_known_and_the_next_is_not():
    raw = lines(line(1, "ann", datetime(2024, 6, 30, 23, 59, 59, 999_999)), line(2, "ann", datetime(2024, 7, 1)))
    assert [row["line_id"] for row in rows(known_by(raw, as_of=AS_OF))] == [1]


@pytest.mark.parametrize("name", CONTRACTS)
def test_it_compiles_for_spark(name):
    from patron.contracts.raw import RAW_CUSTOMERS, RAW_ORDER_LINES

    assert ibis.pyspark
    raw = RAW_ORDER_LINES.unbound()
    made = {
        "orders": orders(raw, as_of=AS_OF),
        "takings": takings(raw, as_of=AS_OF, service=SERVICE),
        "contribution": contribution(raw, TAKINGS.unbound(), as_of=AS_OF),
        "history": purchase_history(ORDERS.unbound(), as_of=AS_OF),
        "rhythm": rhythm(ORDERS.unbound(), as_of=AS_OF),
        "profiles": profiles(
            Parts(lines=raw, orders=ORDERS.unbound(), contribution=CONTRIBUTION.unbound(), rhythm=RHYTHM.unbound(),
                  customers=RAW_CUSTOMERS.unbound()),
            as_of=AS_OF,
        ),
    }[name]  # fmt: skip
    assert made.schema() == CONTRACTS[name].schema
    assert "`customer_id`" in ibis.to_sql(made, dialect="pyspark")
