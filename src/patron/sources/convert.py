"""From text to typed values; what cannot be converted becomes null, never an error, on every engine."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.contracts import MOMENT

QUANTITY = "decimal(18, 4)"
_COMPACT_DAY = r"^\d{8}$"  # 19970131


def moment(text: ir.StringValue) -> ir.TimestampValue:
    """Read ISO 8601 (``2011-12-09``, ``2011-12-09 12:50:00``) and compact days (``20111209``)."""
    compact = text.re_search(_COMPACT_DAY)
    iso = ibis.ifelse(compact, text.substr(0, 4).concat("-", text.substr(4, 2), "-", text.substr(6, 2)), text)
    return iso.try_cast(MOMENT)


def number(text: ir.StringValue, kind: str) -> ir.DecimalValue:
    """Read a decimal number with a point."""
    return text.try_cast(kind)
