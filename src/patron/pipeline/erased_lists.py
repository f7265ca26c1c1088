"""The lists of audiences and experiments, as a store: a person's rows go from the files that still stand there."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Select, select

from patron.engines.atomic import aside
from patron.engines.exhausted import no_room
from patron.engines.experiment_state import experiments
from patron.engines.state import State
from patron.engines.state_tables import ASSIGNMENTS, EXPERIMENT_MEMBERS
from patron.errors import RunError
from patron.language import failure, say
from patron.pipeline.erased_files import rows_of, write_without
from patron.pipeline.erased_rows import Hers
from patron.privacy.pseudonymous import KEY_FILE, export_key, pseudonymous
from patron.privacy.stores import Erased, Found, Subject

NAME = "lists"

_COLUMN = "customer_id"


@dataclass(frozen=True)
class _Listed:
    """One list: what it is called, where it was written, and who is on it by the database."""

    name: str
    file: str | None
    published: bool
    on_it: Select[tuple[str]]


@dataclass(frozen=True)
class ListsStore:
    """The lists of all frozen audiences and of all arms of experiments.

    Parameters
    ----------
    state : State
        The operational database, which knows where they were written.
    own : Path
        The project's own folder, with the key of pseudonymous lists.
    """

    state: State
    own: Path

    @property
    def name(self) -> str:
        """What the certificate calls it."""
        return NAME

    def find(self, subject: Subject) -> Found:
        """Count her rows by list."""
        counted = {
            frozen.name: _count(Path(frozen.file), self._named(frozen, subject))
            for frozen in _lists(self.state)
            if frozen.file is not None and Path(frozen.file).is_file()
        }
        return Found({name: rows for name, rows in counted.items() if rows})

    def erase(self, subject: Subject) -> Erased:
        """Write the lists anew without her; those that are not where they were written are exempt.

        Raises
        ------
        RunError
            A list cannot be read or written.
        """
        found, exempt = self.find(subject).rows, {}
        for frozen in _lists(self.state):
            if frozen.name in found and frozen.file is not None:
                _write(Path(frozen.file), self._named(frozen, subject))
            elif (frozen.file is None or not Path(frozen.file).is_file()) and self._on_it(frozen, subject):
                known = frozen.file is not None
                exempt[frozen.name] = say("erasure.list_gone") if known else say("erasure.list_unknown")
        return Erased(self.name, found, exempt)

    def _named(self, frozen: _Listed, subject: Subject) -> Subject:
        """Return her with the pseudonyms that she has on this list, should it be one of those."""
        if not (self.own / KEY_FILE).exists():
            return subject
        ids = pa.table({_COLUMN: subject.ids})
        hashed = pseudonymous(ids, key=export_key(self.own), export=frozen.name)[_COLUMN].to_pylist()
        return Subject(subject.customer_id, subject.record_ids | frozenset(hashed), subject.values)

    def _on_it(self, frozen: _Listed, subject: Subject) -> bool:
        (column,) = frozen.on_it.selected_columns
        hers = frozen.on_it.where(column.in_(subject.ids))
        with self.state.engine.connect() as connection:
            return frozen.published and connection.execute(hers).first() is not None


def _lists(state: State) -> Iterator[_Listed]:
    """Yield every list: those of audiences, then one for each treatment of an experiment."""
    for frozen in state.audiences():
        members = ASSIGNMENTS.c
        on_it = select(members.customer_id).where(members.audience == frozen.name, members.arm == "treated")
        yield _Listed(frozen.name, frozen.file, frozen.published, on_it)
    for one in experiments(state):
        drawn = EXPERIMENT_MEMBERS.c
        for arm in one.arms[1:]:
            on_it = select(drawn.customer_id).where(drawn.experiment == one.name, drawn.arm == arm.arm)
            yield _Listed(f"{one.name}-{arm.arm}", arm.file, one.published, on_it)


def _count(file: Path, subject: Subject) -> int:
    try:
        if file.suffix.lower() == ".parquet":
            return rows_of(file, Hers(subject, {}))[0]
        return sum(hers for _, hers in _records(file, subject))
    except (OSError, UnicodeError, csv.Error) as error:
        raise failure(RunError, "erasure.list_unreadable", file=str(file)) from error


def _write(file: Path, subject: Subject) -> None:
    try:
        if file.suffix.lower() == ".parquet":
            write_without([file], Hers(subject, {}))
            return
        with aside(file, owned=True) as beside, beside.open("w", encoding="utf-8", newline="") as kept:
            kept.writelines(text for text, hers in _records(file, subject) if not hers)
    except OSError as error:
        reason = say("erasure.no_room") if no_room(error) else os.strerror(error.errno or 0)
        raise failure(RunError, "erasure.list_unwritable", file=str(file), reason=reason) from error


def _records(file: Path, subject: Subject) -> Iterator[tuple[str, bool]]:
    """Yield each record of a CSV file as it stands there, and whether it is hers."""
    ids, taken, place = set(subject.ids), list[str](), None
    with file.open(encoding="utf-8", newline="") as opened:

        def lines() -> Iterator[str]:
            for line in opened:
                taken.append(line)
                yield line

        for number, row in enumerate(csv.reader(lines())):
            if number == 0:
                place = row.index(_COLUMN) if _COLUMN in row else None
            yield "".join(taken), place is not None and number > 0 and len(row) > place and row[place] in ids
            taken.clear()
