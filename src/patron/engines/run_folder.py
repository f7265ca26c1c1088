"""One run on the disk: a folder with a manifest, and a Parquet file a table or a folder of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis.expr.types as ir
import pyarrow.parquet as pq
from ibis.backends import BaseBackend

from patron.engines.exact_path import exact_path
from patron.engines.manifest import Manifest
from patron.errors import MissingTable
from patron.language import did_you_mean, failure

ENDING = ".parquet"


@dataclass(frozen=True)
class Run:
    """One run that was made whole."""

    folder: Path
    manifest: Manifest

    def files(self, name: str) -> tuple[Path, ...]:
        """Return the Parquet files of table `name`: one, or its parts in the order of their names.

        Raises
        ------
        MissingTable
            The run holds no such table.
        """
        files = table_files(self.folder, name)
        if not files:
            raise failure(
                MissingTable, "errors.table_missing", table=name, run=self.manifest.run_id,
                hint=did_you_mean(name, table_names(self.folder)),
            )  # fmt: skip
        return files

    def parts(self, name: str) -> Mapping[str, Path]:
        """Return the parts of table `name` by their names; a table that is one file is one part of its own name.

        Raises
        ------
        MissingTable
            The run holds no such table.
        """
        return {file.stem: file for file in self.files(name)}

    def table(self, name: str, connection: BaseBackend) -> ir.Table:
        """Return table `name` as an Ibis table."""
        return read_files(self.files(name), connection)

    def rows(self, name: str) -> int:
        """Return the number of rows of table `name`, read off its files."""
        return count_rows(self.files(name))

    def holds(self, names: Sequence[str]) -> bool:
        """Tell whether the tables are there with as many rows as the manifest says."""
        facts = self.manifest.tables
        return all(name in facts and is_whole(table_files(self.folder, name), facts[name].rows) for name in names)

    @property
    def bytes(self) -> int:
        """What its files take on the disk, those included that other runs share."""
        return sum(file.stat().st_size for file in all_files(self.folder))


def table_files(folder: Path, name: str) -> tuple[Path, ...]:
    """Return the files of a table in a folder: one, several, or none when it is not there."""
    whole = folder / f"{name}{ENDING}"
    return (whole,) if whole.exists() else tuple(sorted((folder / name).glob(f"*{ENDING}")))


def table_names(folder: Path) -> list[str]:
    """Return the names of the tables in a folder, sorted."""
    whole = {file.stem for file in folder.glob(f"*{ENDING}")}
    return sorted(whole | {file.parent.name for file in folder.glob(f"*/*{ENDING}")})


def all_files(folder: Path) -> list[Path]:
    """Return every file below a folder."""
    return [file for file in sorted(folder.rglob("*")) if file.is_file()]


def read_files(files: Sequence[Path], connection: BaseBackend) -> ir.Table:
    """Return a table's files as one Ibis table."""
    if len(files) == 1:
        return connection.read_parquet(exact_path(files[0]))
    return connection.read_parquet([exact_path(file) for file in files])


def count_rows(files: Sequence[Path]) -> int:
    """Return the number of rows that the files say to hold."""
    return sum(int(pq.read_metadata(file).num_rows) for file in files)


def is_whole(files: Sequence[Path], rows: int) -> bool:
    """Tell whether the files of a table are there, can be opened, and say to hold `rows` rows together."""
    try:
        return bool(files) and count_rows(files) == rows
    except (OSError, ValueError):  # gone, cut off, or not Parquet at all (Arrow's errors are these two)
        return False
