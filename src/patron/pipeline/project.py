"""A project folder: its settings, its runs, its operational state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import ibis.expr.types as ir
from ibis.backends import BaseBackend

from patron.contracts import TABLES
from patron.engines.atomic import private
from patron.engines.connect import connect
from patron.engines.inbox_keys import forget_keys
from patron.engines.inbox_parts import FOLDER, Parts
from patron.engines.lock import Waiting
from patron.engines.state import State
from patron.engines.store import Run, Store
from patron.errors import ArgumentError, RunError
from patron.language import failure
from patron.pipeline import clock
from patron.pipeline.check_settings import check_all
from patron.pipeline.collecting import collect, collected
from patron.pipeline.erasure import settle
from patron.pipeline.expired_parts import expire
from patron.pipeline.id_changes import published_before, remember_who_became_who
from patron.pipeline.kept import kept
from patron.pipeline.moved import moved_between_days, moved_between_runs
from patron.pipeline.run import Order, Progress, make_run
from patron.pipeline.settings import Settings
from patron.pipeline.settings_file import pointing_at, read_settings
from patron.pipeline.wanted import wanted
from patron.privacy import Tombstones
from patron.privacy.tombstones import TOMBSTONES_FILE

OWN_FOLDER = ".patron"


@dataclass(frozen=True)
class Project:
    """A project folder.

    Examples
    --------
    ::

        project = patron.open("shop/")
        project.run()
        project.table("profiles")
    """

    folder: Path

    @property
    def settings(self) -> Settings:
        """The settings in `patron.yaml`, as it stands now.

        Raises
        ------
        SettingsError
            They say something that cannot be.
        """
        settings = read_settings(self.folder)
        with pointing_at(self.folder):
            check_all(settings)
        return settings

    @cached_property
    def connection(self) -> BaseBackend:
        """The engine."""
        return connect(self.settings.engine, spill=self.own / "spill", memory=self.settings.memory)

    @property
    def own(self) -> Path:
        """The folder that Patron keeps its own files in."""
        return self.folder / OWN_FOLDER

    @property
    def store(self) -> Store:
        """All runs."""
        return Store(self.own / "runs")

    @property
    def erased(self) -> Tombstones:
        """The list of the erased: beside `patron.yaml`, so that a restored `.patron` brings nobody back."""
        return Tombstones(self.folder / TOMBSTONES_FILE)

    @property
    def parts(self) -> Parts:
        """What was collected of the events that the server was told."""
        return Parts(self.own / FOLDER)

    def state(self) -> State:
        """Open the operational database; the caller closes it.

        Raises
        ------
        RunError
            It cannot be made or opened.
        """
        self._make_own()
        return State.open(self.settings.state or self.own / "state.db")

    def _make_own(self) -> None:
        try:
            # Everything in it is about customers: for the owner's eyes only.
            self.own.mkdir(mode=0o700, exist_ok=True)
            private(self.own)
        except OSError as error:
            raise failure(RunError, "errors.run_folder", folder=str(self.own), came=str(error.strerror)) from error

    def run(
        self,
        as_of: date | None = None,
        *,
        only: str | None = None,
        today: date | None = None,
        waiting: Waiting | None = None,
        tell: Callable[[Progress], None] = lambda _progress: None,
    ) -> Run:
        """Make a run and publish it.

        Parameters
        ----------
        as_of : date, optional
            The last day to know about; by default that of the settings, else the last plausible day in the data.
        only : str, optional
            A step (`patron.pipeline.steps.STEPS`): no other is made than this one and those that it needs. Such a run
            holds no table besides theirs; it is kept and listed, but not published, so reports and lists go on reading
            the last whole run. The next whole run takes its tables over where nothing has changed.
        today : date, optional
            No day after it is plausible; by default the day that it is in the project's time zone.
        waiting : callable, optional
            With it, another process that is making a run here is waited for; it is told who that is. Without it, that
            is an error.
        tell : callable, optional
            Told of every step as it begins and ends.

        Raises
        ------
        PatronError
            Whatever was wrong; the published run stays as it was.
        ArgumentError
            There is no such step.
        """
        wanted(only)
        settings = self.settings
        settle(self, settings)
        self._make_own()
        draft = self.store.draft(waiting=waiting)
        try:
            # Under the lock: a list that is frozen while we wait is known to the run.
            with pointing_at(self.folder), self.state() as state:
                day = today or clock.today(settings.timezone)
                collect(state, self.parts, erased=self.erased)
                expire(state, self.parts, settings.privacy.retention, today=day)
                forget_keys(state, before=day - timedelta(days=settings.server.repeats))
                made_at = clock.now()
                order = Order(
                    folder=self.folder,
                    settings=settings,
                    as_of=as_of,
                    only=only,
                    today=day,
                    made_at=made_at,
                    kept=kept(state),
                    erased=self.erased,
                    clock=clock.seconds,
                    collected=collected(
                        state, self.parts, orders=settings.server.orders, until=made_at, aside=draft.aside
                    ),
                    tell=tell,
                )
                before = published_before(state, self.store, self.connection)
                made = make_run(order, draft=draft, store=self.store)
                if only is None:
                    remember_who_became_who(state, before, made, self.connection)
                return made
        finally:
            draft.discard()

    def last(self) -> Run:
        """Return the published run.

        Raises
        ------
        RunError
            There is none yet.
        """
        run = self.store.last()
        if run is None:
            raise failure(RunError, "errors.no_run", folder=str(self.folder))
        return run

    def table(self, name: str) -> ir.Table:
        """Return a table of the published run.

        Raises
        ------
        RunError
            There is no run yet.
        MissingTable
            The run holds no such table.
        """
        return self.last().table(name, self.connection)

    def movements(self, before: str | date, after: str | date | None = None) -> ir.Table:
        """Return who went from which segment to which other between any two runs, or any two days.

        Parameters
        ----------
        before, after : str or date
            Two ids of runs; or two days, as of which everything is computed again from the published run. Without
            `after`, the published run, or its day.

        Returns
        -------
        Table, one row per flow
            ``contracts.customer.MOVEMENTS``, for every segmentation that both know.

        Raises
        ------
        ArgumentError
            The second does not come after the first, is later than the data, or value means something else in the two
            runs; or one is a run and the other a day.
        RunError
            There is no such run.
        """
        last = self.last()
        if isinstance(before, date) and not isinstance(after, str):
            to_day = after or last.manifest.as_of
            return moved_between_days(last, from_day=before, to_day=to_day, settings=self.settings)
        if isinstance(before, str) and not isinstance(after, date):
            runs = self.store.run(before), self.store.run(after or last.manifest.run_id)
            return moved_between_runs(*runs, connection=self.connection)
        raise failure(ArgumentError, "runs.run_and_day", before=before, after=after)

    def tables(self) -> list[str]:
        """Return the names of the published run's tables, in the order of the work."""
        held = self.last().manifest.tables
        return [name for name in TABLES if name in held]


def open_project(folder: str | Path = ".") -> Project:
    """Open a project folder and read its settings.

    Raises
    ------
    SettingsError
        There is no `patron.yaml`, or it says something that cannot be.
    """
    project = Project(Path(folder).resolve())
    settle(project, project.settings)
    return project
