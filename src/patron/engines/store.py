"""Runs: immutable folders of Parquet tables, published by one atomic rename.

::

    runs/
      20111209-0001/            one run: a Parquet file a table, and manifest.json
      20111209-0002/
      LAST                      the id of the published run; replaced in one step
      LOCK                      held by the process that makes a run
      .draft-0003/              a run being made; whatever a crash leaves of it is removed by the next
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import ibis.expr.types as ir
import pyarrow.parquet as pq
from ibis.backends import BaseBackend

from patron.contracts import TABLES
from patron.engines.atomic import aside, sync
from patron.engines.exact_path import exact_path
from patron.engines.lock import Lock, hold
from patron.engines.manifest import Manifest
from patron.errors import MissingTable, RunError
from patron.language import did_you_mean, failure

POINTER, LOCK = "LAST", "LOCK"
_RUN_ID = re.compile(r"\d{8}-\d{4,}")


@dataclass(frozen=True)
class Run:
    """One published run."""

    folder: Path
    manifest: Manifest

    def path(self, name: str) -> Path:
        """Return the Parquet file of table `name`.

        Raises
        ------
        MissingTable
            The run holds no such table.
        """
        path = self.folder / f"{name}.parquet"
        if not path.exists():
            held = sorted(file.stem for file in self.folder.glob("*.parquet"))
            raise failure(
                MissingTable, "errors.table_missing", table=name, run=self.manifest.run_id,
                hint=did_you_mean(name, held),
            )  # fmt: skip
        return path

    def table(self, name: str, connection: BaseBackend) -> ir.Table:
        """Return table `name` as an Ibis table."""
        return connection.read_parquet(exact_path(self.path(name)))


@dataclass(frozen=True)
class Draft:
    """A run being made, not yet seen by anybody."""

    store: Store
    number: int
    folder: Path
    lock: Lock

    def run_id(self, as_of: date) -> str:
        """Return the id under which the draft will be published: its day and its running number."""
        return f"{as_of:%Y%m%d}-{self.number:04d}"

    def write(self, name: str, table: ir.Table, connection: BaseBackend) -> ir.Table:
        """Write a table, hold it to its contract, and return it as written.

        Raises
        ------
        ContractError
            The table is not what its contract says.
        """
        contract = TABLES[name]
        path = self.folder / f"{name}.parquet"
        contract.check(table, rows=False)
        connection.to_parquet(_narrowed(contract.shape(table)).order_by(contract.key), str(path))
        return contract.check(connection.read_parquet(exact_path(path)))

    def scratch(self, name: str, table: ir.Table, connection: BaseBackend) -> ir.Table:
        """Write an intermediate table that is not part of the run, and return it as written."""
        folder = self.folder / "scratch"
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}.parquet"
        connection.to_parquet(table, str(path))
        return connection.read_parquet(exact_path(path))

    def reuse(self, name: str, run: Run, connection: BaseBackend) -> ir.Table:
        """Take a table over from an earlier run, without copying it where the file system allows."""
        path = self.folder / f"{name}.parquet"
        try:
            os.link(run.path(name), path)
        except OSError:
            shutil.copyfile(run.path(name), path)
        return connection.read_parquet(exact_path(path))

    def rows(self, name: str) -> int:
        """Return the number of rows of a table written before."""
        return int(pq.read_metadata(self.folder / f"{name}.parquet").num_rows)

    def publish(self, manifest: Manifest) -> Run:
        """Make the draft the published run, in one step.

        Until the very end readers see the run before; a crash at any point leaves that one published.
        """
        shutil.rmtree(self.folder / "scratch", ignore_errors=True)
        (self.folder / "manifest.json").write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
        for file in (*self.folder.iterdir(), self.folder):
            sync(file)
        final = self.store.folder / manifest.run_id
        self.folder.rename(final)
        sync(self.store.folder)
        with aside(self.store.folder / POINTER) as pointer:
            pointer.write_text(manifest.run_id, encoding="utf-8")
        self.lock.release()
        return Run(final, manifest)

    def discard(self) -> None:
        """Remove what was written (nothing is left once it is published), and let others make runs."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.lock.release()


@dataclass(frozen=True)
class Store:
    """All runs of a project."""

    folder: Path

    def last_id(self) -> str | None:
        """Return the id of the published run, if there is one."""
        pointer = self.folder / POINTER
        return pointer.read_text(encoding="utf-8").strip() if pointer.exists() else None

    def last(self) -> Run | None:
        """Return the published run, if there is one.

        Raises
        ------
        RunError
            Its manifest cannot be read.
        """
        run_id = self.last_id()
        return None if run_id is None else self.run(run_id)

    def run(self, run_id: str) -> Run:
        """Return one run.

        Raises
        ------
        RunError
            There is no such run, or its manifest cannot be read.
        """
        folder = self.folder / run_id
        try:
            return Run(folder, Manifest.model_validate_json((folder / "manifest.json").read_bytes()))
        except (OSError, ValueError) as error:
            others = [known for known in self.ids() if known != run_id]
            raise failure(RunError, "errors.run_unreadable", run=run_id, hint=did_you_mean(run_id, others)) from error

    def readable(self) -> list[Run]:
        """Return the runs whose manifest this version can read, oldest first.

        A run that was made by another version, or whose files somebody removed, must not stop the next one.
        """
        runs = []
        for run_id in self.ids():
            with suppress(RunError):
                runs.append(self.run(run_id))
        return runs

    def ids(self) -> list[str]:
        """Return the ids of all runs, oldest first."""
        if not self.folder.exists():
            return []
        runs = (file.name for file in self.folder.iterdir() if _RUN_ID.fullmatch(file.name))
        return sorted((run_id for run_id in runs if (self.folder / run_id / "manifest.json").exists()), key=_made)

    def draft(self) -> Draft:
        """Begin a run.

        Raises
        ------
        RunError
            The project folder cannot be written to, or another process is making a run in it.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = hold(self.folder / LOCK)
            self._sweep()
            number = max((_made(run_id) for run_id in self.ids()), default=0) + 1
            folder = self.folder / f".draft-{number:04d}"
            folder.mkdir()
        except OSError as error:
            raise failure(RunError, "errors.run_folder", folder=str(self.folder), came=str(error.strerror)) from error
        return Draft(self, number, folder, lock)

    def _sweep(self) -> None:
        """Remove what a killed process left. Whoever holds the lock is alone, so nobody is working on it."""
        for leftover in self.folder.glob(".draft-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        for leftover in self.folder.glob(f".{POINTER}.*.part"):
            leftover.unlink(missing_ok=True)


def _narrowed(table: ir.Table) -> ir.Table:
    """Make whole numbers 64 bits wide in the engine too.

    DuckDB sums them to 128 bits, which Ibis does not know and Parquet can only hold as floating point.
    """
    whole = [name for name, kind in table.schema().items() if kind.is_integer()]
    return table.mutate(**{name: table[name].cast("decimal(38, 0)").cast("int64") for name in whole})


def _made(run_id: str) -> int:
    """Return a run's running number: the order in which runs were made."""
    return int(run_id.rpartition("-")[2])
