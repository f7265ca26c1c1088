"""How customers began: what no later day changes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import ibis
from hypothesis import given, settings
from lines_of import AS_OF, customers, later_lists, line, line_lists, lines, rows

from patron.contracts.customer import COVARIATES
from patron.profile import covariates, join_covariates

BEFORE = AS_OF - timedelta(days=40)


def began(*made: dict[str, Any], **wanted: Any) -> dict[str, dict[str, Any]]:
    found = covariates(lines(*made), customers(), as_of=AS_OF, **wanted)
    return {row["customer_id"]: row for row in rows(found)}


def test_the_first_category_is_that_of_which_most_was_bought_on_the_first_day() -> None:
    found = began(
        line(1, "ann", BEFORE, category="tea", quantity=3),
        line(2, "ann", BEFORE, category="cups", unit_price=25),
        line(3, "ann", BEFORE, category="tea", quantity=1),
        line(4, "ann", AS_OF, category="lamps", unit_price=900),
        line(5, "bob", BEFORE, category="tea"),
        line(6, "bob", BEFORE, category="cups"),  # as much: the first by name
        line(7, "cid", BEFORE, unit_price=900),  # no category is known
        line(8, "cid", AS_OF, category="tea"),
    )
    assert {who: row["first_category"] for who, row in found.items()} == {"ann": "tea", "bob": "cups", "cid": None}


def test_what_comes_back_later_changes_nothing() -> None:
    bought = line(1, "ann", BEFORE, category="cups", unit_price=25)
    back = line(2, "ann", AS_OF, category="cups", quantity=-1, unit_price=25, reverses=1)
    again = line(3, "ann", AS_OF, category="tea")
    assert began(bought, back, again)["ann"] == began(bought)["ann"]


@settings(max_examples=40, deadline=None)
@given(known=line_lists, later=later_lists())
def test_no_later_day_changes_it(known: list[dict[str, Any]], later: list[dict[str, Any]]) -> None:
    """Whoever was known on an earlier day began then as she does now: the past needs no covariates of its own."""
    made = [{**one, "category": one["product_id"]} for one in (*known, *later)]
    now, then = (covariates(lines(*made), customers(), as_of=day) for day in (AS_OF + timedelta(days=90), AS_OF))
    later = {row["customer_id"]: row for row in rows(now)}
    assert all(later[row["customer_id"]] == row for row in rows(then))


def test_the_channel_is_the_record_s_and_only_what_is_wanted_is_told() -> None:
    made = line(1, "ann", BEFORE, category="cups")
    record = customers({"customer_id": "ann", "acquisition_channel": "referral"})
    both, one, none = (
        rows(covariates(lines(made), record, as_of=AS_OF, **wanted))[0]
        for wanted in ({}, {"among": ["first_category"]}, {"among": []})
    )
    assert (both["acquisition_channel"], both["first_category"]) == ("referral", "cups")
    assert (one["acquisition_channel"], one["first_category"]) == (None, "cups")
    assert (none["acquisition_channel"], none["first_category"]) == (None, None)
    COVARIATES.shape(covariates(lines(made), record, as_of=AS_OF, among=[]))


def test_a_history_keeps_its_rows() -> None:
    history = ibis.memtable({"customer_id": ["ann", "zoe"], "frequency": [1, 2]})
    known = covariates(lines(line(1, "ann", BEFORE, category="cups", amount=Decimal(3))), customers(), as_of=AS_OF)
    joined = join_covariates(history, known).order_by("customer_id").to_pyarrow().to_pylist()
    assert [(row["customer_id"], row["frequency"], row["first_category"]) for row in joined] == [
        ("ann", 1, "cups"), ("zoe", 2, None),
    ]  # fmt: skip
    assert join_covariates(history, None) is history
