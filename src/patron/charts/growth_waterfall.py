"""What made the total grow or shrink?"""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from patron.charts.amounts import brief, money_axis, whole
from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, wrap
from patron.contracts.outcome import GROWTH
from patron.language import day, say


def growth_waterfall(
    growth: Small, *, currency: str, formula: str = "customers", titles: Mapping[str, str] | None = None,
    title: str | None = None,
) -> go.Figure:  # fmt: skip
    """Draw the total of the earlier period, what each driver did to it, and the total of the later one.

    Parameters
    ----------
    growth : Table, one row per driver of a formula (`GROWTH`)
        Only the rows of `formula` are drawn.
    currency : str
        The project's currency.
    formula : {"customers", "traffic", "lifetime"}
        Which formula.
    titles : mapping of str to str, optional
        The drivers' names for people.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.growth_waterfall") if title is None else title
    rows = sorted(records(growth, GROWTH, formula=formula), key=lambda row: row["position"])
    total = next((row for row in rows if row["driver"] == "total"), None)
    drivers = [row for row in rows if row["driver"] != "total" and row["effect"] is not None]
    if total is None or total["before"] is None or total["after"] is None or not drivers:
        return blank(say("charts.no_growth"), title=heading)
    figure = go.Figure(_steps(total, drivers, titles=titles or {}, currency=currency))
    figure.update_layout(showlegend=False, waterfallgap=0.35)
    figure.update_xaxes(showgrid=False, tickangle=0, tickfont_size=11, type="category")
    low, high = _range(total, drivers)
    figure.update_yaxes(**money_axis(low, high, currency), range=[low, high])
    return dress(figure, title=heading, height=360)


def _range(total: Record, drivers: list[Record]) -> list[float]:
    """Return the ends of the axis: zero, the highest and lowest step, and room for the figures beside the bars."""
    levels = [total["before"]]
    for row in drivers:
        levels.append(levels[-1] + row["effect"])
    levels.append(total["after"])
    lowest, highest = min(0.0, *levels), max(0.0, *levels)
    return [lowest * 1.12, highest * 1.12]


def _steps(total: Record, drivers: list[Record], *, titles: Mapping[str, str], currency: str) -> go.Waterfall:
    names = [wrap(titles.get(row["driver"], row["driver"]), width=8) for row in drivers]
    effects = [row["effect"] for row in drivers]
    before = say("charts.period", start=day(total["before_from"]), end=day(total["before_to"]))
    after = say("charts.period", start=day(total["after_from"]), end=day(total["after_to"]))
    hovers = [
        say("charts.growth_hover", driver=name, effect=whole(effect, currency))
        for name, effect in zip(names, effects, strict=True)
    ]
    return go.Waterfall(
        x=[say("charts.before"), *names, say("charts.after")],
        y=[total["before"], *effects, total["after"]],
        measure=["absolute", *("relative" for _ in drivers), "total"],
        text=[brief(value, currency) for value in (total["before"], *effects, total["after"])],
        textposition="outside",
        textfont={"size": 11},
        constraintext="none",
        cliponaxis=False,
        hovertext=[
            say("charts.growth_hover", driver=before, effect=whole(total["before"], currency)),
            *hovers,
            say("charts.growth_hover", driver=after, effect=whole(total["after"], currency)),
        ],
        hoverinfo="text",
        increasing={"marker": {"color": LIGHT.gain}},
        decreasing={"marker": {"color": LIGHT.loss}},
        totals={"marker": {"color": LIGHT.neutral}},
        connector={"line": {"color": LIGHT.faint, "width": 1}},
    )  # fmt: skip
