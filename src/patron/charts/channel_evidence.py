"""What mix model, attribution and experiments say that each channel brought, side by side."""

from __future__ import annotations

from itertools import groupby

import plotly.graph_objects as go

from patron.charts.amounts import money_axis, whole
from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain, wrap
from patron.contracts.channel_evidence import ATTRIBUTION, CALIBRATED, CHANNEL_EVIDENCE, EXPERIMENT, MIX_MODEL
from patron.language import number, say

LOOKS = {
    EXPERIMENT: (LIGHT.series[0], "square"), CALIBRATED: (LIGHT.pale, "diamond"),
    MIX_MODEL: (LIGHT.series[2], "circle"), ATTRIBUTION: (LIGHT.series[1], "x"),
}  # fmt: skip
"""Colour and mark of each source, in the order of the legend."""

APART = 0.17
"""How far the marks of one channel stand from each other, in rows."""


def channel_evidence(evidence: Small, *, currency: str, title: str | None = None) -> go.Figure:
    """Draw what each source says that each channel brought, with 95 % intervals, and from where on the channel pays.

    Parameters
    ----------
    evidence : Table
        Keeps the contract CHANNEL_EVIDENCE; the rows of everybody are drawn. Intervals that reach far beyond every
        claim are cut at the edge.
    currency : str
        The project's currency.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("evidence_report.chart") if title is None else title
    rows = [row for row in records(evidence, CHANNEL_EVIDENCE, segmentation="all") if row["contribution"] is not None]
    if not rows:
        return blank(say("evidence_report.nothing"), title=heading)
    places = _places(rows)
    figure = go.Figure([_marks(source, rows, places, currency) for source in LOOKS if _of(source, rows)])
    if paid := [row for row in _first(rows) if _break_even(row) is not None]:
        figure.add_trace(_from_here(paid, places, currency))
    low, high = _ends(rows)
    figure.add_vline(x=0, line={"color": LIGHT.muted, "width": 1})
    figure.update_xaxes(
        title_text=say("evidence_report.axis"), tickangle=0, range=[low, high],
        **money_axis(low, high, currency, count=4),
    )  # fmt: skip
    figure.update_yaxes(
        range=[len(places) - 0.5, -0.5], showgrid=False, zeroline=False, tickfont_color=LIGHT.ink,
        tickvals=list(places.values()), ticktext=[wrap(plain(_name(channel)), width=18) for channel in places],
    )  # fmt: skip
    return dress(figure, title=heading, height=150 + 62 * len(places))


def _places(rows: list[Record]) -> dict[str, int]:
    """Return the row of each channel: the one with the largest claim first."""
    largest: dict[str, float] = {}
    for row in rows:
        largest[row["channel"]] = max(largest.get(row["channel"], 0.0), row["contribution"])
    return {channel: place for place, channel in enumerate(sorted(largest, key=lambda one: (-largest[one], one)))}


def _name(channel: str) -> str:
    return channel.replace("_", " ")


def _of(source: str, rows: list[Record]) -> list[Record]:
    return [row for row in rows if row["source"] == source]


def _first(rows: list[Record]) -> list[Record]:
    ordered = sorted(rows, key=lambda row: row["channel"])
    return [next(iter(found)) for _, found in groupby(ordered, key=lambda row: row["channel"])]


def _break_even(row: Record) -> float | None:
    """Return the revenue of which the margin is the spend."""
    if row["roi"] is None or row["roi"] == -1 or not row["contribution"]:
        return None
    return float(row["contribution"] / (row["roi"] + 1))


def _ends(rows: list[Record]) -> tuple[float, float]:
    claims = [row["contribution"] for row in rows] + [value for row in rows if (value := _break_even(row)) is not None]
    told = [row for row in rows if row["low"] is not None]
    widest = max(abs(value) for value in claims) or 1.0
    low = min(0.0, *claims, *(max(row["low"], -widest / 2) for row in told))
    high = max(*claims, *(min(row["high"], 1.5 * widest) for row in told), 0.0)
    return low * 1.05, high * 1.05


def _marks(source: str, rows: list[Record], places: dict[str, int], currency: str) -> go.Scatter:
    colour, symbol = LOOKS[source]
    own = _of(source, rows)
    lift = APART * (list(LOOKS).index(source) - (len(LOOKS) - 1) / 2)
    return go.Scatter(
        x=[row["contribution"] for row in own], y=[places[row["channel"]] + lift for row in own], mode="markers",
        name=say(f"evidence_report.source_{source}"), marker={"color": colour, "size": 10, "symbol": symbol},
        error_x={
            "type": "data", "symmetric": False, "color": colour, "thickness": 2, "width": 4,
            "array": [_reach(row, "high") for row in own], "arrayminus": [_reach(row, "low") for row in own],
        },
        hovertext=[_hover(row, currency) for row in own], hoverinfo="text",
    )  # fmt: skip


def _reach(row: Record, end: str) -> float:
    return 0.0 if row[end] is None else abs(float(row[end] - row["contribution"]))


def _from_here(rows: list[Record], places: dict[str, int], currency: str) -> go.Scatter:
    return go.Scatter(
        x=[_break_even(row) for row in rows], y=[places[row["channel"]] for row in rows], mode="markers",
        name=say("evidence_report.pays_from"),
        marker={"symbol": "line-ns-open", "size": 40, "color": LIGHT.muted, "line": {"width": 2, "color": LIGHT.muted}},
        hovertext=[
            say("evidence_report.pays_hover", channel=plain(_name(row["channel"])), spend=whole(row["spend"], currency))
            for row in rows
        ],
        hoverinfo="text",
    )  # fmt: skip


def _hover(row: Record, currency: str) -> str:
    ends = ""
    if row["low"] is not None and row["high"] is not None:
        ends = say("report.range", low=whole(row["low"], currency), high=whole(row["high"], currency))
    roas = say("charts.undefined") if row["roas"] is None else f"{number(row['roas'], digits=1)} ×"
    return say(
        "evidence_report.hover", channel=plain(_name(row["channel"])), model=plain(row["model"]),
        source=say(f"evidence_report.source_{row['source']}"),
        amount=whole(row["contribution"], currency), ends=ends, roas=roas,
    )  # fmt: skip
