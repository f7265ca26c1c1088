"""The one door to sentences that a person reads.

Sentences live in gettext catalogues, one file a subject: ``locale/<language>/<subject>.po``. A key is
``subject.name``; the code holds keys and facts, never a sentence. Numbers, money and days are written the way the
language writes them (Babel's tables).
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib import resources
from math import isnan
from typing import TypeVar

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent

from patron.errors import PatronError

LANGUAGE = "en"

NOTHING = "–"
"""What is written where there is nothing to write: no words, or a number that is none (NaN)."""

Failure = TypeVar("Failure", bound=PatronError)

# C0 and C1 without tab and line feed: a column's name or a value from a file must not drive a terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@cache
def catalogue(subject: str, language: str = LANGUAGE) -> gettext.GNUTranslations:
    """Read one subject's sentences.

    Raises
    ------
    FileNotFoundError
        There is no such subject in this language.
    """
    text = (resources.files("patron") / "locale" / language / f"{subject}.po").read_bytes()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(text), locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def say(key: str, /, **facts: object) -> str:
    """Return the sentence `key` with its facts filled in, without the control characters that they may hold.

    Parameters
    ----------
    key : str
        ``subject.name``, as in ``report.title``.
    **facts : object
        What the sentence's braces name. A fact ``count`` chooses between singular and plural.

    Raises
    ------
    KeyError
        The catalogue has no such sentence, or the sentence wants a fact that was not given.

    Examples
    --------
    >>> say("quality.rule.read", count=1, rows="1")
    '1 row was read.'
    >>> say("quality.rule.read", count=7, rows="7")
    '7 rows were read.'
    """
    subject = key.partition(".")[0]
    count = facts.get("count")
    texts = catalogue(subject)
    sentence = texts.ngettext(key, key, count) if isinstance(count, int) else key
    if sentence == key:  # no count, or a sentence that reads the same for any
        sentence = texts.gettext(key)
    if sentence == key:
        raise KeyError(key)
    return _CONTROL.sub("", sentence.format_map(facts))


def has(key: str) -> bool:
    """Tell whether the catalogue holds the sentence `key`."""
    try:
        return catalogue(key.partition(".")[0]).gettext(key) != key
    except FileNotFoundError:
        return False


def failure(kind: type[Failure], key: str, /, **data: object) -> Failure:
    """Return an error of `kind` whose text is the sentence `key` and whose facts are `data`."""
    return kind(say(key, **data), **data)


def money(amount: float, currency: str, *, digits: int | None = None) -> str:
    """Write an amount in its currency, rounded to whole units from a thousand on.

    Examples
    --------
    >>> money(1234567.8, "GBP"), money(12.5, "GBP")
    ('£1,234,568', '£12.50')
    """
    if isnan(amount):
        return NOTHING
    if digits is None:
        digits = 0 if abs(round(amount, 2)) >= 1000 else 2
    fraction = "." + "0" * digits if digits else ""
    return format_currency(
        round(amount, digits) + 0.0, currency, f"¤#,##0{fraction}", locale=LANGUAGE, currency_digits=False
    )


def short_money(amount: float, currency: str) -> str:
    """Write an amount for a headline or an axis.

    Examples
    --------
    >>> short_money(1234567.8, "GBP"), short_money(500, "GBP"), short_money(2.5, "GBP")
    ('£1.2M', '£500', '£2.50')
    """
    if isnan(amount):
        return NOTHING
    cents = round(amount, 2)
    if abs(cents) < 1000:
        return money(cents, currency, digits=0 if cents == round(cents) else 2)
    return format_compact_currency(cents, currency, locale=LANGUAGE, fraction_digits=1)


def number(value: float, *, digits: int = 0) -> str:
    """Write a number with thousands marks and a fixed number of decimals.

    Examples
    --------
    >>> number(12345), number(2.5, digits=2)
    ('12,345', '2.50')
    """
    if isnan(value):
        return NOTHING
    return _written(round(value, digits) + 0.0, digits)


@lru_cache(maxsize=10_000)
def _written(value: float, digits: int) -> str:
    """Write a number; the reasons of a shop's propensities ask for the same few thousand again and again."""
    fraction = "." + "0" * digits if digits else ""
    return format_decimal(value, f"#,##0{fraction}", locale=LANGUAGE)


def percent(share: float, *, digits: int = 0) -> str:
    """Write a share of one as per cent.

    Examples
    --------
    >>> percent(0.256), percent(0.256, digits=1)
    ('26%', '25.6%')
    """
    if isnan(share):
        return NOTHING
    fraction = "." + "0" * digits if digits else ""
    return format_percent(round(share, digits + 2) + 0.0, f"#,##0{fraction}%", locale=LANGUAGE)


def day(value: date) -> str:
    """Write a day.

    Examples
    --------
    >>> day(date(2011, 12, 9))
    '9 December 2011'
    """
    return format_date(value, "d MMMM yyyy", locale=LANGUAGE)


def month(value: date) -> str:
    """Write a month.

    Examples
    --------
    >>> month(date(2011, 12, 1))
    'Dec 2011'
    """
    return format_date(value, "MMM yyyy", locale=LANGUAGE)


def listing(words: Iterable[object]) -> str:
    """Write things one after the other, or a dash when there are none."""
    return ", ".join(str(word) for word in words) or NOTHING


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return a sentence that offers the nearest choice, or names all of them.

    Examples
    --------
    >>> did_you_mean("custmer_id", ["customer_id", "order_id"])
    "Did you mean 'customer_id'?"
    """
    known = sorted(choices)
    spelt = {choice.lower(): choice for choice in reversed(known)}
    near = get_close_matches(word.lower(), sorted(spelt), n=1, cutoff=0.6)
    if near:
        return say("errors.did_you_mean", choice=spelt[near[0]])
    return say("errors.choices", choices=listing(known))
