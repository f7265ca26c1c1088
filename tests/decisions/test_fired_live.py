"""A run reads whom live triggers fired for from what was decided between two runs."""

from __future__ import annotations

from datetime import date

import ibis
import pytest

from patron.contracts.trigger import FIRINGS
from patron.decisions.holdouts import Holdout, holds
from patron.decisions.triggers.firing import fired_live
from patron.decisions.triggers.live_rule import LiveRule
from patron.decisions.triggers.trigger import Trigger

MONDAY, TUESDAY, FRIDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 6)
CART = Trigger(name="cart", state="scaled", holdout=0.4, rule=LiveRule(events=("cart_add",)))
SHOP, OWN = Holdout(name="global", share=0.3), Holdout(name="trigger:cart", share=0.4)
PEOPLE = [f"person-{one}" for one in range(40)]


def sends(*rows):
    columns = ("customer_id", "trigger", "iteration", "step", "decided_on", "left")
    kinds = ("string", "string", "int64", "string", "date", "boolean")
    return ibis.memtable(
        [dict(zip(columns, row, strict=True)) for row in rows],
        schema=ibis.schema(dict(zip(columns, kinds, strict=True))),
    )


def firings(table, *, as_of, holdouts=()):
    rows = fired_live(table, [CART], holdouts, as_of=as_of).to_pyarrow().to_pylist()
    return {(row["customer_id"], row["iteration"]): row for row in rows}


def test_a_customer_fires_once_and_what_left_is_counted():
    told = sends(
        ("ann", "cart", 1, "hello", MONDAY, True), ("ann", "cart", 1, "how", TUESDAY, True),
        ("ann", "cart", 1, None, FRIDAY, False), ("bob", "cart", 1, None, TUESDAY, False),
        ("ann", "other", 1, None, MONDAY, True),
    )  # fmt: skip
    found = firings(told, as_of=FRIDAY)
    assert set(found) == {("ann", 1), ("bob", 1)}
    ann, bob = found["ann", 1], found["bob", 1]
    assert (ann["fired_on"], ann["last_on"], ann["sent"], ann["sent_on"], ann["step"]) == (
        MONDAY, FRIDAY, 2, TUESDAY, "how",
    )  # fmt: skip
    assert (bob["sent"], bob["sent_on"], bob["arm"]) == (0, None, "treated")


def test_what_is_decided_later_is_not_known():
    told = sends(("ann", "cart", 1, None, MONDAY, True), ("ann", "cart", 1, None, FRIDAY, True),
                 ("bob", "cart", 2, None, FRIDAY, True))  # fmt: skip
    early = sends(("ann", "cart", 1, None, MONDAY, True))
    assert firings(told, as_of=TUESDAY) == firings(early, as_of=TUESDAY)


@pytest.mark.parametrize("iteration", [1, 3])
def test_arms_are_drawn_as_by_the_server_and_whom_the_shop_holds_is_in_neither(iteration):
    told = sends(*((one, "cart", iteration, None, MONDAY, True) for one in PEOPLE))
    found = firings(told, as_of=MONDAY, holdouts=[SHOP, OWN])
    held = {one: holds(one, [SHOP, OWN]) for one in PEOPLE}
    assert set(found) == {(one, iteration) for one in PEOPLE if held[one] != "global"}
    for (one, _), row in found.items():
        assert row["arm"] == ("control" if held[one] == "trigger:cart" else "treated")
    assert {row["arm"] for row in found.values()} == {"treated", "control"}


def test_it_keeps_its_contract():
    told = sends(("ann", "cart", 1, None, MONDAY, True))
    FIRINGS.check(fired_live(told, [CART], [], as_of=MONDAY))
