"""What do those who do it do more often than those who do not?"""

from __future__ import annotations

import math

import plotly.graph_objects as go

from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain, wrap
from patron.contracts.habit import HABITS
from patron.language import number, percent, say
from patron.models.habit_words import Rule, rule_title

MOST = 12
TICKS = (0.1, 0.2, 0.33, 0.5, 0.67, 1, 1.5, 2, 3, 5, 10, 20, 50)


def habits(rules: Small, *, title: str | None = None) -> go.Figure:
    """Draw the found rules' risk ratios with their 95 % intervals; right of one the doers do the outcome more often.

    Parameters
    ----------
    rules : Table, one row per tested rule (`HABITS`)
        Of each anchor, deed and outcome the strongest is drawn, where it is found; at most twelve, the surest ones.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.habits") if title is None else title
    rows = [row for row in records(rules, HABITS) if row["strongest"] and (row["low"] or 0) > 0 and row["high"]]
    rows = sorted(rows, key=lambda row: (row["p_value"], row["deed"], row["anchor"]))[:MOST]
    if not rows:
        return blank(say("charts.no_habits"), title=heading)
    rows.sort(key=lambda row: (-row["risk_ratio"], row["deed"], row["anchor"]))
    figure = go.Figure([_mark(row) for row in rows])
    figure.add_vline(x=1, line={"color": LIGHT.muted, "width": 1})
    figure.update_layout(showlegend=False)
    low, high = min(1.0, *(row["low"] for row in rows)), max(1.0, *(row["high"] for row in rows))
    ticks = [tick for tick in TICKS if low / 1.5 <= tick <= high * 1.5]
    figure.update_xaxes(
        type="log", title_text=say("charts.habits_axis"), tickvals=ticks, ticktext=[f"{tick:g} ×" for tick in ticks],
        range=[math.log10(low) - 0.05, math.log10(high) + 0.05],
    )  # fmt: skip
    figure.update_yaxes(
        range=[len(rows) - 0.4, -0.6], showgrid=False, type="category", tickfont_color=LIGHT.ink, zeroline=False,
        categoryorder="array", categoryarray=[_label(row) for row in rows],
    )  # fmt: skip
    return dress(figure, title=heading, height=110 + 48 * len(rows))


def _label(row: Record) -> str:
    return wrap(rule_title(_rule(row)), width=34)


def _rule(row: Record) -> Rule:
    return Rule(row["anchor"], row["deed"], row["within_days"], row["outcome"], row["horizon_days"])


def _mark(row: Record) -> go.Scatter:
    colour = LIGHT.gain if row["risk_ratio"] > 1 else LIGHT.loss
    return go.Scatter(
        x=[row["risk_ratio"]],
        y=[_label(row)],
        mode="markers",
        marker={"color": colour, "size": 11, "symbol": "square"},
        error_x={
            "type": "data", "symmetric": False, "color": colour, "thickness": 2, "width": 5,
            "array": [row["high"] - row["risk_ratio"]], "arrayminus": [row["risk_ratio"] - row["low"]],
        },
        hovertext=[_hover(row)],
        hoverinfo="text",
    )  # fmt: skip


def _hover(row: Record) -> str:
    return say(
        "charts.habits_hover", rule=plain(rule_title(_rule(row))), doers=number(row["doers"]),
        others=number(row["customers"] - row["doers"]), did=percent(row["rate_doers"], digits=1),
        did_not=percent(row["rate_others"], digits=1), times=number(row["risk_ratio"], digits=2),
        low=number(row["low"], digits=2), high=number(row["high"], digits=2),
    )  # fmt: skip
