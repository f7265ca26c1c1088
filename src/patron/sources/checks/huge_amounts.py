"""Single lines with an amount far beyond all others: a typing error, a test, or a sale that needs a name."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np

from patron.language import number
from patron.sources.checks.entries import BINS_A_DECADE
from patron.sources.checks.look import Arrays, Look, arrays
from patron.sources.checks.sentences import part, times
from patron.sources.quality import Finding, weigh

TOP = 0.999
"""The quantile that stands for the shop's large amounts."""

FACTOR = 10.0
"""Times that quantile: amounts have long tails, but few shops sell ten times their one in a thousand."""

LINES = 1000
"""Lines without which that quantile is the largest line."""

SHARE = (0.005, 0.05)
"""Share of revenue in these lines, as for unusual prices."""


@dataclass(frozen=True)
class Huge:
    """Lines far beyond all others."""

    lines: int
    amount: float
    limit: float
    share: float


def sizes(prices: ir.Table) -> ir.Table:
    """Count lines by size."""
    return prices.group_by("size").aggregate(lines=prices.lines.sum(), amount=prices.amount.sum())


def huge_amounts(look: Look) -> list[Finding]:
    """Count the lines beyond ten times what one line in a thousand reaches."""
    found = beyond(arrays(sizes(look.prices)))
    if found is None:
        return []
    facts = {
        "factor": times(FACTOR),
        "limit": number(found.limit),
        "limit_plain": f"{found.limit:.0f}",
        "revenue_share": part(found.share),
    }
    return [Finding("order_lines", "huge_amounts", "flagged", found.lines, weigh(found.share, SHARE), facts)]


def beyond(counts: Arrays) -> Huge | None:
    """Return what lies beyond, from lines by size."""
    order = np.argsort(counts["size"])
    size, lines, amount = (counts[name][order] for name in ("size", "lines", "amount"))
    if lines.sum() < LINES:
        return None
    top = int(size[np.searchsorted(np.cumsum(lines), TOP * lines.sum())])
    far = size > top + BINS_A_DECADE * np.log10(FACTOR)
    if not far.any():
        return None
    limit = FACTOR * 10 ** ((top + 1) / BINS_A_DECADE)
    return Huge(int(lines[far].sum()), float(amount[far].sum()), limit, float(amount[far].sum() / amount.sum()))
