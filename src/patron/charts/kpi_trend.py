"""Where is a metric going?"""

from __future__ import annotations

import plotly.graph_objects as go

from patron.charts.amounts import money_axis, whole
from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, share_axis
from patron.contracts.outcome import KPIS
from patron.kpis.metrics import metric as find
from patron.language import month, number, percent, say


def kpi_trend(
    kpis: Small, *, metric: str, currency: str, segmentation: str = "all", segment: str = "all",
    limit: int = 25, title: str | None = None,
) -> go.Figure:  # fmt: skip
    """Draw one metric of one segment over the months.

    A month that the data does not cover wholly is hollow, and the line to it dashed.

    Parameters
    ----------
    kpis : Table, one row per metric, segment and month (`KPIS`)
    metric : str
        The metric's name in the registry.
    currency : str
        The project's currency.
    segmentation, segment : str
        Whose figures; the total when not given.
    limit : int
        How many months (the latest) are drawn.
    title : str or None
        The chart's title; none gives its own, "" draws without.

    Raises
    ------
    ArgumentError
        The registry has no such metric.
    """
    definition = find(metric)
    unit = definition.unit
    heading = definition.title if title is None else title
    chosen = {"metric": metric, "segmentation": segmentation, "segment": segment}
    rows = sorted(records(kpis, KPIS, **chosen), key=lambda row: row["month"])[-limit:]
    if all(row["value"] is None for row in rows):
        return blank(say("charts.no_kpi"), title=heading)
    figure = go.Figure([_open(rows, unit=unit, currency=currency), _whole(rows, unit=unit, currency=currency)])
    figure.update_layout(showlegend=False, hovermode="closest")
    figure.update_xaxes(showgrid=False, tickformat="%b<br>%Y", tickangle=0, tickfont_size=11, **_ticks(rows))
    figure.update_yaxes(rangemode="tozero", nticks=4, tickfont_size=11, **_axis(rows, unit=unit, currency=currency))
    return dress(figure, title=heading, height=180)


def _ticks(rows: list[Record]) -> dict[str, object]:
    """Name the first and the last month and one or two between, so that labels stand level on the smallest screen."""
    last = len(rows) - 1
    places = sorted({round(part * last / 3) for part in range(4)})
    return {"tickvals": [rows[place]["month"] for place in places]}


def _axis(rows: list[Record], *, unit: str, currency: str) -> dict[str, object]:
    values = [row["value"] for row in rows if row["value"] is not None]
    if unit == "money":
        return {**money_axis(min(0.0, *values), max(0.0, *values), currency, count=3)}
    return share_axis() if unit == "share" else {}


def _whole(rows: list[Record], *, unit: str, currency: str) -> go.Scatter:
    return go.Scatter(
        x=[row["month"] for row in rows],
        y=[row["value"] if row["complete"] else None for row in rows],
        mode="lines+markers",
        line={"color": LIGHT.series[0], "width": 2.5},
        marker={"size": 4, "color": LIGHT.series[0]},
        hovertext=[_hover(row, unit=unit, currency=currency) for row in rows],
        hoverinfo="text",
    )


def _open(rows: list[Record], *, unit: str, currency: str) -> go.Scatter:
    """Draw the incomplete months, each tied to its neighbours by a dashed line."""
    near = [
        any(not other["complete"] for other in rows[max(0, place - 1) : place + 2]) for place in range(len(rows))
    ]  # fmt: skip
    return go.Scatter(
        x=[row["month"] for row in rows],
        y=[row["value"] if drawn else None for row, drawn in zip(rows, near, strict=True)],
        mode="lines+markers",
        line={"color": LIGHT.series[0], "width": 1.5, "dash": "dot"},
        marker={
            "symbol": "circle-open", "color": LIGHT.series[0], "line": {"width": 1.5},
            "size": [0 if row["complete"] else 7 for row in rows],
        },
        hovertext=[_hover(row, unit=unit, currency=currency) for row in rows],
        hoverinfo="text",
    )  # fmt: skip


def _hover(row: Record, *, unit: str, currency: str) -> str:
    value = say("charts.undefined") if row["value"] is None else write(row["value"], unit=unit, currency=currency)
    return say(
        "charts.kpi_hover" if row["complete"] else "charts.kpi_hover_open", month=month(row["month"]), value=value
    )


def write(value: float, *, unit: str, currency: str) -> str:
    """Write a metric's value in its unit.

    Examples
    --------
    >>> write(0.256, unit="share", currency="GBP"), write(12.5, unit="money", currency="GBP")
    ('25.6%', '£12.50')
    """
    if unit == "money":
        return whole(value, currency)
    if unit == "share":
        return percent(value, digits=1)
    return number(value, digits=0 if unit in ("customers", "orders") else 2)
