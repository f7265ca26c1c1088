"""Whom does the next euro come back from?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import plotly.graph_objects as go

from patron.charts.amounts import money_axis, whole
from patron.charts.blank import blank
from patron.charts.records import Record
from patron.charts.theme import LIGHT, dress, plain, wrap
from patron.language import number, say


def growth_where(
    growth: Sequence[Record], *, currency: str, name: Callable[[str], str] = plain, title: str | None = None
) -> go.Figure:
    """Draw what experiments left of each segment, after what treating it cost, with its 95 % interval.

    Grey is what cannot be told from nothing once all segments are asked together.

    Parameters
    ----------
    growth : sequence of dict
        The rows of `patron.experiments.growth_by`, in the order to draw them, best customers first.
    currency : str
        The project's currency.
    name : callable
        What a segment is called.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.growth_where") if title is None else title
    if not growth:
        return blank(say("charts.no_growth_where"), title=heading)
    labels = [wrap(name(row["segment"]), width=24) for row in growth]
    figure = go.Figure([_mark(row, label, currency) for row, label in zip(growth, labels, strict=True)])
    figure.add_vline(x=0, line={"color": LIGHT.muted, "width": 1})
    figure.update_layout(showlegend=False)
    ends = [value for row in growth for value in (row["net_low"], row["net_high"])]
    figure.update_xaxes(
        title_text=say("charts.growth_where_net"), tickangle=0,
        **money_axis(min(0.0, *ends), max(0.0, *ends), currency, count=4),
    )  # fmt: skip
    figure.update_yaxes(
        range=[len(growth) - 0.4, -0.6], showgrid=False, type="category", tickfont_color=LIGHT.ink, zeroline=False,
        categoryorder="array", categoryarray=labels,
    )  # fmt: skip
    return dress(figure, title=heading, height=110 + 48 * len(growth))


def _mark(row: Record, label: str, currency: str) -> go.Scatter:
    colour = {"pays": LIGHT.gain, "loses": LIGHT.loss}.get(row["verdict"], LIGHT.neutral)
    hover = say(
        "charts.growth_where_hover", segment=label, total=whole(row["total"], currency),
        cost=whole(row["cost"], currency), net=whole(row["net"], currency), low=whole(row["net_low"], currency),
        high=whole(row["net_high"], currency), n=number(row["n"]),
    )  # fmt: skip
    return go.Scatter(
        x=[row["net"]], y=[label], mode="markers", marker={"color": colour, "size": 11, "symbol": "square"},
        error_x={
            "type": "data", "symmetric": False, "color": colour, "thickness": 2, "width": 5,
            "array": [row["net_high"] - row["net"]], "arrayminus": [row["net"] - row["net_low"]],
        },
        hovertext=[hover], hoverinfo="text",
    )  # fmt: skip
