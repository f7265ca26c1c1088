"""Carry out what was decided, once: fill the outbox, hand over what is due; or say what that would be."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from patron.activation.delivery.courier import as_delivery
from patron.activation.delivery.terms import Check
from patron.engines.database import writing
from patron.engines.outbox_claims import due
from patron.engines.outbox_replay import forget
from patron.engines.rehearsal import rehearsing
from patron.engines.state import State
from patron.errors import PatronError
from patron.pipeline.delivering import FilledAll, chosen, delivering, fill
from patron.pipeline.filling import FILLERS, Filler
from patron.pipeline.last_check import LastCheck
from patron.pipeline.project import Project
from patron.pipeline.reading_back import ReadBack, read_back
from patron.pipeline.serving import published_of

PART = 1_000  # deliveries looked at at a time in a rehearsal
EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True)
class Activated:
    """What came of it. `came` and `left_out` count deliveries by destination, and by state or reason."""

    filled: FilledAll
    came: Mapping[str, Mapping[str, int]]
    left_out: Mapping[str, Mapping[str, int]]
    unopened: Mapping[str, PatronError] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()  # destinations that another process works
    read: ReadBack = field(default_factory=ReadBack)  # what destinations told of earlier ones


def activate_once(
    project: Project, state: State, *, clock: Callable[[], datetime], only: str | None = None,
    fillers: Iterable[Filler] = FILLERS, stop: threading.Event | None = None,
) -> Activated:  # fmt: skip
    """Fill the outbox, hand over until nothing is due, and ask destinations what happened to messages.

    Parameters
    ----------
    project : Project
    state : State
    clock : callable
        Gives the moment that it is, aware.
    only : str, optional
        Hand over to this destination alone.
    fillers : iterable of Filler
    stop : Event, optional
        Once set, what is under way is finished and nothing is begun.

    Raises
    ------
    ArgumentError
        There is no destination `only`.
    """
    sections = chosen(project.settings.destinations, only)
    work = delivering(project, state, sections, clock=clock, published=published_of(project))
    filled = fill(project, state, now=clock(), fillers=fillers)
    with writing(state.engine) as connection:
        forget(connection, now=clock())
    work.couriers.run_once(stop=stop)
    read = read_back(project, state, now=clock(), only=only)
    couriers = {one.destination.name: one for one in work.couriers.couriers}
    return Activated(
        filled=filled,
        came={name: dict(one.came) for name, one in couriers.items()},
        left_out={name: dict(one.left_out) for name, one in couriers.items()},
        unopened=work.unopened,
        elsewhere=tuple(name for name, one in couriers.items() if one.elsewhere),
        read=read,
    )


def rehearse(
    project: Project, state: State, *, now: datetime, only: str | None = None, fillers: Iterable[Filler] = FILLERS
) -> Activated:
    """Say what would leave now, and hand over nothing; the outbox stays as it is.

    Raises
    ------
    ArgumentError
        There is no destination `only`.
    """
    sections = chosen(project.settings.destinations, only)
    with rehearsing(state) as trial:
        filled = fill(project, trial, now=now, fillers=fillers)
        check = LastCheck(project, trial, published_of(project))
        with writing(trial.engine) as connection:
            found = {name: _would(connection, name, check, now) for name in sections}
    return Activated(
        filled=filled,
        came={name: {"waiting": leaving} for name, (leaving, _reasons) in found.items()},
        left_out={name: reasons for name, (_leaving, reasons) in found.items()},
    )


def _would(connection: Connection, name: str, check: Check, now: datetime) -> tuple[int, dict[str, int]]:
    """Return how many would leave, and how many not, by reason; what was looked at is done with."""
    leaving, reasons, place = 0, Counter[str](), 0
    while rows := due(connection, name, now=now, limit=PART, after=place):
        place += len(rows)
        fresh = [row for row in rows if row.expires_at is None or row.expires_at > now]
        refused = check(connection, [as_delivery(row) for row in fresh], now) if fresh else {}
        reasons.update([*refused.values(), *[EXPIRED] * (len(rows) - len(fresh))])
        leaving += len(fresh) - len(refused)
    return leaving, dict(reasons)


__all__ = ["Activated", "activate_once", "rehearse"]
