"""Everything that is held of one person, for herself: a page to read and an archive for machines.

In   her rows of every table, where they come from, and how decisions about her are made
Out  one HTML file that needs nothing else, and one ZIP archive of JSON and CSV (GDPR Articles 15 and 20; California
     Civil Code 1798.110 and 1798.130)

The same content gives the same bytes. Whatever stands in a row is written as text: nothing in it becomes a part of the
page, of a file's name or of a formula.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any, BinaryIO

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from patron.contracts import Contract
from patron.engines.atomic import aside
from patron.errors import ArgumentError
from patron.language import LANGUAGE, NOTHING, day, failure, listing, number, say

FORMAT = 1  # of the archive; its manifest names it

TALL = 25  # rows from which on a table scrolls by itself on a screen; on paper it never does

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FORMULA = re.compile(r"\s*[=+\-@]")  # what a spreadsheet would compute
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a ZIP archive's earliest time: the archive does not depend on when it is made

Cell = str | int | float | bool | list[Any] | dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Held:
    """The person's rows of one table, with what the table and its columns mean."""

    name: str
    meaning: str
    columns: Mapping[str, str]  # name -> meaning
    rows: tuple[Mapping[str, object], ...]

    @classmethod
    def of(cls, contract: Contract, rows: Iterable[Mapping[str, object]]) -> Held:
        """Return rows of a table that has a contract."""
        columns = {column.name: column.meaning for column in contract.columns}
        meaning = " ".join(part for part in (f"One row: {contract.grain}.", contract.note) if part)
        return cls(name=contract.name, meaning=meaning, columns=columns, rows=tuple(rows))


@dataclass(frozen=True, kw_only=True)
class Logic:
    """How one kind of decision about the person is made, and what came out for her."""

    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Access:
    """What is told to a person who asks what is held of her.

    Parameters
    ----------
    shop : str
        Who answers.
    customer_id : str
        Whom it is about.
    made_on : date
        When.
    tables : sequence of Held
        Her rows; tables without any are left out.
    sources : sequence of str
        Where they come from, one sentence each.
    logic : sequence of Logic
        How models and segments judge her.
    purposes, recipients, retention : sequence of str
        What the data are used for, who gets them, and how long they are kept: one sentence each.
    """

    shop: str
    customer_id: str
    made_on: date
    tables: Sequence[Held]
    sources: Sequence[str] = ()
    logic: Sequence[Logic] = ()
    purposes: Sequence[str] = ()
    recipients: Sequence[str] = ()
    retention: Sequence[str] = ()

    @property
    def held(self) -> list[Held]:
        """The tables that hold something, each with its rows in an order that depends on nothing but them."""
        return [_checked(table) for table in self.tables if table.rows]

    @property
    def sections(self) -> list[tuple[str, str, Sequence[str]]]:
        """What is said beside the rows: name, title and sentences, without what there is nothing to say about."""
        said = {
            "purposes": self.purposes,
            "sources": self.sources,
            "recipients": self.recipients,
            "retention": self.retention,
        }
        return [(name, say(f"requests.access.{name}"), told) for name, told in said.items() if told]


def access_html(access: Access) -> str:
    """Return the page.

    Raises
    ------
    ArgumentError
        Two tables have the same name, or one has a name that no contract would allow.
    """
    held = _distinct(access.held)
    environment = Environment(
        loader=PackageLoader("patron.privacy", "access_page"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    style = (resources.files("patron.privacy") / "access_page" / "access.css").read_text(encoding="utf-8")
    environment.filters["shown"] = _shown
    return environment.get_template("access.html.j2").render(
        access=access, held=held, total=sum(len(table.rows) for table in held), say=say, day=day, number=number,
        language=LANGUAGE, style=Markup(style), tall=TALL, figures=_figures, empties=_empties,
    )  # fmt: skip


def access_archive(access: Access) -> bytes:
    """Return the ZIP archive: `manifest.json`, and each table as JSON (exact) and as CSV (for a spreadsheet).

    Raises
    ------
    ArgumentError
        Two tables have the same name, or one has a name that no contract would allow.
    """
    held = _distinct(access.held)
    files: dict[str, bytes] = {}
    for table in held:
        files[f"tables/{table.name}.json"] = _json([_plain(row, table) for row in table.rows])
        files[f"tables/{table.name}.csv"] = _csv(table)
    files["manifest.json"] = _json(_manifest(access, held, files))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # the same on every system
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def write_access(access: Access, folder: Path, *, name: str = "access") -> tuple[Path, Path]:
    """Write `name`.html and `name`.zip into `folder` for their owner only, each whole or not at all.

    Raises
    ------
    ArgumentError
        Two tables have the same name, or one has a name that no contract would allow.
    """
    page, archive = folder / f"{name}.html", folder / f"{name}.zip"
    # Both are made before either is written. What UTF-8 cannot hold was replaced already.
    written = {page: access_html(access).encode("utf-8", "replace"), archive: access_archive(access)}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path, content in written.items():
        with aside(path) as beside, _owned(beside) as file:
            file.write(content)
    return page, archive


def _owned(path: Path) -> BinaryIO:
    """Open a new file that only its owner can read."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb")


def _manifest(access: Access, held: Sequence[Held], files: Mapping[str, bytes]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "shop": access.shop,
        "customer_id": access.customer_id,
        "made_on": access.made_on.isoformat(),
        "purposes": list(access.purposes),
        "sources": list(access.sources),
        "recipients": list(access.recipients),
        "retention": list(access.retention),
        "logic": [{"title": logic.title, "text": logic.text} for logic in access.logic],
        "csv": say("requests.access.csv"),
        "tables": [
            {"name": table.name, "meaning": table.meaning, "rows": len(table.rows), "columns": dict(table.columns)}
            for table in held
        ],
        "sha256": {name: sha256(content).hexdigest() for name, content in sorted(files.items())},
    }


def _distinct(held: list[Held]) -> list[Held]:
    names = [table.name for table in held]
    bad = sorted({name for name in names if names.count(name) > 1 or not _NAME.fullmatch(name)})
    if bad:
        raise failure(ArgumentError, "requests.access.names", came=listing(bad))
    return held


def _checked(table: Held) -> Held:
    """Return the table with columns for all that its rows hold, and its rows in a total order."""
    extra = sorted({name for row in table.rows for name in row} - set(table.columns))
    columns = {**table.columns, **dict.fromkeys(extra, "")}
    whole = Held(name=table.name, meaning=table.meaning, columns=columns, rows=table.rows)
    ordered = sorted(table.rows, key=lambda row: _json(_plain(row, whole)))
    return Held(name=table.name, meaning=table.meaning, columns=columns, rows=tuple(ordered))


def _plain(row: Mapping[str, object], table: Held) -> dict[str, Cell]:
    return {name: _cell(row.get(name)) for name in table.columns}


def _cell(value: object) -> Cell:
    """Return a value as JSON has it: exact, so that decimals are text, and what is no number is nothing."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(name): _cell(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_cell(part) for part in value]
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=True, indent=1) + "\n").encode("ascii")


def _csv(table: Held) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")  # RFC 4180
    writer.writerow(map(_safe, table.columns))
    for row in table.rows:
        writer.writerow(_safe(row.get(name)) for name in table.columns)
    return buffer.getvalue().encode("utf-8", "replace")


def _safe(value: object) -> str:
    """Return a field that no spreadsheet takes for a formula; numbers stay as they are."""
    text = _text(value)
    written = isinstance(value, str | list | tuple | Mapping)
    return f"'{text}" if written and _FORMULA.match(text) else text


def _text(value: object) -> str:
    cell = _cell(value)
    if cell is None:
        return ""
    if isinstance(cell, bool | list | dict):
        return json.dumps(cell, ensure_ascii=False)
    return str(cell)


def _shown(value: object) -> str:
    """Return a value as the page shows it; what cannot be shown is marked."""
    if isinstance(value, bool):
        return say("requests.access.yes") if value else say("requests.access.no")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return _UNPRINTABLE.sub("�", _text(value).replace("\r\n", "\n")) or NOTHING


def _empties(table: Held) -> list[str]:
    """Return the columns of a single row that hold nothing."""
    return [name for name in table.columns if table.rows[0].get(name) is None]


def _figures(table: Held) -> set[str]:
    """Return the columns that hold numbers only, which stand to the right."""
    kinds = int | float | Decimal | None
    return {
        name
        for name in table.columns
        if all(isinstance(row.get(name), kinds) and not isinstance(row.get(name), bool) for row in table.rows)
        and any(row.get(name) is not None for row in table.rows)
    }
