"""A condition of one's own: true of the same customers in a table and one by one.

In   a SQL boolean expression, and the table or contract whose columns it may name
Out  an object that filters a table, and answers for one live customer
"""

from __future__ import annotations

import ibis.expr.types as ir

from patron.contracts import Contract
from patron.engines.condition import Condition
from patron.engines.condition import condition as checked


def condition(expression: str, table: ir.Table | Contract) -> Condition:
    """Read a condition once, check it against a table's columns, and return what answers for tables and customers.

    Parameters
    ----------
    expression : str
        A SQL boolean expression, for example ``days_since_last > 90 AND country IN ('France', 'Spain')``. What it may
        hold is told in docs/conditions.md.
    table : Table or Contract
        Whose columns may be named, and how they are typed.

    Returns
    -------
    Condition
        ``table.filter(it)`` keeps the rows for which it holds; ``it.compile(table)`` is the boolean column; ``it(row)``
        tells whether it holds for one row, a mapping of column to value; ``it.columns`` are the columns it names.

    Raises
    ------
    ConditionError
        It does not parse, is no single condition, names an unknown column, compares what cannot be compared, or uses
        what is not allowed.

    Examples
    --------
    >>> from patron.contracts.customer import PROFILES
    >>> regular = condition("orders > 3 AND country <> 'France'", PROFILES)
    >>> regular({"orders": 4, "country": "Spain"}), regular({"orders": 4, "country": None})
    (True, False)
    """
    return checked(expression, table.unbound() if isinstance(table, Contract) else table, where="condition")
