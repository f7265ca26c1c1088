"""How does each column write its days and numbers? Found over all rows, a column of a file at a time.

What is plain (ISO 8601, a decimal point) is seen in one pass and costs no more. Of other columns the shapes are
counted (texts with every digit turned into a nine), and every style that fits a shape is tried on all rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis.expr.types as ir

from patron.contracts import Column
from patron.errors import SettingsError
from patron.language import failure, listing, number
from patron.sources.convert import moment
from patron.sources.formats.date_styles import PLAIN, SINCE_1970, STYLES, pattern_of, patterns
from patron.sources.formats.format import Reading
from patron.sources.formats.number_marks import MARKS, Shapes, marks_of
from patron.sources.spec import FormatSpec
from patron.sources.staging.stage import Staged

MOST_CONTRADICTING = 0.1
"""Of the days that prove day first or month first, so many may prove the other."""
LEAST_COMMON = 0.5
"""Of the days in a column that can be read at all, more must be in its one style; the others are refused."""
_MOST_SHAPES = 5_000
"""The most frequent ones; rarer ones are no style but dirt."""
_MOST_PATTERNS = 40

Place = tuple[int, str]
"""A file's number, and one of our fields."""


@dataclass(frozen=True)
class Strangers:
    """Days in another style than their column: how many, of how many that can be read, and all styles with examples."""

    rows: int
    of: int
    styles: str


@dataclass(frozen=True)
class Styles:
    """How the columns that are not plain are to be read, by file and field; and what of it was found."""

    readings: Mapping[Place, Reading] = field(default_factory=dict)
    found: Mapping[Place, str] = field(default_factory=dict)
    strangers: Mapping[Place, Strangers] = field(default_factory=dict)


def find_styles(
    rows: ir.Table, *, files: Sequence[Staged], fields: Sequence[Column], mapped: Sequence[str], told: FormatSpec,
    source: str, zone: str,
) -> Styles:  # fmt: skip
    """Find how days and numbers are written.

    Parameters
    ----------
    rows : Table
        Trimmed, as written aside: ``file_number`` and the fields as text.
    files : sequence of Staged
        In the order of ``file_number``.
    fields, mapped : sequence of Column, sequence of str
        The fields of the source, and which of them have a column.
    told : FormatSpec
        What the settings say.
    source, zone : str
        The source's name, for errors, and the project's time zone.

    Raises
    ------
    SettingsError
        Day and month, or the marks of a number, cannot be told apart; or a column holds several styles.
    """
    dates = [one.name for one in fields if one.name in mapped and (one.type == "date" or "timestamp" in str(one.type))]
    numbers = [one.name for one in fields if one.name in mapped and one.name not in dates and one.type != "string"]
    unusual = _unusual(rows, dates, numbers)
    search = _Search(rows, files, told, source, zone)
    for place in range(len(files)):
        for name in dates:
            if unusual.get((place, name)) or (told.dates and not _typed(files[place])):
                search.date((place, name))
        told_marks = told.decimal is not None or told.thousands is not None
        if any(unusual.get((place, name)) for name in numbers) or (told_marks and not _typed(files[place])):
            search.numbers(place, numbers)
    return Styles(search.readings, search.found, search.strangers)


def _typed(file: Staged) -> bool:
    """Tell whether a file has types, so that its own days and numbers are plain whatever is told of its texts."""
    return file.format.kind in ("parquet", "excel", "database")


def _unusual(rows: ir.Table, dates: Sequence[str], numbers: Sequence[str]) -> dict[Place, int]:
    """Count the values that are not plain, in one pass over all rows."""
    odd = {name: rows[name].notnull() & ~rows[name].re_search(PLAIN) for name in dates}
    odd |= {name: rows[name].notnull() & rows[name].try_cast("float64").isnull() for name in numbers}
    if not odd:
        return {}
    counted = rows.group_by("file_number").aggregate(**{name: odd[name].sum() for name in odd}).to_pyarrow().to_pylist()
    return {(record["file_number"], name): int(record[name] or 0) for record in counted for name in odd}


@dataclass
class _Search:
    rows: ir.Table
    files: Sequence[Staged]
    told: FormatSpec
    source: str
    zone: str
    readings: dict[Place, Reading] = field(default_factory=dict)
    found: dict[Place, str] = field(default_factory=dict)
    strangers: dict[Place, Strangers] = field(default_factory=dict)

    def date(self, place: Place) -> None:
        """Find the style of one column of days."""
        column = self._column(place)
        shapes = _shapes(column, place[1])
        typed = ("plain",) if _typed(self.files[place[0]]) else ()
        if self.told.dates is not None:
            every = [pattern for style in self.told.dates for pattern in _told_patterns(shapes, style)]
            self.readings[place] = Reading((*typed, *every))
            return
        tried = {style: found for style in STYLES if (found := _patterns(shapes, style))}
        if not tried:
            return  # nothing that any style reads: all of it is refused as it stands
        counts = self._counts(column, place[1], tried)
        style = self._chosen(place, counts, shapes)
        if style != "iso" or counts["iso"] > counts["plain"]:  # what is plain is left alone
            self.readings[place] = Reading((*typed, *tried[style]))
            self.found[place] = style
        if counts["any"] > counts[style]:
            self.strangers[place] = Strangers(counts["any"] - counts[style], counts["any"], _told(counts, shapes))

    def _column(self, place: Place) -> ir.Table:
        number_, name = place
        of_file = self.rows.filter(self.rows.file_number == number_)
        return of_file.filter(of_file[name].notnull()).select(name)

    def _counts(self, column: ir.Table, name: str, tried: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
        """Count what each style reads, what any reads, and what decides between day and month."""
        read = {style: moment(column[name], dates=found, zone=self.zone).notnull() for style, found in tried.items()}
        either = next(iter(read.values()))
        for one in read.values():
            either = either | one
        asked = {style: one.sum() for style, one in read.items()}
        asked |= {"any": either.sum(), "plain": column[name].re_search(PLAIN).sum()}
        if {"day first", "month first"} <= set(read):
            asked["only day"] = (read["day first"] & ~read["month first"]).sum()
            asked["only month"] = (read["month first"] & ~read["day first"]).sum()
        counted: dict[str, Any] = column.aggregate(**asked).to_pyarrow().to_pylist()[0]
        return {name: int(count or 0) for name, count in counted.items()}

    def _chosen(self, place: Place, counts: Mapping[str, int], shapes: Shapes) -> str:
        best = max((style for style in STYLES if style in counts), key=lambda style: counts[style])
        number_, name = place
        facts = {
            "source": self.source, "file": self.files[number_].name, "field": name,
            "key": f"sources.{self.source}.format.dates", "example": next(iter(shapes.examples.values()), ""),
        }  # fmt: skip
        either = {"day first", "month first"}
        if best in either and counts["day first"] == counts["month first"]:
            example = next(text for shape, text in shapes.examples.items() if pattern_of(shape, best))
            raise failure(
                SettingsError, "sources.day_or_month", **{**facts, "example": example}, rows=number(counts[best])
            )
        against = min(counts.get("only day", 0), counts.get("only month", 0))
        contradicted = best in either and against > MOST_CONTRADICTING * (counts["only day"] + counts["only month"])
        if contradicted or counts[best] <= LEAST_COMMON * counts["any"]:
            raise failure(SettingsError, "sources.mixed_dates", **facts, styles=_told(counts, shapes))
        return best

    def numbers(self, file: int, names: Sequence[str]) -> None:
        """Find the marks of all columns of numbers of one file."""
        shapes = {name: _shapes(self._column((file, name)), name) for name in names}
        allowed = [
            marks for marks in MARKS
            if self.told.decimal in (None, marks[0]) and self.told.thousands in (None, marks[1])
        ] or [(self.told.decimal or ".", self.told.thousands or "")]  # fmt: skip
        chosen, doubt = marks_of(shapes, allowed=allowed, together=not _typed(self.files[file]))
        if doubt is not None:
            raise failure(
                SettingsError, "sources.decimal_or_thousands", source=self.source, file=self.files[file].name,
                field=doubt[0], example=doubt[1], key=f"sources.{self.source}.format.decimal",
            )  # fmt: skip
        for name, (decimal, thousands) in chosen.items():
            if (decimal, thousands) != (".", ""):
                self.readings[file, name] = Reading(decimal=decimal, thousands=thousands)
                if self.told.decimal is None:
                    self.found[file, name] = f"{decimal} {thousands}"


def _shapes(column: ir.Table, name: str) -> Shapes:
    """Count the shapes of a column, the most frequent first, with an example of each."""
    text = column[name]
    zero = text.re_search(r"^[+-]?0")  # 0,125 is no number of thousands
    shaped = column.select(text=text, zero=zero, shape=text.translate("0123456789", "9999999999"))
    groups = shaped.group_by("shape", "zero").aggregate(rows=shaped.count(), example=shaped.text.min())
    top = groups.order_by(groups.rows.desc(), groups.shape, groups.zero).limit(_MOST_SHAPES).to_pyarrow().to_pylist()
    counts: dict[str, int] = {}
    examples: dict[str, str] = {}
    for record in top:
        shape = record["shape"].replace("9", "0", 1) if record["zero"] else record["shape"]
        counts[shape] = int(record["rows"])
        examples[shape] = record["example"]
    return Shapes(counts, examples)


def _patterns(shapes: Shapes, style: str) -> tuple[str, ...]:
    """Return the patterns that a style has in the shapes at hand, the most frequent first."""
    if style in SINCE_1970:
        return (style,) if any(re.search(SINCE_1970[style], shape) for shape in shapes.counts) else ()
    if style not in STYLES:
        return (style,)
    found = dict.fromkeys(pattern_of(shape, style) for shape in shapes.counts)
    several = tuple(pattern for pattern in found if pattern is not None)[:_MOST_PATTERNS]
    is_plain = style == "iso" and any(re.search(PLAIN, shape) for shape in shapes.counts)
    return (*several, "plain") if is_plain else several


def _told_patterns(shapes: Shapes, style: str) -> tuple[str, ...]:
    """Return the patterns of a style that is told; where no shape is of it, one that reads nothing here."""
    return (style,) if style in SINCE_1970 else _patterns(shapes, style) or patterns(style)[:1]


def _told(counts: Mapping[str, int], shapes: Shapes) -> str:
    """Name the styles of a column with a count and an example each."""
    told = []
    for style in STYLES:
        fitting = (text for shape, text in shapes.examples.items() if _patterns(Shapes({shape: 1}, {}), style)[:1])
        example = next(fitting, None)
        if counts.get(style) and example is not None:
            told.append(f"{style} ({number(counts[style])} rows, such as {example!r})")
    return listing(told)
