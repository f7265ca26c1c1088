"""Write a first `patron.yaml` from what a file's header says."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq

from patron.contracts.raw import FIELDS
from patron.engines.atomic import aside
from patron.errors import ArgumentError
from patron.language import failure, listing, say
from patron.pipeline.settings import FILE
from patron.sources.files import SourceFile, find_files
from patron.sources.read import header
from patron.sources.recognise import Proposal, recognise


def propose(folder: Path, *, files: str | None) -> Proposal:
    """Look at files, propose a mapping and write `patron.yaml` into `folder`, with comments.

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
        No file can be found or read.
    """
    target = folder / FILE
    if target.exists():
        raise failure(ArgumentError, "settings.exists", file=str(target))
    pattern = _pattern(folder, files)
    found = find_files([pattern], base=folder, source="order_lines")
    # Named one by one when they lie beside patron.yaml: lists and exports that come later must not be read as orders.
    paths = [file.name for file in found] if pattern == "." else [pattern]
    proposal = recognise(_columns(found[0]))
    folder.mkdir(parents=True, exist_ok=True)
    with aside(target) as part:
        part.write_text("\n".join(_lines(folder, paths, proposal)) + "\n", encoding="utf-8")
    return proposal


def _pattern(folder: Path, files: str | None) -> str:
    if files is not None:
        return os.path.relpath(Path(files).absolute(), folder.absolute())
    return "data" if (folder / "data").is_dir() else "."


def _columns(file: SourceFile) -> list[str]:
    return list(pq.read_schema(file.path).names) if file.is_parquet else header(file)


def _lines(folder: Path, paths: list[str], proposal: Proposal) -> Iterable[str]:
    """Yield the file's lines. Values are written as JSON strings, which YAML reads as they are."""
    yield f"# {say('settings.init.head')}"
    yield f"name: {json.dumps(folder.absolute().name, ensure_ascii=False)}"
    yield f"currency: EUR  # {say('settings.init.currency')}"
    yield f"timezone: UTC  # {say('settings.init.timezone')}"
    yield "horizon: 365d"
    yield ""
    yield "sources:"
    yield "  order_lines:"
    yield f"    path: {json.dumps(paths[0] if len(paths) == 1 else paths, ensure_ascii=False)}"
    yield "    columns:"
    meanings = {field.name: field.meaning for field in FIELDS["order_lines"]}
    for field, column in proposal.columns.items():
        doubt = proposal.ambiguous.get(field)
        note = say("settings.init.doubt", others=listing(doubt)) if doubt else meanings[field]
        yield f"      {field}: {json.dumps(column, ensure_ascii=False)}  # {note}"
    for field in proposal.missing:
        yield f"      # {field}: {say('settings.init.missing', meaning=meanings[field])}"
    if proposal.unused:
        yield f"    # {say('settings.init.unused', columns=listing(json.dumps(name) for name in proposal.unused))}"
    yield f"    # cancelled: order_id LIKE 'C%'  # {say('settings.init.cancelled')}"
    yield f"    # adjustments: product_id IN ('POST', 'FEE')  # {say('settings.init.adjustments')}"
