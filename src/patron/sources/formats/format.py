"""How a file is written: told in `patron.yaml`, or found and reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["csv", "parquet", "json", "excel", "database"]


@dataclass(frozen=True)
class Format:
    """How one file is written; nothing is left open.

    `columns` are the names of its columns. `dates` gives, for each column whose sampled texts are all days or
    moments, the styles that read all of them: two when day and month cannot be told apart. `found` names the facets
    that were found rather than told.
    """

    kind: Kind = "csv"
    separator: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    header: bool = True
    columns: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str = ""
    sheet: str = ""
    table: str = ""
    dates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    found: tuple[str, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether a number in it is a text, so that its marks are a question."""
        return self.kind in ("csv", "json")


@dataclass(frozen=True)
class Reading:
    """How the values of one column of one file are read.

    `patterns` are styles of `convert.moment`, empty for numbers; `decimal` and `thousands` are for numbers.
    """

    patterns: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str = ""
