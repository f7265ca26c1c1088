"""From expressions to SQL for DuckDB, without the work that DuckDB does again.

Ibis merges each select into the one below it where it can, and to find out whether that pays it rewrites and weighs
both. DuckDB's optimiser merges them whatever they look like. In a run of a small shop the merging takes a quarter of
the time in which SQL is made (docs/decisions/0034). Ibis leaves it out when an option of the whole process says so
(``ibis.options.sql.fuse_selects``); that one belongs to our caller, so our connections have a compiler of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from itertools import count
from typing import Any

import ibis.expr.operations as ops
import ibis.expr.types as ir
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from ibis.backends.sql.rewrites import sqlize


class Compiler(DuckDBCompiler):  # type: ignore[misc]
    """Ibis' compiler for DuckDB, which leaves selects as they are.

    Operations that DuckDB does not know are rewritten together with those that it counts otherwise: one pass, not two.
    """

    __slots__ = ()

    LOWERED_OPS = dict.fromkeys(DuckDBCompiler.lowered_ops)
    rewrites = (*DuckDBCompiler.lowered_ops.values(), *DuckDBCompiler.rewrites)

    def translate(self, op: ops.Node, *, params: Mapping[ir.Value, Any]) -> sge.Expr:
        """Return an operation as SQL; `SQLGlotCompiler.translate` with unmerged selects."""
        root, shared = sqlize(op, params=self._prepare_params(params), rewrites=self.rewrites, fuse_selects=False)
        names: dict[ops.Node, str] = {}
        numbers = count()

        def visit(node: ops.Node, _visited: object, **inner: Any) -> sge.Expr:
            sql: sge.Expr = self.visit_node(node, **inner)
            if node is root or not isinstance(node, ops.Relation):
                return sql
            names[node] = node.name if isinstance(node, ops.AliasedRelation) else f"t{next(numbers)}"
            return self._named(sql, names[node])

        visited = root.map(visit)
        return self._with_tables(_as_query(visited[root]), {names[one]: visited[one] for one in shared})

    def _named(self, sql: sge.Expr, name: str) -> sge.Expr:
        """Return a relation under a name, as it stands in a FROM."""
        alias = sg.to_identifier(name, quoted=self.quoted)
        if isinstance(sql, sge.Subquery) or not isinstance(sql, sge.Query):
            return sge.alias_(sql, alias, quoted=self.quoted, table=isinstance(sql, sge.Table))
        return sql.subquery(alias, copy=False)

    def _with_tables(self, query: sge.Query, tables: Mapping[str, sge.Expr]) -> sge.Query:
        """Put tables that are used several times in front of a query, and what it has in front already after them."""
        own = [(one.args["alias"], one.this) for one in query.ctes]
        query.args.pop("with_", None)
        shared = [
            (sg.to_identifier(name, quoted=self.quoted), table.this if "alias" in table.args else table)
            for name, table in tables.items()
        ]
        return reduce(
            lambda whole, one: whole.with_(one[0], as_=one[1], dialect=self.dialect, copy=False), shared + own, query
        )


def _as_query(sql: sge.Expr) -> sge.Query:
    if isinstance(sql, sge.Table):
        return sg.select(sge.Star(), copy=False).from_(sql, copy=False)
    inner = sql.this if isinstance(sql, sge.Subquery) else sql
    assert isinstance(inner, sge.Query)
    return inner
