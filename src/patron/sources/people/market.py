"""Market: what do competitors ask, what do we, and how much does everybody buy? About the shop; no person is in it.

In   came.Came   one price or one index of one day a row
Out  contracts.raw_experience.RAW_MARKET
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts.raw_experience import RAW_MARKET
from patron.sources.came import Came
from patron.sources.people.judging import dated, missing, none_of, unreadable
from patron.sources.people.once import LARGEST, off_scale, once
from patron.sources.rules import Setting


def _called(rows: ir.Table, _came: Came, _setting: Setting) -> ir.Table:
    """Name the series that a row is a part of; none where it lacks what a price or an index is of."""
    price = ibis.literal("price|").concat(rows.competitor.fill_null(""), "|", rows.product_id)  # "": our own
    index = ibis.literal("index|").concat(rows.category)
    return rows.mutate(series=ibis.ifelse(rows.price.notnull(), price, index))


def _an_index(rows: ir.Table) -> ir.BooleanValue:
    least, most = (ibis.literal(one, "float64") for one in (0.0, LARGEST))
    return rows.category_index.between(least, most)


SOURCE = once(
    RAW_MARKET,
    (
        missing("day"),
        *dated("day"),
        unreadable("price", "category_index"),
        none_of("nothing_told", "price", "category_index"),
        missing("series"),
        off_scale(lambda rows: (rows.price <= 0).fill_null(False) | ~_an_index(rows).fill_null(True)),
    ),
    key=["day", "series"], ready=_called,
)  # fmt: skip
