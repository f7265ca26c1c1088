"""Who meets the conditions that the user wrote?

In   any table with a customer_id, usually contracts.customer.PROFILES
Out  contracts.customer.MEMBERSHIPS  one segmentation per condition
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir

from patron.contracts.customer import MEMBERSHIPS
from patron.engines.condition import condition
from patron.errors import ArgumentError
from patron.language import failure, listing

TAKEN = (
    "all", "behaviour", "gone", "micro", "new", "outside", "past_tier", "rfm", "stage", "tier", "value_map",
)  # fmt: skip
"""Names that other tables already use for something else."""

Condition = str | Callable[[ir.Table], ir.BooleanValue]
"""SQL over the table's columns, or a function from the table to a boolean column."""


def rules(table: ir.Table, conditions: Mapping[str, Condition], *, where: str = "segments") -> ir.Table:
    """Put each customer into every own segment whose condition holds.

    Own segments may overlap, and a customer has one row per segmentation, so each own segment is a segmentation of
    its own: segmentation and segment are both the name that stands in the settings, and who is not a member has no
    row. One shared segmentation would break the key, and a member called ``in`` would say nothing where a segment is
    shown alone.

    Parameters
    ----------
    table : Table, one row per customer
        The columns that conditions may name, and ``customer_id``.
    conditions : mapping of name to condition
        A name is a word: letters, digits and underscores. A condition that is neither true nor false because a
        value is missing does not hold.
    where : str
        Where the conditions stand in the settings, for error messages.

    Returns
    -------
    Table, one row per customer and condition that holds
        `MEMBERSHIPS`; detail is the condition as written, null for a function.

    Raises
    ------
    ArgumentError
        A name is not a word, or is taken.
    ConditionError
        A condition does not parse, or names a column that is not there.

    Examples
    --------
    >>> import ibis
    >>> people = ibis.memtable({"customer_id": ["a", "b"], "orders": [1, 4]})
    >>> rules(people, {"regulars": lambda t: t.orders > 3}).to_pyarrow().to_pylist()
    [{'customer_id': 'b', 'segmentation': 'regulars', 'segment': 'regulars', 'detail': None}]
    """
    parts = [_members(table, name, rule, where=where) for name, rule in conditions.items()]
    nobody = _rows(table.filter(ibis.literal(value=False)), "", detail=None)
    return ibis.union(*parts) if parts else nobody


def _members(table: ir.Table, name: str, rule: Condition, *, where: str) -> ir.Table:
    """Return the rows of one own segment."""
    if not name.isidentifier() or name in TAKEN:
        raise failure(ArgumentError, "segments.own_name", came=name, taken=listing(TAKEN))
    holds = condition(rule, table, where=f"{where}.{name}") if isinstance(rule, str) else rule(table)
    return _rows(table.filter(holds), name, detail=rule if isinstance(rule, str) else None)


def _rows(table: ir.Table, name: str, *, detail: str | None) -> ir.Table:
    """Return one membership a row."""
    return MEMBERSHIPS.shape(
        table.select(
            "customer_id",
            segmentation=ibis.literal(name),
            segment=ibis.literal(name),
            detail=ibis.literal(detail, type="string"),
        )
    )
