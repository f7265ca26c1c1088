"""A figure with all that makes it a fact: its finding, how many are behind it, as of when, what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from patron.dashboard.draw.colours import coloured
from patron.dashboard.draw.tables import table
from patron.language import day, number, say
from patron.report.blocks import Chart
from patron.report.facts import Facts

CONFIG: dict[str, Any] = {"displayModeBar": False, "responsive": True, "doubleClick": "reset"}


@dataclass(frozen=True, kw_only=True)
class Behind:
    """What stands behind a figure.

    Parameters
    ----------
    table : str
        The table of the run whose rows it draws; the page of tables says how it is made.
    count : int, optional
        How many people, or whatever `counted` names, it rests on.
    counted : str
        Key of the sentence that counts them, with a fact ``count``.
    definition : str
        What is drawn, in the words of the registry of key figures or of the glossary; with its unit.
    interval : str
        What the intervals drawn mean, where there are any.
    """

    table: str = ""
    count: int | None = None
    counted: str = "dashboard.customers"
    definition: str = ""
    interval: str = ""


def card(*parts: Component, **options: Any) -> Component:
    """Return parts on a surface of their own."""
    return dmc.Paper(dmc.Stack(list(parts), gap="sm"), withBorder=True, p="lg", **options)


def figure_card(chart: Chart, facts: Facts, *, dark: bool, behind: Behind | None = None) -> Component:
    """Return a chart of the report, or of a page, with what a reader needs to trust and to take it along.

    Parameters
    ----------
    chart : Chart
        Its title or finding says what is to be seen.
    facts : Facts
        Of the run.
    dark : bool
        Of `Asked`.
    behind : Behind, optional
        What stands behind it.
    """
    rests = behind or Behind()
    graph = dcc.Graph(
        id={"figure": chart.name}, figure=coloured(chart.figure, dark=dark), config=CONFIG,
        style={"height": f"{chart.height}px"}, responsive=True,
    )  # fmt: skip
    top: list[Component] = [dmc.Text(chart.title, className="label")]
    if rests.definition:
        top.append(_definition(rests.definition, chart.name))
    parts: list[Component] = [dmc.Group(top, gap="xs", align="center", wrap="nowrap")]
    if chart.value:
        parts += [dmc.Text(chart.value, className="value"), dmc.Text(chart.finding, c="dimmed", size="sm")]
    else:
        parts.append(dmc.Title(chart.finding, order=3, className="finding"))
    parts.append(html.Div(graph, className="plot"))
    parts += _reading(chart)
    if chart.table is not None:
        parts.append(table(chart.table))
    parts.append(_foot(chart, facts, rests))
    return dmc.Paper(dmc.Stack(parts, gap="xs"), withBorder=True, p="lg", className="figure", id=chart.name)


def _definition(text: str, name: str) -> Component:
    """Return a sign that tells the definition when it is pointed at, touched or reached by the keyboard."""
    return dmc.HoverCard(
        [
            dmc.HoverCardTarget(
                dmc.ActionIcon("?", variant="light", size="xs", radius="xl", **{"aria-label": say("dashboard.meaning")})
            ),
            dmc.HoverCardDropdown(dmc.Text(text, size="sm"), maw=340),
        ],
        id={"meaning": name},
        withinPortal=True,
    )


def _reading(chart: Chart) -> list[Component]:
    words = [("report.how_to_read", chart.reading), ("report.what_to_do", chart.doing)]
    return [
        html.P([html.B(say(key)), " ", text], className="reading") for key, text in words if text
    ]  # fmt: skip


def _foot(chart: Chart, facts: Facts, behind: Behind) -> Component:
    told = [say("dashboard.as_of", day=day(facts.as_of))]
    if behind.count is not None:
        told.insert(0, say(behind.counted, count=behind.count, number=number(behind.count)))
    if behind.interval:
        told.append(behind.interval)
    links: list[Component] = [
        html.Button(
            "PNG", id={"png": chart.name}, className="take", **{"aria-label": say("dashboard.png", title=chart.title)}
        ),
        html.Button(
            "CSV", id={"csv": chart.name}, className="take", **{"aria-label": say("dashboard.csv", title=chart.title)}
        ),
    ]
    if behind.table:
        links.append(dcc.Link(say("dashboard.behind"), href=f"/tables/{behind.table}", className="take"))
    return html.Footer([html.Span(" · ".join(told)), html.Span(links, className="takes")], className="foot")
