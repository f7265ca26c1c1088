"""Make an old run again, as it was made, and say whether the same comes out.

The run's own settings, day, `today` and earlier run are taken, the lists that were known then, and those of its files
that still are what they were. Where one is not, the sources cannot be read again: the run's cleaned tables are taken
as they stand, and everything after them is computed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import ibis.expr.types as ir
from pydantic import ValidationError

from patron.contracts import TABLES
from patron.engines.draft import Draft
from patron.engines.lock import Waiting
from patron.engines.manifest import Manifest
from patron.engines.run_folder import Run
from patron.engines.state import State
from patron.errors import RunError, SourceError
from patron.language import failure
from patron.pipeline import clock
from patron.pipeline.collecting import NOTHING, Collected, collected
from patron.pipeline.difference import Difference, difference
from patron.pipeline.fingerprint import code_version
from patron.pipeline.inputs import Inputs, by_key, files_of, inputs_of
from patron.pipeline.kept import Kept, kept
from patron.pipeline.making import NOT_KEPT, Making, engine_of
from patron.pipeline.order import Order, Progress
from patron.pipeline.project import Project
from patron.pipeline.reuse import Held
from patron.pipeline.run import handed_run
from patron.pipeline.settings import Settings
from patron.sources.copies import as_one_batch
from patron.sources.files import SourceFile
from patron.sources.spec import SourceSpec


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What came of a replay."""

    run_id: str
    as_of: date
    tables: tuple[Difference, ...]
    changed_inputs: tuple[str, ...]
    missing_inputs: tuple[str, ...]
    new_inputs: tuple[str, ...]
    code_changed: bool
    published: str | None

    @property
    def equal(self) -> bool:
        """Whether every table came out as it was."""
        return all(table.equal for table in self.tables)

    @property
    def read_again(self) -> bool:
        """Whether the sources were read again; else the cleaned tables were taken from the run."""
        return not (self.changed_inputs or self.missing_inputs)


def replay(
    project: Project,
    run_id: str,
    *,
    publish: bool = False,
    waiting: Waiting | None = None,
    tell: Callable[[Progress], None] = lambda _progress: None,
) -> Replayed:
    """Make a run again, and compare what comes out with what it holds.

    Parameters
    ----------
    project : Project
        The project.
    run_id : str
        The run.
    publish : bool
        Publish what comes out, as a run of its own. Without it nothing is left of it.
    waiting, tell : callable, optional
        As for `Project.run`.

    Raises
    ------
    RunError
        There is no such run, it keeps too little to be made again, or the run that it was compared with is gone.
    """
    original = project.store.run(run_id)
    settings = settings_of(original.manifest, here=project.settings)
    past = _Past.of(project, original.manifest)
    draft = project.store.draft(waiting=waiting)
    try:
        with project.state() as state:
            found = Found.of(
                original.manifest, settings, project, _collected(original, settings, project, state, draft)
            )
            known = kept(state, audiences=original.manifest.audiences, decided_by=original.manifest.made_at)
            order = _order(project, original.manifest, settings, known, tell)
            return _replayed(original, order, found, past, draft, publish=publish)
    finally:
        draft.discard()


def settings_of(manifest: Manifest, *, here: Settings) -> Settings:
    """Return the settings that a run was made with; where the work is done is as the project says today.

    Raises
    ------
    RunError
        The run keeps none, or this version cannot read them.
    """
    kept = manifest.settings
    try:
        # Runs of earlier versions keep days as a number, where a person writes 365d.
        horizon = str(kept["horizon"]).removesuffix("d") + "d"
        return Settings.model_validate({**kept, **here.model_dump(include=NOT_KEPT), "horizon": horizon})
    except (KeyError, ValidationError) as error:
        raise failure(RunError, "runs.no_settings", run=manifest.run_id) from error


@dataclass(frozen=True)
class Found:
    """The files of a run as they are today."""

    inputs: Inputs
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    new: tuple[str, ...]

    @property
    def as_they_were(self) -> bool:
        """Whether the sources can be read again."""
        return not (self.changed or self.missing)

    @classmethod
    def of(cls, manifest: Manifest, settings: Settings, project: Project, collected: Collected) -> Found:
        """Find the files of a run, without those that have come since."""
        recorded = manifest.inputs
        there: dict[str, tuple[SourceFile, ...]] = {
            name: _files(name, spec, project) for name, spec in settings.sources.items()
        }
        there |= collected.files
        known: dict[str, tuple[SourceFile, ...]] = {
            name: tuple(file for key, file in by_key({name: files}).items() if key in recorded)
            for name, files in there.items()
        }
        inputs = inputs_of(known)
        return cls(
            inputs=replace(inputs, fingerprints=recorded, collected_to=manifest.collected_to),
            changed=tuple(key for key, mark in inputs.fingerprints.items() if mark != recorded[key]),
            missing=tuple(key for key in recorded if key not in inputs.fingerprints),
            new=tuple(key for key in by_key(there) if key not in recorded),
        )


def _collected(original: Run, settings: Settings, project: Project, state: State, draft: Draft) -> Collected:
    """Return what there is of the server today, as it stood when the run was made."""
    until = original.manifest.made_at or clock.now()
    return collected(state, project.parts, orders=settings.server.orders, until=until, aside=draft.aside)


def _files(name: str, spec: SourceSpec, project: Project) -> tuple[SourceFile, ...]:
    try:
        return files_of(name, spec, folder=project.folder)
    except SourceError:  # its files are among the missing ones
        return ()


@dataclass(frozen=True)
class _Past:
    """The runs that a run built on: measured against, by whose models segments kept their ids, whose triggers fired."""

    earlier: Run | None
    learned: Run | None
    handed: Run | None

    @classmethod
    def of(cls, project: Project, manifest: Manifest) -> _Past:
        # A run of a version that kept no `goes_on_from` went on from the run that it was compared with.
        learned = _run_of(project, manifest, manifest.goes_on_from or manifest.compared_with)
        return cls(
            earlier=_run_of(project, manifest, manifest.compared_with),
            learned=learned if learned is not None and learned.holds(("segment_models",)) else None,
            handed=handed_run(_made_before(project, manifest), as_of=manifest.as_of),
        )


def _made_before(project: Project, manifest: Manifest) -> list[Run]:
    """Return the runs that were there when a run was made."""
    made_at = manifest.made_at
    return [
        run
        for run in project.store.readable()
        if made_at is not None and (then := run.manifest.made_at) is not None and then < made_at
    ]


def _run_of(project: Project, manifest: Manifest, name: str | None) -> Run | None:
    if name is None:
        return None
    try:
        return project.store.run(name)
    except RunError as error:
        raise failure(RunError, "runs.compared_gone", run=manifest.run_id, compared=name) from error


def _order(
    project: Project, manifest: Manifest, settings: Settings, known: Kept, tell: Callable[[Progress], None]
) -> Order:
    return Order(
        folder=project.folder,
        settings=settings,
        as_of=manifest.asked,
        only=manifest.only,
        today=manifest.today,
        made_at=clock.now(),
        kept=known,
        erased=project.erased,
        clock=clock.seconds,
        collected=NOTHING,
        tell=tell,
    )


def _replayed(original: Run, order: Order, found: Found, past: _Past, draft: Draft, *, publish: bool) -> Replayed:
    was = original.manifest
    with engine_of(order.settings, draft) as connection:
        making = Making(
            order=order,
            connection=connection,
            draft=draft,
            inputs=found.inputs,
            earlier_of=lambda _as_of: past.earlier,
            learned_of=lambda _as_of: past.learned,
            handed_of=lambda _as_of: past.handed,
            raw=None if found.as_they_were else Held(original, was.as_of, was.today, {}),
        )
        made = making.make()
        tables = {name: original.table(name, connection) for name in TABLES if name in was.tables}
        differences = tuple(
            difference(name, _unbatched(name, table), _unbatched(name, making.tables[name]))
            for name, table in tables.items()
        )
        if publish:
            draft.publish(made.model_copy(update={"replay_of": was.run_id}))
    return Replayed(
        run_id=was.run_id,
        as_of=was.as_of,
        tables=differences,
        changed_inputs=found.changed,
        missing_inputs=found.missing,
        new_inputs=found.new,
        code_changed=was.code_version != code_version(),
        published=made.run_id if publish else None,
    )


def _unbatched(name: str, table: ir.Table) -> ir.Table:
    """Return a table as if all files had been cleaned together, as a replay does."""
    return as_one_batch(table) if name == "line_marks" else table
