"""What normalising one value gives, and the cleaning that all kinds share."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

USED = "used"
BLOCKED = "blocked"
INVALID = "invalid"


class Normal(NamedTuple):
    """A normalised value and whether it may link records: ``used``, ``blocked`` or ``invalid``.

    An empty value says that nothing was written at all.
    """

    value: str
    status: str


NOTHING = Normal("", INVALID)


def clean(text: str) -> str:
    """Return `text` composed (NFC), with single blanks inside, none around, and nothing that cannot be seen.

    Examples
    --------
    >>> clean("  Anna   Schmidt ")
    'Anna Schmidt'
    """
    if not text.isprintable():
        text = "".join(mark if mark.isspace() else "" if _unseen(mark) else mark for mark in text)
    # Python splits at every kind of blank, also the one that does not break.
    return " ".join(unicodedata.normalize("NFC", text).split())


def _unseen(mark: str) -> bool:
    return unicodedata.category(mark) in {"Cc", "Cf", "Cs", "Co", "Cn"}
