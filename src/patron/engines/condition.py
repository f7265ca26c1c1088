"""SQL conditions in settings: parsed, checked against the columns, compiled to the engine.

A condition is one SQL boolean expression over the columns of one table, for example ``order_id LIKE 'C%'`` or
``days_since_last > 90 AND country IN ('France', 'Spain')``. It is read as SQL by sqlglot and rebuilt as an Ibis
expression from an allow-list, so that it means the same on every engine, and so that no statement, no sub-query and no
function outside the list can hide in a settings file.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import sqlglot
from ibis.common.annotations import ValidationError
from ibis.common.exceptions import IbisError
from sqlglot import expressions as sql
from sqlglot.errors import SqlglotError

from patron.errors import ConditionError
from patron.language import did_you_mean, failure, listing

_BINARY: dict[type[sql.Expression], Callable[[Any, Any], Any]] = {
    sql.EQ: lambda a, b: _unknown() if _has_null(a, b) else a == b,
    sql.NEQ: lambda a, b: _unknown() if _has_null(a, b) else a != b,
    sql.GT: lambda a, b: a > b,
    sql.GTE: lambda a, b: a >= b,
    sql.LT: lambda a, b: a < b,
    sql.LTE: lambda a, b: a <= b,
    sql.Add: lambda a, b: _number(a) + _number(b),
    sql.Sub: lambda a, b: _number(a) - _number(b),
    sql.Mul: lambda a, b: _number(a) * _number(b),
    # A division by zero is an error on Spark and infinity on DuckDB: here it is unknown, as SQL means it.
    sql.Div: lambda a, b: _number(a).cast("float64") / _number(b).cast("float64").nullif(0),
}

_FUNCTIONS: dict[type[sql.Expression], Callable[[Any], Any]] = {
    sql.Lower: lambda a: a.lower(),
    sql.Upper: lambda a: a.upper(),
    sql.Trim: lambda a: a.strip(),
    sql.Length: lambda a: a.length(),
    sql.Abs: lambda a: a.abs(),
    sql.Not: lambda a: ~_truth(a),
    sql.Neg: lambda a: -a,
    sql.Paren: lambda a: a,
}

ALLOWED = ("AND", "OR", "NOT", "=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "IN", "BETWEEN", "LIKE", "ILIKE",
           "IS NULL", "LOWER", "UPPER", "TRIM", "LENGTH", "ABS", "COALESCE", "DATE 'YYYY-MM-DD'")  # fmt: skip

DEEPEST = 30
"""How deep a condition may be nested. Chains of AND or OR count once, however long they are."""


def condition(expression: str, table: ir.Table, *, where: str) -> ir.BooleanValue:
    """Compile a SQL boolean expression over the columns of `table`.

    Parameters
    ----------
    expression : str
        For example ``order_id LIKE 'C%'``.
    table : Table
        Whose columns may be named.
    where : str
        Which setting it comes from; named in errors.

    Returns
    -------
    BooleanValue
        To filter `table` with. A row for which it is unknown (null) does not match.

    Raises
    ------
    ConditionError
        It does not parse, is no single condition, names an unknown column, or uses what is not allowed.

    Examples
    --------
    >>> import ibis
    >>> orders = ibis.memtable({"order_id": ["C1", "2"]})
    >>> orders.filter(condition("order_id LIKE 'C%'", orders, where="cancelled")).to_pyarrow().to_pylist()
    [{'order_id': 'C1'}]
    """
    tree = _parse(expression, where)
    try:
        compiled = _compile(tree, table, expression, where, depth=0)
    except (IbisError, ValidationError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, ConditionError):
            raise
        raise failure(
            ConditionError, "errors.condition_types", where=where, expression=expression, came=_first_line(error)
        ) from error
    if not isinstance(compiled, ir.Value) or not compiled.type().is_boolean():
        raise failure(ConditionError, "errors.condition_not_boolean", where=where, expression=expression)
    # SQL keeps only what is true; unknown is not true.
    return ibis.coalesce(compiled, ibis.literal(value=False))


def columns_of(expression: str, *, where: str) -> tuple[str, ...]:
    """Return the columns that a condition names, sorted.

    Raises
    ------
    ConditionError
        It does not parse.
    """
    return tuple(sorted({column.name for column in _parse(expression, where).find_all(sql.Column)}))


def _parse(expression: str, where: str) -> sql.Expression:
    try:
        trees = [tree for tree in sqlglot.parse(expression, read="duckdb") if tree is not None]
    except RecursionError as error:
        raise failure(ConditionError, "errors.condition_deep", where=where, allowed=DEEPEST) from error
    except SqlglotError as error:
        raise failure(
            ConditionError, "errors.condition_syntax", where=where, expression=expression, came=_first_line(error)
        ) from error
    if len(trees) != 1:
        raise failure(ConditionError, "errors.condition_not_boolean", where=where, expression=expression)
    return cast(sql.Expression, trees[0])


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _compile(node: sql.Expression, table: ir.Table, expression: str, where: str, *, depth: int) -> Any:
    """Rebuild one node of the syntax tree in Ibis."""
    if depth > DEEPEST:
        raise failure(ConditionError, "errors.condition_deep", where=where, allowed=DEEPEST)

    def build(child: sql.Expression) -> Any:
        return _compile(child, table, expression, where, depth=depth + 1)

    if isinstance(node, sql.Column):
        return _column(node, table, where)
    if type(node) in _BINARY and _is_plain(node):
        return _BINARY[type(node)](build(node.this), build(node.expression))
    if type(node) in _FUNCTIONS and _is_plain(node):
        return _FUNCTIONS[type(node)](build(node.this))
    special = _SPECIAL.get(type(node))
    if special is None or not _is_plain(node):
        raise failure(
            ConditionError, "errors.condition_not_allowed", where=where, expression=expression, came=node.sql(),
            allowed=listing(ALLOWED),
        )  # fmt: skip
    return special(node, build)


def _is_plain(node: sql.Expression) -> bool:
    """Tell whether a node says no more than we read: what we do not read (``TRIM(x, 'y')``) must not get lost."""
    read = {"this", *_ARGUMENTS.get(type(node), ())}
    return all(name in read for name, value in node.args.items() if value)


_ARGUMENTS: dict[type[sql.Expression], tuple[str, ...]] = {
    **dict.fromkeys(_BINARY, ("expression",)),
    sql.And: ("expression",),
    sql.Or: ("expression",),
    sql.Literal: ("is_string",),
    sql.Cast: ("to",),
    sql.In: ("expressions",),
    sql.Between: ("low", "high"),
    sql.Like: ("expression", "negate"),
    sql.ILike: ("expression", "negate"),
    sql.Is: ("expression", "negate"),
    sql.Coalesce: ("expressions",),
}


def _column(node: sql.Column, table: ir.Table, where: str) -> ir.Value:
    if node.name not in table.columns or node.table:
        raise failure(
            ConditionError, "errors.condition_column", where=where, column=node.sql(),
            hint=did_you_mean(node.name, table.columns),
        )  # fmt: skip
    return table[node.name]


def _literal(node: sql.Literal, _build: Callable[..., Any]) -> ir.Value:
    if node.is_string:
        return ibis.literal(node.this)
    return ibis.literal(float(node.this) if any(mark in node.this for mark in ".eE") else int(node.this))


def _truth(value: ir.Value) -> ir.Value:
    """Refuse what is neither true nor false: on whole numbers ``&`` and ``~`` would work bit by bit."""
    if not (value.type().is_boolean() or value.type().is_null()):
        raise TypeError(f"{value.type()} is neither true nor false")
    return value.cast("boolean")


def _number(value: ir.Value) -> ir.Value:
    """Refuse what cannot be calculated with: Ibis would join texts, and Spark would read them as numbers."""
    if value.type().is_string() or value.type().is_boolean():
        raise TypeError(f"{value.type()} is no number")
    return value


def _unknown() -> ir.Value:
    return ibis.null("boolean")


def _has_null(*sides: ir.Value) -> bool:
    """Tell whether a comparison is unknown whatever the row: Ibis would read ``x = NULL`` as ``x IS NULL``."""
    return any(side.type().is_null() for side in sides)


def _chain(join: Callable[[Any, Any], Any]) -> Callable[[sql.Connector, Callable[..., Any]], ir.Value]:
    """Join a chain of AND or OR by halves, so that a thousand of them are ten deep."""

    def joined(node: sql.Connector, build: Callable[..., Any]) -> ir.Value:
        values = [_truth(build(part)) for part in node.flatten()]
        while len(values) > 1:
            rest = values[len(values) // 2 * 2 :]
            values = [join(a, b) for a, b in zip(values[::2], values[1::2], strict=False)] + rest
        return values[0]

    return joined


def _date(node: sql.Cast, build: Callable[..., Any]) -> ir.Value:
    kind = _MOMENTS.get(node.to.this)
    if kind is None:
        raise TypeError(node.sql())
    if isinstance(node.this, sql.Literal):
        # The engine would refuse it too, but only when it comes to the rows, and in its own words.
        datetime.fromisoformat(str(node.this.this))
    value = build(node.this)
    came = value.type()
    if not (came.is_string() or came.is_date() or came.is_timestamp() or came.is_null()):
        raise TypeError(node.sql())
    return value.try_cast(kind) if came.is_string() else value.cast(kind)


_MOMENTS = {
    sql.DataType.Type.DATE: "date",
    sql.DataType.Type.TIMESTAMP: "timestamp(6)",
    sql.DataType.Type.TIMESTAMPNTZ: "timestamp(6)",
}


def _in(node: sql.In, build: Callable[..., Any]) -> ir.Value:
    if not node.expressions:
        raise TypeError(node.sql())
    value, choices = build(node.this), [build(choice) for choice in node.expressions]
    for choice in choices:
        _ = value == choice  # Ibis refuses here what cannot be compared; in a list it would not look
    return value.isin(choices)


def _coalesce(node: sql.Coalesce, build: Callable[..., Any]) -> ir.Value:
    return ibis.coalesce(build(node.this), *(build(choice) for choice in node.expressions))


def _negated(value: ir.Value, node: sql.Expression) -> ir.Value:
    """Apply the NOT of ``x NOT LIKE 'y'``, which sqlglot keeps inside the node."""
    return ~value if node.args.get("negate") else value


def _is(node: sql.Is, build: Callable[..., Any]) -> ir.Value:
    return _negated(_stated(node, build), node)


def _stated(node: sql.Is, build: Callable[..., Any]) -> ir.Value:
    if isinstance(node.expression, sql.Null):
        return build(node.this).isnull()
    if isinstance(node.expression, sql.Boolean):
        return ibis.coalesce(build(node.this) == node.expression.this, ibis.literal(value=False))
    raise TypeError(node.sql())


def _pattern(node: sql.Expression) -> str:
    if not isinstance(node.expression, sql.Literal) or not node.expression.is_string:
        raise TypeError(node.sql())
    return str(node.expression.this)


_SPECIAL: dict[type[sql.Expression], Callable[[Any, Callable[..., Any]], Any]] = {
    sql.And: _chain(lambda a, b: a & b),
    sql.Or: _chain(lambda a, b: a | b),
    sql.Literal: _literal,
    sql.Boolean: lambda node, _build: ibis.literal(bool(node.this)),
    sql.Null: lambda _node, _build: ibis.null(),
    sql.Cast: _date,
    sql.In: _in,
    sql.Between: lambda node, build: build(node.this).between(build(node.args["low"]), build(node.args["high"])),
    sql.Like: lambda node, build: _negated(build(node.this).like(_pattern(node)), node),
    sql.ILike: lambda node, build: _negated(build(node.this).ilike(_pattern(node)), node),
    sql.Is: _is,
    sql.Coalesce: _coalesce,
}
