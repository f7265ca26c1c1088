"""What does each option of a message do to the answers?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

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
    rows = options_compared(records(options, LEARNING_OPTIONS), trigger=trigger)[:MOST]
    if not rows:
        return blank(say("charts.no_learning"), title=heading)
    rows.sort(key=lambda row: (row["part"], -row["rate"], row["option"]))
    figure = go.Figure([_mark(row, best=_best(row, rows)) for row in rows])
    figure.update_layout(showlegend=False)
    figure.update_xaxes(title_text=say("charts.learning_axis"), tickformat=".1~%", rangemode="tozero")
    figure.update_yaxes(
        range=[len(rows) - 0.4, -0.6], showgrid=False, type="category", tickfont_color=LIGHT.ink, zeroline=False,
        categoryorder="array", categoryarray=[_label(row) for row in rows],
    )  # fmt: skip
    return dress(figure, title=heading, height=110 + 34 * len(rows))


def options_compared(options: Sequence[Record], *, trigger: str | None = None) -> list[Record]:
    """Return the options of one trigger that were sent and have another beside them in their part.

    Parameters
    ----------
    options : sequence of dict
        Rows of `LEARNING_OPTIONS`.
    trigger : str, optional
        Which trigger; by default the one that sent most.
    """
    known = [row for row in options if row["sends"] and row["rate"] is not None]
    parts = Counter((row["trigger"], row["part"]) for row in known)
    known = [row for row in known if parts[row["trigger"], row["part"]] > 1]
    sent: Counter[tuple[str, str]] = Counter()
    for row in known:
        sent[row["trigger"], row["part"]] += row["sends"]
    chosen = trigger or max(sorted(sent), key=lambda key: sent[key], default=("", ""))[0]
    return [row for row in known if row["trigger"] == chosen]


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
