"""Excel: one sheet, read row by row; days and numbers come out exactly as they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from openpyxl import load_workbook

from patron.errors import SettingsError
from patron.language import did_you_mean, failure, listing
from patron.sources.spec import FormatSpec


def excel_records(
    stream: BinaryIO, *, told: FormatSpec, name: str, source: str
) -> Iterator[tuple[str, tuple[str, ...], dict[str, str | None]]]:
    """Read the rows of a sheet that are not empty.

    Yields
    ------
    tuple
        The sheet, the names of its header, and the row as text. A cell beyond the header is called by its place.

    Raises
    ------
    SettingsError
        There is no such sheet, or several hold something and none is told.
    """
    book = load_workbook(stream, read_only=True, data_only=True)
    try:
        sheet = _sheet(book, told, name, source)
        rows = _rows(book[sheet])
        names: tuple[str, ...] = tuple(told.names or ())
        if told.header is not False and not (told.header is None and told.names):
            first = next(rows, [])
            names = names or tuple(text or f"column {place}" for place, text in enumerate(first, start=1))
        for row in rows:
            called = (*names, *(f"column {place}" for place in range(len(names) + 1, len(row) + 1)))
            yield sheet, names, dict(zip(called, row, strict=False))
        yield sheet, names, {}
    finally:
        book.close()


def _sheet(book: Any, told: FormatSpec, name: str, source: str) -> str:
    """Return the sheet to read: the one that is told, or the only one that holds something."""
    sheets = [str(sheet.title) for sheet in book.worksheets]
    key = f"sources.{source}.format.sheet"
    if told.sheet is not None:
        if told.sheet in sheets:
            return told.sheet
        hint = did_you_mean(told.sheet, sheets)
        raise failure(
            SettingsError, "sources.no_such_sheet", source=source, file=name, sheet=told.sheet, hint=hint, key=key
        )
    full = [sheet for sheet in sheets if next(_rows(book[sheet]), None) is not None]
    if len(full) > 1:
        raise failure(SettingsError, "sources.which_sheet", source=source, file=name, sheets=listing(full), key=key)
    return full[0] if full else sheets[0]


def _rows(sheet: Any) -> Iterator[list[str | None]]:
    sheet.reset_dimensions()  # what a file says of its size is often wrong
    for cells in sheet.iter_rows(values_only=True):
        row = [in_text(cell) for cell in cells]
        while row and row[-1] is None:
            row.pop()
        if row:
            yield row


def in_text(value: Any) -> str | None:
    """Write a cell as text: a whole number without a fraction, a day without a time.

    Examples
    --------
    >>> [in_text(value) for value in (12345.0, 0.1, True, datetime(2024, 1, 2), datetime(2024, 1, 2, 9, 5))]
    ['12345', '0.1', 'true', '2024-01-02', '2024-01-02 09:05:00']
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return f"{value.date()}" if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, (date, time, timedelta)):
        return str(value)
    return str(value).encode("utf-8", errors="replace").decode()
