"""From money spent to customers won, kept and grown: one row a channel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from patron.charts.amounts import brief, money_axis
from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain, wrap
from patron.contracts.channel import CHANNELS, EVERY, LATEST, NO_CHANNEL
from patron.contracts.touch import BASELINE
from patron.language import number, say

PANELS = ("spend", "won", "kept", "margin")
MONEY = ("spend", "margin")
GROWN = "grown"
COLOURS = {
    "spend": LIGHT.loss,
    "won": LIGHT.series[0],
    "kept": LIGHT.pale,
    GROWN: LIGHT.series[0],
    "margin": LIGHT.gain,
}
MOST = 14


def channels(table: Small, *, currency: str, title: str | None = None) -> go.Figure:
    """Draw spend, customers won, kept and grown, and the margin credited, by channel in the latest period.

    Parameters
    ----------
    table : Table, one row per channel, period and segment (`CHANNELS`)
        The latest period of everybody is drawn; the fourteen channels with most spend, then those with most margin.
        What cannot be told is a dash, and a panel in which nothing can be told is left out.
    currency : str
        The project's currency.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.channels") if title is None else title
    every = [row for row in records(table, CHANNELS, period=LATEST, segmentation=EVERY) if row["channel"] != EVERY]
    rows = sorted(every, key=_order)[:MOST]
    told = [name for name in PANELS if any(row[name] is not None for row in rows)]
    if not rows or not told:
        return blank(say("charts.no_channels"), title=heading)
    figure = make_subplots(cols=len(told), shared_yaxes=True, horizontal_spacing=0.05)
    for place, name in enumerate(told, start=1):
        for bar in _bars(rows, name, currency):
            figure.add_trace(bar, row=1, col=place)
        figure.update_xaxes(row=1, col=place, **_axis(rows, name, currency))
    figure.update_yaxes(
        autorange="reversed", type="category", categoryorder="array", categoryarray=[_label(row) for row in rows],
        showgrid=False, tickfont_color=LIGHT.ink, zeroline=False,
    )  # fmt: skip
    figure.update_layout(barmode="overlay", showlegend=False, bargap=0.3)
    return dress(figure, title=heading, height=110 + 38 * len(rows))


def channel_name(name: str) -> str:
    """Return a channel as a person says it: what no channel is has words of its own.

    Examples
    --------
    >>> channel_name("paid_search"), channel_name("none")
    ('paid search', 'no channel known')
    """
    if name in (EVERY, NO_CHANNEL, BASELINE):
        return say(f"charts.channel_{name}")
    return name.replace("_", " ")


def _order(row: Record) -> tuple[bool, float, float, str]:
    last = row["channel"] in (NO_CHANNEL, BASELINE)
    return last, -(row["spend"] or 0.0), -(row["margin"] or 0.0), row["channel"]


def _label(row: Record) -> str:
    return wrap(channel_name(row["channel"]), width=18)


def _bars(rows: Sequence[Record], name: str, currency: str) -> list[go.Bar]:
    write = _writer(name, currency)
    bars = [_bar(rows, name, [_told(row[name], write) for row in rows], currency)]
    if name == "kept":
        bars.append(_bar(rows, GROWN, [""] * len(rows), currency))
    return bars


def _bar(rows: Sequence[Record], name: str, texts: list[str], currency: str) -> go.Bar:
    return go.Bar(
        name=say(f"charts.channels_{name}"), orientation="h", y=[_label(row) for row in rows],
        x=[row[name] or 0.0 for row in rows], text=texts, textposition="outside", cliponaxis=False,
        textfont_color=LIGHT.ink, marker={"color": COLOURS[name]}, hoverinfo="text",
        hovertext=[_hover(row, currency) for row in rows],
    )  # fmt: skip


def _writer(name: str, currency: str) -> Callable[[float], str]:
    return (lambda value: brief(value, currency)) if name in MONEY else (lambda value: number(value))


def _told(value: float | None, write: Callable[[float], str]) -> str:
    return "–" if value is None else write(value)


def _axis(rows: Sequence[Record], name: str, currency: str) -> dict[str, object]:
    """Return an axis with room for the figures behind the bars."""
    values = [row[name] or 0.0 for row in rows]
    low, high = min(0.0, *values), max(0.0, *values)
    room = 0.45 * ((high - low) or 1.0)
    ticks = money_axis(low, high, currency, count=2) if name in MONEY else {"nticks": 3}
    return {
        "title_text": say(f"charts.channels_{name}"), "range": [low - (room if low < 0 else 0.0), high + room], **ticks
    }  # fmt: skip


def _hover(row: Record, currency: str) -> str:
    money, count = _writer("spend", currency), _writer("won", currency)
    return say(
        "charts.channels_hover", channel=plain(channel_name(row["channel"])), spend=_told(row["spend"], money),
        won=number(row["won"]), kept=_told(row["kept"], count), grown=_told(row["grown"], count),
        margin=_told(row["margin"], money),
    )  # fmt: skip
