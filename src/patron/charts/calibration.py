"""When the forecast said ten, did it come to ten?"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from patron.charts.amounts import money_axis, whole
from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.tested import main_test
from patron.charts.theme import LIGHT, dress
from patron.contracts.outcome import BACKTEST
from patron.contracts.propensity import PROPENSITY_TARGETS
from patron.language import number, percent, say


def calibration(
    backtest: Small, *, model: str, currency: str, target: str = "value", top: float | None = None,
    title: str | None = None,
) -> go.Figure:  # fmt: skip
    """Draw, by tenth of customers in the order of the forecast, what was predicted and what came.

    Parameters
    ----------
    backtest : Table, one row per figure of a tested forecast (`BACKTEST`)
        The longest horizon's latest origin is drawn.
    model : str
        Whose forecast: a model's name, or ``naive``.
    currency : str
        The project's currency.
    target : str
        What was forecast: ``value``, ``orders``, or a propensity's target; of one horizon then.
    top : float or None
        Upper end of the axis, so that two models can be compared; none fits it to the figures.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.calibration", model=model) if title is None else title
    rows = _tenths(records(backtest, BACKTEST, model=model, target=target, metric="calibration"))
    if not rows:
        return blank(say("charts.no_backtest"), title=heading)
    figure = go.Figure([_predicted(rows), _actual(rows, target=target, currency=currency)])
    figure.update_xaxes(title_text=say("charts.tenth_axis"), dtick=1, showgrid=False, range=[0.4, 10.6])
    figure.update_yaxes(
        range=None if top is None else [0, top], rangemode="tozero",
        **_axis(target, _highest(rows) if top is None else top, currency),
    )  # fmt: skip
    return dress(figure, title=heading, height=330)


def _axis(target: str, top: float, currency: str) -> dict[str, Any]:
    if target == "value":
        return {"title_text": say("charts.value_per_customer"), **money_axis(0.0, top, currency)}
    if target in PROPENSITY_TARGETS:
        return {"title_text": say("charts.chance_per_customer"), "tickformat": ".0%"}
    return {"title_text": say("charts.orders_per_customer")}


def _tenths(rows: list[Record]) -> list[Record]:
    mine = [row for row in rows if row["predicted"] is not None and row["actual"] is not None]
    return sorted(main_test(mine), key=lambda row: row["decile"])


def _highest(rows: list[Record]) -> float:
    return max(float(row[name]) for row in rows for name in ("predicted", "actual", "high") if row[name] is not None)


def _predicted(rows: list[Record]) -> go.Bar:
    return go.Bar(
        name=say("charts.predicted"),
        x=[row["decile"] for row in rows],
        y=[row["predicted"] for row in rows],
        marker_color=LIGHT.pale,
        hoverinfo="skip",
    )


def _actual(rows: list[Record], *, target: str, currency: str) -> go.Scatter:
    return go.Scatter(
        name=say("charts.actual"),
        x=[row["decile"] for row in rows],
        y=[row["actual"] for row in rows],
        error_y={
            "type": "data", "symmetric": False, "thickness": 1.5, "width": 4, "color": LIGHT.series[1],
            "array": [_reach(row["actual"], row["high"]) for row in rows],
            "arrayminus": [_reach(row["actual"], row["low"]) for row in rows],
        },
        mode="markers",
        marker={"color": LIGHT.series[1], "size": 9},
        hovertext=[_hover(row, target=target, currency=currency) for row in rows],
        hoverinfo="text",
    )  # fmt: skip


def _reach(middle: float, end: float | None) -> float:
    return 0.0 if end is None else abs(end - middle)


def _hover(row: Record, *, target: str, currency: str) -> str:
    def write(value: float) -> str:
        if target in PROPENSITY_TARGETS:
            return percent(value, digits=1)
        return whole(value, currency) if target == "value" else number(value, digits=2)

    return say(
        "charts.calibration_hover", tenth=row["decile"], predicted=write(row["predicted"]), actual=write(row["actual"]),
        customers=number(row["customers"]), count=row["customers"],
    )  # fmt: skip
