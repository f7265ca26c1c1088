"""Numbers that follow each other bit by bit, written in base64 that a web address can hold.

Ref  IAB Europe, Consent string and vendor list formats v2; IAB Tech Lab, Global Privacy Platform string 1.0
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby

from patron.privacy.signals.said import refuse

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
PLACES = {sign: place for place, sign in enumerate(ALPHABET)}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TENTH = timedelta(milliseconds=100)


class Reader:
    """Reads fields from the front.

    Examples
    --------
    >>> fields = Reader("DBABMA", kind="GPP")
    >>> fields.number(6), fields.number(6), fields.number(12), fields.flag(), fields.fibonacci()
    (3, 1, 1, False, 2)
    >>> fields.finish()
    """

    def __init__(self, text: str, *, kind: str) -> None:
        if not text or any(sign not in PLACES for sign in text):
            refuse(kind, "privacy.fault.letters")
        self.kind = kind
        self._bits = "".join(format(PLACES[sign], "06b") for sign in text)
        self._at = 0

    def number(self, bits: int) -> int:
        """Read a whole number of so many bits."""
        return int(self._take(bits), 2)

    def flag(self) -> bool:
        """Read one bit."""
        return self._take(1) == "1"

    def set_of(self, bits: int) -> frozenset[int]:
        """Read which of so many things, numbered from 1, are set."""
        return frozenset(place for place, bit in enumerate(self._take(bits), start=1) if bit == "1")

    def letters(self, count: int) -> str:
        """Read capital letters, six bits each."""
        codes = [self.number(6) for _ in range(count)]
        if max(codes) > 25:
            refuse(self.kind, "privacy.fault.language")
        return "".join(chr(ord("A") + code) for code in codes)

    def moment(self) -> datetime:
        """Read a moment, in tenths of a second since 1970."""
        return EPOCH + self.number(36) * TENTH

    def fibonacci(self) -> int:
        """Read a whole number from 1 in Fibonacci coding: it ends with the first two ones in a row."""
        value, before, term, last = 0, 1, 1, False
        while True:
            bit = self.flag()
            if bit and last:
                return value
            value += term if bit else 0
            before, term, last = term, before + term, bit

    def ranges(self) -> frozenset[int]:
        """Read a list of single numbers and of ranges, 16 bits each."""
        found: set[int] = set()
        for _ in range(self.number(12)):
            several, first = self.flag(), self.number(16)
            found |= self._range(first, self.number(16) if several else first)
        return frozenset(found)

    def fibonacci_ranges(self) -> tuple[int, ...]:
        """Read a list of single numbers and of ranges, each as its distance from the one before."""
        found: list[int] = []
        last = 0
        for _ in range(self.number(12)):
            several, first = self.flag(), last + self.fibonacci()
            last = first + self.fibonacci() if several else first
            found += sorted(self._range(first, last))
        return tuple(found)

    def vendors(self) -> frozenset[int]:
        """Read which vendors: the greatest number, then either one bit each or ranges."""
        greatest, by_range = self.number(16), self.flag()
        found = self.ranges() if by_range else self.set_of(greatest)
        if found and max(found) > greatest:
            refuse(self.kind, "privacy.fault.vendor")
        return found

    def at_end(self) -> bool:
        """Tell whether nothing is left but zeros: writers fill up to 6, 8 or 24 bits, and some go on."""
        return "1" not in self._bits[self._at :]

    def finish(self) -> None:
        """Refuse what is left."""
        if not self.at_end():
            refuse(self.kind, "privacy.fault.long")

    def _take(self, bits: int) -> str:
        taken = self._bits[self._at : self._at + bits]
        if len(taken) < bits:
            refuse(self.kind, "privacy.fault.short")
        self._at += bits
        return taken

    def _range(self, first: int, last: int) -> set[int]:
        if not 0 < first <= last <= 0xFFFF:
            refuse(self.kind, "privacy.fault.range")
        return set(range(first, last + 1))


class Writer:
    """Writes fields one after the other; what `Reader` reads back."""

    def __init__(self) -> None:
        self._bits: list[str] = []

    def number(self, value: int, bits: int) -> Writer:
        """Write a whole number in so many bits."""
        if not 0 <= value < 2**bits:
            refuse("?", "privacy.fault.number", came=value, allowed=2**bits - 1)
        self._bits.append(format(value, f"0{bits}b"))
        return self

    def flag(self, value: bool) -> Writer:  # noqa: FBT001 - the value that is written
        """Write one bit."""
        return self.number(int(value), 1)

    def set_of(self, members: Iterable[int], bits: int) -> Writer:
        """Write which of so many things, numbered from 1, are set."""
        chosen = set(members)
        if chosen and not 0 < min(chosen) <= max(chosen) <= bits:
            refuse("?", "privacy.fault.number", came=max(chosen), allowed=bits)
        self._bits.append("".join("1" if place in chosen else "0" for place in range(1, bits + 1)))
        return self

    def letters(self, text: str) -> Writer:
        """Write capital letters, six bits each."""
        for letter in text:
            self.number(ord(letter) - ord("A"), 6)
        return self

    def moment(self, value: datetime) -> Writer:
        """Write a moment, in tenths of a second since 1970."""
        return self.number((value - EPOCH) // TENTH, 36)

    def fibonacci(self, value: int) -> Writer:
        """Write a whole number from 1 in Fibonacci coding."""
        terms = [1, 2]
        while terms[-1] <= value:
            terms.append(terms[-1] + terms[-2])
        code = ""
        for term in reversed(terms[:-1] if terms[-1] > value else terms):
            code = ("1" if term <= value else "0") + code
            value -= term if term <= value else 0
        self._bits.append(code.rstrip("0") + "1")
        return self

    def ranges(self, members: Iterable[int]) -> Writer:
        """Write numbers as ranges."""
        return self._ranges(members, lambda value, _last: self.number(value, 16))

    def fibonacci_ranges(self, members: Iterable[int]) -> Writer:
        """Write numbers as ranges, each as its distance from the one before."""
        return self._ranges(members, lambda value, last: self.fibonacci(value - last))

    def vendors(self, members: frozenset[int]) -> Writer:
        """Write which vendors, in the shorter of the two ways."""
        greatest = max(members, default=0)
        by_range = Writer().ranges(members)
        self.number(greatest, 16)
        if by_range.length < greatest:
            self.flag(True)
            self._bits += by_range._bits
            return self
        return self.flag(False).set_of(members, greatest)

    @property
    def length(self) -> int:
        """How many bits stand so far."""
        return sum(map(len, self._bits))

    def text(self) -> str:
        """Return everything in base64, filled up with zeros to full bytes as the reference writers do."""
        bits = "".join(self._bits)
        bits += "0" * (-len(bits) % 8)
        bits += "0" * (-len(bits) % 6)
        return "".join(ALPHABET[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))

    def _ranges(self, members: Iterable[int], put: Callable[[int, int], Writer]) -> Writer:
        runs = list(_runs(members))
        self.number(len(runs), 12)
        last = 0
        for first, end in runs:
            self.flag(end > first)
            put(first, last)
            if end > first:
                put(end, first)
            last = end
        return self


def _runs(members: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last of each unbroken row of numbers."""
    for _, run in groupby(enumerate(sorted(set(members))), key=lambda pair: pair[1] - pair[0]):
        row = [member for _, member in run]
        yield row[0], row[-1]
