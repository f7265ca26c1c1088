"""How many customers stand at each stage of their way, and what are they expected to bring?"""

from __future__ import annotations

import plotly.graph_objects as go

from patron.charts.amounts import brief
from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain
from patron.contracts.customer import SEGMENTS
from patron.language import number, say

WAY = ("prospect", "first_time", "second_order", "developing", "loyal", "won_back", "at_risk", "lapsed")
"""The stages as a customer goes through them; the last two lead away."""

AWAY = ("at_risk", "lapsed")


def stages(segments: Small, *, currency: str, title: str | None = None) -> go.Figure:
    """Draw the customers at each stage, with what they are expected to bring beside the bar.

    Parameters
    ----------
    segments : Table, one row per segment (`SEGMENTS`)
        Only the rows of the segmentation ``stage`` are drawn.
    currency : str
        What the money is in.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.stages") if title is None else title
    there = {row["segment"]: row for row in records(segments, SEGMENTS, segmentation="stage") if row["customers"]}
    rows = [there[name] for name in WAY if name in there]
    if not rows:
        return blank(say("charts.no_segments"), title=heading)
    figure = go.Figure([_bars(rows, currency)])
    most = max(row["customers"] for row in rows)
    figure.update_layout(showlegend=False, bargap=0.25)
    figure.update_xaxes(range=[0, 1.3 * most], title_text=say("charts.stages_axis"))
    figure.update_yaxes(autorange="reversed", showgrid=False, tickfont_color=LIGHT.ink, type="category")
    return dress(figure, title=heading, height=90 + 40 * len(rows))


def _bars(rows: list[Record], currency: str) -> go.Bar:
    words = [
        say("charts.stages_bar", customers=number(row["customers"]), amount=brief(row["predicted_value"], currency))
        for row in rows
    ]
    return go.Bar(
        orientation="h",
        y=[plain(row["title"]) for row in rows],
        x=[row["customers"] for row in rows],
        text=words,
        textposition="outside",
        cliponaxis=False,
        marker={"color": [LIGHT.loss if row["segment"] in AWAY else LIGHT.gain for row in rows]},
        hovertext=[f"{plain(row['title'])}: {text}" for row, text in zip(rows, words, strict=True)],
        hoverinfo="text",
    )
