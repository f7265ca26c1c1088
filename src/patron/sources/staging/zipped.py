"""Zip files: each member is a file of its own."""

from __future__ import annotations

import zipfile
from collections.abc import Collection
from pathlib import PurePosixPath
from typing import BinaryIO

from patron.errors import SourceError
from patron.language import failure

_NOT_DATA = ("__MACOSX/", ".")


def members(stream: BinaryIO, *, endings: Collection[str], place: str, source: str) -> list[str]:
    """Return the members of a zip file that can be read, sorted by name.

    Raises
    ------
    SourceError
        It is no zip file, or holds nothing that can be read.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir() and info.file_size]
    except Exception as error:
        # The module raises kinds of many sorts for a broken file.
        raise failure(
            SourceError, "sources.broken_zip", source=source, path=place, came=str(error).partition("\n")[0]
        ) from error
    good = sorted(name for name in names if _is_data(name) and name.lower().endswith(tuple(endings)))
    if not good or len(set(good)) < len(good):
        raise failure(SourceError, "sources.empty_zip", source=source, path=place)
    return good


def _is_data(name: str) -> bool:
    return not name.startswith(_NOT_DATA) and not PurePosixPath(name).name.startswith(".")
