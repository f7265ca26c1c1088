"""The columns of one person as conditions name them: the run's, with those that are live laid over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from patron.errors import ConditionError
from patron.pipeline.serving import Published
from patron.segments.customer_columns import KEY

MAIN = "profiles"


@dataclass(frozen=True, eq=False)
class PersonColumns(Mapping[str, Any]):
    """A mapping of a condition's names to one person's values; a table is looked into when a column of it is asked for.

    What the run does not know of her is None. Iterating yields the columns of profiles; the others are found by their
    names (``headroom.grade``, ``rfm``).
    """

    published: Published
    customer_id: str | None
    live: Mapping[str, Any]  # columns of profiles that are laid over the run's
    _rows: dict[str, Mapping[str, Any]] = field(default_factory=dict, repr=False, compare=False)

    def __getitem__(self, name: str) -> Any:
        try:
            table, column = self.published.names.home(name)
        except ConditionError as error:
            raise KeyError(name) from error
        if table == MAIN and column in self.live:
            return self.live[column]
        if column == KEY:
            return self.customer_id
        return self._of(table).get(column)

    def __iter__(self) -> Iterator[str]:
        return iter(self._main)

    def __len__(self) -> int:
        return len(self._main)

    @cached_property
    def _main(self) -> tuple[str, ...]:
        return tuple(self.published.names.columns.schemas[MAIN])

    def _of(self, table: str) -> Mapping[str, Any]:
        found = self._rows.get(table)
        if found is None:
            found = self._rows[table] = self._read(table)
        return found

    def _read(self, table: str) -> Mapping[str, Any]:
        if self.customer_id is None or not self.published.holds(table):
            return {}
        several = _SEVERAL.get(table)
        if several is not None:
            return several(self.published, self.customer_id)
        return self.published.find(table, self.customer_id) or {}


def _memberships(published: Published, customer_id: str) -> dict[str, Any]:
    return {row["segmentation"]: row["segment"] for row in published.rows("memberships", customer_id)}


def _propensities(published: Published, customer_id: str) -> dict[str, Any]:
    rows = published.rows("propensities", customer_id)
    known = {(row["target"], row["horizon_days"]): row["probability"] for row in rows}
    return {name: known.get(of) for name, of in published.names.chances.items()}


def _answers(published: Published, customer_id: str) -> dict[str, Any]:
    rows = {row["question"]: row for row in published.rows("answers", customer_id)}
    kinds = published.names.answers
    return {name: row["score" if kinds.get(name) == "float64" else "choice"] for name, row in rows.items()}


_SEVERAL = {"memberships": _memberships, "propensities": _propensities, "answers": _answers}
"""Tables with several rows a customer, as one row of columns: what `own_segments.one_row_each` does in the batch."""


@dataclass(frozen=True, eq=False)
class EventColumns(Mapping[str, Any]):
    """One person's columns, and those of one event of hers, as conditions of own signals name them."""

    person: PersonColumns
    event: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        try:
            table, column = self.person.published.names.home(name)
        except ConditionError as error:
            raise KeyError(name) from error
        if table != "events":
            return self.person[name]
        value = self.event[column]
        return value.quantize(_CENT) if isinstance(value, Decimal) else value

    def __iter__(self) -> Iterator[str]:
        return iter((*self.person, *self.event))

    def __len__(self) -> int:
        return len(self.person) + len(self.event)


_CENT = Decimal("0.01")
