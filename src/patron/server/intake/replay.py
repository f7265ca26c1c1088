"""Dead letters judged again: those that can be used by now go to the inbox, with the moment at which they came.

An event moves in one transaction: nobody ever sees it in both places or in none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from patron.engines.inbox_dead import DeadLetter, dead_letters
from patron.engines.inbox_state import micros
from patron.engines.inbox_write import Group, InboxWriter
from patron.engines.state import State
from patron.server.intake.sorted import Came
from patron.sources.stream import KINDS

AT_ONCE = 500  # dead letters


@dataclass(frozen=True)
class Replayed:
    """What became of the dead letters."""

    used: int  # are events now, or had come before
    left: int  # can still not be used


def replay(state: State, *, clock: Callable[[], datetime], reason: str | None = None) -> Replayed:
    """Judge the dead letters of one reason, or all, by the rules of today.

    Parameters
    ----------
    state : State
    clock : callable
        Gives the moment that it is, aware.
    reason : str, optional

    Raises
    ------
    Exception
        The driver's own. What was moved before stays moved.
    """
    used = left = 0
    with closing(InboxWriter(state.engine)) as writer:
        for page in _pages(state, reason):
            group = Group()
            for letter in page:
                came = _again(letter)
                if came.reasons:
                    left += 1
                    continue
                used += 1
                group.keys += came.keys
                group.events += came.events
                group.replayed.append(letter.number)
            if group.replayed:
                writer.write(group, now=micros(clock()))
    return Replayed(used, left)


def _pages(state: State, reason: str | None) -> Iterator[list[DeadLetter]]:
    after = 0
    while True:
        with state.engine.connect() as connection:
            page = dead_letters(connection, after=after, limit=AT_ONCE, reason=reason)
        if not page:
            return
        yield page
        after = page[-1].number


def _again(letter: DeadLetter) -> Came:
    """Sort a dead letter as if it came now, but for the moments."""
    came = Came(letter.source, letter.received_at, bool(letter.gpc))
    came.sent_at = letter.sent_at
    came.context = None if letter.context is None else bytes(letter.context)
    came.take_any(bytes(letter.payload), letter.kind if letter.kind in KINDS else None)
    return came
