"""The shapes of answers, made from the contracts: the page of the API says of every column what it means."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis.expr.datatypes as dt
from pydantic import BaseModel, Field, create_model

from patron.contracts import TABLES, Column, Contract

Shape = type[BaseModel]


def page_of(row: Any, name: str) -> Shape:
    """Return the shape of a page of rows.

    Parameters
    ----------
    row : type
        The shape of one row.
    name : str
        What the page is called, for example ``KpisPage``.
    """
    return create_model(
        name,
        rows=(list[row], Field(description="The rows of this page.")),
        next=(str | None, Field(description="The cursor of the next page; none where this is the last.")),
    )


def figures_page(table: str) -> Shape:
    """Return the shape of a page of a table's rows that may be shared."""
    name = "".join(word.capitalize() for word in table.split("_"))
    return page_of(_row(TABLES[table], f"{name}Row"), f"{name}Page")


def _row(contract: Contract, name: str) -> Shape:
    """Return the shape of a row, of which what tells of too few people may be missing."""
    columns: dict[str, Any] = {column.name: (_type(column), _told(column)) for column in contract.columns}
    withheld = (bool, Field(description="Whether its figures are withheld, because too few people are behind them."))
    return create_model(name, __doc__=f"{contract.grain.capitalize()}.", **columns, withheld=withheld)


def _told(column: Column) -> Any:
    """Return what the page of the API says of a column."""
    return Field(description=f"{column.meaning} Unit: {column.unit}." if column.unit else column.meaning)


# A moment of a run is in the project's time zone and says none, so that it is no date-time of JSON Schema.
_PLAIN: tuple[tuple[type[dt.DataType], type], ...] = (
    (dt.Boolean, bool), (dt.Integer, int), (dt.Floating, float), (dt.Decimal, Decimal), (dt.Timestamp, str),
    (dt.Date, date), (dt.String, str),
)  # fmt: skip


def _type(column: Column) -> Any:
    plain = next((python for kind, python in _PLAIN if isinstance(column.dtype, kind)), None)
    found = Any if plain is None else plain
    return found if column.key else found | None
