"""Which files does a source consist of? Files, members of zip files, files elsewhere, tables of databases."""

from __future__ import annotations

import glob
import gzip
import os
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from patron.errors import PatronError, SourceError
from patron.language import failure, listing
from patron.sources.formats.format import Kind
from patron.sources.spec import FormatSpec
from patron.sources.staging import database, remote, zipped
from patron.sources.staging.database import Relation
from patron.sources.staging.remote import Place
from patron.sources.staging.scan import Scan, scan
from patron.sources.staging.url_secrets import opened_url, shown

KINDS: dict[Kind, tuple[str, ...]] = {
    "csv": (".csv", ".txt", ".tsv", ".tab", ".psv", ".csv.gz", ".txt.gz", ".tsv.gz"),
    "json": (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz"),
    "excel": (".xlsx", ".xlsm"),
    "parquet": (".parquet", ".pq"),
}
ENDINGS = tuple(ending for endings in KINDS.values() for ending in endings)
ZIP = ".zip"

Stamp = tuple[object, ...]
"""What changes when a file is written to: size, time, inode; what a store says of itself."""


@dataclass(frozen=True)
class SourceFile:
    """One file of a source.

    Parameters
    ----------
    path : Path
        Where it lies; of a member of a zip file, the zip file. Of a URL it is the last part, and no place.
    name : str
        How it is called in reports, relative to the project; without passwords.
    source : str
        The source that it belongs to, for errors.
    member : str
        Its name inside a zip file.
    url : str
        Where it lies when that is no local file; may hold a password, so never shown.
    table, query : str
        What is read of a database.
    """

    path: Path
    name: str
    source: str = ""
    member: str = ""
    url: str = field(default="", repr=False)
    table: str = ""
    query: str = ""
    _seen: dict[str, tuple[Stamp, Scan]] = field(default_factory=dict, compare=False, repr=False)
    _digests: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def kind(self) -> Kind:
        """What it is read as."""
        if database.is_database(self.url):
            return "database"
        name = (self.member or self.path.name).lower()
        return next((kind for kind, endings in KINDS.items() if name.endswith(endings)), "csv")

    @property
    def is_parquet(self) -> bool:
        """Whether it is Parquet."""
        return self.kind == "parquet"

    @property
    def is_gzipped(self) -> bool:
        """Whether it is compressed by gzip."""
        return (self.member or self.path.name).lower().endswith(".gz")

    @property
    def is_local(self) -> bool:
        """Whether it can be read where it lies."""
        return not self.url and not self.member

    @property
    def place(self) -> str:
        """Where it lies, for errors."""
        return shown(self.url) if self.url else str(self.path / self.member)

    @property
    def relation(self) -> Relation:
        """What is read of the database that it is."""
        return Relation(self.url, self.source, self.table, self.query)

    @contextmanager
    def raw(self) -> Iterator[BinaryIO]:
        """Open it to read its bytes as they are stored."""
        with ExitStack() as stack:
            place = Place(self.url, self.source)
            stream = stack.enter_context(remote.open_url(place) if self.url else self.path.open("rb"))
            if self.member:
                archive = stack.enter_context(zipfile.ZipFile(stream))
                stream = cast(BinaryIO, stack.enter_context(archive.open(self.member)))
            yield stream

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open it to read its text, unzipped."""
        with self.raw() as stream:
            yield cast(BinaryIO, gzip.GzipFile(fileobj=stream)) if self.is_gzipped else stream

    def scan(self) -> Scan:
        """Look at all of it, once; what was seen is remembered.

        Raises
        ------
        SourceError
            It cannot be read.
        """
        with blaming(self):
            stamp = self.stamp()
            if "scan" not in self._seen or self._seen["scan"][0] != stamp:
                with self.raw() as stream:
                    seen = scan(stream, gzipped=self.is_gzipped, as_text=self.kind == "csv")
                self._seen["scan"] = (stamp, seen)
        return self._seen["scan"][1]

    def fingerprint(self) -> str:
        """Return a digest of its content; of a file elsewhere, of what its store says changes with the content.

        Raises
        ------
        SourceError
            It cannot be read.
        """
        if self.kind == "database":
            return self._digests.setdefault("found", self.relation.digest())
        return (remote.mark(Place(self.url, self.source)) if self.url else "") or self.scan().digest

    def was_read(self, digest: str) -> None:
        """Note what was read of a database, to be held against its fingerprint."""
        self._digests["read"] = digest

    def stamp(self) -> Stamp:
        """Return what changes when it is written to; of a database only its rows tell."""
        if self.url:
            return () if self.kind == "database" else (remote.mark(Place(self.url, self.source)),)
        facts = self.path.stat()
        return facts.st_size, facts.st_mtime_ns, facts.st_ino

    def unchanged_since(self, stamp: Stamp) -> bool:
        """Tell whether nothing was written to it since `stamp` was taken. A file that is gone has changed.

        A database has changed when the rows that were read are not those of the fingerprint.
        """
        if len(set(self._digests.values())) > 1:
            return False
        try:
            return self.stamp() == stamp
        except OSError:  # SourceError is one
            return False


@contextmanager
def blaming(file: SourceFile) -> Iterator[None]:
    """Turn whatever reading a file raises into an error that names it.

    DuckDB, Arrow, gzip, zip and the codecs raise their own kinds for a broken file; the file is the cause of all.

    Raises
    ------
    SourceError
        It cannot be read as what it says it is.
    """
    try:
        yield
    except PatronError:
        raise
    except Exception as error:
        came = str(getattr(error, "strerror", None) or error).partition("\n")[0].rstrip(".") or type(error).__name__
        raise failure(SourceError, "sources.unreadable", source=file.source, path=file.place, came=came) from error


def find_files(
    patterns: Sequence[str], *, base: Path, source: str, told: FormatSpec | None = None
) -> tuple[SourceFile, ...]:
    """Find the files of a source, sorted by name, each once.

    Parameters
    ----------
    patterns : sequence of str
        Files, folders, glob patterns or URLs; relative ones start at `base`.
    base : Path
        The project folder.
    source : str
        The source's name, for errors.
    told : FormatSpec, optional
        Names the table or the query of a database.

    Raises
    ------
    SourceError
        A pattern finds nothing, or a file of a kind that cannot be read, or one that may not be read.
    SettingsError
        A URL names a variable that the environment does not have.
    """
    found: dict[tuple[str, str], SourceFile] = {}
    for pattern in patterns:
        elsewhere = "://" in pattern
        files = _by_url(pattern, base, source, told or FormatSpec()) if elsewhere else _local(pattern, base, source)
        for file in files:
            for part in _parts(file):
                found.setdefault((part.url or str(part.path.resolve()), part.member), part)
    return tuple(sorted(found.values(), key=lambda file: file.name))


def _local(pattern: str, base: Path, source: str) -> list[SourceFile]:
    return [SourceFile(path, os.path.relpath(path, base), source) for path in _matches(pattern, base, source)]


def _by_url(url: str, base: Path, source: str, told: FormatSpec) -> list[SourceFile]:
    if database.is_database(url):
        place = database.located(url, base=base)
        relation = Relation(place, source, told.table or "", told.query or "")
        if relation.in_file and not relation.file.is_file():
            raise failure(SourceError, "sources.nothing_found", source=source, path=str(relation.file))
        name = shown(url) + (f" {told.table}" if told.table else "")
        return [SourceFile(Path("database"), name, source, url=place, table=relation.table, query=relation.query)]
    opened_url(url, source=source)
    places = remote.found(Place(url, source))
    if not places:
        raise failure(SourceError, "sources.nothing_found", source=source, path=shown(url))
    files = [SourceFile(Path(place.name), shown(place.url), source, url=place.url) for place in places]
    for file in files:
        _check_ending(file.path, file.place, source)
    return files


def _parts(file: SourceFile) -> list[SourceFile]:
    """Return the members of a zip file, or the file itself."""
    if not file.path.name.lower().endswith(ZIP) or file.kind == "database":
        return [file]
    with file.raw() as stream:
        names = zipped.members(stream, endings=ENDINGS, place=file.place, source=file.source)
    return [SourceFile(file.path, f"{file.name}/{name}", file.source, member=name, url=file.url) for name in names]


def _matches(pattern: str, base: Path, source: str) -> list[Path]:
    if "\0" in pattern:
        raise failure(SourceError, "sources.nothing_found", source=source, path=pattern)
    if not base.exists():  # a folder that is yet to be made; no system follows folder/.. before it is there
        pattern = os.path.normpath(base.absolute() / pattern)
    whole = base / pattern
    try:
        paths = _looked_up(pattern, whole, base)
    except OSError as error:
        raise failure(
            SourceError, "sources.unreadable", source=source, path=str(whole), came=str(error.strerror).lower()
        ) from error
    if not paths:
        raise failure(SourceError, "sources.nothing_found", source=source, path=str(whole))
    for path in paths:
        _check(path, source)
    return paths


def _looked_up(pattern: str, whole: Path, base: Path) -> list[Path]:
    if whole.is_dir():
        return [path for path in whole.iterdir() if path.name.lower().endswith((*ENDINGS, ZIP))]
    if whole.is_file():  # its name may hold brackets
        return [whole]
    found = [base / match for match in glob.glob(pattern, root_dir=base, recursive=True)]  # noqa: PTH207 - patterns may be absolute
    if not found and whole.parent.is_dir():
        next(whole.parent.iterdir(), None)  # glob finds nothing, without a word, where it may not look
    return found


def _check(path: Path, source: str) -> None:
    _check_ending(path, str(path), source)
    if not os.access(path, os.R_OK):
        raise failure(SourceError, "sources.unreadable", source=source, path=str(path), came="permission denied")
    if path.stat().st_size == 0:
        raise failure(SourceError, "sources.empty", source=source, path=str(path))


def _check_ending(path: Path, place: str, source: str) -> None:
    allowed = (*ENDINGS, ZIP)
    if not path.name.lower().endswith(allowed):
        raise failure(SourceError, "sources.kind", source=source, path=place, allowed=listing(allowed))
