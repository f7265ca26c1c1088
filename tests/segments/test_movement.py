from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_shop import forecasts, memberships, rows, takings

from patron.contracts.customer import FORECASTS, MEMBERSHIPS, MOVEMENTS, TAKINGS
from patron.errors import ArgumentError
from patron.segments import movements
from patron.stats.wilson import wilson

DAYS = {"from_day": date(2024, 5, 31), "to_day": date(2024, 6, 30), "compared_with": "month"}


def flows(before, after, *, then=None, now=None, bought=()):
    found = movements(
        before, after, forecasts_before=forecasts(then or {}), forecasts_after=forecasts(now or {}),
        takings=takings(*bought), **DAYS,
    )  # fmt: skip
    return {(row["segmentation"], row["from_segment"], row["to_segment"]): row for row in rows(MOVEMENTS.check(found))}


def test_who_stays_moves_comes_and_goes():
    found = flows(
        memberships("rfm", {"a": "loyal", "b": "loyal", "c": "loyal", "d": "lost"}),
        memberships("rfm", {"a": "loyal", "b": "at_risk", "d": "lost", "e": "new_customers"}),
    )
    assert {key[1:]: (row["customers"], row["share"]) for key, row in found.items()} == {
        ("loyal", "loyal"): (1, pytest.approx(1 / 3)),
        ("loyal", "at_risk"): (1, pytest.approx(1 / 3)),
        ("loyal", "gone"): (1, pytest.approx(1 / 3)),
        ("lost", "lost"): (1, 1.0),
        ("new", "new_customers"): (1, 1.0),
    }


def test_money_counts_after_the_first_day_up_to_and_including_the_last():
    found = flows(
        memberships("rfm", {"a": "loyal", "b": "loyal"}), memberships("rfm", {"a": "loyal", "b": "lost"}),
        then={"a": 100, "b": 50}, now={"a": 130, "b": 10},
        bought=[("a", date(2024, 5, 31), 1), ("a", date(2024, 6, 1), 2.25), ("a", date(2024, 6, 30), 4),
                ("a", date(2024, 7, 1), 8)],
    )  # fmt: skip
    stayed, fell = found["rfm", "loyal", "loyal"], found["rfm", "loyal", "lost"]
    assert stayed["margin_between"] == Decimal("6.25")
    assert (stayed["predicted_before"], stayed["predicted_after"], stayed["worth"]) == (100, 130, 30)
    assert (fell["margin_between"], fell["worth"]) == (0, -40)


def test_a_share_comes_with_the_interval_of_its_rate_and_says_when_few_are_behind_it():
    before = {f"c{n:03}": "loyal" if n < 100 else "lost" for n in range(110)}
    after = before | {f"c{n:03}": "at_risk" for n in range(30)}
    found = flows(memberships("rfm", before), memberships("rfm", after))
    fell, stayed = found["rfm", "loyal", "at_risk"], found["rfm", "lost", "lost"]
    assert (fell["from_customers"], fell["few"], stayed["from_customers"], stayed["few"]) == (100, False, 10, True)
    assert (fell["share_low"], fell["share_high"]) == pytest.approx(wilson(30, 100))
    assert stayed["share_low"] == pytest.approx(wilson(10, 10)[0])
    assert stayed["share_high"] == 1


def test_a_customer_who_enters_an_own_segment_comes_from_outside_it():
    before = memberships("rfm", {"a": "loyal", "b": "loyal", "c": "lost"}).union(memberships("vip", {"b": "vip"}))
    after = memberships("rfm", {"a": "loyal", "b": "loyal", "d": "loyal"}).union(
        memberships("vip", {"a": "vip", "d": "vip"})
    )
    found = {key[1:] for key in flows(before, after) if key[0] == "vip"}
    assert found == {("outside", "vip"), ("vip", "outside"), ("new", "vip")}


def test_a_segmentation_that_only_one_day_knows_is_left_out():
    before = memberships("rfm", {"a": "loyal"})
    after = memberships("rfm", {"a": "loyal"}).union(memberships("vip", {"a": "vip"}))
    assert {key[0] for key in flows(before, after)} == {"rfm"}
    assert {key[0] for key in flows(after, before)} == {"rfm"}


people = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["loyal", "lost", "promising"]), min_size=1)


@settings(max_examples=20, deadline=None)
@given(people, people)
def test_shares_sum_to_one_and_every_customer_is_in_one_flow(before, after):
    money = [(name, date(2024, 6, 2), 10) for name in sorted(before.keys() | after.keys())]
    found = flows(
        memberships("rfm", before), memberships("rfm", after),
        then=dict.fromkeys(before, 3), now=dict.fromkeys(after, 5), bought=money,
    )  # fmt: skip
    shares = defaultdict(float)
    for row in found.values():
        shares[row["from_segment"]] += row["share"]
    assert all(share == pytest.approx(1) for share in shares.values())
    assert sum(row["customers"] for row in found.values()) == len(before.keys() | after.keys())
    assert sum(row["margin_between"] for row in found.values()) == 10 * len(before.keys() | after.keys())
    assert sum(row["worth"] for row in found.values()) == pytest.approx(5 * len(after) - 3 * len(before))


def test_days_the_wrong_way_round():
    with pytest.raises(ArgumentError, match="30 June 2024 and 31 May 2024"):
        movements(
            MEMBERSHIPS.unbound(), MEMBERSHIPS.unbound(), forecasts_before=FORECASTS.unbound(),
            forecasts_after=FORECASTS.unbound(), takings=TAKINGS.unbound(), compared_with="month",
            from_day=DAYS["to_day"], to_day=DAYS["from_day"],
        )  # fmt: skip


def test_it_compiles_for_spark():
    ibis.pyspark  # noqa: B018 - loads the dialect's options
    then, now = (ibis.table(MEMBERSHIPS.schema, name=name) for name in ("then", "now"))
    ahead_then, ahead_now = (ibis.table(FORECASTS.schema, name=name) for name in ("ahead_then", "ahead_now"))
    expression = movements(
        then, now, forecasts_before=ahead_then, forecasts_after=ahead_now, takings=TAKINGS.unbound(), **DAYS
    )
    assert "outside" in ibis.to_sql(expression, dialect="pyspark")
