"""How is a file written? What `patron.yaml` tells is taken; the rest is found in a sample of all of it.

A run finds the styles of days and numbers over every row (`find_styles`); this is for a first look.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from patron.sources.files import SourceFile, blaming
from patron.sources.formats.date_styles import PLAIN, SINCE_1970, STYLES, pattern_of, read_by, shape
from patron.sources.formats.find_text_format import find_text_format, lines_of, split
from patron.sources.formats.format import Format
from patron.sources.formats.number_marks import PLAIN as POINT
from patron.sources.formats.number_marks import Shapes, marks_of
from patron.sources.spec import FormatSpec
from patron.sources.staging.stage import stage

_SAMPLED = 5_000  # rows

Texts = Mapping[str, Sequence[str]]
"""The texts of each column, without those that are empty."""


def find_format(file: SourceFile, *, told: FormatSpec | None = None) -> Format:
    """Find how a file is written.

    Parameters
    ----------
    file : SourceFile
        Of any kind.
    told : FormatSpec, optional
        What the settings say.

    Returns
    -------
    Format
        Complete. `dates` names each column whose sampled texts are all days or moments, with the styles that read all
        of them; two when day and month cannot be told apart.

    Raises
    ------
    SourceError
        It cannot be read as what it says it is.
    SettingsError
        It must be said which sheet or table is meant.
    """
    told = told or FormatSpec()
    with blaming(file):
        form, texts = _of_text(file, told) if file.kind == "csv" else _of_staged(file, told)
        return _with_values(form, texts, told)


def _of_text(file: SourceFile, told: FormatSpec) -> tuple[Format, Texts]:
    seen = file.scan()
    form = find_text_format(seen, told=told)
    wide = form.encoding.startswith(("utf-16", "utf-32"))
    lines = lines_of(seen.head, form.encoding)[int(form.header) :] if wide else _decoded(seen.sample, form.encoding)
    rows = [split(line, form.separator, form.quote) for line in lines[:_SAMPLED]]
    whole = [row for row in rows if len(row) == len(form.columns)]
    return form, {name: _filled([row[place] for row in whole]) for place, name in enumerate(form.columns)}


def _decoded(lines: Sequence[bytes], encoding: str) -> list[str]:
    return [line.decode(encoding, errors="replace").rstrip("\r") for line in lines]


def _of_staged(file: SourceFile, told: FormatSpec) -> tuple[Format, Texts]:
    with tempfile.TemporaryDirectory() as folder:
        staged = stage(file, told=told, target=Path(folder) / "look")
        table = _sampled(pq.ParquetFile(staged.path))
    texts = {
        name: _filled(table.column(name).to_pylist())
        for name in table.column_names
        if pa.types.is_string(table.schema.field(name).type)
    }
    return staged.format, texts


def _sampled(file: pq.ParquetFile) -> pa.Table:
    """Return rows of the first, the middle and the last part of a file."""
    with file:
        groups = range(file.num_row_groups)
        places = sorted({groups[0], groups[len(groups) // 2], groups[-1]}) if groups else []
        parts = [file.read_row_group(place).slice(0, _SAMPLED // len(places)) for place in places]
        return pa.concat_tables(parts) if parts else file.schema_arrow.empty_table()


def _filled(texts: Sequence[str | None]) -> list[str]:
    return [text.strip() for text in texts if text is not None and text.strip()]


def _with_values(form: Format, texts: Texts, told: FormatSpec) -> Format:
    dates = {name: styles for name, values in texts.items() if (styles := _styles(values, told))}
    shapes = {name: _shapes(values) for name, values in texts.items() if name not in dates and _is_number(values)}
    marks = Counter(marks_of(shapes, together=form.kind == "csv")[0].values())
    usual = max(marks, key=lambda one: (one != POINT, marks[one]), default=POINT)
    decimal = told.decimal or usual[0]
    thousands = usual[1] if told.thousands is None else told.thousands
    found = [name for name, unusual in (("decimal", decimal != "."), ("thousands", thousands != "")) if unusual]
    found += ["dates"] if any(styles != ("iso",) for styles in dates.values()) else []
    kept = tuple(name for name in found if getattr(told, name) is None)
    return replace(form, decimal=decimal, thousands=thousands, dates=dates, found=(*form.found, *kept))


def _styles(texts: Sequence[str], told: FormatSpec) -> tuple[str, ...]:
    """Return the styles that read every text."""
    if not texts:
        return ()
    return tuple(style for style in told.dates or STYLES if all(_reads(text, style) for text in texts))


def _reads(text: str, style: str) -> bool:
    if style in SINCE_1970:
        return bool(re.search(SINCE_1970[style], text))
    if style not in STYLES:
        return read_by(text, style)
    if style == "iso" and re.search(PLAIN, text) and not text.isdigit():
        return True
    pattern = pattern_of(shape(text), style)
    return pattern is not None and read_by(text, pattern)


_MARKED = "[-+\\d.,' \u00a0\u202f’]*"


def _is_number(texts: Sequence[str]) -> bool:
    return bool(texts) and all(re.fullmatch(rf"{_MARKED}\d{_MARKED}", text) for text in texts)


def _shapes(texts: Sequence[str]) -> Shapes:
    counts: dict[str, int] = {}
    examples: dict[str, str] = {}
    for text in texts:
        key = re.sub(r"^([+-]?)9", r"\g<1>0", shape(text)) if re.match(r"[+-]?0", text) else shape(text)
        counts[key] = counts.get(key, 0) + 1
        examples.setdefault(key, text)
    return Shapes(counts, examples)
