"""Do the groups hold as much value as they hold customers?"""

from __future__ import annotations

import plotly.graph_objects as go

from patron.charts.amounts import whole
from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain, share_axis, wrap
from patron.contracts.customer import SEGMENTS
from patron.language import number, percent, say
from patron.segments.rfm import NO_ORDERS


def rfm(segments: Small, *, currency: str, segmentation: str = "rfm", title: str | None = None) -> go.Figure:
    """Draw each group's share of customers beside its share of margin and of predicted value.

    Parameters
    ----------
    segments : Table, one row per segment (`SEGMENTS`)
        Only the rows of `segmentation` are drawn, in their order of position.
    currency : str
        The project's currency, for the amounts in the hover text.
    segmentation : str
        Which way of dividing to draw.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.rfm") if title is None else title
    groups = sorted(
        (row for row in records(segments, SEGMENTS, segmentation=segmentation) if _drawn(row)),
        key=lambda row: (row["position"], row["segment"]),
    )
    if not groups:
        return blank(say("charts.no_segments"), title=heading)
    figure = go.Figure(
        [
            _bars(groups, measure, colour=colour, currency=currency)
            for measure, colour in (
                ("customer_share", LIGHT.neutral),
                ("margin_share", LIGHT.series[2]),
                ("predicted_share", LIGHT.series[0]),
            )
        ]
    )
    figure.update_layout(barmode="group", bargap=0.3, bargroupgap=0.05, legend_traceorder="normal")
    figure.update_xaxes(**share_axis(), rangemode="tozero", title_text=say("charts.share_of_all"))
    figure.update_yaxes(autorange="reversed", showgrid=False, tickfont_color=LIGHT.ink)
    return dress(figure, title=heading, height=90 + 46 * len(groups))


def _drawn(row: Record) -> bool:
    """Leave out who never ordered: no value, and for returned orders even less than none."""
    return bool(row["customers"]) and row["segment"] != NO_ORDERS


def _bars(groups: list[Record], measure: str, *, colour: str, currency: str) -> go.Bar:
    return go.Bar(
        name=say(f"charts.{measure}"),
        orientation="h",
        y=[wrap(row["title"], width=22) for row in groups],
        x=[row[measure] for row in groups],
        marker_color=colour,
        hovertext=[_hover(row, currency=currency) for row in groups],
        hoverinfo="text",
    )


def _hover(row: Record, *, currency: str) -> str:
    return say(
        "charts.segment_hover", title=plain(row["title"]), count=row["customers"], customers=number(row["customers"]),
        customer_share=percent(row["customer_share"], digits=1), margin=whole(row["margin"], currency),
        predicted=whole(row["predicted_value"], currency),
    )  # fmt: skip
