"""The published run as a server reads it: the rows of one customer at once, and whole tables.

::

    .patron/serving/
      20111209-0002-3f9a0c1d/                 a run, and a digest of its manifest: an erasure changes it
        profiles.customer_id.arrow            a table, sorted by the column that it is asked by

A table is made so when it is first asked for, by whoever comes first, and put in its place in one step; all processes
share it. Folders of other runs are removed when a run is opened; by a server that answered by an earlier one, when the
files of the new one are made.
"""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import ibis.expr.types as ir
import pyarrow.parquet as pq
from ibis.backends import BaseBackend

from patron.contracts import TABLES, Contract
from patron.engines.atomic import PRIVATE_FOLDER
from patron.engines.cipher import sealed
from patron.engines.condition import Condition
from patron.engines.connect import connect, connected
from patron.engines.draft import MANIFEST, POINTER
from patron.engines.exhausted import no_room
from patron.engines.lock import hold
from patron.engines.lookup import ROWS, LookupRow, LookupTable, UnsortedError, write_lookup
from patron.engines.run_folder import Run
from patron.errors import MissingTable, RunError
from patron.language import did_you_mean, failure
from patron.pipeline.live_names import Names
from patron.pipeline.served import served
from patron.pipeline.serving_views import BROWSERS, BROWSERS_OF, EVENTS, OWNERS, RECORDS, UNSIGNED, VIEWS
from patron.pipeline.settings import Settings

if TYPE_CHECKING:
    from patron.pipeline.project import Project

ENDING = ".arrow"
CUSTOMER = "customer_id"


@dataclass(frozen=True)
class Published:
    """One published run, for point reads; its methods may be called by several threads."""

    project: Project
    run: Run
    settings: Settings
    folder: Path
    _open: dict[str, LookupTable] = field(default_factory=dict, repr=False, compare=False)
    _making: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)
    _mine: threading.local = field(default_factory=threading.local, repr=False, compare=False)
    _noted: set[str] = field(default_factory=set, repr=False, compare=False)

    @property
    def run_id(self) -> str:
        """The run."""
        return self.run.manifest.run_id

    @property
    def as_of(self) -> date:
        """The last day that it knows about."""
        return self.run.manifest.as_of

    @property
    def collected_to(self) -> int:
        """The number of the last event of the inbox that it read, 0 where it read none."""
        return self.run.manifest.collected_to

    @cached_property
    def zone(self) -> ZoneInfo:
        """The project's time zone."""
        return ZoneInfo(self.settings.timezone)

    @cached_property
    def names(self) -> Names:
        """The names that conditions may use."""
        return Names.of(self.settings)

    def condition(self, text: str, *, where: str) -> Condition:
        """Read a condition of the settings as the batch reads it; for `LivePerson.holds`.

        Raises
        ------
        ConditionError
            It names no column of these, or compares what cannot be compared.
        """
        return self.names.condition(text, where=where)

    def holds(self, table: str) -> bool:
        """Tell whether the run has a table."""
        return table in self.run.manifest.tables

    def find(self, table: str, customer_id: str) -> LookupRow | None:
        """Return a customer's row of a table, whose columns are read when they are asked for, or none.

        Raises
        ------
        MissingTable
            The run holds no such table, or it is about no customers.
        """
        return self._lookup(table).find(customer_id)

    def row(self, table: str, customer_id: str) -> dict[str, Any] | None:
        """Return a customer's row of a table, the first where there are several, or none.

        Raises
        ------
        MissingTable
            As of `find`.
        """
        return self._lookup(table).row(customer_id)

    def rows(self, table: str, customer_id: str) -> list[dict[str, Any]]:
        """Return a customer's rows of a table, in the order of the table's key.

        Raises
        ------
        MissingTable
            As of `find`.
        """
        return self._lookup(table).rows(customer_id)

    def table(self, name: str) -> ir.Table:
        """Return a whole table, for the thread that asks.

        Raises
        ------
        MissingTable
            The run holds no such table.
        """
        return self.run.table(name, self._connection())

    def customer_of(self, source_id: str) -> str | None:
        """Return the customer whose record a source's id (a shop's own user id) is; none whom the run does not know."""
        found = self._lookup(OWNERS).find(source_id)
        return None if found is None else str(found[CUSTOMER])

    def records_of(self, customer_id: str) -> list[str]:
        """Return the ids that sources have for a customer, in order."""
        return [row["record_id"] for row in self._lookup(RECORDS).rows(customer_id)]

    def signed_in(self, anonymous_id: str) -> list[tuple[str | None, str]]:
        """Return who was identified on a browser, up to the run's day: the visit and the customer."""
        return [(row["session_id"], row[CUSTOMER]) for row in self._lookup(BROWSERS).rows(anonymous_id)]

    def browsers_of(self, customer_id: str) -> list[str]:
        """Return the browsers on which a customer was ever identified, in order."""
        return sorted({row["anonymous_id"] for row in self._lookup(BROWSERS_OF).rows(customer_id)})

    def events_of(self, customer_id: str) -> list[dict[str, Any]]:
        """Return the events that name a customer and may still count for an own signal, as rows of `raw_events`."""
        return self._lookup(EVENTS).rows(customer_id)

    def unsigned_events(self, anonymous_id: str) -> list[dict[str, Any]]:
        """Return the events on a browser that name nobody and may still count for an own signal."""
        return self._lookup(UNSIGNED).rows(anonymous_id)

    def customer_of_anonymous(self, anonymous_id: str, *, session_id: str | None = None) -> str | None:
        """Return the customer whose browser it is, or whose visit where several share it; by the rule of the batch."""
        return owner(self.signed_in(anonymous_id), session_id)

    def ready(self, tables: Sequence[str] = ("profiles", OWNERS, RECORDS, BROWSERS, BROWSERS_OF)) -> None:
        """Make and open tables now that will be asked for; those that the run does not hold are passed over."""
        for name in tables:
            if name in VIEWS or self.holds(name):
                self._lookup(name)

    def forget_others(self) -> None:
        """Remove the files of other runs."""
        for other in self.folder.parent.iterdir():
            if other != self.folder:
                shutil.rmtree(other, ignore_errors=True)

    def first_time(self, what: str) -> bool:
        """Tell whether this is asked for the first time of this run: some things are done once a run and process."""
        new = what not in self._noted
        self._noted.add(what)
        return new

    def _lookup(self, name: str) -> LookupTable:
        found = self._open.get(name)
        if found is None:
            with self._making:
                found = self._open.get(name) or self._opened(name)
                self._open[name] = found
        return found

    def _opened(self, name: str) -> LookupTable:
        key = VIEWS[name].key if name in VIEWS else CUSTOMER
        contract = TABLES.get(name)
        if name not in VIEWS and (contract is None or key not in contract.names or not self.holds(name)):
            known = [one for one in self.run.manifest.tables if one in TABLES and CUSTOMER in TABLES[one].names]
            raise failure(
                MissingTable, "errors.table_missing", table=name, run=self.run_id, hint=did_you_mean(name, known)
            )
        file = self.folder / f"{name}.{key}{ENDING}"
        with suppress(OSError):
            return LookupTable(file, key)
        for attempt in (1, 2):  # an erasure takes the folder away; by then the run's own tables are as they are to be
            try:
                self.folder.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
                with _alone(self.folder):
                    if not file.exists():
                        self._make(name, file, key)
                    return LookupTable(file, key)
            except OSError as error:
                if attempt == 2 or no_room(error):
                    raise self._unwritable(error) from error
        raise AssertionError("unreachable")

    def _unwritable(self, error: OSError) -> RunError:
        if no_room(error):
            return failure(RunError, "runs.disk_full", folder=str(self.folder))
        return failure(RunError, "errors.run_folder", folder=str(self.folder), came=str(error.strerror))

    def _make(self, name: str, file: Path, key: str) -> None:
        """Write a table's file: read off the run's where that is sorted already, else sorted by the engine."""
        contract = TABLES.get(name)
        if name not in VIEWS and contract is not None and contract.key[:1] == (key,):
            with suppress(UnsortedError):
                return _written(file, self.run.files(name), key)
        with connected("duckdb://", spill=self.project.own / "spill", memory=self.settings.memory) as engine:
            table, contract = self._shaped(name, engine)
            aside = self.folder / f".{name}.parquet"
            try:
                engine.to_parquet(_ordered(table, contract, key, engine), str(aside))
                _written(file, (aside,), key)
            finally:
                aside.unlink(missing_ok=True)

    def _shaped(self, name: str, engine: BaseBackend) -> tuple[ir.Table, Contract]:
        if name in VIEWS:
            view = VIEWS[name]
            made = view.make(lambda one: self.run.table(one, engine), self.as_of, self.settings)
            return view.contract.shape(made), view.contract
        return self.run.table(name, engine), TABLES[name]

    def _connection(self) -> BaseBackend:
        made: BaseBackend | None = getattr(self._mine, "connection", None)
        if made is None:
            spill = self.project.own / "spill"
            made = self._mine.connection = connect("duckdb://", spill=spill, memory=self.settings.memory, threads=1)
        return made


def owner(signed_in: Sequence[tuple[str | None, str]], session_id: str | None) -> str | None:
    """Return whose a visit is: who alone was ever identified on the browser, or in the visit where several share it."""
    everybody = {customer for _, customer in signed_in}
    if len(everybody) > 1:
        everybody = {customer for visit, customer in signed_in if visit is not None and visit == session_id}
    return everybody.pop() if len(everybody) == 1 else None


def published_of(project: Project, *, settings: Settings | None = None) -> Callable[[], Published]:
    """Return a function that gives the published run, and swaps by itself when another one is published.

    Parameters
    ----------
    project : Project
        The project.
    settings : Settings, optional
        Those by which conditions are read; without them those that stand in `patron.yaml` when a run is opened.

    Raises
    ------
    RunError
        (The function.) There is no run yet, or it cannot be read.
    """
    return _Runs(project, settings)


class _Runs:
    """Opens the published run, and again when the pointer, its manifest or its files say that it is another."""

    def __init__(self, project: Project, settings: Settings | None) -> None:
        self._project, self._settings = project, settings
        self._held: tuple[object, Published] | None = None
        self._opening = threading.Lock()

    def __call__(self) -> Published:
        held = self._held
        if held is not None and held[0] == self._mark(held[1]):
            return held[1]
        with self._opening:
            held = self._held
            if held is None or held[0] != self._mark(held[1]):
                # Of a run before it requests go on to be answered until this one's files are made.
                # One that was erased from is the same run: of it nothing stays.
                alone = held is None or held[1].run_id == self._project.store.last_id()
                made = open_published(self._project, settings=self._settings, alone=alone)
                held = self._held = (self._mark(made), made)
            return held[1]

    def _mark(self, held: Published) -> object:
        """Return what changes when a run is published, erased from, or its files are removed."""
        pointer = self._project.store.folder / POINTER
        return _state(pointer), _state(held.run.folder / MANIFEST), held.folder.exists()


def open_published(project: Project, *, settings: Settings | None = None, alone: bool = True) -> Published:
    """Return the run that is published now, and remove the files of others, unless they are left to `forget_others`.

    Raises
    ------
    RunError
        There is no run yet, or it cannot be read.
    """
    run = project.last()
    digest = hashlib.sha256((run.folder / MANIFEST).read_bytes()).hexdigest()[:8]
    serving = served(project)
    folder = serving / f"{run.manifest.run_id}-{digest}"
    try:
        serving.mkdir(PRIVATE_FOLDER, exist_ok=True)
        folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
    except OSError as error:
        raise failure(RunError, "errors.run_folder", folder=str(serving), came=str(error.strerror)) from error
    made = Published(project, run, settings or project.settings, folder)
    if alone:
        made.forget_others()
    return made


def _state(file: Path) -> tuple[int, int, int] | None:
    try:
        facts = file.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_mtime_ns, facts.st_size


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from making the same files."""
    lock = hold(folder / "LOCK", waiting=lambda _holder: None)
    try:
        yield
    finally:
        lock.release()


def _written(file: Path, parquet: Sequence[Path], key: str) -> None:
    (only,) = parquet if len(parquet) == 1 else (None,)
    if only is None:
        raise UnsortedError
    with pq.ParquetFile(only) as read:
        schema = read.schema_arrow.remove_metadata()
        batches = (batch.cast(schema) for batch in read.iter_batches(batch_size=ROWS))
        stored = next((name for name in schema.names if name == key or name.startswith(f"{key}__sealed_")), key)
        write_lookup(file, batches, schema, key=stored)


def _ordered(table: ir.Table, contract: Contract, key: str, engine: BaseBackend) -> ir.Table:
    """Return the rows that have the key, sorted by it as it will stand in the file, and then by the table's own key."""
    kept = sealed(table.filter(table[key].notnull()), contract, engine)
    names = {name.partition("__sealed_")[0]: name for name in kept.columns}
    return kept.order_by([kept[names[name]] for name in dict.fromkeys((key, *contract.key))])


__all__ = ["CUSTOMER", "Published", "open_published", "owner", "published_of"]
