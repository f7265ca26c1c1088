"""The step `channel_evidence`: the settings' rule of attribution is read, and a shop without channels has no rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from evidence_support import LAST, Row, credits_of, lift, members, orders, table, weeks
from patron.contracts import TABLES
from patron.pipeline.evidence_steps import EVIDENCE_STEP
from patron.pipeline.settings import Settings
from patron.pipeline.step import Context


def made_of(attribution: dict[str, Any], sources: dict[str, Any] | None = None, **rows: list[Row]) -> dict[str, Any]:
    settings = Settings.model_validate({
        "name": "Shop", "currency": "EUR", "sources": sources or {"order_lines": {"path": "x.csv"}},
        "attribution": attribution,
    })  # fmt: skip
    tables: dict[str, ir.Table] = {name: table(name, rows.get(name, [])) for name in EVIDENCE_STEP.needs}
    asked = Context(
        settings=settings, as_of=LAST, tables=tables, keep=lambda _name, one: ibis.memtable(one.to_pyarrow()),
        earlier=None, kept=None,  # type: ignore[arg-type]
    )  # fmt: skip
    made = dict(EVIDENCE_STEP.function(asked))  # type: ignore[arg-type]
    return {name: TABLES[name].check(made[name]).to_pyarrow().to_pylist() for name in EVIDENCE_STEP.makes}


def test_the_rule_of_the_settings_the_shops_own_names_and_the_tests_of_that_rule_are_read() -> None:
    placed = orders(600)
    other = lift("paid_search", raw=9.0, error=0.1) | {"model": "last"}
    unread = lift("email", raw=1.0, error=0.1) | {"status": "not_read", "attributed": None, "measured": None}
    made = made_of(
        {"model": "markov", "aliases": {"suche": "paid search"}}, orders=placed, order_credits=credits_of(placed),
        raw_mix_model=weeks({"Suche": 90}), memberships=members(),
        channel_lifts=[lift("paid_search", raw=0.5, error=0.05), other, unread],
        raw_spend=[{"day": LAST, "channel": "Suche", "amount": Decimal(500)}],
    )  # fmt: skip
    whole = [row for row in made["channel_evidence"] if row["segmentation"] == "all"]
    assert {(row["channel"], row["spend"]) for row in whole} == {("paid_search", Decimal(500))}
    assert [row["model"] for row in whole] == ["paid_search test", "paid_search test", "mix", "markov"]
    credit, tested = (float(whole[place]["contribution"]) for place in (3, 0))
    assert abs(tested / credit - 0.5) < 1e-4
    assert made["channel_verdicts"][0]["reference"] == "experiment"


def test_without_a_mix_model_and_touches_or_without_sales_there_is_nothing() -> None:
    nothing = {name: [] for name in EVIDENCE_STEP.makes}
    assert made_of({}, orders=orders(50)) == nothing
    people = {"customers": {"path": "x.csv"}}
    assert made_of({}, people, raw_mix_model=weeks({"TV": 5}, count=4)) == nothing
