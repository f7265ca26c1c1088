"""Small tables, worded already."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from patron.language import say
from patron.report.blocks import Cell, Head, Table


def table(one: Table) -> Component:
    """Return a table; one that is folded opens when it is asked for."""
    drawn = html.Div(
        dmc.Table(
            [
                html.Caption(one.caption, className="hidden" if one.folded else None),
                dmc.TableThead(dmc.TableTr([_head(head) for head in one.heads])),
                dmc.TableTbody([_row(row, one.heads) for row in one.rows]),
            ],
            verticalSpacing="xs",
        ),
        className="scrolls surface",
        tabIndex=0,
        role="region",
        **{"aria-label": one.caption},
    )
    if not one.folded:
        return drawn
    return html.Details([html.Summary(one.caption or say("dashboard.numbers")), drawn], className="folded")


def _head(head: Head) -> Component:
    return dmc.TableTh(head.text, ta="right" if head.figures else "left", className="wide" if head.wide else None)


def _row(row: tuple[Cell, ...], heads: tuple[Head, ...]) -> Component:
    cells = [_cell(cell, head, first=place == 0) for place, (cell, head) in enumerate(zip(row, heads, strict=True))]
    return dmc.TableTr(cells)


def _cell(cell: Cell, head: Head, *, first: bool) -> Component:
    text: list[str | Component] = [cell.text]
    if cell.note:
        text.append(html.Small(cell.note))
    tone = f"tone-{cell.tone.replace(' ', ' tone-')}" if cell.tone else None
    if first:
        return html.Th(text, scope="row", className=tone)
    return dmc.TableTd(text, ta="right" if head.figures else "left", className=tone)
