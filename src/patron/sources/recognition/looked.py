"""What looking at a table found: its columns, counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from patron.sources.files import SourceFile
from patron.sources.formats.format import Format


@dataclass(frozen=True)
class ColumnFacts:
    """One column, counted over the rows looked at; `tried` of its values were converted."""

    name: str
    place: int
    filled: int
    distinct: int
    tried: int
    dates: int
    numbers: int
    shortest: int
    longest: int
    styles: tuple[str, ...] = ()
    """The styles that read all of a sample of its days; two when day and month cannot be told apart."""

    def share(self, count: int) -> float:
        """Return `count` as a share of the values that were tried."""
        return count / self.tried if self.tried else 0.0

    @property
    def is_unique(self) -> bool:
        """Whether it names a row: every row holds a value, and (nearly) no value stands twice."""
        return self.filled > 0 and self.distinct >= _UNIQUE * self.filled

    @property
    def are_dates(self) -> bool:
        """Whether its values look like days or moments; bare numbers, which ids are too, do not."""
        return self.share(self.dates) >= _MOSTLY and self.share(self.numbers) < _MOSTLY

    @property
    def are_numbers(self) -> bool:
        """Whether its values are numbers."""
        return self.share(self.numbers) >= _MOSTLY


@dataclass(frozen=True)
class Looked:
    """A table: files with equal headers, and what their rows hold.

    `table` is the name under which the rows stand in the connection, as text, columns ``c0, c1, ...`` by place; what
    means nothing is null. `whole` tells whether these are all rows.
    """

    files: tuple[SourceFile, ...]
    columns: Mapping[str, ColumnFacts]
    rows: int
    whole: bool
    table: str
    form: Format = field(default_factory=Format)
    alike: bool = True
    """Whether all files are written alike."""

    @property
    def name(self) -> str:
        """How the table is called when it is spoken of."""
        return self.files[0].name if len(self.files) == 1 else f"{self.files[0].name} (+{len(self.files) - 1})"

    @property
    def header(self) -> tuple[str, ...]:
        """The columns, in their order."""
        return tuple(self.columns)

    def sql(self, column: str) -> str:
        """Return a column as it is called in SQL."""
        return f"c{self.columns[column].place}"


_UNIQUE = 0.999
"""A few repeated keys are usual: an export that overlaps, a record entered twice."""
_MOSTLY = 0.9
"""Dirt is usual too; a tenth of a column is more than dirt."""
