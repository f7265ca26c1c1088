"""Do customers come back, and do newer cohorts come back more?"""

from __future__ import annotations

import plotly.graph_objects as go

from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, steps
from patron.contracts.outcome import COHORTS
from patron.language import month, number, percent, say


def cohort_heatmap(cohorts: Small, *, limit: int = 25, title: str | None = None) -> go.Figure:
    """Draw the share of each cohort that bought again, by months since its first order.

    The first month is everyone by definition; it is left out, so that it does not take the whole colour scale.
    A month that the data does not cover wholly has a dotted frame: its figure is a lower bound.

    Parameters
    ----------
    cohorts : Table, one row per cohort and age (`COHORTS`)
    limit : int
        How many cohorts (the latest) and how many months of age are drawn.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.cohort_heatmap") if title is None else title
    rows = [row for row in records(cohorts, COHORTS) if 1 <= row["age_months"] <= limit]
    starts = sorted({row["cohort"] for row in rows})[-limit:]
    rows = [row for row in rows if row["cohort"] in set(starts)]
    if not rows:
        return blank(say("charts.no_cohorts"), title=heading)
    figure = go.Figure([_grid(rows), _legend(rows)])
    figure.update_layout(shapes=[_frame(row, starts.index(row["cohort"])) for row in rows if not row["complete"]])
    figure.update_xaxes(title_text=say("charts.age_axis"), showgrid=False, zeroline=False, **_ages(rows))
    figure.update_yaxes(showgrid=False, type="category", zeroline=False, range=[len(starts) - 0.5, -0.5])
    figure.update_layout(legend={"y": 1.0})
    return dress(figure, title=heading, height=150 + 22 * len(starts))


def _ages(rows: list[Record]) -> dict[str, object]:
    oldest = max(row["age_months"] for row in rows)
    every = 1 if oldest <= 12 else 3
    return {"tickvals": [1, *range(3 if every == 3 else 2, oldest + 1, every)], "range": [0.4, oldest + 0.6]}


def _strongest(rows: list[Record]) -> float:
    """Return where the darkest colour begins, so that one small cohort's lucky month does not pale all others."""
    shares = sorted(row["retention"] for row in rows)
    return float(shares[int(0.98 * (len(shares) - 1))]) or 0.01


def _grid(rows: list[Record]) -> go.Heatmap:
    return go.Heatmap(
        x=[row["age_months"] for row in rows],
        y=[month(row["cohort"]) for row in rows],
        z=[row["retention"] for row in rows],
        text=[percent(row["retention"]) for row in rows],
        texttemplate="%{text}",
        textfont={"size": 10},
        zmin=0.0,
        zmax=_strongest(rows),
        colorscale=steps(LIGHT.ramp),
        xgap=2,
        ygap=2,
        hovertext=[_hover(row) for row in rows],
        hoverinfo="text",
        colorbar={
            "tickformat": ",.0%",
            "thickness": 10,
            "outlinewidth": 0,
            "len": 0.8,
            "tickfont": {"color": LIGHT.muted},
        },
    )


def _frame(row: Record, place: int) -> dict[str, object]:
    """Return the frame of a month that is not over, as a shape around its cell."""
    age = row["age_months"]
    line = {"color": LIGHT.muted, "width": 1.5, "dash": "dot"}
    return {"type": "rect", "x0": age - 0.5, "x1": age + 0.5, "y0": place - 0.5, "y1": place + 0.5, "line": line}


def _legend(rows: list[Record]) -> go.Scatter:
    return go.Scatter(
        name=say("charts.incomplete_month"),
        x=[None],
        y=[None],
        mode="markers",
        marker={"symbol": "square-open-dot", "size": 12, "color": LIGHT.muted},
        hoverinfo="skip",
        showlegend=not all(row["complete"] for row in rows),
    )


def _hover(row: Record) -> str:
    return say(
        "charts.cohort_hover" if row["complete"] else "charts.cohort_hover_open", cohort=month(row["cohort"]),
        age=row["age_months"], retention=percent(row["retention"], digits=1), active=number(row["active"]),
        customers=number(row["customers"]),
    )  # fmt: skip
