"""Order ids that do not tell orders apart: one id with several customers, or on days far from each other."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from patron.language import number
from patron.sources.checks.look import Look
from patron.sources.checks.sentences import part
from patron.sources.quality import Finding, weigh

DAYS = 2
"""Days between the first and the last line of one id: an order may be completed overnight, not over a week-end."""

SHARE = (0.001, 0.05)
"""Share of order ids: a shop's counter gives each number once, so even one in a thousand has a cause to be found. One
in twenty makes orders, baskets and order values wrong."""


def suspicious_ids(orders: ir.Table) -> ir.Table:
    """Count the order ids with several customers and those on days apart, and the lines of each, in one row."""
    by_id = orders.group_by("order_id").aggregate(
        lines=orders.lines.sum(),
        one=orders.customer_id.min(),
        other=orders.customer_id.max(),
        first=orders.day.min(),
        last=orders.day.max(),
        file=orders.file.min(),
        other_file=orders.file.max(),
    )
    several = by_id.one != by_id.other
    apart = ~several & (by_id.last.delta(by_id.first, unit="day") >= DAYS)
    across = by_id.file != by_id.other_file
    return by_id.aggregate(
        ids=by_id.count(),
        several=several.cast("int64").sum(),
        several_lines=several.ifelse(by_id.lines, 0).sum(),
        several_across=(several & across).cast("int64").sum(),
        apart=apart.cast("int64").sum(),
        apart_lines=apart.ifelse(by_id.lines, 0).sum(),
        apart_across=(apart & across).cast("int64").sum(),
        longest=by_id.last.delta(by_id.first, unit="day").max(),
    )


def order_ids(look: Look) -> list[Finding]:
    """Count the ids with several customers, and those whose lines lie days apart."""
    return judge(suspicious_ids(look.orders).to_pyarrow().to_pylist()[0])


def judge(counts: Mapping[str, int]) -> list[Finding]:
    """Weigh the counts by their share of all ids."""
    told = []
    for check, name in (("order_id_customers", "several"), ("order_id_days", "apart")):
        found = int(counts[name] or 0)
        if found:
            share = found / counts["ids"]
            facts = {
                "count": found,
                "ids": number(found),
                "id_share": part(share),
                "across": number(counts[f"{name}_across"]),
                "longest": number(counts["longest"]),
                "days": DAYS,
            }
            rows = int(counts[f"{name}_lines"])
            told.append(Finding("order_lines", check, "flagged", rows, weigh(share, SHARE), facts))
    return told
