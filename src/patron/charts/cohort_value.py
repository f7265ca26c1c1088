"""How much has a customer brought after so many months?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

import plotly.graph_objects as go

from patron.charts.amounts import money_axis, whole
from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress
from patron.contracts.outcome import COHORTS
from patron.language import month, say


def cohort_value(
    cohorts: Small, *, currency: str, limit: int = 25, means: Mapping[int, float] | None = None,
    title: str | None = None,
) -> go.Figure:  # fmt: skip
    """Draw cumulative margin per customer by age: each cohort a thin line, their customer-weighted mean a bold one.

    Months that the data does not cover wholly are left out.

    Parameters
    ----------
    cohorts : Table, one row per cohort and age (`COHORTS`)
    currency : str
        The project's currency.
    limit : int
        How many cohorts (the latest) are drawn.
    means : mapping of int to float, optional
        The mean by age, where not all months of all cohorts are at hand; otherwise that of the cohorts drawn.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.cohort_value") if title is None else title
    lines: dict[date, list[Record]] = defaultdict(list)
    for row in sorted(records(cohorts, COHORTS), key=lambda row: (row["cohort"], row["age_months"])):
        if row["complete"]:
            lines[row["cohort"]].append(row)
    if not lines and not means:
        return blank(say("charts.no_cohorts"), title=heading)
    latest = sorted(lines)[-limit:]
    traces = [_line(lines[start], currency=currency) for start in latest]
    mean = dict(means or mean_by_age([row for start in latest for row in lines[start]]))
    traces.append(_mean(mean, currency=currency))
    figure = go.Figure(traces)
    figure.update_xaxes(title_text=say("charts.age_axis"), showgrid=False, rangemode="tozero")
    values = [row["cumulative_margin_per_customer"] for start in latest for row in lines[start]]
    values += mean.values()
    figure.update_yaxes(
        **money_axis(min(0.0, *values), max(0.0, *values), currency),
        rangemode="tozero",
        title_text=say("charts.value_per_customer"),
    )
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
                value=whole(row["cumulative_margin_per_customer"], currency),
            )
            for row in rows
        ],
        hoverinfo="text",
        showlegend=False,
    )  # fmt: skip


def _mean(means: Mapping[int, float], *, currency: str) -> go.Scatter:
    name = say("charts.mean_of_cohorts")
    return go.Scatter(
        name=name,
        x=list(means),
        y=list(means.values()),
        mode="lines+markers",
        line={"color": LIGHT.series[0], "width": 3},
        marker={"size": 5, "color": LIGHT.series[0]},
        hovertext=[
            say("charts.cohort_value_hover", cohort=name, age=age, value=whole(mean, currency))
            for age, mean in means.items()
        ],
        hoverinfo="text",
        showlegend=True,
    )


def mean_by_age(rows: list[Record]) -> dict[int, float]:
    """Return what a customer has brought on average by each age, over complete months.

    Each month's addition is averaged over the customers of all cohorts that old, then added up: so the line does not
    jump where young cohorts drop out, as a mean of the cumulative figures would.

    Examples
    --------
    >>> old = [{"cohort": 1, "age_months": age, "customers": 10, "complete": True,
    ...         "cumulative_margin_per_customer": value} for age, value in ((0, 2.0), (1, 3.0))]
    >>> new = {**old[0], "cohort": 2, "customers": 30, "cumulative_margin_per_customer": 6.0}
    >>> mean_by_age([*old, new])
    {0: 5.0, 1: 6.0}
    """
    reached = {(row["cohort"], row["age_months"]): row for row in rows if row["complete"]}
    total, means = 0.0, {}
    for age in sorted({age for _, age in reached}):
        alike = [row for (_, own), row in reached.items() if own == age]
        added = sum((_value(reached, row, age) - _value(reached, row, age - 1)) * row["customers"] for row in alike)
        total += added / sum(row["customers"] for row in alike)
        means[age] = total
    return means


def _value(reached: dict[tuple[date, int], Record], row: Record, age: int) -> float:
    there = reached.get((row["cohort"], age))
    return 0.0 if there is None else float(there["cumulative_margin_per_customer"])
