"""What a privacy signal says, in the words of our purposes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from patron.errors import ArgumentError
from patron.language import failure, say

SENSITIVE = "sensitive"
"""Stands where a purpose stands, for the right to limit the use of sensitive attributes (Cal. Civ. Code 1798.121)."""


@dataclass(frozen=True, order=True)
class Said:
    """One thing that a signal says: this purpose, in this channel, yes or no."""

    purpose: str
    channel: str
    allowed: bool


NO_ADVERTISING = Said("advertising", "all", allowed=False)


def refuse(kind: str, fault: str, **facts: object) -> NoReturn:
    """Refuse a signal that is not what its specification says; the signal itself is somebody's, and is not repeated.

    Raises
    ------
    ArgumentError
        Always, with `kind` and `fault` in its data.
    """
    raise failure(ArgumentError, "privacy.signal_malformed", kind=kind, fault=say(fault, **facts))
