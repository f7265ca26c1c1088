"""THE law of growing: an earlier day's tables brought up to a day are those that all lines together give."""

from __future__ import annotations

from datetime import timedelta

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lines_of import AS_OF, later_lists, line, line_lists, lines, rows

from patron.contracts.customer import HISTORY, ORDERS, TAKINGS
from patron.profile import Before, ServiceCosts, grown, orders, purchase_history, shop_costs, takings

SERVICE = ServiceCosts(per_order=1.5, per_line=0.1, per_return=2.25)
NEW_DAY = AS_OF + timedelta(days=150)
CONTRACTS = {"orders": ORDERS, "takings": TAKINGS, "history": HISTORY}


def at_once(made, as_of):
    raw = lines(*made)
    bought = orders(raw, as_of=as_of)
    return {
        "orders": bought,
        "takings": takings(raw, as_of=as_of, service=SERVICE),
        "history": purchase_history(bought, as_of=as_of),
    }


def step_by_step(made, as_of):
    known = [row for row in made if row["ordered_at"].date() <= AS_OF]
    new = [{"customer_id": row["customer_id"]} for row in made if row["ordered_at"].date() > AS_OF]
    touched = ibis.memtable(new, schema={"customer_id": "string"}).distinct()
    before = Before(as_of=AS_OF, touched=touched, **at_once(known, AS_OF))
    raw = lines(*made)
    return vars(grown(raw, before, as_of=as_of, shop=shop_costs(raw, as_of=as_of), service=SERVICE))


def same(made, as_of=NEW_DAY):
    whole, parts = at_once(made, as_of), step_by_step(made, as_of)
    for name, contract in CONTRACTS.items():
        assert rows(contract.check(parts[name])) == rows(whole[name]), name


def priced(made, *, known):
    """Give every line its cost, or none: in between, all customers share one rate, and nothing can be carried over."""
    return [{**row, "cost": row["amount"] if known else None} for row in made]


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(line_lists, later_lists(), st.booleans())
def test_a_day_at_a_time_gives_what_all_at_once_gives(made, later, known):
    same(priced([*made, *later], known=known))


def test_a_return_of_an_old_sale_changes_the_old_order():
    made = [
        line(1, "ann", AS_OF - timedelta(days=9), quantity=2, order_id="o"),
        line(2, "bob", AS_OF - timedelta(days=5)),
        line(3, "ann", AS_OF + timedelta(days=1), quantity=-2, reverses=1, order_id="back"),
    ]
    same(made, AS_OF + timedelta(days=1))
    assert [row["customer_id"] for row in rows(step_by_step(made, AS_OF + timedelta(days=1))["orders"])] == ["bob"]


def test_who_has_no_new_line_grows_older():
    made = [line(1, "ann", AS_OF - timedelta(days=9)), line(2, "bob", AS_OF + timedelta(days=1))]
    history = {row["customer_id"]: row for row in rows(step_by_step(made, AS_OF + timedelta(days=3))["history"])}
    assert (history["ann"]["T"], history["bob"]["T"]) == (12, 2)


@pytest.mark.parametrize("name", CONTRACTS)
def test_growing_compiles_for_spark(name):
    ibis.pyspark  # noqa: B018 - registers its options
    made = step_by_step([line(1, "ann", AS_OF)], AS_OF)[name]
    assert ibis.to_sql(made, dialect="pyspark")
