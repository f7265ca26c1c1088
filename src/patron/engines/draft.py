"""A run being made, which nobody sees until it is published."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
from ibis.backends import BaseBackend

from patron.contracts import TABLES
from patron.engines.atomic import PRIVATE_FOLDER, aside, private, sync, sync_all
from patron.engines.cipher import sealed
from patron.engines.exact_path import exact_path
from patron.engines.finished import Finished, Shelf, StepMade, size_of
from patron.engines.lock import Lock
from patron.engines.manifest import Manifest
from patron.engines.run_folder import ENDING, Run, count_rows, read_files, table_files

POINTER = "LAST"
SHELF = ".finished"
MANIFEST = "manifest.json"

UNPUBLISHED = ".unpublished"
"""Lies in a run's folder from before its rename until LAST names it: a crash in between leaves no run, but a draft."""


@dataclass(frozen=True)
class Draft:
    """A run being made.

    A file that is there is never written to again: it may be the same file in several runs.
    """

    runs: Path
    number: int
    folder: Path
    lock: Lock

    @property
    def aside(self) -> Path:
        """The folder for what is no part of the run; removed with the draft, or before it is published."""
        folder = self.folder / "scratch"
        folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
        return folder

    @property
    def finished(self) -> Shelf:
        """Steps that an earlier run finished without being published."""
        return Shelf(self.runs / SHELF)

    def run_id(self, as_of: date) -> str:
        """Return the id under which the draft will be published: its day and its running number."""
        return f"{as_of:%Y%m%d}-{self.number:04d}"

    def write(self, name: str, table: ir.Table, connection: BaseBackend) -> ir.Table:
        """Write a table as one file, hold it to its contract, and return it as written.

        Raises
        ------
        ContractError
            The table is not what its contract says.
        """
        contract = TABLES[name]
        contract.check(table, rows=False)
        self._clear(name)
        file = self._write_file(self.folder / f"{name}{ENDING}", name, table, connection)
        return contract.check(read_files((file,), connection), rows=count_rows((file,)) > 0)

    def parts(
        self, name: str, parts: Mapping[str, Path | ir.Table], connection: BaseBackend, *, whole: bool = True
    ) -> ir.Table:
        """Make a table of several files, of which those that are already there are linked, and return all of it.

        Parameters
        ----------
        name : str
            The table.
        parts : mapping of str to Path or Table
            By the part's name, for example ``part-0001``: a Parquet file of an earlier run (`Run.parts`), to be taken
            over as it is, or a table to be written. Without any, one part of no rows is written.
        connection : BaseBackend
            The engine.
        whole : bool
            Hold the table as a whole to its contract. Without it only the parts that are written are looked into,
            each by itself: right where the caller knows that no key of theirs stands in another part.

        Raises
        ------
        ContractError
            The table is not what its contract says.
        """
        contract = TABLES[name]
        self._clear(name)
        folder = self.folder / name
        folder.mkdir(PRIVATE_FOLDER)
        for part, came in (parts or {"part-0001": contract.empty()}).items():
            target = folder / f"{part}{ENDING}"
            if isinstance(came, Path):
                _link(came, target)
                continue
            contract.check(came, rows=False)
            self._write_file(target, name, came, connection)
            if not whole:
                contract.check(read_files((target,), connection))
        return contract.check(read_files(self.files(name), connection), rows=whole)

    def scratch(self, name: str, table: ir.Table, connection: BaseBackend) -> ir.Table:
        """Write an intermediate table that is not part of the run, and return it as written."""
        path = self.aside / f"{name}{ENDING}"
        connection.to_parquet(table, str(path))
        return connection.read_parquet(exact_path(private(path)))

    def reuse(self, name: str, held: Run | Finished, connection: BaseBackend) -> ir.Table:
        """Take a table over as it is, in one file or in parts, without copying it where the file system allows."""
        self._clear(name)
        for file in held.files(name):
            target = self.folder / file.relative_to(held.folder)
            target.parent.mkdir(PRIVATE_FOLDER, exist_ok=True)
            _link(file, target)
        return read_files(self.files(name), connection)

    def files(self, name: str) -> tuple[Path, ...]:
        """Return the files of a table written before."""
        return table_files(self.folder, name)

    def rows(self, name: str) -> int:
        """Return the number of rows of a table written before."""
        return count_rows(self.files(name))

    def finish(
        self, step: str, names: Sequence[str], *, fingerprint: str, as_of: date, today: date,
        models: Mapping[str, Mapping[str, float]], batches: tuple[dict[str, Any], ...] = (),
    ) -> None:  # fmt: skip
        """Remember a finished step: the next run takes it over if this one is not published."""
        self.finished.put(
            StepMade(
                step=step,
                fingerprint=fingerprint,
                as_of=as_of,
                today=today,
                rows={name: self.rows(name) for name in names},
                bytes={name: size_of(self.files(name)) for name in names},
                models={name: dict(values) for name, values in models.items()},
                batches=batches,
            ),
            self.folder,
        )

    def publish(self, manifest: Manifest) -> Run:
        """Make the draft the published run, in one step; a run of only some steps is kept, but not published.

        Until the very end readers see the run before; a crash at any point leaves that one published.
        """
        shutil.rmtree(self.folder / "scratch", ignore_errors=True)
        (self.folder / MANIFEST).write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
        (self.folder / UNPUBLISHED).touch()
        sync_all(self.folder)
        final = self.runs / manifest.run_id
        self.folder.rename(final)
        sync(self.runs)
        if manifest.only is None:
            point_at(self.runs, manifest.run_id)
        (final / UNPUBLISHED).unlink()
        self.finished.clear()
        self.lock.release()
        return Run(final, manifest)

    def discard(self) -> None:
        """Remove what was written (nothing is left once it is published), and let others make runs.

        Finished steps stay on the shelf.
        """
        shutil.rmtree(self.folder, ignore_errors=True)
        self.lock.release()

    def _write_file(self, file: Path, name: str, table: ir.Table, connection: BaseBackend) -> Path:
        contract = TABLES[name]
        ordered = _narrowed(contract.shape(table)).order_by(contract.key)
        connection.to_parquet(sealed(ordered, contract, connection), str(file))
        return private(file)

    def _clear(self, name: str) -> None:
        """Make room for a table: what stands there may be a link to another run's file, and is never written to."""
        for file in self.files(name):
            file.unlink()
        if (self.folder / name).is_dir():
            (self.folder / name).rmdir()


def point_at(runs: Path, run_id: str) -> None:
    """Make a run the published one."""
    with aside(runs / POINTER, owned=True) as pointer:
        pointer.write_text(run_id, encoding="utf-8")


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)


def _narrowed(table: ir.Table) -> ir.Table:
    """Make whole numbers 64 bits wide in the engine too.

    DuckDB sums them to 128 bits, which Ibis does not know and Parquet can only hold as floating point.
    """
    whole = [name for name, kind in table.schema().items() if kind.is_integer()]
    if not whole:
        return table
    return table.mutate(**{name: table[name].cast("decimal(38, 0)").cast("int64") for name in whole})
