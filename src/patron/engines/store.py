"""Runs: immutable folders of Parquet tables, published by one atomic rename.

::

    runs/
      20111209-0001/            one run: a Parquet file a table (or a folder of several), and manifest.json
      20111209-0002/
      LAST                      the id of the published run; replaced in one step
      LOCK                      held by the process that makes, prunes or publishes a run; who that is stands in it
      .draft-0003/              a run being made; whatever a crash leaves of it is removed by the next
      .finished/                steps that a run finished without being published; the next run takes them over
      .removed-20111209-0001/   a pruned run on its way out
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from patron.engines.atomic import PRIVATE_FOLDER, private
from patron.engines.draft import MANIFEST, POINTER, UNPUBLISHED, Draft, point_at
from patron.engines.exhausted import no_room
from patron.engines.lock import Lock, Waiting, hold
from patron.engines.manifest import Manifest
from patron.engines.run_folder import Run
from patron.errors import RunError
from patron.language import did_you_mean, failure

LOCK = "LOCK"
_RUN_ID = re.compile(r"\d{8}-\d{4,}")


@dataclass(frozen=True)
class Store:
    """All runs of a project."""

    folder: Path

    def last_id(self) -> str | None:
        """Return the id of the published run, if there is one."""
        try:
            return (self.folder / POINTER).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None

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
            if not _RUN_ID.fullmatch(run_id):
                raise ValueError(run_id)  # a path, or nothing at all
            return Run(folder, Manifest.model_validate_json((folder / MANIFEST).read_bytes()))
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
        """Return the ids of all runs, oldest first; one whose publishing was cut off is none."""
        if not self.folder.exists():
            return []
        runs = (file.name for file in self.folder.iterdir() if _RUN_ID.fullmatch(file.name))
        return sorted((run_id for run_id in runs if (self.folder / run_id / MANIFEST).exists()
                       and not self._cut_off(run_id)), key=_made)  # fmt: skip

    def draft(self, *, waiting: Waiting | None = None) -> Draft:
        """Begin a run.

        Parameters
        ----------
        waiting : callable, optional
            With it, another process that is making a run is waited for.

        Raises
        ------
        RunError
            The project folder cannot be written to, or another process is making a run in it.
        """
        lock = self._hold(waiting)
        try:
            number = max((_made(run_id) for run_id in self.ids()), default=0) + 1
            folder = self.folder / f".draft-{number:04d}"
            folder.mkdir(PRIVATE_FOLDER)
        except OSError as error:
            lock.release()
            raise self._unwritable(error) from error
        return Draft(self.folder, number, folder, lock)

    def publish(self, run_id: str) -> Run:
        """Make an older run the published one again. No run is changed.

        Raises
        ------
        RunError
            There is no such run, or another process is making one.
        """
        with self.alone():
            run = self.run(run_id)
            point_at(self.folder, run_id)
        return run

    def remove(self, run_ids: Iterable[str]) -> None:
        """Remove runs, each of them at once. To be called inside `alone`, where nobody publishes one meanwhile."""
        for run_id in run_ids:
            away = self.folder / f".removed-{run_id}"
            (self.folder / run_id).rename(away)
            shutil.rmtree(away)

    @contextmanager
    def alone(self, *, waiting: Waiting | None = None) -> Iterator[None]:
        """Hold the lock for a while, so that nobody makes, publishes or removes a run.

        Parameters
        ----------
        waiting : callable, optional
            With it, another process that holds the lock is waited for.

        Raises
        ------
        RunError
            Another process holds it, or the folder cannot be written to.
        """
        lock = self._hold(waiting)
        try:
            yield
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            lock.release()

    def _hold(self, waiting: Waiting | None) -> Lock:
        try:
            self.folder.parent.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
            self.folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
            with suppress(PermissionError):  # somebody else's: writing to it will tell
                private(self.folder)
            lock = hold(self.folder / LOCK, waiting=waiting)
        except OSError as error:
            raise self._unwritable(error) from error
        self._sweep()
        return lock

    def _sweep(self) -> None:
        """Remove what a killed process left. Whoever holds the lock is alone, so nobody is working on it."""
        for run_id in [file.name for file in self.folder.iterdir() if _RUN_ID.fullmatch(file.name)]:
            folder = self.folder / run_id
            if self._cut_off(run_id):
                folder.rename(self.folder / f".draft-{run_id}")
            else:
                (folder / UNPUBLISHED).unlink(missing_ok=True)
        for pattern in (".draft-*", ".removed-*"):
            for leftover in self.folder.glob(pattern):
                shutil.rmtree(leftover, ignore_errors=True)
        for file in self.folder.glob(f".{POINTER}.*.part"):
            file.unlink(missing_ok=True)

    def _cut_off(self, run_id: str) -> bool:
        """Tell whether a run was renamed, but never named by LAST: its maker was killed between the two."""
        return (self.folder / run_id / UNPUBLISHED).exists() and self.last_id() != run_id

    def _unwritable(self, error: OSError) -> RunError:
        if no_room(error):
            return failure(RunError, "runs.disk_full", folder=str(self.folder))
        return failure(RunError, "errors.run_folder", folder=str(self.folder), came=str(error.strerror))


def _made(run_id: str) -> int:
    """Return a run's running number: the order in which runs were made."""
    return int(run_id.rpartition("-")[2])


__all__ = ["LOCK", "POINTER", "Draft", "Run", "Store"]
