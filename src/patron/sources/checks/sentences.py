"""Parts of sentences that several checks use. Days are written out, and a long list is cut with its count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from patron.language import day, listing, number, percent, say

SHOWN = 5
"""How many days, files or products a sentence names; the rest is a count, for a report is read, not searched."""


def span(first: date, last: date) -> str:
    """Write one day, or the first and the last of several.

    Examples
    --------
    >>> span(date(2011, 3, 5), date(2011, 3, 5)), span(date(2011, 3, 5), date(2011, 3, 9))
    ('5 March 2011', '5 March 2011 to 9 March 2011')
    """
    return day(first) if first == last else say("quality.span", first=day(first), last=day(last))


def shown(parts: Sequence[str], *, of: int | None = None) -> str:
    """Write the first few parts, and how many there are besides.

    Examples
    --------
    >>> shown(["a", "b"]), shown(list("abcdefg")), shown(["a"], of=9)
    ('a, b', 'a, b, c, d, e and 2 more', 'a and 8 more')
    """
    named = listing(parts[:SHOWN])
    more = (len(parts) if of is None else of) - len(parts[:SHOWN])
    return say("quality.and_more", named=named, more=number(more)) if more else named


def part(share: float) -> str:
    """Write a small share of one; what rounds to nothing is not nothing.

    Examples
    --------
    >>> part(0.0234), part(0.00002)
    ('2.34%', 'less than 0.01%')
    """
    return percent(share, digits=2) if share >= 0.0001 else say("quality.less_than", share=percent(0.0001, digits=2))


def times(factor: float) -> str:
    """Write a factor with as many digits as tell.

    Examples
    --------
    >>> times(0.123), times(2.46), times(31.2)
    ('0.12', '2.5', '31')
    """
    return number(factor, digits=2 if factor < 1 else 1 if factor < 10 else 0)
