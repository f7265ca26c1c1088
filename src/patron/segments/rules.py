"""Who meets the conditions that the user wrote?

In   any table with a customer_id, usually contracts.customer.PROFILES
Out  contracts.customer.MEMBERSHIPS  one segmentation per condition
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.customer import MEMBERSHIPS
from patron.engines.condition import condition
from patron.errors import ArgumentError
from patron.language import failure, listing

TAKEN = (
    "all", "behaviour", "gone", "micro", "new", "outside", "past_tier", "rfm", "stage", "tier", "value_map",
)  # fmt: skip
"""Names that other tables already use for something else."""

Condition = str | Callable[[ir.Table], ir.BooleanValue]
"""SQL over the table's columns, or a function from the table to a boolean column; `segments.condition` makes one."""


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
        `MEMBERSHIPS`; detail is the condition as written, null for a function that is not written. The table is read
        once, however many conditions there are.

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
    holding = {name: _holding(table, name, rule, where=where) for name, rule in conditions.items()}
    if not holding:
        return MEMBERSHIPS.empty()
    # One pass over the table, however many conditions: a row becomes the numbers of those that hold for it.
    numbers = [
        ibis.ifelse(holds, ibis.literal(place, type="int32"), ibis.null("int32"))
        for place, holds in enumerate(holding.values())
    ]
    members = table.select("customer_id", _places=ibis.array(numbers))
    members = members.select("customer_id", _place=members["_places"].unnest())
    return MEMBERSHIPS.shape(members.inner_join(_names(conditions), "_place"))


def _holding(table: ir.Table, name: str, rule: Condition, *, where: str) -> ir.BooleanValue:
    """Return whom one own segment's condition holds for."""
    if not name.isidentifier() or name in TAKEN:
        raise failure(ArgumentError, "segments.own_name", came=name, taken=listing(TAKEN))
    return condition(rule, table, where=f"{where}.{name}").compile(table) if isinstance(rule, str) else rule(table)


def _names(conditions: Mapping[str, Condition]) -> ir.Table:
    """Return the own segments in their order: a small table that members are joined with."""
    written = [rule if isinstance(rule, str) else getattr(rule, "expression", None) for rule in conditions.values()]
    names = list(conditions)
    return ibis.memtable(
        pa.table(
            {
                "_place": pa.array(range(len(names)), pa.int32()),
                "segmentation": pa.array(names, pa.string()),
                "segment": pa.array(names, pa.string()),
                "detail": pa.array(written, pa.string()),
            }
        )
    )
