"""Rows for every table of an operational database of any version: made from its own columns, keys and conditions."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    delete,
    insert,
    inspect,
    select,
)

from patron.engines.dump import order_of

ROWS = 3
DAY, MOMENT = date(2026, 2, 28), datetime(2026, 2, 28, 23, 59, 59, 123456)  # noqa: DTZ001 - as it is kept
ALONE = {"inbox_counter"}  # tables of one row
ODD = ("Zoë's “cart”\n;--", '正 \t {"a": 1}', "é", "x")  # what a file format or a driver may stumble over


def read(connection: Connection, name: str) -> Table:
    return Table(name, MetaData(), autoload_with=connection)


def fill(connection: Connection) -> None:
    """Put `ROWS` rows into every table, with a null where one may be."""
    for name in reversed(order_of(connection)):
        connection.execute(delete(read(connection, name)))
    for name in order_of(connection):
        table = read(connection, name)
        allowed = conditions(connection, name)
        rows = [_row(table, number, allowed) for number in range(1, (1 if name in ALONE else ROWS) + 1)]
        connection.execute(insert(table), rows)


def held(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, in an order that does not depend on the database."""
    found = {}
    for name in order_of(connection):
        table = read(connection, name)
        rows = [dict(row._mapping) for row in connection.execute(select(table))]
        found[name] = sorted(rows, key=lambda row: repr(sorted(row.items())))
    return found


def conditions(connection: Connection, name: str) -> dict[str, list[str]]:
    """The words that a table's conditions allow, by column."""
    found: dict[str, list[str]] = {}
    for check in inspect(connection).get_check_constraints(name):
        words = re.findall(r"'([^']*)'", check["sqltext"])
        column = re.search(r"[a-z_]+", check["sqltext"].replace("(", " "))
        if words and column:
            found[column[0]] = words
    return found


def _row(table: Table, number: int, allowed: dict[str, list[str]]) -> dict[str, Any]:
    points = {column.name for key in table.foreign_keys for column in [key.parent]}
    return {
        column.name: None
        if column.nullable and number == ROWS and not column.primary_key
        else _value(column, number, allowed.get(column.name), points)
        for column in table.columns
    }


def _value(column: Any, number: int, words: list[str] | None, points: set[str]) -> Any:  # noqa: PLR0911
    if words:
        return words[number % len(words)]
    kind = column.type
    if isinstance(kind, Boolean):
        return number % 2 == 0
    if isinstance(kind, Integer):
        return number
    if isinstance(kind, Float):
        return 0.1 * number
    if isinstance(kind, DateTime):
        return MOMENT + timedelta(days=number)
    if isinstance(kind, Date):
        return DAY + timedelta(days=number)
    if isinstance(kind, LargeBinary):
        return bytes([0, number, 255])
    if column.primary_key or column.name in points or column.unique or column.name == "name":
        return f"key {number}"
    return f"{column.name} {ODD[number % len(ODD)]}"
