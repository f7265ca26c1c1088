"""The distinct paths of touches, and how often each of them did or did not lead to a conversion.

All paths lie one behind the other in one array of channel numbers. What an attribution model needs of a million people
are the few thousand ways that they went.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.int32]

# Odd multipliers of 64 bits; a second is needed only where two different paths were given one number.
_MULTIPLIERS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)


BLOCK = 1 << 15  # touches


@dataclass(frozen=True, kw_only=True)
class Paths:
    """Paths of touches of one length array, and what came of each.

    ``codes[starts[i]:starts[i + 1]]`` are the channels of path i in their order, as places in `channels`. `moments` are
    those of the touches, where they are known, in ticks of which a day has `day`. `path_of` says of each path that was
    read which of these it is.
    """

    channels: tuple[str, ...]
    codes: Codes
    starts: Ints
    conversions: Floats
    nulls: Floats
    value: Floats | None = None
    moments: Ints | None = None
    day: float = 86_400.0
    path_of: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @property
    def size(self) -> int:
        """How many paths there are."""
        return len(self.starts) - 1

    @cached_property
    def lengths(self) -> Ints:
        """Touches of each path."""
        return np.diff(self.starts)

    @cached_property
    def owner(self) -> Ints:
        """The path of each touch."""
        return np.repeat(np.arange(self.size), self.lengths)

    @cached_property
    def converted(self) -> Paths:
        """Those that led to a conversion."""
        return only(self, self.conversions > 0)

    def money(self) -> Floats:
        """Return the value of each path; nothing where none is known."""
        return np.zeros(self.size) if self.value is None else self.value


def distinct(paths: Paths) -> Paths:
    """Return each different path once, with the sums of its counts; moments are not kept.

    Paths get a number from their channels and places; those of one number are compared touch by touch, and when two
    differ all get new numbers: the answer is exact.
    """
    for multiplier in _MULTIPLIERS:
        shown_by, path_of = _told_apart(_numbers(paths, multiplier))
        if _alike(paths, shown_by[path_of]):
            return _summed(paths, shown_by, path_of)
    raise AssertionError("four different numbers of 64 bits each met by chance")  # pragma: no cover - 1 in 1e28


def merged(parts: Sequence[Paths]) -> Paths:
    """Return the different paths of several parts, which may know different channels, as one."""
    if len(parts) == 1:
        return parts[0]
    names = sorted({name for part in parts for name in part.channels})
    place = {name: number for number, name in enumerate(names)}
    recoded = [np.array([place[name] for name in part.channels], dtype=np.int32)[part.codes] for part in parts]
    lengths = np.concatenate([part.lengths for part in parts])
    before = np.cumsum([0, *(part.size for part in parts)])
    known = all(part.value is not None for part in parts)
    every = Paths(
        channels=tuple(names), codes=np.concatenate(recoded), starts=np.concatenate([[0], np.cumsum(lengths)]),
        conversions=np.concatenate([part.conversions for part in parts]),
        nulls=np.concatenate([part.nulls for part in parts]),
        value=np.concatenate([part.money() for part in parts]) if known else None,
    )  # fmt: skip
    found = distinct(every)
    read = np.concatenate([part.path_of + shift for part, shift in zip(parts, before, strict=False)])
    return replace(found, path_of=found.path_of[read])


def only(paths: Paths, chosen: NDArray[np.bool_]) -> Paths:
    """Return some of the paths."""
    places = np.flatnonzero(chosen)
    if len(places) == paths.size:
        return paths
    return Paths(
        **_taken(paths, places), channels=paths.channels, conversions=paths.conversions[places],
        nulls=paths.nulls[places], value=None if paths.value is None else paths.value[places],
    )  # fmt: skip


def sums(place: Ints | Codes, amounts: Floats, size: int) -> Floats:
    """Return the sum of the amounts of each place."""
    return np.asarray(np.bincount(place, amounts, size), dtype=np.float64)


def _blocks(paths: Paths) -> Iterator[tuple[slice, slice]]:
    """Divide paths, and with them their touches, into pieces that stay in the processor's cache."""
    ends = np.searchsorted(paths.starts, np.arange(BLOCK, len(paths.codes), BLOCK))
    for first, last in pairwise([0, *np.unique(ends).tolist(), paths.size]):
        if first < last:
            yield slice(first, last), slice(paths.starts[first], paths.starts[last])


def _numbers(paths: Paths, multiplier: int) -> NDArray[np.uint64]:
    """Return a number for each path: the sum of channel times multiplier to the power of the place, modulo 2^64."""
    channel = np.arange(1, len(paths.channels) + 1, dtype=np.uint64)
    powers = np.multiply.accumulate(np.full(int(paths.lengths.max()), multiplier, dtype=np.uint64))
    numbers = np.empty(paths.size, dtype=np.uint64)
    for some, touches in _blocks(paths):
        first = paths.starts[some] - touches.start
        place = np.arange(touches.stop - touches.start) - np.repeat(first, paths.lengths[some])
        numbers[some] = np.add.reduceat(channel[paths.codes[touches]] * powers[place], first)
    return numbers


def _told_apart(number: NDArray[np.uint64]) -> tuple[Ints, Ints]:
    """Return a path that shows each different number, and which of these each path has."""
    coded = pc.dictionary_encode(pa.array(number))
    path_of = coded.indices.to_numpy().astype(np.int64)
    shown_by = np.empty(len(coded.dictionary), dtype=np.int64)
    shown_by[path_of] = np.arange(len(path_of))
    return shown_by, path_of


def _alike(paths: Paths, shown_by: Ints) -> bool:
    """Tell whether each path is the one that shows it, touch by touch."""
    if (paths.lengths != paths.lengths[shown_by]).any():
        return False
    shift = paths.starts[shown_by] - paths.starts[:-1]
    for some, touches in _blocks(paths):
        shown = np.arange(touches.start, touches.stop) + np.repeat(shift[some], paths.lengths[some])
        if (paths.codes[touches] != paths.codes[shown]).any():
            return False
    return True


def _summed(paths: Paths, shown_by: Ints, path_of: Ints) -> Paths:
    size = len(shown_by)
    return Paths(
        **_taken(replace(paths, moments=None), shown_by), channels=paths.channels, path_of=path_of,
        conversions=sums(path_of, paths.conversions, size), nulls=sums(path_of, paths.nulls, size),
        value=None if paths.value is None else sums(path_of, paths.value, size),
    )  # fmt: skip


def _taken(paths: Paths, chosen: Ints) -> dict[str, Any]:
    """Return the touches of some paths, one behind the other."""
    lengths = paths.lengths[chosen]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    touches = np.repeat((paths.starts[chosen] - starts[:-1]).astype(np.int32), lengths)
    touches += np.arange(starts[-1], dtype=np.int32)
    moments = None if paths.moments is None else paths.moments[touches]
    return {"codes": paths.codes[touches], "starts": starts, "moments": moments, "day": paths.day}
