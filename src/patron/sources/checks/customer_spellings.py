"""Customer ids that are one id spelt in two ways: 12345 and 12345.0, A7 and a7, 007 and 7."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from patron.language import number
from patron.sources.checks.look import Look
from patron.sources.checks.sentences import part
from patron.sources.quality import Finding, weigh

SHARE = (0.001, 0.05)
"""Share of ids: each splits a customer in two, who then looks like one that left and one that is new."""


def spellings(orders: ir.Table) -> ir.Table:
    """Count the ids that share their plain spelling with another id, and their lines, in one row."""
    by_id = orders.group_by("customer_id").aggregate(lines=orders.lines.sum())
    plain = by_id.customer_id.lower().re_replace(r"\.0+$", "").re_replace("^0+", "")
    by_plain = (
        by_id.mutate(plain=plain).group_by("plain").aggregate(ids=lambda t: t.count(), lines=lambda t: t.lines.sum())
    )
    split = by_plain.ids > 1
    return by_plain.aggregate(
        everyone=by_plain.ids.sum(),
        ids=split.ifelse(by_plain.ids, 0).sum(),
        people=split.cast("int64").sum(),
        lines=split.ifelse(by_plain.lines, 0).sum(),
    )


def customer_spellings(look: Look) -> list[Finding]:
    """Count the ids that may be one customer's."""
    return judge(spellings(look.orders).to_pyarrow().to_pylist()[0])


def judge(counts: Mapping[str, int]) -> list[Finding]:
    """Weigh them by their share of all ids."""
    if not counts["ids"]:
        return []
    share = counts["ids"] / counts["everyone"]
    facts = {"count": int(counts["ids"]), "ids": number(counts["ids"]), "people": number(counts["people"]),
             "id_share": part(share)}  # fmt: skip
    return [Finding("order_lines", "customer_spellings", "flagged", int(counts["lines"]), weigh(share, SHARE), facts)]
