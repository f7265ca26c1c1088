"""Amounts of money as a chart writes them, and the round places at which an axis writes them."""

from __future__ import annotations

import math

from patron.language import money, short_money


def brief(amount: float, currency: str) -> str:
    """Write an amount shortly: cents below a hundred, whole units below ten thousand, then thousands and millions.

    Examples
    --------
    >>> brief(12.5, "GBP"), brief(-1234.5, "GBP"), brief(1234567.8, "GBP")
    ('£12.50', '-£1,234', '£1.2M')
    """
    if abs(amount) >= 10_000:
        return short_money(amount, currency)
    return whole(amount, currency)


def whole(amount: float, currency: str) -> str:
    """Write an amount in whole units from a hundred on, to the cent below.

    Examples
    --------
    >>> whole(410.38, "GBP"), whole(4.2, "GBP")
    ('£410', '£4.20')
    """
    return money(amount, currency, digits=0 if abs(amount) >= 100 or not amount else 2)


def money_axis(low: float, high: float, currency: str, *, count: int = 5) -> dict[str, list[object]]:
    """Return the axis options that write round amounts between `low` and `high` in their currency.

    Examples
    --------
    >>> money_axis(-3, 9, "GBP", count=4)["ticktext"]
    ['-£4', '-£2', '£0', '£2', '£4', '£6', '£8', '£10']
    """
    places = round_places(low, high, count=count)
    return {"tickvals": [*places], "ticktext": [_label(place, places, currency) for place in places]}


def round_places(low: float, high: float, *, count: int = 5) -> list[float]:
    """Return about `count` round numbers that enclose `low` and `high`, with steps of 1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> round_places(0, 23)
    [0.0, 5.0, 10.0, 15.0, 20.0, 25.0]
    """
    span = (high - low) or abs(high) or 1.0
    rough = span / max(1, count)
    power = 10.0 ** math.floor(math.log10(rough))
    step = min((factor * power for factor in (1, 2, 5, 10)), key=lambda step: abs(math.log(step / rough)))
    return [round(place * step, 10) for place in range(math.floor(low / step), math.ceil(high / step) + 1)]


def _label(place: float, places: list[float], currency: str) -> str:
    """Write a place with no more decimals than the step between places needs."""
    step = places[1] - places[0] if len(places) > 1 else 1.0
    if max(abs(places[0]), abs(places[-1])) >= 10_000 and place:
        return short_money(place, currency)
    return money(place, currency, digits=0 if step >= 1 else 2)
