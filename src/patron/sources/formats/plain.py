"""Write days and numbers of all styles as the plain ones, once it is known how each file writes them.

Everything after this reads ISO 8601 in the project's time zone and a decimal point, whatever the files look like. The
texts as they came stay in the table before. What a column's style cannot read is marked, so that nothing reads it by
chance.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.sources.convert import moment, with_point
from patron.sources.formats.find_styles import Styles
from patron.sources.formats.format import Reading

_UNREAD = "? "


def plain(rows: ir.Table, styles: Styles, *, zone: str) -> ir.Table:
    """Return the rows with every styled column in plain form.

    Parameters
    ----------
    rows : Table
        Trimmed: ``file_number`` and the fields as text.
    styles : Styles
        What `find_styles` found in them.
    zone : str
        The project's time zone.
    """
    columns: dict[str, ir.Value] = {}
    for field in dict.fromkeys(field for _, field in styles.readings):
        by_reading: dict[Reading, list[int]] = {}
        for (number, name), reading in styles.readings.items():
            if name == field:
                by_reading.setdefault(reading, []).append(number)
        text = rows[field]
        branches = [(rows.file_number.isin(numbers), _read(text, one, zone)) for one, numbers in by_reading.items()]
        columns[field] = ibis.cases(*branches, else_=text)
    return rows.mutate(**columns) if columns else rows


def _read(text: ir.StringValue, reading: Reading, zone: str) -> ir.StringValue:
    if reading.patterns:
        value = moment(text, dates=reading.patterns, zone=zone).cast("string")
    else:
        value = with_point(text, decimal=reading.decimal, thousands=reading.thousands)
    return ibis.coalesce(value, ibis.literal(_UNREAD).concat(text))
