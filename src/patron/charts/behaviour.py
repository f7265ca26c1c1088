"""Which kinds of customers are there by how they buy, and which of them carry the shop?"""

from __future__ import annotations

import plotly.graph_objects as go

from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain, share_axis, wrap
from patron.contracts.customer import SEGMENTS
from patron.language import number, percent, say

MEASURES = ("customer_share", "margin_share", "predicted_share")


def behaviour(segments: Small, *, title: str | None = None) -> go.Figure:
    """Draw for each behaviour segment its share of the customers, of the margin to date and of the predicted value.

    Parameters
    ----------
    segments : Table, one row per segment (`SEGMENTS`)
        Only the rows of the segmentation ``behaviour`` are drawn, by their share of the margin.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.behaviour") if title is None else title
    rows = [row for row in records(segments, SEGMENTS, segmentation="behaviour") if row["customers"]]
    if not rows:
        return blank(say("charts.no_behaviour"), title=heading)
    rows.sort(key=lambda row: (-(row["margin_share"] or 0.0), row["segment"]))
    colours = (LIGHT.faint, LIGHT.pale, LIGHT.ramp[-1])
    figure = go.Figure([_bars(rows, name, colour) for name, colour in zip(MEASURES, colours, strict=True)])
    figure.update_layout(barmode="group", bargap=0.35, bargroupgap=0.05, legend_traceorder="normal")
    figure.update_xaxes(**share_axis(), rangemode="tozero")
    figure.update_yaxes(
        autorange="reversed", showgrid=False, tickfont_color=LIGHT.ink, type="category", categoryorder="array",
        categoryarray=[_label(row) for row in rows],
    )  # fmt: skip
    return dress(figure, title=heading, height=120 + 64 * len(rows))


def _label(row: Record) -> str:
    return f"{wrap(row['title'], width=26)} ({plain(row['segment'])})"


def _bars(rows: list[Record], measure: str, colour: str) -> go.Bar:
    return go.Bar(
        name=say(f"charts.{measure}"),
        orientation="h",
        y=[_label(row) for row in rows],
        x=[row[measure] or 0.0 for row in rows],
        marker={"color": colour},
        hovertext=[
            say(
                "charts.tier_hover", title=plain(row["title"]), share=percent(row[measure] or 0.0, digits=1),
                measure=say(f"charts.{measure}"), count=row["customers"], customers=number(row["customers"]),
            )
            for row in rows
        ],
        hoverinfo="text",
    )  # fmt: skip
