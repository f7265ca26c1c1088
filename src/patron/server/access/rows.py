"""Which customers may somebody see? A condition over what is known of a customer, as in the settings' own segments.

``country = 'DE'``, ``rfm = 'champions'``, ``predicted_value > 500 AND country IN ('DE', 'AT')``. A customer of whom it
is not known whether it holds is not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import ibis.expr.types as ir

from patron.contracts import TABLES
from patron.engines.condition import Condition, columns_of, condition
from patron.errors import PatronError
from patron.pipeline.own_segments import ASKED, customer_columns, one_row_each
from patron.pipeline.settings import Settings
from patron.segments.customer_columns import KEY, CustomerColumns

WHERE = "rows"

_SEGMENTS = "memberships"
_VISIBLE = "_visible_id"


class Looked(Protocol):
    """The published run, as far as a rule looks into it."""

    def row(self, table: str, customer_id: str) -> Mapping[str, Any] | None:
        """Return a customer's row of a table with one row each."""

    def rows(self, table: str, customer_id: str) -> list[dict[str, Any]]:
        """Return a customer's rows of a table."""

    def table(self, name: str) -> ir.Table:
        """Return a whole table."""


@dataclass(frozen=True)
class RowRule:
    """A condition on customers, and where to look them up."""

    expression: str
    settings: Settings
    published: Callable[[], Looked]

    def sees(self, row: Mapping[str, Any]) -> bool:
        """Tell whether the condition holds for one customer.

        Parameters
        ----------
        row : mapping of column to value
            Her `customer_id` at least. What the condition names and the row lacks is looked up in the published run;
            what the row has, counts.
        """
        try:
            lacking = [name for name in self._names if name not in row]
            known = {name: row[name] for name in self._names if name in row}
            if lacking:
                known |= self._looked_up(row, lacking)
            return self._condition.holds(known)
        except (PatronError, KeyError):
            return False  # not known to hold: not seen

    def rows_of(self, table: ir.Table) -> ir.Table:
        """Return the rows of a table with `customer_id` that are about customers for whom the condition holds.

        Raises
        ------
        PatronError
            The run does not hold what the condition asks of, or the project's settings no longer know it.
        """
        people = self._view(self._names)
        mine = people.filter(condition(self.expression, people, where=WHERE)(people))
        mine = mine.select(**{_VISIBLE: mine[KEY]})
        return table.semi_join(mine, [table[KEY] == mine[_VISIBLE]])

    @cached_property
    def _columns(self) -> CustomerColumns:
        return customer_columns(self.settings)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return columns_of(self.expression, where=WHERE)

    @cached_property
    def _condition(self) -> Condition:
        return self._columns.read(self.expression, where=WHERE)

    def _looked_up(self, row: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
        """Find what the run says of a customer; where that takes more than look-ups, by a query."""
        customer_id, run = row[KEY], self.published()
        homes = {name: self._columns.home(name, where=WHERE) for name in names}
        if any(table not in (*ASKED, _SEGMENTS) for table, _column in homes.values()):
            view = self._view(names)
            found: list[dict[str, Any]] = view.filter(view[KEY] == customer_id).to_pyarrow().to_pylist()
            return found[0]
        if run.row(self._columns.main, customer_id) is None:
            raise KeyError(KEY)
        parts = {table: _one(run, table, customer_id) for table in {table for table, _column in homes.values()}}
        return {name: parts[table].get(column) for name, (table, column) in homes.items()}

    def _view(self, names: tuple[str, ...] | list[str]) -> ir.Table:
        run = self.published()
        needed = {self._columns.main} | {self._columns.home(name, where=WHERE)[0] for name in names}
        tables = one_row_each({name: run.table(name) for name in sorted(needed)}, settings=self.settings)
        return self._columns.table(names, tables, where=WHERE)


def _one(run: Looked, table: str, customer_id: str) -> Mapping[str, Any]:
    """Return what a table says of a customer, by column; of memberships, by segmentation."""
    if table == _SEGMENTS:
        return {row["segmentation"]: row["segment"] for row in run.rows(table, customer_id)}
    return run.row(table, customer_id) or dict.fromkeys(TABLES[table].schema, None)
