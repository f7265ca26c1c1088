"""Do the scores of lookalikes find ideal customers among those who were held out?"""

from __future__ import annotations

import plotly.graph_objects as go

from patron.charts.blank import blank
from patron.charts.records import Small, records
from patron.charts.theme import LIGHT, dress
from patron.contracts.market import LOOKALIKE_CARD
from patron.language import number, say


def lookalikes(card: Small, *, title: str | None = None) -> go.Figure:
    """Draw, by tenth of the held-out customers, how many times the mean share of ideal ones it holds.

    Parameters
    ----------
    card : Table
        Keeps the contract LOOKALIKE_CARD.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("market_report.chart") if title is None else title
    rows = sorted(records(card, LOOKALIKE_CARD, part="lift"), key=lambda row: row["place"])
    if not rows:
        return blank(say("market_report.no_lift"), title=heading)
    figure = go.Figure()
    figure.add_bar(
        x=[row["place"] for row in rows],
        y=[row["value"] for row in rows],
        marker_color=LIGHT.series[0],
        error_y={
            "type": "data", "symmetric": False, "color": LIGHT.muted, "thickness": 1,
            "array": [(row["high"] or row["value"]) - row["value"] for row in rows],
            "arrayminus": [row["value"] - (row["low"] or 0.0) for row in rows],
        },
        hoverinfo="text",
        hovertext=[
            say(
                "market_report.hover", tenth=row["place"], ideal=number(row["ideal"]),
                customers=number(row["customers"]), lift=number(row["value"], digits=1),
            )
            for row in rows
        ],
        showlegend=False,
    )  # fmt: skip
    figure.add_hline(y=1, line={"color": LIGHT.muted, "width": 1, "dash": "dot"})
    figure.update_layout(bargap=0.3)
    figure.update_xaxes(title_text=say("market_report.tenth_axis"), dtick=1, showgrid=False, range=[0.4, 10.6])
    figure.update_yaxes(title_text=say("market_report.lift_axis"), ticksuffix=" ×", rangemode="tozero")
    return dress(figure, title=heading, height=330)
