"""Where is the most money to be won?"""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from patron.charts.amounts import money_axis, whole
from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain, wrap
from patron.contracts.outcome import GAPS
from patron.language import number, say

_COLOURS = {"measured": LIGHT.series[2], "modelled": LIGHT.series[0], "assumed": LIGHT.pale}


def gaps(
    steps: Small, *, currency: str, limit: int = 10, labels: Mapping[str, str] | None = None, title: str | None = None
) -> go.Figure:
    """Draw the value at stake of each next step, with its 95 % interval; the colour says how it is known.

    Parameters
    ----------
    steps : Table, one row per next step (`GAPS`)
    currency : str
        The project's currency.
    limit : int
        How many steps (by rank) are drawn.
    labels : mapping of str to str, optional
        Short names of the steps, by `step`; otherwise their titles.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.gaps") if title is None else title
    rows = sorted(records(steps, GAPS), key=lambda row: row["rank"])[:limit]
    names = {row["rank"]: _label(row, labels or {}) for row in rows}
    if not rows:
        return blank(say("charts.no_gaps"), title=heading)
    figure = go.Figure(
        [
            _bars(
                [row for row in rows if row["evidence"] == evidence], evidence=evidence, names=names, currency=currency
            )
            for evidence in _COLOURS
            if any(row["evidence"] == evidence for row in rows)
        ]
    )
    figure.update_layout(showlegend=True, barmode="overlay", bargap=0.45)
    low, high = min(0.0, *(row["value_low"] for row in rows)), max(row["value_high"] for row in rows)
    figure.update_xaxes(
        **money_axis(low, high, currency, count=4),
        title_text=say("charts.value_at_stake"),
        rangemode="tozero",
        tickangle=0,
    )
    figure.update_yaxes(
        autorange="reversed", showgrid=False, type="category", tickfont_color=LIGHT.ink,
        categoryorder="array", categoryarray=list(names.values()),
    )  # fmt: skip
    return dress(figure, title=heading, height=110 + 44 * len(rows))


def _label(row: Record, labels: Mapping[str, str]) -> str:
    return f"{row['rank']}. {wrap(labels.get(row['step'], row['title']), width=30)}"


def _bars(rows: list[Record], *, evidence: str, names: Mapping[int, str], currency: str) -> go.Bar:
    return go.Bar(
        name=say(f"charts.evidence_{evidence}"),
        orientation="h",
        y=[names[row["rank"]] for row in rows],
        x=[row["value_at_stake"] for row in rows],
        marker_color=_COLOURS[evidence],
        error_x={
            "type": "data", "symmetric": False, "color": LIGHT.muted, "thickness": 1.5, "width": 4,
            "array": [row["value_high"] - row["value_at_stake"] for row in rows],
            "arrayminus": [row["value_at_stake"] - row["value_low"] for row in rows],
        },
        hovertext=[
            say(
                "charts.gap_hover", title=plain(row["title"]), value=whole(row["value_at_stake"], currency),
                low=whole(row["value_low"], currency), high=whole(row["value_high"], currency),
                count=row["customers"], customers=number(row["customers"]),
            )
            for row in rows
        ],
        hoverinfo="text",
    )  # fmt: skip
