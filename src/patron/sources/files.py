"""Which files does a source consist of?"""

from __future__ import annotations

import glob
import gzip
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from patron.errors import SourceError
from patron.language import failure, listing

CSV_ENDINGS = (".csv", ".csv.gz", ".txt", ".txt.gz")
PARQUET_ENDINGS = (".parquet", ".pq")


@dataclass(frozen=True)
class SourceFile:
    """One file of a source."""

    path: Path
    name: str

    @property
    def is_parquet(self) -> bool:
        """Whether it is Parquet; otherwise it is CSV."""
        return self.path.name.endswith(PARQUET_ENDINGS)

    @property
    def is_gzipped(self) -> bool:
        """Whether it is compressed CSV."""
        return self.path.name.endswith(".gz")

    def open(self) -> BinaryIO:
        """Open the file to read its bytes, unzipped."""
        return cast(BinaryIO, gzip.open(self.path)) if self.is_gzipped else self.path.open("rb")

    def fingerprint(self) -> str:
        """Return a digest of the file's content."""
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()


def find_files(patterns: Sequence[str], *, base: Path, source: str) -> tuple[SourceFile, ...]:
    """Find the files of a source, sorted by path, each once.

    Parameters
    ----------
    patterns : sequence of str
        Files, folders or glob patterns; relative ones start at `base`.
    base : Path
        The project folder.
    source : str
        The source's name, for errors.

    Raises
    ------
    SourceError
        A pattern finds nothing, or a file that is neither CSV nor Parquet, or one that may not be read.
    """
    found: dict[Path, SourceFile] = {}
    for pattern in patterns:
        for path in _matches(pattern, base, source):
            found.setdefault(path.resolve(), SourceFile(path, os.path.relpath(path, base)))
    return tuple(sorted(found.values(), key=lambda file: file.name))


def _matches(pattern: str, base: Path, source: str) -> list[Path]:
    if not base.exists():  # a folder that is yet to be made; no system follows folder/.. before it is there
        pattern = os.path.normpath(base.absolute() / pattern)
    whole = base / pattern
    paths = [base / match for match in glob.glob(pattern, root_dir=base, recursive=True)]  # noqa: PTH207 - patterns may be absolute
    if whole.is_file():  # its name may hold brackets
        paths = [whole]
    if whole.is_dir():
        paths = [path for path in whole.iterdir() if path.name.endswith(CSV_ENDINGS + PARQUET_ENDINGS)]
    if not paths:
        raise failure(SourceError, "sources.nothing_found", source=source, path=str(whole))
    for path in paths:
        _check(path, source)
    return paths


def _check(path: Path, source: str) -> None:
    if not path.name.endswith(CSV_ENDINGS + PARQUET_ENDINGS):
        raise failure(
            SourceError, "sources.kind", source=source, path=str(path), allowed=listing(CSV_ENDINGS + PARQUET_ENDINGS)
        )
    if not os.access(path, os.R_OK):
        raise failure(SourceError, "sources.unreadable", source=source, path=str(path), came="permission denied")
    if path.stat().st_size == 0:
        raise failure(SourceError, "sources.empty", source=source, path=str(path))
