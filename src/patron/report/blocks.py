"""What a page is made of: sections of blocks, already worded, so that the template only lays them out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import plotly.graph_objects as go


@dataclass(frozen=True, kw_only=True)
class Note:
    """A paragraph: plain, or set apart as advice, warning or the absence of something."""

    kind: ClassVar[str] = "note"
    text: str
    tone: str = "plain"
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One figure, large, with what it is and how it compares."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Tiles:
    """Some figures side by side."""

    kind: ClassVar[str] = "tiles"
    items: tuple[Tile, ...]


@dataclass(frozen=True, kw_only=True)
class Head:
    """A table's column: its name, and whether it holds figures or long text."""

    text: str
    figures: bool = False
    wide: bool = False


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A table's cell: its text, a second quieter line, and its tone: classes of the style sheet."""

    text: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table; the first cell of each row is its header. `folded` shows it only when asked for."""

    kind: ClassVar[str] = "table"
    caption: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    folded: bool = False


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A figure with its finding in a sentence (which is also what a screen reader says), how to read it, what to do.

    `value` is the figure's latest value, shown large above a small chart.
    """

    kind: ClassVar[str] = "chart"
    name: str
    title: str
    figure: go.Figure
    finding: str
    reading: str = ""
    doing: str = ""
    value: str = ""
    table: Table | None = None

    @property
    def height(self) -> int:
        """The figure's height in pixels."""
        return int(self.figure.layout.height)


@dataclass(frozen=True, kw_only=True)
class Row:
    """Some charts side by side, under each other where there is no room; `small` ones stand closer."""

    kind: ClassVar[str] = "row"
    charts: tuple[Chart, ...]
    small: bool = False


@dataclass(frozen=True, kw_only=True)
class Step:
    """One next step: what to do is always there, why only when asked for."""

    title: str
    doing: str
    why: str
    amount: str
    interval: str
    facts: tuple[str, ...]
    evidence: str
    evidence_title: str


@dataclass(frozen=True, kw_only=True)
class Steps:
    """The next steps, in order."""

    kind: ClassVar[str] = "steps"
    items: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command to type, with what it does."""

    kind: ClassVar[str] = "command"
    title: str
    text: str
    command: str


@dataclass(frozen=True, kw_only=True)
class Term:
    """One word of the glossary."""

    name: str
    meaning: str
    formula: str = ""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The glossary, or a part of it."""

    kind: ClassVar[str] = "terms"
    title: str
    items: tuple[Term, ...]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a card, and the count behind it; `silent` where the data say nothing."""

    text: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a card: its title and lines."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class PersonaCard:
    """A segment as a person, on one page: the person, her words, the brief, and what each department does."""

    kind: ClassVar[str] = "persona"
    name: str
    title: str
    facts: tuple[str, ...]
    person: tuple[Part, ...]
    quotes: tuple[Line, ...]
    brief: tuple[Part, ...]
    departments: tuple[Part, ...]


Block = Note | Tiles | Table | Chart | Row | Steps | Command | Terms | PersonaCard


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of the page: its anchor, title, opening sentence and blocks."""

    name: str
    title: str
    lead: str
    blocks: tuple[Block, ...] = ()

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Every chart of the section, in order."""
        found: list[Chart] = []
        for block in self.blocks:
            found.extend([block] if isinstance(block, Chart) else block.charts if isinstance(block, Row) else ())
        return tuple(found)


@dataclass(frozen=True, kw_only=True)
class Page:
    """The whole report."""

    title: str
    subtitle: str
    headline: tuple[str, ...]
    tiles: Tiles
    sections: tuple[Section, ...] = field(default=())
    notice: str = ""
