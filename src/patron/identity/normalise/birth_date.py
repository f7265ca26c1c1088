"""Days of birth."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.identity.normalise.blocked import is_placeholder
from patron.identity.normalise.distinct import Asker
from patron.identity.normalise.rows import NORMAL_ROWS, by_python
from patron.identity.normalise.value import BLOCKED, INVALID, NOTHING, USED, Normal, clean

PLACEHOLDERS = (
    "0001-01-01", "1111-11-11", "1753-01-01", "1800-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1900-01-02",
    "1901-01-01", "1904-01-01", "1970-01-01", "2099-12-31", "9999-12-31",
)  # fmt: skip
"""What systems write for an unknown day: first and last days of their calendars, mostly."""

OLDEST = "1850-01-01"


def birth_date(text: str | date) -> Normal:
    """Normalise one day of birth, written year first.

    Examples
    --------
    >>> birth_date("1984-02-29"), birth_date("1970-01-01").status, birth_date("30.02.1984").status
    (Normal(value='1984-02-29', status='used'), 'blocked', 'invalid')
    """
    written = clean(str(text))
    if not written:
        return NOTHING
    try:
        value = date.fromisoformat(written[:10]).isoformat()
    except ValueError:
        return Normal(written, BLOCKED if is_placeholder(written) else INVALID)
    if value in PLACEHOLDERS:
        return Normal(value, BLOCKED)
    return Normal(value, USED if value >= OLDEST else INVALID)


def birth_rows(rows: ir.Table, *, asker: Asker) -> ir.Table:
    """Normalise days of birth, of which there are few. Nobody is born after she was seen."""
    known = by_python(rows, birth_date, asker=asker, name="birth_dates")
    unborn = (known.seen_on < known.value.try_cast("date")).fill_null(False)
    status = ibis.ifelse(unborn & (known.status == USED), INVALID, known.status)
    return known.mutate(status=status).select(*NORMAL_ROWS)
