"""One run on the disk: a folder with a manifest, and a Parquet file a table or a folder of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow.parquet as pq
from ibis.backends import BaseBackend

from patron.contracts import TABLES
from patron.engines.cipher import opened, sealed_as_now
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
        """Tell whether the tables are there with as many rows as the manifest says, and sealed as they would be now."""
        facts = self.manifest.tables
        return all(
            name in facts
            and is_whole(files := table_files(self.folder, name), facts[name].rows)
            and stands_as_written_now(files, name)
            for name in names
        )

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
    """Return a table's files as one Ibis table, with everything in it opened that is sealed.

    Raises
    ------
    RunError
        A file is sealed with a key that is not here.
    """
    if len(files) == 1:
        return opened(connection.read_parquet(exact_path(files[0])), connection)
    alike: dict[tuple[str, ...], list[str]] = {}
    for file in files:  # parts may have been written with and without a key
        alike.setdefault(tuple(pq.read_schema(file).names), []).append(exact_path(file))
    read = [opened(connection.read_parquet(paths), connection) for paths in alike.values()]
    return read[0] if len(read) == 1 else ibis.union(*read)


def stands_as_written_now(files: Sequence[Path], name: str) -> bool:
    """Tell whether a table's direct identifiers are sealed in its files as they would be if it were written now."""
    contract = TABLES.get(name)
    if contract is None or not any(column.direct for column in contract.columns):
        return True
    return all(sealed_as_now(pq.read_schema(file).names, contract) for file in files)


def count_rows(files: Sequence[Path]) -> int:
    """Return the number of rows that the files say to hold."""
    return sum(int(pq.read_metadata(file).num_rows) for file in files)


def is_whole(files: Sequence[Path], rows: int) -> bool:
    """Tell whether the files of a table are there, can be opened, and say to hold `rows` rows together."""
    try:
        return bool(files) and count_rows(files) == rows
    except (OSError, ValueError):  # gone, cut off, or not Parquet at all (Arrow's errors are these two)
        return False
