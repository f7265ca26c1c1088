"""How concentrated are customers, margin and predicted value?"""

from __future__ import annotations

import plotly.graph_objects as go

from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain, share_axis
from patron.contracts.customer import SEGMENTS
from patron.language import number, percent, say

_MEASURES = ("customer_share", "margin_share", "predicted_share")


def tiers(segments: Small, *, segmentation: str = "tier", title: str | None = None) -> go.Figure:
    """Draw three bars of 100 %: who they are, what they brought, what they are expected to bring.

    Parameters
    ----------
    segments : Table, one row per segment (`SEGMENTS`)
        Only the rows of `segmentation` are drawn, in their order of position.
    segmentation : str
        Which way of dividing to draw; best with at most six segments.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.tiers") if title is None else title
    groups = sorted(
        (row for row in records(segments, SEGMENTS, segmentation=segmentation) if row["customers"]),
        key=lambda row: (row["position"], row["segment"]),
    )
    if not groups:
        return blank(say("charts.no_segments"), title=heading)
    colours = (*reversed(LIGHT.ramp[1:]), LIGHT.ramp[0])
    figure = go.Figure([_part(row, colour=colours[min(place, 5)]) for place, row in enumerate(groups)])
    figure.update_layout(barmode="stack", bargap=0.28, legend_traceorder="normal")
    figure.update_xaxes(**share_axis(), range=[0, 1], title_text=say("charts.share_of_all"))
    figure.update_yaxes(autorange="reversed", showgrid=False, tickfont_color=LIGHT.ink)
    return dress(figure, title=heading, height=270)


def _part(row: Record, *, colour: str) -> go.Bar:
    shares = [row[measure] or 0.0 for measure in _MEASURES]
    names = [say(f"charts.{measure}") for measure in _MEASURES]
    return go.Bar(
        name=plain(row["title"]),
        orientation="h",
        y=names,
        x=shares,
        text=[percent(share) if share >= 0.05 else "" for share in shares],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        marker={"color": colour, "line": {"color": LIGHT.surface, "width": 1}},
        hovertext=[
            say(
                "charts.tier_hover", title=plain(row["title"]), share=percent(share, digits=1), measure=name,
                count=row["customers"], customers=number(row["customers"]),
            )
            for share, name in zip(shares, names, strict=True)
        ],
        hoverinfo="text",
    )  # fmt: skip
