"""Paragraphs, figures in large type, and what is said where there is nothing."""

from __future__ import annotations

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from patron.report.blocks import Note, Tile

_TONES = {"plain": None, "none": "gray", "warning": "orange", "advice": "blue"}


def note(one: Note) -> Component:
    """Return a paragraph; advice, a warning or an absence is set apart."""
    if one.tone == "plain" and not one.title:
        return dmc.Text(one.text, className="prose")
    return dmc.Alert(
        one.text, title=one.title or None, color=_TONES.get(one.tone) or "gray", variant="light", className="prose"
    )


def empty(text: str, *, title: str = "", doing: Component | None = None, failed: bool = False) -> Component:
    """Return what stands where there is nothing to show: why, and what to do about it; or what has failed."""
    words: list[Component] = [dmc.Text(title, fw=600)] if title else []
    words.append(dmc.Text(text, c="dimmed", maw="42rem"))
    if doing is not None:
        words.append(doing)
    return dmc.Paper(
        dmc.Stack(words, gap="xs"), withBorder=True, p="lg", className="empty failed" if failed else "empty"
    )


def tiles(items: Sequence[Tile]) -> Component:
    """Return some figures side by side, under each other where there is no room."""
    return html.Dl([_tile(one) for one in items], className="tiles")


def _tile(one: Tile) -> Component:
    parts: list[Component] = [html.Dt(one.label), html.Dd(one.value)]
    if one.note:
        parts.append(html.Dd(one.note, className="quiet"))
    return html.Div(parts)
