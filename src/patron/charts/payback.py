"""When has a customer brought back what she cost? One small panel a channel."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from patron.charts.amounts import money_axis, whole
from patron.charts.blank import blank
from patron.charts.channels import channel_name
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain
from patron.contracts.channel import EVERY, PAYBACK
from patron.language import number, say

COLUMNS, MOST = 3, 6
BAND = "rgba(81, 148, 210, 0.22)"  # LIGHT.pale, let through


def payback(
    table: Small, *, currency: str, cohort: str = EVERY, item: str = EVERY, title: str | None = None
) -> go.Figure:
    """Draw what a customer of each channel has brought by month since her first order, beside what she cost.

    Parameters
    ----------
    table : Table, one row per channel, cohort, first purchase and month (`PAYBACK`)
        The six channels on which most was spent on the cohort are drawn. Months that were not lived
        yet are dotted.
    currency : str
        The project's currency.
    cohort, item : str
        Which cohort, as 2011-03, and which category or product they began with; ``all`` for everybody.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.payback") if title is None else title
    chosen = records(table, PAYBACK, cohort=cohort, item=item)
    known = [row for row in chosen if row["cac"] is not None and row["channel"] != EVERY]
    known.sort(key=lambda row: (row["channel"], row["month"]))
    curves = [list(curve) for _, curve in groupby(known, key=lambda row: row["channel"])]
    curves = sorted(curves, key=lambda curve: (-curve[0]["cac"] * curve[0]["won"], curve[0]["channel"]))[:MOST]
    if not curves:
        return blank(say("charts.no_payback"), title=heading)
    deep = -(-len(curves) // COLUMNS)
    figure = make_subplots(
        rows=deep, cols=min(COLUMNS, len(curves)), shared_xaxes=True, shared_yaxes=True, horizontal_spacing=0.04,
        vertical_spacing=0.22 / deep, subplot_titles=[plain(channel_name(curve[0]["channel"])) for curve in curves],
    )  # fmt: skip
    for place, curve in enumerate(curves):
        for trace in _curve(curve, currency):
            figure.add_trace(trace, row=place // COLUMNS + 1, col=place % COLUMNS + 1)
    low, high = _ends(curves)
    figure.update_yaxes(**money_axis(low, high, currency, count=4), range=[low, high])
    figure.update_xaxes(dtick=3, showgrid=False)
    figure.update_xaxes(title_text=say("charts.payback_axis"), row=deep)
    figure.update_annotations(font_size=13, font_color=LIGHT.ink)
    figure.update_layout(showlegend=False, margin_t=28)
    return dress(figure, title=heading, height=60 + 210 * deep)


def _ends(curves: Sequence[Sequence[Record]]) -> tuple[float, float]:
    """Return the ends of the axis: a band that is very wide may leave the panel, a line may not."""
    rows = [row for curve in curves for row in curve]
    line = max(max(row["margin"], row["cac"]) for row in rows)
    high = min(2.0 * line, max(max(row["margin_high"], row["cac"]) for row in rows))
    return min(0.0, *(max(row["margin_low"], -line) for row in rows)), 1.05 * high


def _curve(rows: Sequence[Record], currency: str) -> list[go.Scatter]:
    months = [row["month"] for row in rows]
    ends = [row["margin_high"] for row in rows] + [row["margin_low"] for row in reversed(rows)]
    lived = [row for row in rows if row["watched"] > 0]
    ahead = [row for row in rows if not row["watched"]]
    cost = rows[0]["cac"]
    traces = [
        go.Scatter(
            x=months + months[::-1], y=ends, fill="toself", fillcolor=BAND, line={"width": 0}, mode="lines",
            hoverinfo="skip",
        ),
        go.Scatter(x=[months[0], months[-1]], y=[cost, cost], mode="lines", hoverinfo="text",
                   hovertext=say("charts.payback_cost", cost=whole(cost, currency)),
                   line={"color": LIGHT.loss, "width": 1.5, "dash": "dash"}),
        _line(lived, currency, dash="solid"),
    ]  # fmt: skip
    return [*traces, _line([*lived[-1:], *ahead], currency, dash="dot")] if ahead else traces


def _line(rows: Sequence[Record], currency: str, *, dash: str) -> go.Scatter:
    return go.Scatter(
        x=[row["month"] for row in rows], y=[row["margin"] for row in rows], mode="lines+markers",
        line={"color": LIGHT.series[0], "width": 2, "dash": dash}, marker={"size": 4, "color": LIGHT.series[0]},
        hovertext=[_hover(row, currency) for row in rows], hoverinfo="text",
    )  # fmt: skip


def _hover(row: Record, currency: str) -> str:
    return say(
        "charts.payback_hover", channel=plain(channel_name(row["channel"])), month=number(row["month"]),
        margin=whole(row["margin"], currency), low=whole(row["margin_low"], currency),
        high=whole(row["margin_high"], currency), cost=whole(row["cac"], currency), watched=number(row["watched"]),
    )  # fmt: skip
