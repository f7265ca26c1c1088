"""A question that is put at every request, without what SQLAlchemy does around each.

Against SQLite, in the same process, that takes ten times as long as the question itself. There a statement is compiled
once for each size of its lists, and its text is given to the driver with the values bound. Whatever goes wrong is asked
again by way of SQLAlchemy, whose errors the rest of the code knows; against a server it is always asked that way.

Outside of a transaction each question sees the moment at which it is put.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, Dialect, Select

Row = dict[str, Any]
Turn = Callable[[Any], Any] | None

MOST_SIZES = 256
"""So many sizes of lists are remembered."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """The place of a value: of a list, of its n-th."""

    name: str
    at: int | None = None


@dataclass(frozen=True, slots=True)
class _Prepared:
    text: str
    values: tuple[tuple[Any, Turn], ...]  # in the order of the text: a slot or a constant, and how it is written
    columns: tuple[tuple[str, Turn], ...]


@dataclass(eq=False)
class QuickRead:
    """A select, and its texts by the sizes of the lists that it is asked with.

    Parameters
    ----------
    statement : Select
        With named parameters; lists are `bindparam(expanding=True)`, in which an order or a repetition says nothing.
    """

    statement: Select[*tuple[Any, ...]]
    _known: dict[tuple[int, ...], _Prepared] = field(default_factory=dict)

    def rows(self, connection: Connection, given: Mapping[str, Any]) -> list[Row]:
        """Return the rows.

        Raises
        ------
        SQLAlchemyError
            The database refused.
        """
        if connection.dialect.name == "sqlite":
            try:
                return self._quick(connection, given)
            except sqlite3.Error:
                pass
        return [dict(row) for row in connection.execute(self.statement, given).mappings()]

    def _quick(self, connection: Connection, given: Mapping[str, Any]) -> list[Row]:
        full = {name: _filled(value) if isinstance(value, list) else value for name, value in given.items()}
        sizes = tuple(len(value) for value in full.values() if isinstance(value, list))
        prepared = self._known.get(sizes)
        if prepared is None:
            if len(self._known) >= MOST_SIZES:
                self._known.clear()
            prepared = self._known[sizes] = _prepared(self.statement, full, connection.dialect)
        values = [_written(slot, turn, full) for slot, turn in prepared.values]
        cursor = connection.connection.cursor()
        try:
            found = cursor.execute(prepared.text, values).fetchall()
        finally:
            cursor.close()
        return [_read(row, prepared.columns) for row in found]


def _filled(values: list[Any]) -> list[Any]:
    """Return a list with its last value repeated up to a power of two, so that there are few sizes."""
    if not values:
        return values
    return [*values, *repeat(values[-1], (1 << (len(values) - 1).bit_length()) - len(values))]


def _prepared(statement: Select[*tuple[Any, ...]], given: Mapping[str, Any], dialect: Dialect) -> _Prepared:
    """Compile a statement with slots for the values, and see where they came to stand."""
    slots = {
        name: [_Slot(name, at) for at in range(len(value))] if isinstance(value, list) else _Slot(name)
        for name, value in given.items()
    }
    compiled = statement.compile(dialect=dialect)
    expanded = compiled.construct_expanded_state(slots)
    writes = {name: bound.type.dialect_impl(dialect).bind_processor(dialect) for name, bound in compiled.binds.items()}
    values = [expanded.parameters[name] for name in expanded.positiontup or ()]
    return _Prepared(
        text=expanded.statement,
        values=tuple((value, writes[value.name] if isinstance(value, _Slot) else None) for value in values),
        columns=tuple(
            (str(column.key), column.type.dialect_impl(dialect).result_processor(dialect, None))
            for column in statement.selected_columns
        ),
    )


def _written(slot: Any, turn: Turn, given: Mapping[str, Any]) -> Any:
    if not isinstance(slot, _Slot):
        return slot
    value = given[slot.name] if slot.at is None else given[slot.name][slot.at]
    return value if turn is None else turn(value)


def _read(row: tuple[Any, ...], columns: tuple[tuple[str, Turn], ...]) -> Row:
    return {name: value if turn is None else turn(value) for value, (name, turn) in zip(row, columns, strict=True)}
