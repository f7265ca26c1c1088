"""The published run's figures as they may be shared: exactly what the report would show, from the same gate.

A table is put through the gate once a run and process, when it is first asked for; the rows that were shown are
remembered with those of the reports, so that no two answers compared reveal a person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any

import ibis.expr.types as ir

from patron.contracts import TABLES
from patron.engines.connect import connect
from patron.engines.store import Run
from patron.errors import ArgumentError, MissingTable
from patron.language import did_you_mean, failure
from patron.pipeline.customer_view import Titles
from patron.pipeline.project import Project
from patron.pipeline.settings import Settings
from patron.privacy.shared_tables import NO_PEOPLE, SHARED
from patron.privacy.sharing import SharedRows, Sharing, read_memory, remembering, write_memory
from patron.report.blocks import Section
from patron.report.facts import Facts
from patron.report.of_run import facts_of, memory_of
from patron.report.sections import SECTIONS
from patron.report.source import SHOWN, Source
from patron.server.services import Services

Row = dict[str, Any]

MOST_ROWS = 50_000
"""A larger table is read from the run's files, not from a server."""

MORE = ("action_effects", "behaviour_segments", "experiments", "experiment_findings", "learning_variants", "portraits")
"""Shared tables that the report does not show row by row, and that are told as they are."""

FIGURES: tuple[str, ...] = tuple(
    name for name in TABLES if (name in SHARED and (name in SHOWN or name in MORE)) or name in NO_PEOPLE
)
"""The tables that can be asked for, in the order of the work: about groups that are large enough, or about nobody."""


SECTION: Mapping[str, Callable[[Source], Section]] = {section.__name__: section for section in SECTIONS}
"""The report's sections, by the names of their functions."""


@dataclass(frozen=True)
class Shown:
    """The rows of one table that may be shared, in the order of its key."""

    name: str
    run_id: str
    rows: tuple[Row, ...]


@dataclass
class Figures:
    """The shared tables of one run.

    Parameters
    ----------
    project : Project
        Whose they are.
    run : Run
        Which.
    settings : Settings
        Which cells are too small to be told, and by which engine tables are read.
    """

    project: Project
    run: Run
    settings: Settings
    _known: dict[str, Shown] = field(default_factory=dict)
    _sections: dict[str, Section] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def shown(self, name: str) -> Shown:
        """Return what may be shared of a table.

        Raises
        ------
        MissingTable
            There is no such table of figures, or the run does not hold it.
        ArgumentError
            It has too many rows to be sent.
        """
        if name not in FIGURES:
            raise failure(MissingTable, "read.no_table", table=name, hint=did_you_mean(name, FIGURES))
        with self._lock:
            if name not in self._known:
                self._known[name] = self._make(name)
            return self._known[name]

    def section(self, name: str) -> Section:
        """Return a section of the report, by the name of its function in `patron.report.sections`.

        Raises
        ------
        ArgumentError
            The report has no such section.
        """
        if name not in SECTION:
            raise failure(
                ArgumentError, "read.no_section", argument="name", came=name, hint=did_you_mean(name, SECTION)
            )
        with self._lock:
            if name not in self._sections:
                with self._gate():
                    self._sections[name] = SECTION[name](self._source)
            return self._sections[name]

    @cached_property
    def titles(self) -> Titles:
        """The names for people of segments, by segmentation and segment."""
        rows = self.shown("segments").rows
        return {(row["segmentation"], row["segment"]): row["title"] for row in rows}

    @cached_property
    def segments(self) -> Mapping[str, Collection[str]]:
        """The names of all segments, by segmentation; of those, too, that nobody is in."""
        with self._lock:
            known = self._tables["segments"].select("segmentation", "segment")
            held = self._tables["memberships"].select("segmentation", "segment").distinct()
            rows = [*known.to_pyarrow().to_pylist(), *held.to_pyarrow().to_pylist()]
        found = defaultdict[str, set[str]](set)
        for row in rows:
            found[row["segmentation"]].add(row["segment"])
        return found

    def _make(self, name: str) -> Shown:
        facts = self.run.manifest.tables.get(name)
        if facts is not None and name not in SHOWN and facts.rows > MOST_ROWS:
            raise failure(ArgumentError, "read.too_large", argument="name", table=name, came=facts.rows)
        contract = TABLES[name]
        if name in NO_PEOPLE:
            rows = self._tables[name].to_pyarrow().to_pylist()
            return self._ordered(name, [{**row, "withheld": False} for row in rows])
        shared = self._shared(name)
        columns = (*contract.names, "withheld")  # a row that is repeated may be older than a column
        return self._ordered(
            name, [{one: row.get(one) for one in columns} for row in (*shared.shown, *shared.withheld)]
        )

    def _shared(self, name: str) -> SharedRows:
        with self._gate():
            if name in SHOWN:
                return self._source.shared(name)
            return self._source.gate.share(name, self._tables[name].to_pyarrow().to_pylist())

    @contextmanager
    def _gate(self) -> Iterator[None]:
        """Let the gate know what others have shown meanwhile; remember what goes through it before anybody is told."""
        memory, sharing = memory_of(self.project, self.run.manifest), self._source.gate
        with remembering(memory):
            sharing.memory = read_memory(memory)
            yield
            write_memory(memory, sharing.remembered())

    @cached_property
    def _source(self) -> Source:
        """What the sections read, behind one gate: who stands behind a cell is counted once for all of them."""
        least = self.settings.privacy.smallest_cell
        return Source(self._tables, self._facts, Sharing(self._tables, as_of=self.run.manifest.as_of, least=least))

    def _ordered(self, name: str, rows: list[Row]) -> Shown:
        key = TABLES[name].key
        ordered = sorted(rows, key=lambda row: position(row, key))
        return Shown(name, self.run.manifest.run_id, tuple(ordered))

    @cached_property
    def _tables(self) -> Mapping[str, ir.Table]:
        """The run's tables on a connection of their own, which `_lock` guards."""
        spill = self.project.own / "spill"
        connection = connect(self.settings.engine, spill=spill, memory=self.settings.memory)
        held = self.run.manifest.tables
        return {name: self.run.table(name, connection) for name in TABLES if name in held}

    @property
    def facts(self) -> Facts:
        """What the report says of the run beside its tables."""
        with self._lock:
            return self._facts

    @cached_property
    def _facts(self) -> Facts:
        return facts_of(self.settings, self.run.manifest, self._tables)


def position(row: Mapping[str, Any], key: tuple[str, ...]) -> tuple[tuple[bool, Any], ...]:
    """Return a row's place in the order of a key; what is missing comes last."""
    return tuple((row[name] is None, row[name]) for name in key)


@dataclass
class FigureBook:
    """The figures of the run that is published now. One a process; `settings` are those it began with."""

    project: Project
    settings: Settings
    _run: Figures | None = None
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def made(cls, services: Services) -> FigureBook:
        """Return the part for a process."""
        return cls(services.project, services.settings)

    def start(self) -> None:
        """Nothing runs beside the requests."""

    def stop(self) -> None:
        """Nothing is left behind."""

    def of(self, run: Run) -> Figures:
        """Return the figures of a run; those of another one, or of before an erasure, are forgotten."""
        with self._lock:
            if self._run is None or self._run.run.manifest != run.manifest:
                self._run = Figures(self.project, run, self.settings)
            return self._run
