"""Whom to keep, whom to win back, whom to grow, whom to serve cheaply?"""

from __future__ import annotations

import plotly.graph_objects as go

from patron.charts.amounts import whole
from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain, wrap
from patron.contracts.customer import SEGMENTS
from patron.language import number, percent, say
from patron.segments.value_map import QUARTERS

_BARS = (
    ("customer_share", LIGHT.neutral, 0.56),
    ("margin_share", LIGHT.series[2], 0.34),
    ("predicted_share", LIGHT.series[0], 0.12),
)
_LEFT, _WIDTH, _THICK = 0.07, 0.84, 0.045


def value_map(segments: Small, *, currency: str, title: str | None = None) -> go.Figure:
    """Draw the four quarters of past value (to the right) against predicted value (upwards).

    Each quarter holds its customers and three bars: its share of customers, of margin so far, of predicted value.

    Parameters
    ----------
    segments : Table, one row per segment (`SEGMENTS`)
        Only the four quarters of ``value_map`` are drawn.
    currency : str
        The project's currency.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.value_map") if title is None else title
    quarters = {row["segment"]: row for row in records(segments, SEGMENTS, segmentation="value_map")}
    if not any(quarters[name]["customers"] for name in QUARTERS.values() if name in quarters):
        return blank(say("charts.no_segments"), title=heading)
    figure = go.Figure()
    for (past, predicted), name in QUARTERS.items():
        if name in quarters:
            _draw(figure, quarters[name], column=int(past == "high"), row=int(predicted == "high"), currency=currency)
    ends = {"tickvals": [0.5, 1.5], "ticktext": [say("charts.low"), say("charts.high")]}
    bare = {"showgrid": False, "zeroline": False, "range": [0, 2]}
    figure.update_xaxes(title_text=say("charts.past_value_axis"), **ends, **bare)
    figure.update_yaxes(title_text=say("charts.predicted_value_axis"), tickangle=-90, **ends, **bare)
    figure.update_layout(showlegend=False)
    return dress(figure, title=heading, height=500)


def _draw(figure: go.Figure, quarter: Record, *, column: int, row: int, currency: str) -> None:
    figure.add_shape(
        type="rect", x0=column + 0.015, x1=column + 0.985, y0=row + 0.02, y1=row + 0.98, layer="below",
        fillcolor=LIGHT.page, line={"width": 1, "color": LIGHT.line},
    )  # fmt: skip
    customers = say("charts.customers", count=quarter["customers"], customers=number(quarter["customers"]))
    _write(figure, f"<b>{wrap(quarter['title'], width=22)}</b><br>{customers}", x=column, y=row + 0.94, size=13)
    for measure, colour, height in _BARS:
        share = quarter[measure] or 0.0
        label = say("charts.share_of", share=percent(share), measure=say(f"charts.{measure}_of"))
        _write(figure, label, x=column, y=row + height + 0.11, size=12)
        for width, fill in ((1.0, LIGHT.line), (share, colour)):
            figure.add_shape(
                type="rect", x0=column + _LEFT, x1=column + _LEFT + _WIDTH * width, y0=row + height - _THICK,
                y1=row + height, fillcolor=fill, line_width=0,
            )  # fmt: skip
    figure.add_scatter(
        x=[column + 0.5], y=[row + 0.5], mode="markers", marker={"size": 60, "opacity": 0}, hoverinfo="text",
        hovertext=[
            say(
                "charts.segment_hover", title=plain(quarter["title"]), count=quarter["customers"],
                customers=number(quarter["customers"]), customer_share=percent(quarter["customer_share"], digits=1),
                margin=whole(quarter["margin"], currency), predicted=whole(quarter["predicted_value"], currency),
            )
        ],
    )  # fmt: skip


def _write(figure: go.Figure, text: str, *, x: float, y: float, size: int) -> None:
    figure.add_annotation(
        text=text, x=x + _LEFT, y=y, xanchor="left", yanchor="top", align="left", showarrow=False,
        font={"size": size, "color": LIGHT.ink}, borderpad=0,
    )  # fmt: skip
