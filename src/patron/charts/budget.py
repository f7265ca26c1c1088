"""What would more money bring: the value of the best plan against what may be spent."""

from __future__ import annotations

import plotly.graph_objects as go

from patron.charts.amounts import money_axis, whole
from patron.charts.blank import blank
from patron.charts.records import Small, records
from patron.charts.theme import LIGHT, dress
from patron.contracts.budget import BUDGET_FRONTIER
from patron.language import number, say


def budget(frontier: Small, *, currency: str, title: str | None = None) -> go.Figure:
    """Draw what the best plan brings by budget, with the present one marked.

    Parameters
    ----------
    frontier : Table
        Keeps the contract BUDGET_FRONTIER.
    currency : str
        The project's currency.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("budget_report.chart") if title is None else title
    rows = sorted(records(frontier, BUDGET_FRONTIER, side="retention"), key=lambda row: row["place"])
    if len(rows) < 2:
        return blank(say("budget_report.no_curve"), title=heading)
    figure = go.Figure()
    figure.add_scatter(
        x=[row["spent"] for row in rows], y=[row["value"] for row in rows], mode="lines+markers", hoverinfo="text",
        line={"color": LIGHT.series[0], "width": 3}, marker={"size": 6}, showlegend=False,
        hovertext=[
            say(
                "budget_report.hover", budget=whole(row["budget"], currency), value=whole(row["value"], currency),
                customers=number(row["customers"]), price=number(row["price"], digits=2),
            )
            for row in rows
        ],
    )  # fmt: skip
    now = [row for row in rows if row["now"]]
    figure.add_scatter(
        x=[row["spent"] for row in now], y=[row["value"] for row in now], mode="markers+text", hoverinfo="skip",
        marker={"color": LIGHT.gain, "size": 13, "symbol": "diamond"}, showlegend=False,
        text=[say("budget_report.now")] * len(now), textposition="bottom right",
    )  # fmt: skip
    figure.update_xaxes(
        **money_axis(0.0, max(row["spent"] for row in rows), currency), title_text=say("budget_report.budget_axis")
    )
    figure.update_yaxes(
        **money_axis(min(0.0, *(row["value"] for row in rows)), max(row["value"] for row in rows), currency),
        title_text=say("budget_report.value_axis"),
    )
    return dress(figure, title=heading, height=340)
