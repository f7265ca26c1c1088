"""What the settings say of other currencies: what one unit is worth, from which day on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator

from patron.language import say
from patron.sources.rules import EARLIEST


def by_day(value: Any) -> dict[date, Decimal]:
    """Read what a currency is worth: one rate for all days, or a list or mapping of days from which another holds."""
    if isinstance(value, list):
        if any(not isinstance(step, dict) or set(step) != {"day", "rate"} for step in value):
            raise ValueError(say("orders.rate"))
        steps = [(step["day"], step["rate"]) for step in value]
    elif isinstance(value, dict) and value:
        steps = list(value.items())
    else:
        steps = [(EARLIEST, value)]
    read: dict[date, Decimal] = {}
    for day, rate in steps:
        at = _day(day)
        if at in read:
            raise ValueError(say("orders.rate_day", came=at))
        read[at] = _rate(rate)
    return read


def _day(value: Any) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError(say("orders.rate")) from error


def _rate(value: Any) -> Decimal:
    """Read a rate, with as many digits as the contract of rates holds."""
    try:
        rate = Decimal(str(value)).quantize(Decimal("1e-8")) if not isinstance(value, bool) else Decimal(0)
    except ArithmeticError as error:  # no number, or endless
        raise ValueError(say("orders.rate")) from error
    if not 0 < rate < _HIGHEST_RATE:
        raise ValueError(say("orders.rate"))
    return rate


_HIGHEST_RATE = 10**9
Rates = Annotated[dict[date, Decimal], BeforeValidator(by_day)]
