"""Fill the outbox and hand over what is due: what `patron activate` does once, and a server all the time."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from patron.activation.delivery import Courier, Couriers, Feedback, Terms
from patron.activation.destinations import Destination
from patron.engines.state import State
from patron.errors import ArgumentError, PatronError
from patron.language import did_you_mean, failure
from patron.pipeline.destinations import DestinationSection
from patron.pipeline.filling import FILLERS, Filled, Filler
from patron.pipeline.last_check import LastCheck
from patron.pipeline.project import Project
from patron.pipeline.serving import Published
from patron.pipeline.told_back import tell_back

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Delivering:
    """The couriers of a project's destinations, and the destinations that could not be opened, with the reason."""

    couriers: Couriers
    unopened: dict[str, PatronError] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FilledAll:
    """What all fillers put in, and what went wrong in some of them: the others were not kept from theirs."""

    filled: Filled
    failed: dict[str, PatronError] = field(default_factory=dict)


def fill(project: Project, state: State, *, now: datetime, fillers: Iterable[Filler] = FILLERS) -> FilledAll:
    """Put everything into the outbox that is to leave."""
    made, left_out, failed = Counter[str](), Counter[str](), {}
    for filler in fillers:
        try:
            filled = filler(project, state, now=now)
        except PatronError as error:
            failed[getattr(filler, "__name__", type(filler).__name__)] = error
            continue
        made.update(filled.made)
        left_out.update(filled.left_out)
    return FilledAll(filled=Filled(made=dict(made), left_out=dict(left_out)), failed=failed)


def delivering(
    project: Project, state: State, sections: Mapping[str, DestinationSection], *, clock: Clock,
    published: Callable[[], Published],
) -> Delivering:  # fmt: skip
    """Return what hands over to these destinations of the settings.

    A destination that cannot be opened, because a secret is missing, keeps no other from its deliveries.
    """
    holder = f"{os.getpid()}-{secrets.token_hex(4)}"
    couriers, unopened = [], {}
    for name, section in sections.items():
        try:
            destination = section.opened_as(name)
        except PatronError as error:
            unopened[name] = error
            continue
        couriers.append(_courier(project, state, destination, section, clock, published, holder))
    return Delivering(couriers=Couriers(couriers, clock=clock), unopened=unopened)


def chosen(sections: Mapping[str, DestinationSection], only: str | None) -> Mapping[str, DestinationSection]:
    """Return all destinations, or the one that is called `only`.

    Raises
    ------
    ArgumentError
        There is none of that name.
    """
    if only is None:
        return sections
    if only not in sections:
        allowed = ", ".join(sections) or "-"
        hint = did_you_mean(only, list(sections))
        raise failure(ArgumentError, "delivery.no_destination", came=only, allowed=allowed, hint=hint)
    return {only: sections[only]}


def terms_of(section: DestinationSection) -> Terms:
    """Return the terms that the settings say."""
    return Terms(
        per_second=section.per_second, at_once=section.at_once, attempts=section.attempts,
        timeout_s=section.timeout_seconds, cost_of=section.cost_of,
    )  # fmt: skip


def _courier(
    project: Project, state: State, destination: Destination, section: DestinationSection, clock: Clock,
    published: Callable[[], Published], holder: str,
) -> Courier:  # fmt: skip
    return Courier(
        state, destination, terms=terms_of(section), holder=holder, clock=clock,
        check=LastCheck(project, state, published), told=partial(_told, project, state, clock),
    )  # fmt: skip


def _told(project: Project, state: State, clock: Clock, feedback: Iterable[Feedback]) -> None:
    tell_back(state, feedback, zone=ZoneInfo(project.settings.timezone), now=clock())


__all__ = ["Delivering", "FilledAll", "chosen", "delivering", "fill", "terms_of"]
