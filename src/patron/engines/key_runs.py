"""Many keys of sixteen random bytes in little memory: sorted arrays, of which each is about half of the one before.

A set of Python's takes about a hundred bytes a key, these sixteen. What is asked of them is asked of many keys at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from patron.engines.inbox_group import KEY_BYTES

Halves = NDArray[np.uint64]
"""Two columns: the first and the second eight bytes of each key as a number."""


class KeyRuns:
    """A set of keys that only grows."""

    def __init__(self) -> None:
        self._runs: list[Halves] = []

    def __len__(self) -> int:
        """Return how many keys there are."""
        return sum(len(run) for run in self._runs)

    def add(self, keys: Iterable[bytes]) -> None:
        """Take in keys, none of which is there yet."""
        added = _sorted(_halves(b"".join(keys)))
        if len(added):
            self._runs.append(added)
        while len(self._runs) > 1 and 2 * len(self._runs[-1]) > len(self._runs[-2]):
            self._runs[-2:] = [_sorted(np.concatenate(self._runs[-2:]))]

    def among(self, keys: Sequence[bytes]) -> set[bytes]:
        """Return those of some keys that are there."""
        if not self._runs or not keys:
            return set()
        asked = _halves(b"".join(keys))
        found = np.zeros(len(keys), dtype=bool)
        for run in self._runs:
            place = np.searchsorted(run[:, 0], asked[:, 0])
            place[place == len(run)] = 0
            found |= (run[place] == asked).all(axis=1)
        return {keys[one] for one in np.flatnonzero(found).tolist()}

    def slices(self, size: int) -> Iterator[list[bytes]]:
        """Yield all keys, sorted, in lists of `size`."""
        if not self._runs:
            return
        every = _sorted(np.concatenate(self._runs))
        for begin in range(0, len(every), size):
            yield split(every[begin : begin + size].astype(">u8").tobytes())


def split(keys: bytes) -> list[bytes]:
    """Return keys that stand one after the other.

    Examples
    --------
    >>> split(b"a" * 16 + b"b" * 16)
    [b'aaaaaaaaaaaaaaaa', b'bbbbbbbbbbbbbbbb']
    """
    return [keys[place : place + KEY_BYTES] for place in range(0, len(keys), KEY_BYTES)]


def _halves(keys: bytes) -> Halves:
    return np.frombuffer(keys, dtype=">u8").reshape(-1, 2).astype(np.uint64)


def _sorted(halves: Halves) -> Halves:
    # The first halves are enough: two of them are equal once in 2**64 / n keys, and then only order is at stake.
    return halves[np.argsort(halves[:, 0], kind="stable")]


__all__ = ["KeyRuns", "split"]
