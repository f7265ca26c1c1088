"""Words, figures and tables as Dash shows them: from the report's blocks, so that both say the same."""

from __future__ import annotations

from patron.dashboard.draw.cards import Behind, card, figure_card
from patron.dashboard.draw.colours import coloured
from patron.dashboard.draw.grid import grid
from patron.dashboard.draw.notes import empty, note, tiles
from patron.dashboard.draw.sections import block, drawn, section
from patron.dashboard.draw.tables import table

__all__ = [
    "Behind",
    "block",
    "card",
    "coloured",
    "drawn",
    "empty",
    "figure_card",
    "grid",
    "note",
    "section",
    "table",
    "tiles",
]
