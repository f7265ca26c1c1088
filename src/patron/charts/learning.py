"""What does each option of a message do to the answers?"""

from __future__ import annotations

import plotly.graph_objects as go

from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress
from patron.contracts.learning import LEARNING_OPTIONS
from patron.language import percent, say

MOST = 24


def learning(options: Small, *, trigger: str | None = None, title: str | None = None) -> go.Figure:
    """Draw the believed answers by option of one trigger, with their 95 % intervals, part by part.

    Parameters
    ----------
    options : Table, one row per option (`LEARNING_OPTIONS`)
    trigger : str, optional
        Which trigger; by default the one that sent most.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.learning") if title is None else title
    rows = [row for row in records(options, LEARNING_OPTIONS) if row["sends"] and row["rate"] is not None]
    if not rows:
        return blank(say("charts.no_learning"), title=heading)
    sent: dict[str, int] = {}
    for row in rows:
        sent[row["trigger"]] = sent.get(row["trigger"], 0) + row["sends"]
    chosen = trigger or max(sorted(sent), key=lambda name: sent[name])
    rows = [row for row in rows if row["trigger"] == chosen][:MOST]
    rows.sort(key=lambda row: (row["part"], -row["rate"], row["option"]))
    figure = go.Figure([_mark(row, best=_best(row, rows)) for row in rows])
    figure.update_layout(showlegend=False)
    figure.update_xaxes(title_text=say("charts.learning_axis"), tickformat=".1~%", rangemode="tozero")
    figure.update_yaxes(
        range=[len(rows) - 0.4, -0.6], showgrid=False, type="category", tickfont_color=LIGHT.ink, zeroline=False,
        categoryorder="array", categoryarray=[_label(row) for row in rows],
    )  # fmt: skip
    return dress(figure, title=heading, height=110 + 34 * len(rows))


def _best(row: Record, rows: list[Record]) -> bool:
    return bool(row["rate"] == max(other["rate"] for other in rows if other["part"] == row["part"]))


def _label(row: Record) -> str:
    return f"{row['part']}: {row['option']}"


def _mark(row: Record, *, best: bool) -> go.Scatter:
    colour = LIGHT.gain if best else LIGHT.muted
    return go.Scatter(
        x=[row["rate"]],
        y=[_label(row)],
        mode="markers",
        marker={"color": colour, "size": 11, "symbol": "square"},
        error_x={
            "type": "data", "symmetric": False, "color": colour, "thickness": 2, "width": 5,
            "array": [row["high"] - row["rate"]], "arrayminus": [row["rate"] - row["low"]],
        },
        hovertemplate=say(
            "charts.learning_hover", option=_label(row), rate=percent(row["rate"], digits=1),
            low=percent(row["low"], digits=1), high=percent(row["high"], digits=1),
        ) + "<extra></extra>",
    )  # fmt: skip
