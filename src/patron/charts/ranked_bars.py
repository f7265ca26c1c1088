"""Bars of money under each other, the largest first, each with its interval; the colour says how it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from patron.charts.amounts import money_axis
from patron.charts.theme import LIGHT, dress
from patron.language import say

_COLOURS = {"measured": LIGHT.series[2], "modelled": LIGHT.series[0], "assumed": LIGHT.pale}


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar."""

    label: str
    value: float
    low: float
    high: float
    evidence: str
    hover: str


def ranked_bars(bars: Sequence[Bar], *, currency: str, axis: str, title: str) -> go.Figure:
    """Draw the bars in their order.

    Parameters
    ----------
    bars : sequence of Bar
        One or more, each label once.
    currency : str
        The project's currency.
    axis, title : str
        What the axis measures, and the chart's title; "" draws without.
    """
    figure = go.Figure(
        [
            _drawn([bar for bar in bars if bar.evidence == evidence], evidence)
            for evidence in _COLOURS
            if any(bar.evidence == evidence for bar in bars)
        ]
    )
    figure.update_layout(showlegend=True, barmode="overlay", bargap=0.45)
    low, high = min(0.0, *(bar.low for bar in bars)), max(bar.high for bar in bars)
    figure.update_xaxes(
        **money_axis(low, high, currency, count=4), title_text=axis, rangemode="tozero", tickangle=0,
    )  # fmt: skip
    figure.update_yaxes(
        autorange="reversed", showgrid=False, type="category", tickfont_color=LIGHT.ink,
        categoryorder="array", categoryarray=[bar.label for bar in bars],
    )  # fmt: skip
    return dress(figure, title=title, height=110 + 44 * len(bars))


def _drawn(bars: Sequence[Bar], evidence: str) -> go.Bar:
    return go.Bar(
        name=say(f"charts.evidence_{evidence}"),
        orientation="h",
        y=[bar.label for bar in bars],
        x=[bar.value for bar in bars],
        marker_color=_COLOURS[evidence],
        error_x={
            "type": "data", "symmetric": False, "color": LIGHT.muted, "thickness": 1.5, "width": 4,
            "array": [bar.high - bar.value for bar in bars],
            "arrayminus": [bar.value - bar.low for bar in bars],
        },
        hovertext=[bar.hover for bar in bars],
        hoverinfo="text",
    )  # fmt: skip
