"""All runs as a store: a person's rows go from every table of every run, and the manifests say so.

A file that several runs share is written anew once and shared again. Tables without her rows, such as everything that
is published as sums, keep their bytes. The order holds when the process is killed: marks of lines first, then tables,
the households last (who is called after whom is read from them), and a run's manifest after all of its tables.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patron.engines.atomic import aside
from patron.engines.draft import MANIFEST, SHELF
from patron.engines.finished import Shelf
from patron.engines.run_folder import ENDING, count_rows, table_files
from patron.pipeline.erased_batches import batches
from patron.pipeline.erased_files import rows_of, write_without
from patron.pipeline.erased_rows import HOUSEHOLD, Hers
from patron.pipeline.loading import LOAD
from patron.pipeline.served import forget_served
from patron.privacy.stores import Erased, Found, Subject

if TYPE_CHECKING:
    from patron.pipeline.project import Project

NAME = "runs"
MARKS = "line_marks"
"""Fingerprints of order lines: whose they are cannot be told, so all of a run's go."""

RUNS = "runs"  # the folder of all of them
_HOUSEHOLDS = "households"
_LINES = "raw_order_lines"


@dataclass(frozen=True)
class RunsStore:
    """All runs of a project.

    `request` is the request under which the manifests note what was erased; what one that was killed had erased before
    is then told, too.
    """

    project: Project
    request: str = ""

    @property
    def name(self) -> str:
        """What the certificate calls it."""
        return NAME

    def find(self, subject: Subject) -> Found:
        """Count her rows by table, over all runs."""
        return Found({table: rows for table, rows in _summed(self._holding(subject)).items() if rows})

    def erase(self, subject: Subject) -> Erased:
        """Write every file that holds rows of hers anew without them.

        Raises
        ------
        RunError
            Another process is making a run, or a file cannot be written.
        """
        with self.project.store.alone():
            self._clear_leftovers()
            holding = list(self._holding(subject))
            self._empty_marks({place for places, _ in holding for place in places})
            renamed = {folder: _renamed(folder, subject) for folder in self._folders()}
            for places, _ in sorted(holding, key=lambda one: _table(one[0][0]) == _HOUSEHOLDS):
                write_without(places, Hers(subject, renamed[_run(places[0])]))
            noted = [self._note(folder) for folder in self._folders()]
            forget_served(self.project)  # what a server made meanwhile of tables as they were
        told = _summed(holding)
        if self.request:
            for rows in noted:
                told |= {table: told.get(table, 0) for table in rows}
            before = {table: sum(rows.get(table, 0) for rows in noted) for table in told}
            told = {table: max(rows, before[table]) for table, rows in told.items()}
        return Erased(self.name, {table: rows for table, rows in sorted(told.items()) if rows and table != MARKS})

    def _folders(self) -> list[Path]:
        runs = self.project.store.folder
        return sorted(one for one in runs.iterdir() if one.is_dir() and one.name[:1] != ".") if runs.exists() else []

    def _shared(self) -> list[list[Path]]:
        """Return every table file of every run, those together that are one file under several names."""
        same: dict[tuple[int, int], list[Path]] = defaultdict(list)
        for folder in self._folders():
            for file in sorted((*folder.glob(f"*{ENDING}"), *folder.glob(f"*/*{ENDING}"))):
                facts = file.stat()
                same[facts.st_dev, facts.st_ino].append(file)
        return list(same.values())

    def _holding(self, subject: Subject) -> Iterator[tuple[list[Path], int]]:
        """Yield the files to be written anew, each with how many rows in it are hers."""
        renamed = {folder: _renamed(folder, subject) for folder in self._folders()}
        for places in self._shared():
            own, named = rows_of(places[0], Hers(subject, renamed[_run(places[0])]))
            if own or named:
                yield places, own

    def _empty_marks(self, holding: set[Path]) -> None:
        runs = {_run(place) for place in holding if _table(place) in (_LINES, "rejected", "raw_orders")}
        for places in self._shared():
            if _table(places[0]) == MARKS and runs & set(map(_run, places)) and count_rows(places[:1]):
                write_without(places, None)

    def _clear_leftovers(self) -> None:
        """Remove finished steps of failed runs, and what the engine had put on the disk."""
        Shelf(self.project.store.folder / SHELF).clear()
        for leftover in (self.project.own / "spill").rglob("*"):
            if leftover.is_file():
                leftover.unlink(missing_ok=True)
        forget_served(self.project)

    def _note(self, folder: Path) -> dict[str, int]:
        """Write into a manifest what its tables hold by now, and return what was erased under this request."""
        file = folder / MANIFEST
        record: dict[str, Any] = {}
        with suppress(OSError, ValueError):  # what is no manifest cannot be kept in step with its tables
            record = json.loads(file.read_bytes())
        if not isinstance(record.get("tables"), dict):
            return {}
        erasures = record.setdefault("erasures", {})
        noted: dict[str, int] = dict(erasures.get(self.request, {}))
        changed = False
        for name, facts in record["tables"].items():
            files = table_files(folder, name)
            gone = int(facts["rows"]) - count_rows(files) if files else 0
            if gone > 0:
                facts["rows"] -= gone
                noted[name] = noted.get(name, 0) + gone
                changed = True
        if changed:
            erasures[self.request] = dict(sorted(noted.items()))
            if LOAD in record.get("steps", {}):
                record["steps"][LOAD]["batches"] = []
        digest = self.project.erased.digest()
        if changed or record.get("erased") != digest:
            record["erased"] = digest
            with aside(file, owned=True) as beside:
                beside.write_text(json.dumps(record, indent=2, ensure_ascii=False), encoding="utf-8")
        return noted


def _run(file: Path) -> Path:
    """Return the run's folder, in which a table is one file or a folder of its parts."""
    return file.parent if file.parent.parent.name == RUNS else file.parent.parent


def _table(file: Path) -> str:
    return file.stem if file.parent == _run(file) else file.parent.name


def _summed(holding: Iterable[tuple[list[Path], int]]) -> dict[str, int]:
    told: dict[str, int] = defaultdict(int)
    for places, rows in holding:
        told[_table(places[0])] += rows * len(places)
    return dict(told)


def _renamed(folder: Path, subject: Subject) -> Mapping[str, str]:
    """Return the household ids of a run that hold her id, each with the one that takes its place."""
    ids, wanted = set(subject.ids), {f"h:{one}" for one in subject.ids}
    others: dict[str, str] = {}
    for file in table_files(folder, _HOUSEHOLDS):
        for batch in batches(file, ["customer_id", HOUSEHOLD]):
            rows = zip(batch.column("customer_id").to_pylist(), batch.column(HOUSEHOLD).to_pylist(), strict=True)
            for customer, household in rows:
                if household in wanted and customer not in ids:
                    others[household] = min(customer, others.get(household, customer))
    return {household: f"h:{customer}" for household, customer in others.items()}
