"""What a household does together, and that nobody is seen through it who keeps out."""

from __future__ import annotations

from datetime import timedelta

import ibis
import pyarrow as pa
import pytest
from lines_of import AS_OF, customers, line, lines, rows

from patron.contracts.customer import PROFILES
from patron.contracts.person import HOUSEHOLDS
from patron.profile import Parts, contribution, orders, profiles, rhythm, takings

LINES = (
    line(1, "ann", AS_OF - timedelta(days=50), unit_price=10), line(2, "bob", AS_OF - timedelta(days=7), unit_price=4),
    line(3, "bob", AS_OF - timedelta(days=90), unit_price=6), line(4, "eve", AS_OF, unit_price=100),
    line(5, "dan", AS_OF - timedelta(days=3), unit_price=8),
)  # fmt: skip


def living(**homes):
    """Return who lives where."""
    made = [{"customer_id": who, "household_id": home, "members": 1, "rule": "given"} for who, home in homes.items()]
    return ibis.memtable(pa.Table.from_pylist(made, schema=HOUSEHOLDS.schema.to_pyarrow()))


def profiled(households, made=LINES):
    raw = lines(*made)
    bought = ibis.memtable(orders(raw, as_of=AS_OF).to_pyarrow())
    money = ibis.memtable(contribution(raw, takings(raw, as_of=AS_OF), as_of=AS_OF).to_pyarrow())
    pace = ibis.memtable(rhythm(bought, as_of=AS_OF).to_pyarrow())
    parts = Parts(
        lines=raw, orders=bought, contribution=money, rhythm=pace, customers=customers(), households=households
    )
    found = ibis.memtable(profiles(parts, as_of=AS_OF).to_pyarrow())
    PROFILES.check(found)
    return {row["customer_id"]: row for row in rows(found)}


def at_home(row):
    names = ("household_id", "household_members", "household_orders", "household_margin", "household_days_since_last")
    return tuple(row[name] for name in names)


def test_a_household_is_the_sum_of_its_members():
    found = profiled(living(ann="h:ann", bob="h:ann", eve="h:eve"))
    assert at_home(found["ann"]) == at_home(found["bob"]) == ("h:ann", 2, 3, 20, 7)
    assert at_home(found["eve"]) == ("h:eve", 1, 1, 100, 0)
    assert at_home(found["dan"]) == ("h:dan", 1, 1, 8, 3), "of whom no household is known lives alone"


def test_who_has_no_profile_is_not_seen_through_her_household():
    home = living(ann="h:ann", bob="h:ann")
    without_bob = profiled(home, [row for row in LINES if row["customer_id"] != "bob"])
    assert at_home(without_bob["ann"]) == ("h:ann", 1, 1, 10, 50)


@pytest.mark.parametrize("split", [{}, {"ann": "h:ann", "bob": "h:ann", "eve": "h:ann", "dan": "h:dan"}])
def test_margins_of_households_add_up_to_those_of_customers(split):
    found = profiled(living(**split)).values()
    homes = {row["household_id"]: row["household_margin"] for row in found}
    assert sum(homes.values()) == sum(row["margin"] for row in found) == 128
