"""Do the customers ranked first really bring the most?"""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from patron.charts.blank import blank
from patron.charts.records import Small, records
from patron.charts.tested import main_test
from patron.charts.theme import LIGHT, dress, plain
from patron.contracts.outcome import BACKTEST
from patron.language import number, say


def lift(backtest: Small, *, models: Mapping[str, str], target: str = "value", title: str | None = None) -> go.Figure:
    """Draw, by tenth of customers in the order of the forecast, how many times the mean they brought.

    Parameters
    ----------
    backtest : Table, one row per figure of a tested forecast (`BACKTEST`)
        The longest horizon's latest origin is drawn.
    models : mapping of str to str
        The models to draw and their names for people, the first one in front.
    target : {"value", "orders"}
        What was forecast.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.lift") if title is None else title
    tested = records(backtest, BACKTEST, metric="decile_lift", target=target)
    rows = main_test([row for row in tested if row["model"] in models and row["value"] is not None])
    if not rows:
        return blank(say("charts.no_backtest"), title=heading)
    figure = go.Figure()
    for (model, name), colour in zip(models.items(), (LIGHT.series[0], LIGHT.neutral), strict=False):
        mine = sorted((row for row in rows if row["model"] == model), key=lambda row: row["decile"])
        figure.add_bar(
            name=plain(name), x=[row["decile"] for row in mine], y=[row["value"] for row in mine], marker_color=colour,
            hoverinfo="text",
            hovertext=[
                say("charts.lift_hover", model=plain(name), tenth=row["decile"], lift=number(row["value"], digits=1))
                for row in mine
            ],
        )  # fmt: skip
    figure.add_hline(y=1, line={"color": LIGHT.muted, "width": 1, "dash": "dot"})
    figure.update_layout(barmode="group", bargap=0.3)
    figure.update_xaxes(title_text=say("charts.tenth_axis"), dtick=1, showgrid=False, range=[0.4, 10.6])
    figure.update_yaxes(title_text=say("charts.lift_axis"), ticksuffix=" ×", rangemode="tozero")
    return dress(figure, title=heading, height=330)
