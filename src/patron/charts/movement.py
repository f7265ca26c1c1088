"""Who moved, from where to where, and was it worth something?"""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from patron.charts.amounts import brief, whole
from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain, steps, wrap
from patron.contracts.customer import MOVEMENTS
from patron.language import NOTHING, number, percent, say
from patron.segments.rfm import NO_ORDERS


def movement(
    movements: Small, *, currency: str, segmentation: str = "value_map", titles: Mapping[str, str] | None = None,
    title: str | None = None,
) -> go.Figure:  # fmt: skip
    """Draw a matrix of flows: rows are where customers were, columns where they are.

    A cell's number is customers, its colour what the move is worth in predicted value: blue won, orange lost.
    Those who stayed are on the diagonal, without colour, so that the moves show; who never ordered is left out.

    Parameters
    ----------
    movements : Table, one row per flow (`MOVEMENTS`)
        Only the rows of `segmentation` are drawn.
    currency : str
        The project's currency.
    segmentation : str
        Which way of dividing.
    titles : mapping of str to str, optional
        The segments' names for people, in the order to draw them; otherwise the stable names, sorted.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.movement") if title is None else title
    flows = [
        row
        for row in records(movements, MOVEMENTS, segmentation=segmentation)
        if NO_ORDERS not in (row["from_segment"], row["to_segment"])
    ]
    if not flows:
        return blank(say("charts.no_movements"), title=heading)
    names = dict(titles) if titles else {}
    left = _order({row["from_segment"] for row in flows}, names)
    right = _order({row["to_segment"] for row in flows}, names)
    figure = go.Figure(_matrix(flows, left, right, names=names, currency=currency))
    figure.update_xaxes(side="top", showgrid=False, title_text=say("charts.moved_to"), tickangle=0, type="category")
    figure.update_yaxes(autorange="reversed", showgrid=False, title_text=say("charts.moved_from"), type="category")
    return dress(figure, title=heading, height=150 + 52 * len(left))


def _order(present: set[str], names: Mapping[str, str]) -> list[str]:
    known = [name for name in names if name in present]
    return known + sorted(present - set(known) - {"new"}) + (["new"] if "new" in present else [])


def _matrix(
    flows: list[Record], left: list[str], right: list[str], *, names: Mapping[str, str], currency: str
) -> go.Heatmap:
    cells = {(row["from_segment"], row["to_segment"]): row for row in flows}
    grid = [[cells.get((start, end)) for end in right] for start in left]
    hovers = [
        ["" if row is None else _hover(row, names=names, currency=currency) for row in line] for line in grid
    ]  # fmt: skip
    reach = max((abs(row["worth"]) for row in flows if row["from_segment"] != row["to_segment"]), default=0.0) or 1.0
    return go.Heatmap(
        x=[_name(end, names) for end in right],
        y=[_name(start, names) for start in left],
        z=[[None if row is None else _worth(row) for row in line] for line in grid],
        text=[["" if row is None else number(row["customers"]) for row in line] for line in grid],
        texttemplate="%{text}",
        textfont={"size": 13},
        hovertext=hovers,
        hoverinfo="text",
        zmin=-reach,
        zmax=reach,
        colorscale=steps(LIGHT.balance),
        xgap=3,
        ygap=3,
        colorbar={
            "thickness": 10, "outlinewidth": 0, "len": 0.9, "tickfont": {"color": LIGHT.muted},
            "tickvals": [-reach, 0, reach],
            "ticktext": [brief(value, currency) for value in (-reach, 0, reach)],
        },
    )  # fmt: skip


def _worth(row: Record) -> float:
    return 0.0 if row["from_segment"] == row["to_segment"] else float(row["worth"])


def _name(segment: str, names: Mapping[str, str]) -> str:
    if segment == "new":
        return wrap(say("charts.new_customers"), width=12)
    return wrap(names.get(segment, segment), width=12)


def _hover(row: Record, *, names: Mapping[str, str], currency: str) -> str:
    start = (
        say("charts.new_customers")
        if row["from_segment"] == "new"
        else names.get(row["from_segment"], row["from_segment"])
    )
    return say(
        "charts.movement_hover", start=plain(start), end=plain(names.get(row["to_segment"], row["to_segment"])),
        count=row["customers"], customers=number(row["customers"]), share=percent(row["share"], digits=1),
        low=_end(row, "share_low"), high=_end(row, "share_high"),
        worth=whole(row["worth"], currency),
    )  # fmt: skip


def _end(row: Record, name: str) -> str:
    """Write an end of the interval; a cell that is repeated from an older report has none."""
    return NOTHING if row[name] is None else percent(row[name])
