"""SQL conditions: parsed once, checked against the columns, and true of the same customers wherever they are asked.

A condition is one SQL boolean expression over the columns of one table, for example ``order_id LIKE 'C%'`` or
``days_since_last > 90 AND country IN ('France', 'Spain')``. It is read as SQL by sqlglot and rebuilt from an
allow-list, so that it means the same on every engine and on one live customer, and so that no statement, no sub-query
and no function outside the list can hide in a settings file.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Any, cast

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import sqlglot
from ibis.common.annotations import ValidationError
from ibis.common.exceptions import IbisError
from sqlglot import expressions as sql
from sqlglot.errors import SqlglotError

from patron.engines import condition_moments, condition_numbers, condition_terms, condition_text
from patron.engines.condition_kinds import BOOLEAN, DAY, MOMENT, Row
from patron.engines.condition_terms import Term
from patron.errors import ConditionError
from patron.language import did_you_mean, failure, listing, say

_COMPARISONS: dict[type[sql.Expression], Callable[[Any, Any], Any]] = {
    sql.EQ: operator.eq,
    sql.NEQ: operator.ne,
    sql.GT: operator.gt,
    sql.GTE: operator.ge,
    sql.LT: operator.lt,
    sql.LTE: operator.le,
}

_ARITHMETIC: dict[type[sql.Expression], Callable[[Term, Term], Term]] = {
    sql.Add: condition_numbers.added,
    sql.Sub: lambda a, b: condition_numbers.added(a, b, minus=True),
    sql.Mul: condition_numbers.multiplied,
    sql.Div: condition_numbers.divided,
}

_FUNCTIONS: dict[type[sql.Expression], Callable[[Term], Term]] = {
    sql.Lower: lambda a: condition_text.in_letters(a, "lower"),
    sql.Upper: lambda a: condition_text.in_letters(a, "upper"),
    sql.Trim: condition_text.stripped,
    sql.Length: condition_text.length,
    sql.Abs: condition_numbers.absolute,
    sql.Not: condition_terms.negated,
    sql.Neg: condition_numbers.opposite,
    sql.Paren: lambda a: a,
}

ALLOWED = ("AND", "OR", "NOT", "=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "IN", "BETWEEN", "LIKE", "ILIKE",
           "ESCAPE", "IS NULL", "IS TRUE", "IS FALSE", "LOWER", "UPPER", "TRIM", "LENGTH", "ABS", "COALESCE",
           "DATE 'YYYY-MM-DD'", "TIMESTAMP 'YYYY-MM-DD HH:MM'", "CAST")  # fmt: skip

DEEPEST = 30
"""How deep a condition may be nested. Chains of AND or OR count once, however long they are."""

Schema = Mapping[str, dt.DataType]


@dataclass(frozen=True)
class Condition:
    """A condition that was checked against a table's columns.

    It is a function: of a table, to filter it with; of one live customer, a mapping from columns to values. What is
    unknown because a value is missing does not hold.

    Examples
    --------
    >>> import ibis
    >>> people = ibis.memtable({"customer_id": ["ann", "bob"], "orders": [5, 1]})
    >>> regular = condition("orders > 3", people, where="segments.regular")
    >>> people.filter(regular).customer_id.to_pyarrow().to_pylist()
    ['ann']
    >>> regular({"orders": 7}), regular({"orders": None})
    (True, False)
    """

    expression: str
    where: str
    types: Schema  # of the columns that it names
    term: Term

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it names, sorted."""
        return tuple(sorted(self.types))

    def __call__(self, subject: ir.Table | Row) -> Any:
        """Return where the condition holds: a column of a table, or whether it does for one row."""
        return self.compile(subject) if isinstance(subject, ir.Table) else self.holds(subject)

    def compile(self, table: ir.Table) -> ir.BooleanValue:
        """Return the condition as a column of `table`, true or false.

        Raises
        ------
        ConditionError
            The table lacks a column, or has it of a type for which the condition means something else.
        """
        schema = table.schema()
        if any(schema.get(name) != dtype for name, dtype in self.types.items()):
            return condition(self.expression, table, where=self.where).compile(table)
        # SQL keeps only what is true; unknown is not true.
        return ibis.coalesce(self.term.engine(table), ibis.literal(value=False))

    def holds(self, row: Row) -> bool:
        """Tell whether the condition is true of one live customer.

        Parameters
        ----------
        row : mapping of column to value
            At least the columns that the condition names; None is a missing value. Values are what the columns hold:
            a number, text, truth, `date`, `datetime` (with a zone exactly where the column's type has one). A decimal
            column also takes an int or a float, which is rounded to the column's digits.

        Raises
        ------
        ConditionError
            The row lacks a column, or has a value that the column could not hold.
        """
        return bool(self.term.live(row))


def condition(expression: str, table: ir.Table, *, where: str) -> Condition:
    """Read a SQL boolean expression over the columns of `table`.

    Parameters
    ----------
    expression : str
        For example ``order_id LIKE 'C%'``.
    table : Table
        Whose columns may be named, and how they are typed. A column ``forecasts.grade`` is named with its point.
    where : str
        Which setting it comes from; named in errors.

    Raises
    ------
    ConditionError
        It does not parse, is no single condition, names an unknown column, or uses what is not allowed.
    """
    reading = _Reading(expression, table.schema(), where)
    tree = _parse(expression, where)
    types = (IbisError, ValidationError, TypeError, AttributeError, ValueError, ArithmeticError)
    try:
        term = reading.term(tree, depth=0)
        if term.kind is BOOLEAN:
            term.engine(table)  # what only Ibis refuses, it refuses here
    except types as error:
        if isinstance(error, ConditionError):
            raise
        raise failure(
            ConditionError, "errors.condition_types", where=where, expression=expression, came=_first_line(error)
        ) from error
    if term.kind is not BOOLEAN:
        raise failure(ConditionError, "errors.condition_not_boolean", where=where, expression=expression)
    named = _columns(tree)
    return Condition(expression, where, {name: table.schema()[name] for name in named}, term)


def columns_of(expression: str, *, where: str) -> tuple[str, ...]:
    """Return the columns that a condition names, sorted; with their table where it says one.

    Raises
    ------
    ConditionError
        It does not parse.
    """
    return tuple(sorted(_columns(_parse(expression, where))))


def compared_texts(expression: str, *, where: str) -> tuple[tuple[str, str], ...]:
    """Return each column that a condition compares with a written text by ``=``, ``<>`` or ``IN``, and the text.

    Raises
    ------
    ConditionError
        It does not parse.
    """
    pairs = []
    for node in _parse(expression, where).find_all(sql.EQ, sql.NEQ, sql.In):
        others = node.expressions if isinstance(node, sql.In) else [node.expression]
        for one, other in [(node.this, other) for other in others] + [(other, node.this) for other in others]:
            if isinstance(one, sql.Column) and isinstance(other, sql.Literal) and other.is_string:
                pairs.append((_written_name(one), str(other.this)))
    return tuple(dict.fromkeys(pairs))


def _columns(tree: sql.Expression) -> set[str]:
    return {_written_name(column) for column in tree.find_all(sql.Column)}


def _written_name(column: sql.Column) -> str:
    """Return a column's name as it stands in the condition, without quotes."""
    return f"{column.table}.{column.name}" if column.table else column.name


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


@dataclass(frozen=True)
class _Reading:
    """One condition while it is rebuilt."""

    expression: str
    schema: Schema
    where: str

    def term(self, node: sql.Expression, *, depth: int) -> Term:
        """Rebuild one node of the syntax tree."""
        if depth > DEEPEST:
            raise failure(ConditionError, "errors.condition_deep", where=self.where, allowed=DEEPEST)

        def build(child: sql.Expression) -> Term:
            return self.term(child, depth=depth + 1)

        kind = type(node)
        if isinstance(node, sql.Column):
            return self._column(node)
        if not _is_plain(node):
            raise self._refused(node)
        if kind in _COMPARISONS:
            return condition_terms.compared(build(node.this), build(node.expression), _COMPARISONS[kind])
        if kind in _ARITHMETIC:
            return _ARITHMETIC[kind](build(node.this), build(node.expression))
        if kind in _FUNCTIONS:
            return _FUNCTIONS[kind](build(node.this))
        if kind not in _SPECIAL:
            raise self._refused(node)
        return _SPECIAL[kind](node, build)

    def _column(self, node: sql.Column) -> Term:
        name = _written_name(node)
        if name not in self.schema or len(node.parts) > 2:
            raise failure(
                ConditionError, "errors.condition_column", where=self.where, column=node.sql(),
                hint=did_you_mean(name, list(self.schema)),
            )  # fmt: skip
        return condition_terms.column(name, self.schema[name], where=self.where)

    def _refused(self, node: sql.Expression) -> ConditionError:
        return failure(
            ConditionError, "errors.condition_not_allowed", where=self.where, expression=self.expression,
            came=node.sql(), allowed=listing(ALLOWED),
        )  # fmt: skip


def _is_plain(node: sql.Expression) -> bool:
    """Tell whether a node says no more than we read: what we do not read (``TRIM(x, 'y')``) must not get lost."""
    read = {"this", *_ARGUMENTS.get(type(node), ())}
    return all(name in read for name, value in node.args.items() if value)


_ARGUMENTS: dict[type[sql.Expression], tuple[str, ...]] = {
    **dict.fromkeys((*_COMPARISONS, *_ARITHMETIC), ("expression",)),
    sql.And: ("expression",),
    sql.Or: ("expression",),
    sql.Literal: ("is_string",),
    sql.Cast: ("to",),
    sql.In: ("expressions",),
    sql.Between: ("low", "high"),
    sql.Like: ("expression", "negate"),
    sql.ILike: ("expression", "negate"),
    sql.Escape: ("expression",),
    sql.Is: ("expression", "negate"),
    sql.Coalesce: ("expressions",),
}

Build = Callable[[sql.Expression], Term]


def _literal(node: sql.Literal, _build: Build) -> Term:
    text = str(node.this)
    if node.is_string:
        return condition_terms.written(text)
    if any(mark in text for mark in "eE"):
        number = float(text)
        if not isfinite(number):
            raise ValueError(text)
        return condition_terms.written(number)
    if "." in text:
        return condition_terms.written(Decimal(text))
    return condition_terms.written(_whole(text))


def _whole(text: str) -> int:
    number = int(text)
    if number >= 2**63:
        raise ValueError(say("errors.kind.large", came=text))
    return number


def _chain(node: sql.Connector, build: Build) -> Term:
    return condition_terms.joined(
        [build(cast(sql.Expression, part)) for part in node.flatten()], both=isinstance(node, sql.And)
    )


def _cast(node: sql.Cast, build: Build) -> Term:
    kind = _MOMENTS.get(node.to.this)
    if kind is None:
        raise TypeError(say("errors.kind.no_cast", came=node.sql()))
    return condition_moments.cast(build(node.this), kind)


_MOMENTS = {
    sql.DataType.Type.DATE: DAY,
    sql.DataType.Type.TIMESTAMP: MOMENT,
    sql.DataType.Type.TIMESTAMPNTZ: MOMENT,
}


def _in(node: sql.In, build: Build) -> Term:
    if not node.expressions:
        raise TypeError(node.sql())
    return condition_terms.one_of(build(node.this), [build(choice) for choice in node.expressions])


def _negated(term: Term, node: sql.Expression) -> Term:
    """Apply the NOT of ``x NOT LIKE 'y'``, which sqlglot keeps inside the node."""
    return condition_terms.negated(term) if node.args.get("negate") else term


def _is(node: sql.Is, build: Build) -> Term:
    if isinstance(node.expression, sql.Null):
        return _negated(condition_terms.is_null(build(node.this)), node)
    if isinstance(node.expression, sql.Boolean):
        return _negated(condition_terms.is_truth(build(node.this), bool(node.expression.this)), node)
    raise TypeError(node.sql())


def _like(node: sql.Like | sql.ILike, build: Build, *, escape: str | None = None) -> Term:
    pattern = build(node.expression)
    any_case = isinstance(node, sql.ILike)
    return _negated(condition_text.liked(build(node.this), pattern, escape, any_case=any_case), node)


def _escaped(node: sql.Escape, build: Build) -> Term:
    inner = node.this
    if not isinstance(inner, sql.Like | sql.ILike) or not _is_plain(inner):
        raise TypeError(node.sql())
    if not isinstance(node.expression, sql.Literal):
        raise TypeError(say("errors.kind.escape", came=node.expression.sql()))
    return _like(inner, build, escape=str(node.expression.this))


_SPECIAL: dict[type[sql.Expression], Callable[[Any, Build], Term]] = {
    sql.And: _chain,
    sql.Or: _chain,
    sql.Literal: _literal,
    sql.Boolean: lambda node, _build: condition_terms.written(bool(node.this)),
    sql.Null: lambda _node, _build: condition_terms.written(None),
    sql.Cast: _cast,
    sql.In: _in,
    sql.Between: lambda node, build: condition_terms.between(
        build(node.this), build(node.args["low"]), build(node.args["high"])
    ),
    sql.Like: _like,
    sql.ILike: _like,
    sql.Escape: _escaped,
    sql.Is: _is,
    sql.Coalesce: lambda node, build: condition_terms.coalesced(
        [build(part) for part in (node.this, *node.expressions)]
    ),
}
