"""What did each thing that we did to customers bring?"""

from __future__ import annotations

import plotly.graph_objects as go

from patron.charts.amounts import money_axis, whole
from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain, wrap
from patron.contracts.ledger import LEDGER
from patron.experiments.ledger_words import entry_title, span
from patron.language import say
from patron.stats.false_discovery import PROVEN

MOST = 20
SYMBOLS = {"measured": "square", "modelled": "diamond", "assumed": "circle-open"}
COST = "line-ns-open"


def ledger(entries: Small, *, currency: str, title: str | None = None) -> go.Figure:
    """Draw each entry's margin with its 95 % interval, and its cost as an upright mark; right of the cost it paid.

    Squares are measured, diamonds modelled, open circles assumed; what is assumed has no interval.

    Parameters
    ----------
    entries : Table, one row per entry (`LEDGER`)
        At most twenty with a figure are drawn, those with the largest; parts of other entries are left out.
    currency : str
        The project's currency.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.ledger") if title is None else title
    told = [row for row in records(entries, LEDGER) if row["effect"] is not None and row["status"] != "within"]
    rows = sorted(told, key=lambda row: (-abs(row["effect"]), row["entry"]))[:MOST]
    if not rows:
        return blank(say("charts.no_ledger"), title=heading)
    order = tuple(SYMBOLS)
    rows.sort(key=lambda row: (order.index(row["evidence"]), -row["effect"], row["entry"]))
    figure = go.Figure([_mark(row, currency) for row in rows])
    if costly := [row for row in rows if row["cost"] is not None]:
        figure.add_trace(_costs(costly, currency))
    figure.add_vline(x=0, line={"color": LIGHT.muted, "width": 1})
    figure.update_layout(showlegend=False)
    places = money_axis(*_ends(rows), currency, count=4)
    figure.update_xaxes(title_text=say("charts.ledger_axis"), tickangle=0, **places)
    figure.update_yaxes(
        range=[len(rows) - 0.4, -0.6], showgrid=False, type="category", tickfont_color=LIGHT.ink, zeroline=False,
        categoryorder="array", categoryarray=[_label(row) for row in rows],
    )  # fmt: skip
    return dress(figure, title=heading, height=110 + 48 * len(rows))


def _ends(rows: list[Record]) -> tuple[float, float]:
    values = [
        row[name] for row in rows for name in ("effect", "effect_low", "effect_high", "cost") if row[name] is not None
    ]
    return min(0.0, *values), max(0.0, *values)


def _label(row: Record) -> str:
    return wrap(entry_title(row), width=24)


def _colour(row: Record) -> str:
    if row["q_value"] is None or row["q_value"] >= PROVEN:
        return LIGHT.neutral
    return LIGHT.gain if row["effect"] > 0 else LIGHT.loss


def _mark(row: Record, currency: str) -> go.Scatter:
    colour = _colour(row)
    reach = {}
    if row["effect_low"] is not None:
        reach = {"error_x": {
            "type": "data", "symmetric": False, "color": colour, "thickness": 2, "width": 5,
            "array": [row["effect_high"] - row["effect"]], "arrayminus": [row["effect"] - row["effect_low"]],
        }}  # fmt: skip
    return go.Scatter(
        x=[row["effect"]],
        y=[_label(row)],
        mode="markers",
        marker={"color": colour, "size": 11, "symbol": SYMBOLS[row["evidence"]]},
        hovertext=[_hover(row, currency)],
        hoverinfo="text",
        **reach,
    )


def _costs(rows: list[Record], currency: str) -> go.Scatter:
    return go.Scatter(
        x=[row["cost"] for row in rows],
        y=[_label(row) for row in rows],
        mode="markers",
        marker={"color": LIGHT.ink, "size": 18, "symbol": COST, "line": {"width": 2, "color": LIGHT.ink}},
        hovertext=[say("charts.ledger_cost", cost=whole(row["cost"], currency)) for row in rows],
        hoverinfo="text",
    )


def _hover(row: Record, currency: str) -> str:
    return say(
        "charts.ledger_hover", entry=plain(entry_title(row)), evidence=say(f"ledger.evidence_{row['evidence']}"),
        effect=whole(row["effect"], currency), range=span(row, "effect", lambda amount: whole(amount, currency)),
    )  # fmt: skip
