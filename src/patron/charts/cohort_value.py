"""How much has a customer brought after so many months?"""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import plotly.graph_objects as go

from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, money_axis
from patron.contracts.outcome import COHORTS
from patron.language import money, month, say


def cohort_value(cohorts: Small, *, currency: str, limit: int = 25, title: str | None = None) -> go.Figure:
    """Draw cumulative margin per customer by age: each cohort a thin line, their customer-weighted mean a bold one.

    Months that the data does not cover wholly are left out. The mean ends where fewer than two cohorts are that old.

    Parameters
    ----------
    cohorts : Table, one row per cohort and age (`COHORTS`)
    currency : str
        The project's currency.
    limit : int
        How many cohorts (the latest) are drawn.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.cohort_value") if title is None else title
    lines: dict[date, list[Record]] = defaultdict(list)
    for row in sorted(records(cohorts, COHORTS), key=lambda row: (row["cohort"], row["age_months"])):
        if row["complete"]:
            lines[row["cohort"]].append(row)
    if not lines:
        return blank(say("charts.no_cohorts"), title=heading)
    latest = sorted(lines)[-limit:]
    traces = [_line(lines[start], currency=currency) for start in latest]
    traces.append(_mean([row for start in latest for row in lines[start]], currency=currency))
    figure = go.Figure(traces)
    figure.update_xaxes(title_text=say("charts.age_axis"), showgrid=False, rangemode="tozero")
    figure.update_yaxes(**money_axis(currency), rangemode="tozero", title_text=say("charts.value_per_customer"))
    return dress(figure, title=heading, height=380)


def _line(rows: list[Record], *, currency: str) -> go.Scatter:
    return go.Scatter(
        x=[row["age_months"] for row in rows],
        y=[row["cumulative_margin_per_customer"] for row in rows],
        mode="lines" if len(rows) > 1 else "markers",
        line={"color": LIGHT.faint, "width": 1},
        marker={"color": LIGHT.faint, "size": 4},
        hovertext=[
            say(
                "charts.cohort_value_hover", cohort=month(row["cohort"]), age=row["age_months"],
                value=money(row["cumulative_margin_per_customer"], currency),
            )
            for row in rows
        ],
        hoverinfo="text",
        showlegend=False,
    )  # fmt: skip


def _mean(rows: list[Record], *, currency: str) -> go.Scatter:
    ages: dict[int, list[Record]] = defaultdict(list)
    for row in rows:
        ages[row["age_months"]].append(row)
    several = [age for age in sorted(ages) if len(ages[age]) > 1] or sorted(ages)
    means = [_weighted(ages[age]) for age in several]
    return go.Scatter(
        name=say("charts.mean_of_cohorts"),
        x=several,
        y=means,
        mode="lines+markers",
        line={"color": LIGHT.series[0], "width": 3},
        marker={"size": 5, "color": LIGHT.series[0]},
        hovertext=[
            say("charts.cohort_value_hover", cohort=say("charts.mean_of_cohorts"), age=age, value=money(mean, currency))
            for age, mean in zip(several, means, strict=True)
        ],
        hoverinfo="text",
        showlegend=True,
    )


def _weighted(rows: list[Record]) -> float:
    customers = sum(row["customers"] for row in rows)
    return float(sum(row["cumulative_margin_per_customer"] * row["customers"] for row in rows) / customers)
