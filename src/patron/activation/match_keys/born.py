"""Days of birth and gender as match keys: digits, and one letter or nothing."""

from __future__ import annotations

from typing import NamedTuple

from patron.identity.normalise.birth_date import birth_date
from patron.identity.normalise.value import USED, clean

_GENDERS = {"f": "f", "female": "f", "m": "m", "male": "m"}


class Birthday(NamedTuple):
    """Year, month and day as Meta writes them: YYYY, MM, DD."""

    year: str
    month: str
    day: str


def birthday(text: str | None) -> Birthday | None:
    """Return year, month and day; none for what is no day, or stands for none (1970-01-01).

    Examples
    --------
    >>> birthday("1984-2-29"), birthday("1984-02-29"), birthday("1900-01-01")
    (None, Birthday(year='1984', month='02', day='29'), None)
    """
    found = birth_date(text or "")
    return Birthday(*found.value.split("-")) if found.status == USED else None


def gender(text: str | None) -> str | None:
    """Return ``f`` or ``m`` where that was said, else none: nobody is guessed.

    Examples
    --------
    >>> gender(" Female "), gender("unknown"), gender("woman")
    ('f', None, None)
    """
    return _GENDERS.get(clean(text or "").lower().rstrip("."))
