"""What a request may use: the project, its settings, its database, the clock, and the published run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from patron.engines.state import State
from patron.language import say
from patron.pipeline.numbers_go_on import numbers_go_on
from patron.pipeline.project import Project
from patron.pipeline.server_settings import ServerSettings
from patron.pipeline.serving import Published, published_of
from patron.pipeline.settings import Settings
from patron.server.refused import NoRunYet

Clock = Callable[[], datetime]
"""Gives the moment that it is: aware, in UTC."""

Made = TypeVar("Made")


@dataclass(frozen=True)
class Services:
    """What a request may use. One a process; what it holds may be used by several threads.

    `parts` are what starts and stops with the process (`patron.server.parts`), each once, by its class.
    """

    project: Project
    settings: Settings
    state: State
    clock: Clock
    published: Callable[[], Published]  # swaps by itself when a new run is published; RunError while there is none
    parts: dict[type, object] = field(default_factory=dict)

    @property
    def limits(self) -> ServerSettings:
        """The section `server` of the settings."""
        return self.settings.server

    def part(self, kind: type[Made]) -> Made:
        """Return the one part of a class.

        Raises
        ------
        KeyError
            This process runs no such part.
        """
        made = self.parts[kind]
        assert isinstance(made, kind)  # by construction: filed under its class
        return made


def make_services(project: Project, *, state: State | None, clock: Clock) -> Services:
    """Return the services of one process.

    Raises
    ------
    SettingsError
        The settings say something that cannot be.
    RunError
        The database cannot be opened.
    """
    opened = state or project.state()
    numbers_go_on(opened, project.parts)
    return Services(
        project=project,
        settings=project.settings,
        state=opened,
        clock=clock,
        published=_once_there_is_one(project),
    )


def _once_there_is_one(project: Project) -> Callable[[], Published]:
    """Return a function that gives the published run; before the first one it says so, to whoever asks."""
    known = published_of(project)

    def published() -> Published:
        if project.store.last_id() is None:
            raise NoRunYet(say("read.no_run"), status=409, kind="read.no_run")
        return known()

    return published
