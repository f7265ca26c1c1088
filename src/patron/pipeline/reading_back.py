"""Ask all destinations that can be asked what has happened since the last time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from patron.engines.database import writing
from patron.engines.state import State
from patron.engines.written_profile_state import cursor_of, set_cursor
from patron.errors import PatronError
from patron.pipeline.delivering import chosen
from patron.pipeline.hearing import hear
from patron.pipeline.project import Project


@dataclass(frozen=True, kw_only=True)
class ReadBack:
    """How much was new by destination, and which could not be asked, and why."""

    new: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, PatronError] = field(default_factory=dict)


def read_back(project: Project, state: State, *, now: datetime, only: str | None = None) -> ReadBack:
    """Ask, write down what is told, and remember how far it was told.

    Only what was written counts as read: whatever fails in between is told again, and known again by its ids. One
    destination that does not answer keeps no other from being asked.

    Parameters
    ----------
    project : Project
        Whose.
    state : State
        The open database.
    now : datetime
        Aware.
    only : str, optional
        The destination that is asked alone.

    Raises
    ------
    ArgumentError
        The settings have no destination `only`.
    """
    new: dict[str, int] = {}
    failed: dict[str, PatronError] = {}
    for name, section in chosen(project.settings.destinations, only).items():
        try:
            source = section.source(name)
            if source is None:
                continue
            with state.engine.connect() as connection:
                cursor = cursor_of(connection, name, "feedback")
            told, reached = source.pull(cursor, now=now)
            new[name] = hear(project, state, told, destination=name, now=now)
            if reached is not None and reached != cursor:
                with writing(state.engine) as connection:
                    set_cursor(connection, name, "feedback", reached, now=now)
        except PatronError as error:
            failed[name] = error
    return ReadBack(new=new, failed=failed)


__all__ = ["ReadBack", "read_back"]
