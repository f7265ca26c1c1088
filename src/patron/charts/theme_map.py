"""What do customers speak of, how many of them, and how content are they then?"""

from __future__ import annotations

import math

import plotly.graph_objects as go

from patron.charts.blank import blank
from patron.charts.label_places import label_places
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain, steps, wrap
from patron.contracts.theme import THEMES
from patron.language import number, percent, say

LARGEST, SMALLEST = 76.0, 16.0  # pixels across
TOLD = 3  # words of a label
MARGIN = 0.35


def theme_map(themes: Small, *, title: str | None = None) -> go.Figure:
    """Draw the themes of everybody: near each other where they are alike, as large as many speak of them.

    The colour is the mean rating of the texts that have one. The axes mean nothing but nearness; themes of another
    language stand apart.

    Parameters
    ----------
    themes : Table, one row per theme and segment (`THEMES`)
        Only the rows of everybody are drawn, without `other`.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.theme_map") if title is None else title
    rows = [row for row in records(themes, THEMES, segmentation="all") if row["x"] is not None and row["customers"]]
    if not rows:
        return blank(say("charts.no_themes"), title=heading)
    rows.sort(key=lambda row: (-row["customers"], row["theme"]))
    rated = [row for row in rows if row["rating"] is not None]
    places = _places(rows)
    figure = go.Figure()
    if rated:
        figure.add_trace(_bubbles(rated, rows[0]["customers"], places, colour=_colours(rated)))
    if others := [row for row in rows if row["rating"] is None]:
        figure.add_trace(_bubbles(others, rows[0]["customers"], places, colour={"color": LIGHT.faint}))
    bare = {"visible": False, "showgrid": False, "zeroline": False}
    figure.update_xaxes(range=_range(rows, "x"), **bare)
    figure.update_yaxes(range=_range(rows, "y"), **bare)
    figure.update_layout(showlegend=False)
    return dress(figure, title=heading, height=520)


def _range(rows: list[Record], axis: str) -> list[float]:
    low, high = min(row[axis] for row in rows), max(row[axis] for row in rows)
    return [low - MARGIN, high + MARGIN]


def _colours(rows: list[Record]) -> dict[str, object]:
    return {
        "color": [row["rating"] for row in rows], "cmin": 1, "cmax": 5, "colorscale": steps(LIGHT.balance),
        "colorbar": {
            "title": {"text": say("charts.theme_rating"), "font": {"color": LIGHT.muted}}, "thickness": 12,
            "tickvals": [1, 2, 3, 4, 5], "tickfont": {"color": LIGHT.muted}, "outlinewidth": 0, "len": 0.6,
        },
    }  # fmt: skip


def _across(row: Record, most: int) -> float:
    return SMALLEST + (LARGEST - SMALLEST) * math.sqrt(row["customers"] / most)


def _places(rows: list[Record]) -> dict[str, str]:
    """Return the side of its bubble on which each theme's label lies."""
    most = rows[0]["customers"]
    sides = label_places(
        [(row["x"], row["y"]) for row in rows], [_across(row, most) for row in rows], [_label(row) for row in rows],
        x_range=_range(rows, "x"), y_range=_range(rows, "y"),
    )  # fmt: skip
    return {row["theme"]: side for row, side in zip(rows, sides, strict=True)}


def _bubbles(rows: list[Record], most: int, places: dict[str, str], *, colour: dict[str, object]) -> go.Scatter:
    across = [_across(row, most) for row in rows]
    return go.Scatter(
        x=[row["x"] for row in rows],
        y=[row["y"] for row in rows],
        mode="markers+text",
        marker={**colour, "size": across, "line": {"width": 1, "color": LIGHT.neutral}},
        text=[_label(row) for row in rows],
        textposition=[places[row["theme"]] for row in rows],
        textfont={"color": LIGHT.ink, "size": 12},
        cliponaxis=False,
        hovertext=[_hover(row) for row in rows],
        hoverinfo="text",
    )


def _label(row: Record) -> str:
    return wrap(" ".join(row["words"].split(", ")[:TOLD]) or row["theme"], width=18)


def _hover(row: Record) -> str:
    stars = row["rating"]
    told = say("charts.theme_no_stars") if stars is None else say("charts.theme_stars", stars=number(stars, digits=1))
    return say(
        "charts.theme_hover", words=plain(row["words"]), customers=number(row["customers"]),
        share=percent(row["share"], digits=1), stars=told,
    )  # fmt: skip
