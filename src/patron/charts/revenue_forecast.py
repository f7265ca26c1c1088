"""What did the months bring, and what will the next ones bring?"""

from __future__ import annotations

from datetime import date

import plotly.graph_objects as go

from patron.charts.amounts import money_axis, whole
from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress
from patron.contracts.outcome import KPIS, REVENUE_FORECAST
from patron.language import month, say

PARTS = ("present", "new")
COLOURS = {"present": LIGHT.series[0], "new": LIGHT.series[1]}


def revenue_forecast(
    forecast: Small, past: Small | None = None, *, currency: str, months: int = 24, title: str | None = None
) -> go.Figure:  # fmt: skip
    """Draw the revenue of the past months, and of those ahead with their intervals.

    Months ahead are stacked of what present customers and those not yet acquired will bring; a whisker holds the total
    with 95 % probability. In a month that has begun the forecast stands on what is there already.

    Parameters
    ----------
    forecast : Table, one row per origin, span and part (`REVENUE_FORECAST`)
        Only the months ahead of the latest origin are drawn.
    past : Table, one row per metric, segment and month (`KPIS`), optional
        The revenue so far.
    currency : str
        The project's currency.
    months : int
        How many months of the past (the latest) are drawn.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("outlook.chart_title") if title is None else title
    rows = records(forecast, REVENUE_FORECAST)
    latest = max((row["origin"] for row in rows), default=None)
    ahead = [row for row in rows if row["origin"] == latest and row["span"] == "month"]
    if not ahead:
        return blank(say("outlook.none"), title=heading)
    chosen = {"metric": "revenue", "segmentation": "all", "segment": "all"}
    so_far = [] if past is None else sorted(records(past, KPIS, **chosen), key=lambda row: row["month"])[-months:]
    so_far = [row for row in so_far if row["value"] is not None]
    figure = go.Figure(
        [_past(so_far, currency), *(_part(ahead, part, currency) for part in PARTS), _total(ahead, so_far, currency)]
    )
    figure.update_layout(barmode="stack", hovermode="closest", bargap=0.2, legend={"traceorder": "normal"})
    figure.update_xaxes(showgrid=False, tickformat="%b<br>%Y", tickangle=0, tickfont_size=11, nticks=12)
    figure.update_yaxes(**money_axis(0.0, _highest(ahead, so_far), currency), rangemode="tozero")
    return dress(figure, title=heading, height=360)


def _first(day: date) -> date:
    return day.replace(day=1)


def _highest(ahead: list[Record], so_far: list[Record]) -> float:
    begun = _begun(so_far)
    ends = [row["revenue_high"] + begun.get(_first(row["from_day"]), 0.0) for row in ahead]
    return float(max([*ends, *(row["value"] for row in so_far)]))


def _begun(so_far: list[Record]) -> dict[date, float]:
    """Return what months that are not over have brought."""
    return {row["month"]: row["value"] for row in so_far if not row["complete"]}


def _past(rows: list[Record], currency: str) -> go.Bar:
    return go.Bar(
        name=say("outlook.past"),
        x=[row["month"] for row in rows],
        y=[row["value"] for row in rows],
        marker={"color": LIGHT.faint},
        hovertext=[
            say(
                "outlook.hover", month=month(row["month"]), part=say("outlook.past"),
                revenue=whole(row["value"], currency),
            )
            for row in rows
        ],
        hoverinfo="text",
    )  # fmt: skip


def _part(ahead: list[Record], part: str, currency: str) -> go.Bar:
    rows = [row for row in ahead if row["part"] == part]
    return go.Bar(
        name=say(f"outlook.{part}"),
        x=[_first(row["from_day"]) for row in rows],
        y=[row["revenue"] for row in rows],
        marker={"color": COLOURS[part]},
        hovertext=[
            say(
                "outlook.hover_ahead", month=month(row["from_day"]), part=say(f"outlook.{part}"),
                revenue=whole(row["revenue"], currency), low=whole(row["revenue_low"], currency),
                high=whole(row["revenue_high"], currency),
            )
            for row in rows
        ],
        hoverinfo="text",
    )  # fmt: skip


def _total(ahead: list[Record], so_far: list[Record], currency: str) -> go.Scatter:
    """Draw the total of each month ahead as a point with its whisker."""
    begun = _begun(so_far)
    rows = [row for row in ahead if row["part"] == "total"]
    return go.Scatter(
        name=say("outlook.total"),
        x=[_first(row["from_day"]) for row in rows],
        y=[row["revenue"] + begun.get(_first(row["from_day"]), 0.0) for row in rows],
        mode="markers",
        marker={"color": LIGHT.ink, "size": 5},
        error_y={
            "type": "data", "symmetric": False, "color": LIGHT.ink, "thickness": 1.2, "width": 3,
            "array": [row["revenue_high"] - row["revenue"] for row in rows],
            "arrayminus": [row["revenue"] - row["revenue_low"] for row in rows],
        },
        hovertext=[
            say(
                "outlook.hover_ahead", month=month(row["from_day"]), part=say("outlook.total"),
                revenue=whole(row["revenue"], currency), low=whole(row["revenue_low"], currency),
                high=whole(row["revenue_high"], currency),
            )
            for row in rows
        ],
        hoverinfo="text",
    )  # fmt: skip
