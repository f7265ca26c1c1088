"""Which of the customers who can be asked are asked?

A sample that holds of every band of recency, frequency and value its share, to within one customer. Customers are put
in the order of their cells, and within a cell in that of a salted hash, and every so many-th is taken.

Ref  Cochran (1977), Sampling Techniques, 3rd ed., chapter 8: systematic sampling of an ordered population
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.errors import ArgumentError
from patron.language import failure

SALT = "survey:"
"""How the draw of a survey's sample is called, with its name after it: by that it is told from other frozen lists."""


def stratified_sample(customers: ir.Table, cells: ir.Table, *, size: int, salt: str) -> ir.Table:
    """Return `size` of the customers, or all where there are fewer.

    Parameters
    ----------
    customers : Table, one row per customer
        With ``customer_id``.
    cells : Table, one row per customer
        ``customer_id, cell``: `voice.bands`.
    size : int
        How many.
    salt : str
        The name of the draw: the same one draws the same customers.

    Raises
    ------
    ArgumentError
        Nobody is to be drawn.
    """
    if size < 1:
        raise failure(ArgumentError, "voice.sample_size", argument="size", came=size)
    strata = cells.select(_member="customer_id", _cell="cell")
    placed = customers.left_join(strata, [("customer_id", "_member")])
    draw = ibis.literal(f"{salt}:").concat(placed.customer_id).hexdigest("sha256")
    order = [placed._cell, draw, placed.customer_id]
    numbered = placed.mutate(
        _place=ibis.row_number().over(order_by=order).cast("int64"), _of=placed.count().over(ibis.window())
    )
    wanted = ibis.literal(size, "int64")
    of = numbered._of.cast("int64")
    taken = (numbered._place + 1) * wanted // of > numbered._place * wanted // of
    return numbered.filter(taken | (numbered._of <= wanted)).select(*customers.columns)
