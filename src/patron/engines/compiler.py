"""From expressions to SQL for DuckDB, without the work that DuckDB does again.

Ibis merges each select into the one below it where it can, and to find out whether that pays it rewrites and weighs
both. DuckDB's optimiser merges them whatever they look like. In a run of a small shop the merging takes a quarter of
the time in which SQL is made (docs/decisions/0034). Ibis leaves it out when an option of the whole process says so
(``ibis.options.sql.fuse_selects``); that one belongs to our caller, so our connections have a compiler of their own.

Nor are expressions built anew more than once: Ibis rewrites an expression for the engine, then into selects, then marks
what is used several times, and each time all that stands above a change is made and checked again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, reduce
from itertools import count
from typing import Any

import ibis.expr.operations as ops
import ibis.expr.types as ir
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.sql import rewrites
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from ibis.common.patterns import AnyOf, InstanceOf, NoMatch, Object, Pattern, Replace

_TO_SELECTS = (
    rewrites.replace_parameter, rewrites.remove_aliases, rewrites.project_to_select, rewrites.filter_to_select,
    rewrites.sort_to_select, rewrites.distinct_to_select, rewrites.fill_null_to_select, rewrites.drop_null_to_select,
    rewrites.drop_columns_to_select, rewrites.first_to_firstvalue,
)  # fmt: skip


class Compiler(DuckDBCompiler):  # type: ignore[misc]
    """Ibis' compiler for DuckDB, which leaves selects as they are and rewrites in one pass."""

    __slots__ = ()

    LOWERED_OPS = dict.fromkeys(DuckDBCompiler.lowered_ops)
    rewrites = (*DuckDBCompiler.lowered_ops.values(), *DuckDBCompiler.rewrites)

    def translate(self, op: ops.Node, *, params: Mapping[ir.Value, Any]) -> sge.Expr:
        """Return an operation as SQL; `SQLGlotCompiler.translate` with unmerged selects."""
        root = op.replace(_rewriting(self._prepare_params(params)))
        shared = rewrites.extract_ctes(root)
        bodies: dict[str, sge.Expr] = {}
        numbers = count()

        def visit(node: ops.Node, _visited: object, **inner: Any) -> sge.Expr:
            sql: sge.Expr = self.visit_node(node, **inner)
            if node is root or not isinstance(node, ops.Relation):
                return sql
            name = node.name if isinstance(node, ops.AliasedRelation) else f"t{next(numbers)}"
            if node not in shared:
                return self._named(sql, name)
            bodies[name] = sql.this if isinstance(sql, sge.Subquery | sge.Alias) else sql
            return self._named(sge.Table(this=sg.to_identifier(name, quoted=self.quoted)), f"t{next(numbers)}")

        return self._with_tables(_as_query(root.map(visit)[root]), bodies)

    def _named(self, sql: sge.Expr, name: str) -> sge.Expr:
        """Return a relation under a name, as it stands in a FROM."""
        alias = sg.to_identifier(name, quoted=self.quoted)
        if isinstance(sql, sge.Table):  # one table may stand under several names
            return sge.Table(**{**sql.args, "alias": sge.TableAlias(this=alias)})
        if isinstance(sql, sge.Subquery) or not isinstance(sql, sge.Query):
            return sge.alias_(sql, alias, quoted=self.quoted)
        return sql.subquery(alias, copy=False)

    def _with_tables(self, query: sge.Query, tables: Mapping[str, sge.Expr]) -> sge.Query:
        """Put tables that are used several times in front of a query, and what it has in front already after them."""
        own = [(one.args["alias"], one.this) for one in query.ctes]
        query.args.pop("with_", None)
        shared = [(sg.to_identifier(name, quoted=self.quoted), table) for name, table in tables.items()]
        return reduce(
            lambda whole, one: whole.with_(one[0], as_=one[1], dialect=self.dialect, copy=False), shared + own, query
        )


def _rewriting(params: Mapping[ops.Node, Any]) -> Callable[[ops.Node, Any], ops.Node]:
    """Return what makes of an operation, whose inner ones are rewritten already, one that can be written as SQL."""
    context = {"params": params}

    def rewritten(node: ops.Node, inner: Any) -> ops.Node:
        new: ops.Node = node.__recreate__(inner) if inner else node
        for patterns in (Compiler.rewrites, _TO_SELECTS):
            kind: type = type(new)
            for pattern in _meant_for(kind, patterns):
                result = pattern.match(new, context)
                if result is not NoMatch:
                    new = result
                    break
        return new

    return rewritten


@cache
def _meant_for(kind: type, patterns: tuple[Pattern, ...]) -> tuple[Pattern, ...]:
    """Return the patterns that an operation of a kind could match: few of them could, and most kinds none."""
    return tuple(pattern for pattern in patterns if _may_match(pattern, kind))


def _may_match(pattern: Pattern, kind: type[ops.Node]) -> bool:
    """Tell whether a pattern could match operations of a kind; yes where it cannot be told."""
    if isinstance(pattern, Replace):
        return _may_match(pattern.matcher, kind)
    if isinstance(pattern, AnyOf):
        return any(_may_match(one, kind) for one in pattern.patterns)
    if isinstance(pattern, Object):
        return _may_match(pattern.type, kind)
    return not isinstance(pattern, InstanceOf) or issubclass(kind, pattern.type)


def _as_query(sql: sge.Expr) -> sge.Query:
    if isinstance(sql, sge.Table):
        return sg.select(sge.Star(), copy=False).from_(sql, copy=False)
    inner = sql.this if isinstance(sql, sge.Subquery) else sql
    assert isinstance(inner, sge.Query)
    return inner
