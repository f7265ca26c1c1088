"""How much of what was sold has no customer? Rows are counted by the cleaning rule; money is what it costs."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from patron.language import number, percent
from patron.sources.checks.look import Look, arrays
from patron.sources.quality import Finding, weigh

SHARE = (0.05, 0.50)
"""Share of revenue: below a twentieth the picture of the customers is the picture of the shop; from half on, the
figures of this project speak of less than half of the business."""

_SOLD = ("kept", "missing_customer")


SoldTo = Mapping[str, tuple[int, float]]
"""Lines and amount of what was sold: `kept` to somebody, `missing_customer` to nobody known."""


def sold_to(judged: ir.Table) -> SoldTo:
    """Return what was sold with and without a customer, of lines before the refused ones are taken out."""
    came = arrays(by_customer_known(judged))
    return {
        rule: (int(lines), float(amount))
        for rule, lines, amount in zip(came["rule"], came["lines"], came["amount"], strict=True)
    }


def by_customer_known(judged: ir.Table) -> ir.Table:
    """Add up what was sold with and without a customer."""
    sold = judged.filter((judged.amount > 0) & (judged.quantity > 0))
    named = sold.mutate(rule=sold.rule.fill_null("kept"))
    ours = named.filter(named.rule.isin(_SOLD))
    net = ours.amount - ours.discount.fill_null(ibis.literal(0).cast(ours.discount.type()))
    return ours.group_by("rule").aggregate(lines=ours.count(), amount=net.sum().cast("float64"))


def unknown_customers(look: Look) -> list[Finding]:
    """Say what share of revenue has no customer."""
    return judge(look.sold_to)


def judge(sold: SoldTo) -> list[Finding]:
    """Weigh the revenue without a customer against all revenue."""
    lines, amount = sold.get("missing_customer", (0, 0.0))
    everything = amount + sold.get("kept", (0, 0.0))[1]
    if not lines or everything <= 0:
        return []
    share = amount / everything
    # No rows: the cleaning rule has counted them, as rejected.
    facts = {"count": lines, "lines": number(lines), "revenue_share": percent(share, digits=1)}
    return [Finding("order_lines", "unknown_customers", "flagged", 0, weigh(share, SHARE), facts)]
