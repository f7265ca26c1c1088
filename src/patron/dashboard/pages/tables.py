"""Where does a number come from?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
import ibis.expr.datatypes as dt
import orjson
from dash import dcc, html
from dash.development.base_component import Component

from patron.contracts import TABLES, Column
from patron.dashboard.asked import Asked
from patron.dashboard.draw import empty, grid
from patron.dashboard.page import Page, Shown
from patron.language import number, say
from patron.privacy.roles import Permission
from patron.server.answer import written
from patron.server.figures import FIGURES


def _shown(asked: Asked) -> Shown:
    return _one(asked, asked.rest) if asked.rest else _all(asked)


def _all(asked: Asked) -> Shown:
    held = asked.figures.run.manifest.tables
    return [dmc.Table([html.Tbody([_line(name, held[name].rows) for name in sorted(FIGURES) if name in held])])]


def _line(name: str, count: int) -> Component:
    link = dcc.Link(name, href=f"/tables/{name}")
    return html.Tr([html.Th(link, scope="row"), html.Td(TABLES[name].grain), html.Td(number(count))])


def _one(asked: Asked, name: str) -> Shown:
    shown = asked.figures.shown(name)
    contract = TABLES[name]
    facts = [
        dmc.Text(say("tables_page.grain", grain=contract.grain)),
        dmc.Text(say("tables_page.purpose", purpose=contract.purpose), c="dimmed"),
    ]
    if not shown.rows:
        return [*facts, empty(say("tables_page.empty"))]
    return [
        *facts,
        grid("table", [_column(one) for one in contract.columns], [_plain(row) for row in shown.rows], dark=asked.dark),
        _meanings(contract.columns),
    ]


def _column(column: Column) -> Mapping[str, Any]:
    figures = isinstance(column.dtype, dt.Numeric)
    unit = f" ({column.unit})" if column.unit else ""
    return {
        "field": column.name, "headerName": column.name, "headerTooltip": f"{column.meaning}{unit}",
        "type": "rightAligned" if figures else None,
        "filter": "agNumberColumnFilter" if figures else "agTextColumnFilter",
    }  # fmt: skip


def _plain(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row as JSON writes it: exact amounts as numbers here, for they are sorted."""
    made: Mapping[str, Any] = orjson.loads(written(row))
    return made


def _meanings(columns: tuple[Column, ...]) -> Component:
    pairs = [
        part
        for one in columns
        for part in (html.Dt(one.name), html.Dd(one.meaning + (f" ({one.unit})" if one.unit else "")))
    ]
    return html.Details([html.Summary(say("tables_page.meanings")), html.Dl(pairs, className="terms")])


tables = Page(
    name="tables",
    title="tables_page.title",
    question="tables_page.question",
    path="/tables",
    permission=Permission.FIGURES,
    shown=_shown,
    listed=False,
)
