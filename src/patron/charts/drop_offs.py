"""Where do people stop, and what does it cost?"""

from __future__ import annotations

import plotly.graph_objects as go

from patron.charts.amounts import money_axis, whole
from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain, wrap
from patron.contracts.journey import DROP_OFF, JOURNEY_EDGES
from patron.language import number, percent, say

MOST = 10


def costly(rows: list[Record], *, left: bool = True) -> list[Record]:
    """Return the edges that cost money beyond chance, the dearest first: the drop-offs, or the ways to other steps."""
    mine = [row for row in rows if (row["to_step"] == DROP_OFF) is left]
    found = [row for row in mine if row["stake_low"] is not None and row["stake_low"] > 0]
    return sorted(found, key=lambda row: (-row["value_at_stake"], row["from_step"], row["to_step"]))


def step_words(step: str) -> str:
    """Return a step as a person reads it.

    Examples
    --------
    >>> step_words("first_order"), step_words("drop_off")
    ('first order', 'left')
    """
    return say(f"journey_report.{step}") if step in (DROP_OFF, "start", "other") else step.replace("_", " ")


def drop_offs(edges: Small, *, currency: str, title: str | None = None) -> go.Figure:
    """Draw what is lost by the dearest drop-offs of everybody, with 95 % intervals.

    Parameters
    ----------
    edges : Table
        Keeps the contract JOURNEY_EDGES; its rows of everybody are drawn.
    currency : str
        The currency of the amounts.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.drop_offs") if title is None else title
    rows = costly(records(edges, JOURNEY_EDGES, segmentation="all"))[:MOST]
    if not rows:
        return blank(say("charts.no_drop_offs"), title=heading)
    labels = [wrap(step_words(row["from_step"]), width=30) for row in rows]
    figure = go.Figure()
    figure.add_bar(
        x=[row["value_at_stake"] for row in rows], y=labels, orientation="h",
        marker_color=LIGHT.loss,
        error_x={
            "type": "data", "symmetric": False, "color": LIGHT.muted, "thickness": 1,
            "array": [row["stake_high"] - row["value_at_stake"] for row in rows],
            "arrayminus": [row["value_at_stake"] - row["stake_low"] for row in rows],
        },
        hoverinfo="text", hovertext=[_hover(row, currency) for row in rows], showlegend=False,
    )  # fmt: skip
    figure.update_xaxes(
        **money_axis(0, max(row["stake_high"] for row in rows), currency), title_text=say("charts.drop_offs_axis")
    )
    figure.update_yaxes(autorange="reversed", showgrid=False, tickfont_color=LIGHT.ink)
    return dress(figure, title=heading, height=110 + 40 * len(rows))


def edge_words(row: Record) -> str:
    """Return an edge as a person reads it."""
    return say("journey_report.edge", origin=step_words(row["from_step"]), to=step_words(row["to_step"]))


def _hover(row: Record, currency: str) -> str:
    return say(
        "charts.drop_offs_hover", edge=plain(edge_words(row)), people=number(row["people"]), times=number(row["times"]),
        share=percent(row["share"], digits=1), value=whole(row["value_at_stake"], currency),
        low=whole(row["stake_low"], currency), high=whole(row["stake_high"], currency),
    )  # fmt: skip
