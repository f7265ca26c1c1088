"""A segment as a person, with the cards of the departments."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from patron.report.blocks import Line, Part, PersonaCard


def persona(one: PersonaCard) -> Component:
    """Return the page of one persona."""
    head = [dmc.Title(one.name, order=3, size="h4"), dmc.Text(one.title, c="dimmed")]
    facts = dmc.Group([dmc.Badge(fact, variant="light", tt="none") for fact in one.facts], gap="xs")
    quotes = [html.Blockquote([line.text, html.Small(line.note)]) for line in one.quotes]
    parts = html.Div([_part(part) for part in (*one.person, *one.brief)], className="parts")
    departments = html.Div([_part(part) for part in one.departments], className="parts departments")
    return dmc.Paper(dmc.Stack([*head, facts, *quotes, parts, departments]), withBorder=True, p="lg")


def _part(part: Part) -> Component:
    return html.Div([html.H4(part.title), html.Ul([_line(line) for line in part.lines])])


def _line(line: Line) -> Component:
    return html.Li([line.text, html.Small(line.note)] if line.note else line.text, className=line.tone or None)
