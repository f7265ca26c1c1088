"""Steps that a run finished before it failed or was killed: the next run takes them over instead of computing them.

::

    runs/.finished/
      profile/            one step: its tables as hard links, and step.json; it came there by one rename
      .profile/           on its way there; worth nothing

A step has one place, so what failed runs leave never grows beyond one run. Publishing clears all of it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from patron.engines.atomic import PRIVATE_FOLDER, sync, sync_all
from patron.engines.exhausted import no_room
from patron.engines.run_folder import is_whole, stands_as_written_now, table_files

FACTS = "step.json"


class StepMade(BaseModel):
    """What must be known of a finished step to take it over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    step: str
    fingerprint: str
    as_of: date
    today: date
    rows: dict[str, int]
    bytes: dict[str, int]
    models: dict[str, dict[str, float]]
    batches: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Finished:
    """A finished step on the shelf."""

    folder: Path
    made: StepMade

    def files(self, name: str) -> tuple[Path, ...]:
        """Return the files of a table."""
        return table_files(self.folder, name)

    def holds(self, names: Sequence[str]) -> bool:
        """Tell whether the tables are there as they were written: every file, of its length, with all its rows."""
        return all(
            size_of(self.files(name)) == self.made.bytes.get(name)
            and is_whole(self.files(name), self.made.rows.get(name, -1))
            and stands_as_written_now(self.files(name), name)
            for name in names
        )


@dataclass(frozen=True)
class Shelf:
    """Where finished steps wait until a run is published."""

    folder: Path

    def put(self, made: StepMade, draft: Path) -> None:
        """Put a step there, by hard links to its tables in `draft`, and wait until it is on the disk.

        Where the file system has no hard links nothing is put: copies of everything would cost more than they save.

        Raises
        ------
        OSError
            The disk is full, or the folder cannot be written to.
        """
        beside, place = self.folder / f".{made.step}", self.folder / made.step
        shutil.rmtree(beside, ignore_errors=True)
        self.folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
        beside.mkdir(PRIVATE_FOLDER)
        try:
            for name in made.rows:
                for file in table_files(draft, name):
                    target = beside / file.relative_to(draft)
                    target.parent.mkdir(PRIVATE_FOLDER, exist_ok=True)
                    os.link(file, target)
        except OSError as error:
            shutil.rmtree(beside, ignore_errors=True)
            if no_room(error):
                raise
            return
        (beside / FACTS).write_text(made.model_dump_json(), encoding="utf-8")
        sync_all(beside)
        shutil.rmtree(place, ignore_errors=True)
        beside.rename(place)
        sync(self.folder)

    def find(self, step: str) -> Finished | None:
        """Return what the shelf has of a step."""
        folder = self.folder / step
        try:
            return Finished(folder, StepMade.model_validate_json((folder / FACTS).read_bytes()))
        except (OSError, ValueError):  # not there, or left by a version that wrote something else
            return None

    def clear(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.folder, ignore_errors=True)


def size_of(files: Sequence[Path]) -> int:
    """Return how many bytes the files have together."""
    return sum(file.stat().st_size for file in files)
