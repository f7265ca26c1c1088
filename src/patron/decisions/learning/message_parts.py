"""Which messages can be made of the parts, and which columns of a model tell them apart?

A message takes one option of each part. Columns: one for the level, one an option (main effects), one a pair of
options of different parts (pairs), and with segments one a segment and one a segment and option (context). No option
stands for the others: the prior keeps the columns apart, and treats all options alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from patron.errors import ArgumentError
from patron.language import failure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVEL, MAIN, PAIR, SEGMENT, CONTEXT = range(5)
"""The groups of columns."""

MOST_MESSAGES = 4_096
"""Messages above which a list cannot learn, and a table of all of them costs too much."""


@dataclass(frozen=True)
class MessageParts:
    """The parts of a message, and the segments that may differ in what they answer to."""

    parts: Mapping[str, tuple[str, ...]]
    segments: tuple[str, ...]
    messages: Ints  # (messages, parts): the option of each part
    columns: Floats  # (segments * messages, columns)
    group: Ints  # of each column

    @property
    def names(self) -> tuple[str, ...]:
        """The parts' names, in order."""
        return tuple(self.parts)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many options each part has."""
        return tuple(map(len, self.parts.values()))

    @property
    def count(self) -> int:
        """How many messages there are."""
        return len(self.messages)

    def options(self, message: int) -> tuple[str, ...]:
        """Return the options of a message, one a part."""
        chosen = self.messages[message]
        return tuple(options[place] for options, place in zip(self.parts.values(), chosen, strict=True))

    def of_segment(self, segment: int) -> Floats:
        """Return the columns of every message in one segment."""
        return self.columns[segment * self.count : (segment + 1) * self.count]

    def option_column(self, part: int, option: int) -> int:
        """Return the column of an option's main effect."""
        return 1 + sum(self.sizes[:part]) + option


def message_parts(parts: Mapping[str, Sequence[str]], segments: Sequence[str] = ()) -> MessageParts:
    """Return all messages that can be made of the parts.

    Parameters
    ----------
    parts : mapping of part to its options
        For example ``{"headline": ["short", "long"], "offer": ["none", "gift"]}``; the first option of each part makes
        the first message, with which others are compared.
    segments : sequence of str
        Segments whose answers may differ; none for one model of everybody.

    Raises
    ------
    ArgumentError
        No part, a part without options, an option or a segment twice, fewer than two messages, or too many.

    Examples
    --------
    >>> made = message_parts({"headline": ["short", "long"], "offer": ["none", "gift"]})
    >>> [made.options(message) for message in range(made.count)]
    [('short', 'none'), ('short', 'gift'), ('long', 'none'), ('long', 'gift')]
    >>> made.columns.shape  # the level, four options, four pairs
    (4, 9)
    """
    named = {part: tuple(options) for part, options in parts.items()}
    _check(named, tuple(segments))
    messages = np.array(list(np.ndindex(*map(len, named.values()))), dtype=np.int64)
    main = _main(messages, tuple(map(len, named.values())))
    pairs = _pairs(messages, tuple(map(len, named.values())))
    every, group = _with_segments(main, pairs, len(segments))
    return MessageParts(named, tuple(segments) or ("all",), messages, every, group)


def _check(parts: Mapping[str, tuple[str, ...]], segments: tuple[str, ...]) -> None:
    if not parts or any(not options for options in parts.values()):
        raise failure(ArgumentError, "learning.no_options", argument="parts", came=_written(parts))
    for options in (*parts.values(), segments):
        if len(set(options)) != len(options):
            raise failure(ArgumentError, "learning.twice", argument="parts", came=", ".join(options))
    count = int(np.prod([len(options) for options in parts.values()], dtype=float))
    if not 2 <= count <= MOST_MESSAGES:
        raise failure(
            ArgumentError, "learning.messages", argument="parts", came=count, allowed=MOST_MESSAGES,
        )  # fmt: skip


def _written(parts: Mapping[str, tuple[str, ...]]) -> str:
    return "; ".join(f"{part}: {', '.join(options)}" for part, options in parts.items()) or "{}"


def _main(messages: Ints, sizes: tuple[int, ...]) -> Floats:
    return np.hstack([np.eye(size)[messages[:, part]] for part, size in enumerate(sizes)])


def _pairs(messages: Ints, sizes: tuple[int, ...]) -> Floats:
    both = [
        np.eye(sizes[one] * sizes[other])[messages[:, one] * sizes[other] + messages[:, other]]
        for one, other in combinations(range(len(sizes)), 2)
        if sizes[one] > 1 and sizes[other] > 1
    ]
    return np.hstack([np.empty((len(messages), 0)), *both])


def _with_segments(main: Floats, pairs: Floats, segments: int) -> tuple[Floats, Ints]:
    """Return one row a segment and message, and each column's group."""
    plain = np.hstack([np.ones((len(main), 1)), main, pairs])
    group = np.repeat([LEVEL, MAIN, PAIR], [1, main.shape[1], pairs.shape[1]])
    if segments < 2:
        return plain, group
    own = np.kron(np.eye(segments), np.ones((len(main), 1)))
    context = np.kron(np.eye(segments), main)
    group = np.concatenate([group, np.repeat([SEGMENT, CONTEXT], [own.shape[1], context.shape[1]])])
    return np.hstack([np.tile(plain, (segments, 1)), own, context]), group
