"""One file of many, whose every byte is accounted for: a ZIP with a manifest of checksums.

The manifest is the last member; its own SHA-256 stands in the comment at the end of the archive. So an archive that was
cut off has no end and is none, and one in which anything was changed does not give its checksums. Members are not
compressed: what is in them is already.

Ref  PKWARE, APPNOTE.TXT 6.3.10, 4.3.16 (end of central directory)
"""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, Any, TypeVar

from patron.engines.atomic import PRIVATE_FOLDER, aside
from patron.errors import RunError
from patron.language import failure

MANIFEST_NAME = "manifest.json"
FORMAT = 1
BLOCK = 1 << 20  # bytes
_COMMENT = b"patron-backup 1 sha256:"
_SAME_DAY = (1980, 1, 1, 0, 0, 0)  # when a member was changed says nothing; the manifest says when it was made

Made = TypeVar("Made")


class _Hashed(io.RawIOBase):
    """What is written to a member, counted and hashed on the way."""

    def __init__(self, into: IO[bytes]) -> None:
        self.into, self.digest, self.bytes = into, sha256(), 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.into.write(data)
        size = memoryview(data).nbytes
        self.digest.update(data)
        self.bytes += size
        return size

    def tell(self) -> int:
        return self.bytes


@dataclass
class Packing:
    """An archive that is being written."""

    zip: zipfile.ZipFile
    files: dict[str, dict[str, object]] = field(default_factory=dict)

    def put(self, name: str, write: Callable[[IO[bytes]], Made]) -> Made:
        """Write one member by a function that is given a file, and return what that returns."""
        with self.zip.open(zipfile.ZipInfo(name, _SAME_DAY), "w", force_zip64=True) as into:
            file = _Hashed(into)
            made = write(file)  # type: ignore[arg-type]
        self.files[name] = {"bytes": file.bytes, "sha256": file.digest.hexdigest()}
        return made

    def put_file(self, name: str, file: Path) -> None:
        """Write a file as one member."""
        with file.open("rb") as source:
            self.put(name, lambda into: shutil.copyfileobj(source, into, BLOCK))


@contextmanager
def packing(path: Path, facts: dict[str, Any]) -> Iterator[Packing]:
    """Yield an archive to write to; it stands at `path`, for its owner alone, once the block has ended well.

    Parameters
    ----------
    path : Path
        Where it is to stand.
    facts : dict
        What the manifest says beside the checksums; may be filled while the block runs.
    """
    with aside(path, owned=True) as beside, zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED, allowZip64=True) as made:
        packed = Packing(made)
        yield packed
        manifest = json.dumps({"format": FORMAT, **facts, "files": packed.files}, indent=1, sort_keys=True).encode()
        made.writestr(zipfile.ZipInfo(MANIFEST_NAME, _SAME_DAY), manifest)
        made.comment = _COMMENT + sha256(manifest).hexdigest().encode()


@dataclass(frozen=True)
class Archive:
    """An archive that is open for reading; its manifest is as it was written."""

    path: Path
    zip: zipfile.ZipFile
    manifest: Mapping[str, Any]

    @property
    def names(self) -> list[str]:
        """The members, but for the manifest."""
        return sorted(self.manifest["files"])

    def copy(self, name: str, into: IO[bytes]) -> None:
        """Copy one member.

        Raises
        ------
        RunError
            It is not as it was written; what was copied must not be used.
        """
        digest, size, told = sha256(), 0, self.manifest["files"][name]
        try:
            with self.zip.open(name) as source:
                while block := source.read(BLOCK):
                    digest.update(block)
                    size += len(block)
                    into.write(block)
        except (zipfile.BadZipFile, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
            raise self._damaged(name) from error
        if (size, digest.hexdigest()) != (told["bytes"], told["sha256"]):
            raise self._damaged(name)

    def extract(self, name: str, to: Path) -> None:
        """Copy one member to a file of the owner's own."""
        to.parent.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        with aside(to, owned=True) as beside, beside.open("wb") as into:
            self.copy(name, into)

    def verify(self) -> None:
        """Read every member, and hold it to its checksum.

        Raises
        ------
        RunError
            One is not as it was written.
        """
        for name in self.names:
            self.copy(name, _Nowhere())  # type: ignore[arg-type]

    def _damaged(self, member: str) -> RunError:
        return failure(RunError, "operations.damaged", file=str(self.path), member=member)


class _Nowhere(io.RawIOBase):
    """Takes what is written, and forgets it."""

    def write(self, data: Any) -> int:
        return memoryview(data).nbytes


@contextmanager
def reading(path: Path) -> Iterator[Archive]:
    """Yield an archive to read from.

    Raises
    ------
    RunError
        There is none, it was cut off, its manifest was changed, or a newer Patron made it.
    """
    try:
        opened = zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise failure(RunError, "operations.no_archive", file=str(path)) from error
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise failure(RunError, "operations.cut_off", file=str(path)) from error
    with opened:
        yield Archive(path, opened, _manifest(path, opened))


def _manifest(path: Path, opened: zipfile.ZipFile) -> Mapping[str, Any]:
    text = b""
    with suppress(zipfile.BadZipFile, EOFError, KeyError, NotImplementedError, RuntimeError, OSError):
        text = opened.read(MANIFEST_NAME)
    if not text or opened.comment != _COMMENT + sha256(text).hexdigest().encode():
        raise failure(RunError, "operations.damaged", file=str(path), member=MANIFEST_NAME)
    manifest: Mapping[str, Any] = json.loads(text)
    if manifest["format"] != FORMAT:
        raise failure(RunError, "operations.newer_archive", file=str(path), came=str(manifest["format"]))
    members = sorted(one for one in opened.namelist() if one != MANIFEST_NAME)
    if members != sorted(manifest["files"]) or not all(map(_within, members)):
        raise failure(RunError, "operations.damaged", file=str(path), member=MANIFEST_NAME)
    return manifest


def _within(name: str) -> bool:
    """Tell whether a member stays below the folder that it is copied to."""
    parts = PurePosixPath(name).parts
    return not name.startswith("/") and "\\" not in name and ".." not in parts and ":" not in name


__all__ = ["MANIFEST_NAME", "Archive", "Packing", "packing", "reading"]
