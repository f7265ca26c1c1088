"""What the reader is told where figures are withheld, or are those of an earlier report."""

from __future__ import annotations

from patron.language import number, say
from patron.report.blocks import Cell, Note
from patron.report.source import Source


def notes(source: Source, *names: str, segmentation: str = "") -> tuple[Note, ...]:
    """Return the notes under tables of which something is withheld or repeated; of segments those of one division."""
    found = []
    least = number(source.gate.least)
    if source.hidden(segmentation) if segmentation else any(source.withheld(name) for name in names):
        found.append(Note(text=say("anonymity.withheld_note", least=least), tone="none"))
    if source.repeats(*names):
        found.append(Note(text=say("anonymity.repeated_note", least=least), tone="none"))
    return tuple(found)


def mark() -> Cell:
    """Return the cell that stands for a figure that is withheld."""
    return Cell(text=say("anonymity.withheld"), tone="withheld")
