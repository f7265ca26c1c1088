"""What was bought and kept: the lines of sales without what came back of them.

In   contracts.raw.RAW_ORDER_LINES
Out  one row per line of which something was kept
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts import MONEY
from patron.profile.known import known_by

EXACT = "decimal(18, 4)"
_WIDE = "decimal(38, 2)"


def kept_sales(lines: ir.Table, *, as_of: date) -> ir.Table:
    """Return the sales of products up to `as_of`, net of what was known to be back by then.

    Parameters
    ----------
    lines : Table, one row per line
        contracts.raw.RAW_ORDER_LINES.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per line
        ``order_id, customer_id, ordered_at, product_id, product_name, category, brand, channel``; ``amount`` after
        discount and ``cost``, none where it is not known. Lines that came back whole are left out.
    """
    known = known_by(lines, as_of=as_of)
    sales = known.filter((known.kind == "sale") & known.product_id.notnull())
    returned = known.filter(known.reverses.notnull())
    back = returned.group_by(sale="reverses").aggregate(
        back_quantity=returned.quantity.cast(EXACT).sum(),
        back_amount=(returned.amount - returned.discount).cast(_WIDE).sum(),
        back_cost=returned.cost.cast(_WIDE).sum(),
    )
    both = sales.left_join(back, [("line_id", "sale")])
    kept = both.filter(both.back_quantity.isnull() | (both.quantity.cast(EXACT) + both.back_quantity > 0))
    none = ibis.literal(0).cast(_WIDE)
    return kept.select(
        "order_id", "customer_id", "ordered_at", "product_id", "product_name", "category", "brand", "channel",
        amount=(kept.amount - kept.discount + kept.back_amount.fill_null(none)).cast(MONEY),
        cost=(kept.cost + kept.back_cost.fill_null(none)).cast(MONEY),
    )  # fmt: skip
