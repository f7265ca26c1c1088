"""Reading one value of what a sender wrote, which may be anything."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

LIMIT = Decimal(10) ** 15  # a number beyond it is no price, amount or quantity


def text(value: object) -> str | None:
    """Return a text or a whole number as text; none for anything else and for nothing.

    Examples
    --------
    >>> text("u1"), text(7), text(""), text(True), text({})
    ('u1', '7', None, None, None)
    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def exact(value: object) -> Decimal | None:
    """Return a number, written as number or text; none where it is none or out of all reason.

    Examples
    --------
    >>> exact("19.90"), exact(3), exact("dear"), exact("NaN")
    (Decimal('19.90'), Decimal('3'), None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        read = Decimal(value)
    except InvalidOperation:
        return None
    return read if read.is_finite() and -LIMIT < read < LIMIT and read.adjusted() > -30 else None


def part(of: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the object `name`, empty where there is none."""
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def first(*places: tuple[Any, ...]) -> str | None:
    """Return the first text among places: each an object and the names to look for in it.

    Examples
    --------
    >>> first(({"b": 2}, "a", "b"), ({"a": "x"}, "a"))
    '2'
    """
    for where, *names in places:
        for name in names:
            if (found := text(where.get(name))) is not None:
                return found
    return None
