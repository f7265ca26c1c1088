"""A folder that files are laid into: on this machine, or in any store that fsspec knows.

A file is there whole or not at all. On this machine and on servers it is written aside and renamed; an object store
shows an object when all of it has arrived.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fsspec.core import url_to_fs

from patron.engines.atomic import aside
from patron.errors import SettingsError
from patron.language import failure

_LOCAL = frozenset({"file", "local"})
_OBJECTS = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oci", "oss", "cos", "tos", "r2"})


class Folder:
    """A folder by its path or URL.

    Parameters
    ----------
    url : str
        A path, or a URL such as ``s3://bucket/folder``.
    options : mapping, optional
        What the store is opened with (fsspec's storage options).

    Raises
    ------
    SettingsError
        The store is unknown, or its package is not installed.
    """

    def __init__(self, url: str, options: Mapping[str, str] | None = None) -> None:
        try:
            self._store, self._path = url_to_fs(url, **(options or {}))
        except (ImportError, ValueError):
            raise failure(SettingsError, "direct.no_store", scheme=url.partition("://")[0]) from None
        kinds = self._store.protocol
        self._kinds = frozenset([kinds] if isinstance(kinds, str) else kinds)

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine: what failed was not written then."""
        return bool(self._kinds & _LOCAL)

    def put(self, name: str, content: bytes) -> None:
        """Lay a file into it; one of the same name is replaced in one step.

        Raises
        ------
        OSError
            It cannot be written.
        """
        if self.is_local:
            folder = Path(self._path)
            folder.mkdir(parents=True, exist_ok=True)
            with aside(folder / name, owned=True) as beside:
                beside.write_bytes(content)
            return
        place = posixpath.join(self._path, name)
        if self._kinds & _OBJECTS:
            self._store.pipe_file(place, content)
            return
        beside_it = posixpath.join(self._path, f".{name}.part")
        self._store.makedirs(self._path, exist_ok=True)
        self._store.pipe_file(beside_it, content)
        self._store.mv(beside_it, place)

    def tidy(self, beginning: str) -> None:
        """Take away what a killed process left half written, of files that begin so.

        On this machine alone: elsewhere nothing stands under a name of its own before it is whole, or the store's
        owner says how long.
        """
        for left in Path(self._path).glob(f".{beginning}*.part") if self.is_local else ():
            left.unlink(missing_ok=True)

    def names(self, beginning: str) -> list[str]:
        """Return the names of the files in it that begin so."""
        try:
            found: list[Any] = self._store.ls(self._path, detail=False, refresh=True)
        except FileNotFoundError:
            return []
        names = (posixpath.basename(str(place).replace("\\", "/").rstrip("/")) for place in found)
        return sorted(name for name in names if name.startswith(beginning))

    def read(self, name: str) -> bytes | None:
        """Return what is in a file; none where somebody has taken it away meanwhile."""
        try:
            content: bytes = self._store.cat_file(posixpath.join(self._path, name))
        except FileNotFoundError:
            return None
        return content


__all__ = ["Folder"]
