"""How likely is each segment to recommend the shop, and how sure is that?"""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, wrap
from patron.contracts.voice import SCORE, VOICE
from patron.language import number, percent, say

TOTAL = "all"


def voice(
    answers: Small, *, segmentation: str = "rfm", titles: Mapping[str, str] | None = None, title: str | None = None
) -> go.Figure:
    """Draw the weighted net promoter score of each segment with its 95 % interval, and the plain one beside it.

    Parameters
    ----------
    answers : Table
        `VOICE`; rows of the question ``nps``.
    segmentation : str
        Whose segments are drawn, under everybody's score.
    titles : mapping of segment to its name for people, optional
        In the order in which to draw them; by default as the table calls them.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.voice") if title is None else title
    every = [row for row in records(answers, VOICE) if row["question"] == "nps" and row["choice"] == SCORE]
    rows = _ordered([row for row in every if row["score"] is not None], segmentation, titles)
    if not rows:
        return blank(say("charts.no_voice"), title=heading)
    figure = go.Figure([_plain(rows), *(_mark(label, row) for label, row in rows)])
    figure.add_vline(x=0, line={"color": LIGHT.muted, "width": 1})
    figure.update_layout(showlegend=False)
    figure.update_xaxes(title_text=say("charts.voice_axis"), range=[-104, 104])
    figure.update_yaxes(
        range=[len(rows) - 0.4, -0.6], showgrid=False, type="category", tickfont_color=LIGHT.ink, zeroline=False,
        categoryorder="array", categoryarray=[label for label, _ in rows],
    )  # fmt: skip
    return dress(figure, title=heading, height=110 + 40 * len(rows))


def _ordered(rows: list[Record], segmentation: str, titles: Mapping[str, str] | None) -> list[tuple[str, Record]]:
    """Return each row with its label: everybody first, then the segments as `titles` has them."""
    total = [row for row in rows if row["segmentation"] == TOTAL]
    own = {row["segment"]: row for row in rows if row["segmentation"] == segmentation}
    names = titles if titles is not None else {segment: segment for segment in sorted(own)}
    named = [(names[segment], own[segment]) for segment in names if segment in own]
    return [(wrap(label, width=30), row) for label, row in [*((say("charts.everybody"), row) for row in total), *named]]


def _plain(rows: list[tuple[str, Record]]) -> go.Scatter:
    """Draw what those who answered say alone, as a hollow mark."""
    return go.Scatter(
        x=[row["unweighted"] for _, row in rows], y=[label for label, _ in rows], mode="markers",
        marker={"color": LIGHT.muted, "size": 9, "symbol": "circle-open"},
        hovertext=[say("charts.voice_plain", score=number(row["unweighted"])) for _, row in rows], hoverinfo="text",
    )  # fmt: skip


def _mark(label: str, row: Record) -> go.Scatter:
    colour = LIGHT.gain if row["score_low"] > 0 else LIGHT.loss if row["score_high"] < 0 else LIGHT.ink
    return go.Scatter(
        x=[row["score"]], y=[label], mode="markers", marker={"color": colour, "size": 11, "symbol": "square"},
        error_x={
            "type": "data", "symmetric": False, "color": colour, "thickness": 2, "width": 5,
            "array": [row["score_high"] - row["score"]], "arrayminus": [row["score"] - row["score_low"]],
        },
        hovertext=[_hover(label, row)], hoverinfo="text",
    )  # fmt: skip


def _hover(label: str, row: Record) -> str:
    facts = {name: number(row[name]) for name in ("score", "score_low", "score_high", "answered")}
    rate = "" if row["response_rate"] is None else say("charts.voice_rate", rate=percent(row["response_rate"]))
    return say("charts.voice_hover", segment=label, rate=rate, **facts)
