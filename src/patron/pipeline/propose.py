"""Write a first `patron.yaml` from what lies in a folder: which file is what, which column is which field, and why."""

from __future__ import annotations

import glob
import itertools
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from patron.engines.atomic import aside
from patron.engines.connect import connect
from patron.errors import ArgumentError, SourceError
from patron.language import failure, listing, say
from patron.pipeline.proposed_settings import proposed_settings
from patron.pipeline.settings import FILE
from patron.sources.files import ENDINGS, SourceFile, find_files
from patron.sources.recognise import recognise
from patron.sources.recognition.look import look
from patron.sources.recognition.looked import Looked
from patron.sources.recognition.proposal import Recognised


@dataclass(frozen=True)
class Proposed:
    """What `propose` made of the files, and wrote."""

    file: Path
    recognised: Recognised
    paths: dict[str, list[str]]
    unread: list[tuple[str, str]]


def propose(folder: Path, *, files: str | None) -> Proposed:
    """Look at files, say what they are, and write `patron.yaml` into `folder`, with the reasons as comments.

    Parameters
    ----------
    folder : Path
        The project folder; made when it is not there.
    files : str, optional
        A file, folder or pattern, relative to the working folder. By default what lies in the project folder, or in
        its `data` folder.

    Raises
    ------
    ArgumentError
        There is a `patron.yaml` already.
    SourceError
        No file can be found, or none can be read.
    """
    target = folder / FILE
    if target.exists():
        raise failure(ArgumentError, "settings.exists", file=str(target))
    pattern = _pattern(folder, files)
    found = _found(pattern, folder)
    with tempfile.TemporaryDirectory() as aside_folder:
        connection = connect(spill=Path(aside_folder) / "spill")
        looked, unread = look(found, connection=connection, staging=Path(aside_folder))
        tables, mixed = _whole_zips(looked)
        if not tables:
            raise unread[0].error if unread else failure(SourceError, "init.mixed_zips", file=str(found[0].path))
        recognised = recognise(tables, connection=connection)
    refused = [
        *((one.file.name, one.error.problem) for one in unread),
        *((name, say("init.left.zip")) for name in mixed),
    ]
    alone = len(tables) == 1 and not refused
    paths = {one.source: _paths(one.table, pattern=pattern, alone=alone, base=folder) for one in recognised.sources}
    name = folder.absolute().name or folder.resolve().name or "Shop"
    text = proposed_settings(recognised, name=name, paths=paths, unread=refused)
    folder.mkdir(parents=True, exist_ok=True)
    with aside(target) as part:
        part.write_text(text, encoding="utf-8")
    return Proposed(target, recognised, paths, refused)


def _found(pattern: str, folder: Path) -> tuple[SourceFile, ...]:
    try:
        return find_files([pattern], base=folder, source="init")
    except SourceError as error:
        place = folder / pattern
        if "://" in pattern or place.is_file() or "came" in error.data:
            raise
        raise failure(SourceError, "init.no_files", path=os.path.normpath(place), endings=listing(ENDINGS)) from error


def _whole_zips(tables: Sequence[Looked]) -> tuple[list[Looked], list[str]]:
    """Leave out what stands in a zip file together with other tables: a path names the whole of it."""
    inside: dict[Path, set[str]] = {}
    for table in tables:
        for file in table.files:
            if file.member:
                inside.setdefault(file.path, set()).add(table.table)
    mixed = {path for path, held in inside.items() if len(held) > 1}
    kept = [table for table in tables if not any(file.member and file.path in mixed for file in table.files)]
    return kept, [file.name for table in tables if table not in kept for file in table.files]


def _pattern(folder: Path, files: str | None) -> str:
    if files is not None and "://" in files:
        return files
    if files is not None:
        return os.path.relpath(Path(files).absolute(), folder.absolute())
    return "data" if (folder / "data").is_dir() else "."


def _paths(table: Looked, *, pattern: str, alone: bool, base: Path) -> list[str]:
    """Return where the files of a table are: by a pattern where one names them all, and nothing else.

    Beside patron.yaml they are named one by one: lists and exports that come later must not be read as orders.
    """
    if alone and pattern != ".":
        return [pattern]
    names = list(dict.fromkeys(_settings_path(file) for file in table.files))
    if len(names) == 1 or pattern == ".":
        return names
    shared = _shared_pattern(names)
    matching = glob.glob(shared, root_dir=base) if shared else []  # noqa: PTH207 - relative to the project, as settings are
    return [shared] if shared and sorted(matching) == sorted(names) else names


def _settings_path(file: SourceFile) -> str:
    """Return a file as settings name it: of a member of a zip file, the zip file."""
    return file.name.removesuffix(f"/{file.member}") if file.member else file.name


def _shared_pattern(names: Sequence[str]) -> str | None:
    """Return what the names of files in one folder have in common, with a star for what differs."""
    before = _shared_start(names)
    after = _shared_start([name[len(before) :][::-1] for name in names])[::-1]
    one_folder = len({name.rpartition(os.sep)[0] for name in names}) == 1
    plain = not set(before + after) & set("*?[")
    return f"{before}*{after}" if one_folder and plain and before and after else None


def _shared_start(names: Sequence[str]) -> str:
    alike = itertools.takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    return "".join(letters[0] for letters in alike)
