"""SQL conditions in settings: parsed, checked against the columns, compiled to the engine.

A condition is one SQL boolean expression over the columns of one table, for example ``order_id LIKE 'C%'`` or
``days_since_last > 90 AND country IN ('France', 'Spain')``. It is read as SQL by sqlglot and rebuilt as an Ibis
expression from an allow-list, so that it means the same on every engine, and so that no statement, no sub-query and no
function outside the list can hide in a settings file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import sqlglot
from sqlglot import expressions as sql
from sqlglot.errors import SqlglotError

from patron.errors import ConditionError
from patron.language import did_you_mean, failure, listing

_BINARY: dict[type[sql.Expression], Callable[[Any, Any], Any]] = {
    sql.And: lambda a, b: a & b,
    sql.Or: lambda a, b: a | b,
    sql.EQ: lambda a, b: a == b,
    sql.NEQ: lambda a, b: a != b,
    sql.GT: lambda a, b: a > b,
    sql.GTE: lambda a, b: a >= b,
    sql.LT: lambda a, b: a < b,
    sql.LTE: lambda a, b: a <= b,
    sql.Add: lambda a, b: a + b,
    sql.Sub: lambda a, b: a - b,
    sql.Mul: lambda a, b: a * b,
    # A division by zero is an error on Spark and infinity on DuckDB: here it is unknown, as SQL means it.
    sql.Div: lambda a, b: a.cast("float64") / b.cast("float64").nullif(0),
}

_FUNCTIONS: dict[type[sql.Expression], Callable[[Any], Any]] = {
    sql.Lower: lambda a: a.lower(),
    sql.Upper: lambda a: a.upper(),
    sql.Trim: lambda a: a.strip(),
    sql.Length: lambda a: a.length(),
    sql.Abs: lambda a: a.abs(),
    sql.Not: lambda a: ~a,
    sql.Neg: lambda a: -a,
    sql.Paren: lambda a: a,
}

ALLOWED = ("AND", "OR", "NOT", "=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "IN", "BETWEEN", "LIKE", "ILIKE",
           "IS NULL", "LOWER", "UPPER", "TRIM", "LENGTH", "ABS", "COALESCE", "DATE 'YYYY-MM-DD'")  # fmt: skip


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
        compiled = _compile(tree, table, expression, where)
    except (ibis.common.exceptions.IbisError, TypeError, AttributeError, ValueError) as error:
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
    except (SqlglotError, RecursionError) as error:
        raise failure(
            ConditionError, "errors.condition_syntax", where=where, expression=expression, came=_first_line(error)
        ) from error
    if len(trees) != 1:
        raise failure(ConditionError, "errors.condition_not_boolean", where=where, expression=expression)
    return cast(sql.Expression, trees[0])


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _compile(node: sql.Expression, table: ir.Table, expression: str, where: str) -> Any:
    """Rebuild one node of the syntax tree in Ibis."""

    def build(child: sql.Expression) -> Any:
        return _compile(child, table, expression, where)

    if isinstance(node, sql.Column):
        return _column(node, table, where)
    if type(node) in _BINARY:
        return _BINARY[type(node)](*(build(side) for side in _comparable(node)))
    if type(node) in _FUNCTIONS and not _has_extras(node):
        return _FUNCTIONS[type(node)](build(node.this))
    special = _SPECIAL.get(type(node))
    if special is None:
        raise failure(
            ConditionError, "errors.condition_not_allowed", where=where, expression=expression, came=node.sql(),
            allowed=listing(ALLOWED),
        )  # fmt: skip
    return special(node, build)


def _comparable(node: sql.Expression) -> tuple[sql.Expression, sql.Expression]:
    return node.this, node.expression


def _has_extras(node: sql.Expression) -> bool:
    """Tell whether a function carries arguments beside its subject (``TRIM(x, 'y')``): those are not compiled."""
    return any(value for name, value in node.args.items() if name != "this" and not isinstance(value, bool))


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


def _date(node: sql.Cast, build: Callable[..., Any]) -> ir.Value:
    if node.to.this not in (sql.DataType.Type.DATE, sql.DataType.Type.TIMESTAMP):
        raise TypeError(node.sql())
    return build(node.this).cast("date" if node.to.this == sql.DataType.Type.DATE else "timestamp(6)")


def _in(node: sql.In, build: Callable[..., Any]) -> ir.Value:
    if not node.expressions:  # IN (SELECT ...) and IN UNNEST(...)
        raise TypeError(node.sql())
    return build(node.this).isin([build(choice) for choice in node.expressions])


def _coalesce(node: sql.Coalesce, build: Callable[..., Any]) -> ir.Value:
    return ibis.coalesce(build(node.this), *(build(choice) for choice in node.expressions))


def _is(node: sql.Is, build: Callable[..., Any]) -> ir.Value:
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
    sql.Literal: _literal,
    sql.Boolean: lambda node, _build: ibis.literal(bool(node.this)),
    sql.Null: lambda _node, _build: ibis.null(),
    sql.Cast: _date,
    sql.In: _in,
    sql.Between: lambda node, build: build(node.this).between(build(node.args["low"]), build(node.args["high"])),
    sql.Like: lambda node, build: build(node.this).like(_pattern(node)),
    sql.ILike: lambda node, build: build(node.this).ilike(_pattern(node)),
    sql.Is: _is,
    sql.Coalesce: _coalesce,
}
