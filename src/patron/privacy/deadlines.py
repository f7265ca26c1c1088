"""Until when must a request be answered?

Ref  GDPR Article 12(3): one month, to be extended by two further months; EDPB Guidelines 01/2022 on access: a month
     ends on the same day of the next month, or on its last day (Regulation 1182/71, Article 3)
     California Civil Code 1798.130(a)(2)(A): 45 days, once more 45; California Code of Regulations, title 11,
     section 7021: confirmed within 10 business days; 7026(f) and 7027(g): opt-outs within 15 business days

A month is 28 to 31 days. Where the project's rule of 30 days and the calendar month differ, the earlier day counts: who
keeps it keeps both. For the same reason no weekend and no holiday moves a day back, though the law would allow it.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from patron.errors import ArgumentError
from patron.language import did_you_mean, failure

LAWS = ("gdpr", "ccpa")

OPT_OUTS = ("opt_out_sale", "limit_sensitive")
"""What California wants done within business days and cannot be put off."""

OPT_OUT_DAYS = 15  # business days

CONFIRM_DAYS = 10  # business days


def due_on(received_on: date, *, law: str, kind: str = "access", extended: bool = False) -> date:
    """Return the last day on which a request may be answered.

    Parameters
    ----------
    received_on : date
        When it came.
    law : str
        One of `LAWS`.
    kind : str
        What was asked for. Opt-outs of Californian law have days of their own, and no extension.
    extended : bool
        Whether the person was told within the first period that it takes longer.

    Raises
    ------
    ArgumentError
        The law is unknown.

    Examples
    --------
    >>> due_on(date(2023, 1, 31), law="gdpr")
    datetime.date(2023, 2, 28)
    >>> due_on(date(2023, 3, 5), law="gdpr")
    datetime.date(2023, 4, 4)
    >>> due_on(date(2023, 1, 1), law="ccpa", extended=True)
    datetime.date(2023, 4, 1)
    """
    if law not in LAWS:
        raise failure(ArgumentError, "requests.law_unknown", came=law, hint=did_you_mean(law, LAWS))
    if law == "ccpa" and kind in OPT_OUTS:
        return business_days_after(received_on, OPT_OUT_DAYS)
    return _PERIODS[law](received_on, 3 if extended and law == "gdpr" else 1 + extended)


def confirmed_by(received_on: date, *, law: str) -> date | None:
    """Return until when a request's receipt must be confirmed, where the law wants that.

    Examples
    --------
    >>> confirmed_by(date(2024, 3, 1), law="ccpa")
    datetime.date(2024, 3, 15)
    """
    return business_days_after(received_on, CONFIRM_DAYS) if law == "ccpa" else None


def months_after(day: date, months: int) -> date:
    """Return the same day of a later month, or its last day where it is shorter.

    Examples
    --------
    >>> months_after(date(2024, 1, 31), 1), months_after(date(2023, 11, 30), 3)
    (datetime.date(2024, 2, 29), datetime.date(2024, 2, 29))
    """
    later = day.month - 1 + months
    year, month = day.year + later // 12, later % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def business_days_after(day: date, count: int) -> date:
    """Return the day that is `count` days from Monday to Friday after `day`."""
    for _ in range(count):
        day += timedelta(days=3 if day.weekday() == 4 else 2 if day.weekday() == 5 else 1)  # from Friday, Saturday
    return day


def _gdpr(received_on: date, months: int) -> date:
    return min(months_after(received_on, months), received_on + timedelta(days=30 * months))


def _ccpa(received_on: date, periods: int) -> date:
    return received_on + timedelta(days=45 * periods)


_PERIODS: dict[str, Callable[[date, int], date]] = {"gdpr": _gdpr, "ccpa": _ccpa}
