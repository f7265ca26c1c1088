"""Sections of the report as parts of a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from patron.dashboard.asked import Asked
from patron.dashboard.draw.cards import Behind, figure_card
from patron.dashboard.draw.notes import note, tiles
from patron.dashboard.draw.persona import persona
from patron.dashboard.draw.steps import steps, terms
from patron.dashboard.draw.tables import table
from patron.report.blocks import Block, Chart, Command, Row, Section

Behinds = Mapping[str, Behind]
"""What stands behind the figures, by their names."""


def section(one: Section, asked: Asked, *, behind: Behinds | None = None, titled: bool = True) -> Component:
    """Return a section with its title, opening sentence and blocks."""
    head: list[Component] = [dmc.Title(one.title, order=2, size="h3")] if titled else []
    if one.lead:
        head.append(dmc.Text(one.lead, c="dimmed", className="prose"))
    return html.Section([*head, *drawn(one.blocks, asked, behind=behind)], id=one.name, className="section")


def drawn(blocks: Iterable[Block], asked: Asked, *, behind: Behinds | None = None) -> list[Component]:
    """Return blocks, one under the other; without commands to type, in whose place pages have buttons."""
    return [block(one, asked, behind=behind) for one in blocks if not isinstance(one, Command)]


def block(one: Block, asked: Asked, *, behind: Behinds | None = None) -> Component:
    """Return one block."""
    if isinstance(one, Chart):
        return figure_card(one, asked.facts, dark=asked.dark, behind=(behind or {}).get(one.name))
    if isinstance(one, Row):
        charts = [block(chart, asked, behind=behind) for chart in one.charts]
        return html.Div(charts, className="row small" if one.small else "row")
    return _DRAWN[one.kind](one)


_DRAWN: Mapping[str, Callable[[Any], Component]] = {
    "note": note,
    "tiles": lambda one: tiles(one.items),
    "table": table,
    "steps": steps,
    "terms": terms,
    "persona": persona,
}
