"""What is each channel given, by the last click, by a path model, and by lift tests?"""

from __future__ import annotations

import plotly.graph_objects as go

from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain, wrap
from patron.contracts.touch import ALL, ATTRIBUTION, BASELINE, CALIBRATED, NONE
from patron.language import number, say

_RESERVED = {NONE: "none", BASELINE: "baseline"}


def channel_credit(attribution: Small, *, model: str = "markov", title: str | None = None) -> go.Figure:
    """Draw the orders of each channel: by the last touch, by one model, and where tests correct it by those.

    Parameters
    ----------
    attribution : Table, one row per model, segment and channel (`ATTRIBUTION`)
        Only the rows of all orders are drawn.
    model : str
        The model to draw beside the last touch.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("attribution_report.chart") if title is None else title
    rows = records(attribution, ATTRIBUTION, segmentation=ALL)
    by_model = {name: {row["channel"]: row for row in rows if row["model"] == name}
                for name in dict.fromkeys(("last", model, model + CALIBRATED))}  # fmt: skip
    if not by_model[model]:
        return blank(say("attribution_report.nothing"), title=heading)
    best = by_model[model + CALIBRATED] or by_model[model]
    channels = sorted({row["channel"] for row in rows if row["model"] in by_model}, key=lambda name: (
        name in _RESERVED, -best.get(name, {"orders": 0.0})["orders"], name))  # fmt: skip
    marks = (("circle-open", LIGHT.neutral), ("square", LIGHT.series[0]), ("diamond", LIGHT.series[1]))
    figure = go.Figure([
        _marks(name, mine, channels, symbol=symbol, colour=colour, before=by_model[model])
        for (name, mine), (symbol, colour) in zip(by_model.items(), marks, strict=False) if mine
    ])  # fmt: skip
    figure.update_xaxes(title_text=say("attribution_report.orders_axis"), rangemode="tozero")
    labels = [_label(name) for name in channels]
    figure.update_yaxes(
        range=[len(channels) - 0.4, -0.6], type="category", tickfont_color=LIGHT.ink, categoryorder="array",
        categoryarray=labels,
    )  # fmt: skip
    return dress(figure, title=heading, height=150 + 34 * len(channels))


def channel_title(channel: str) -> str:
    """Return a channel's name for people."""
    if channel in _RESERVED:
        return say(f"attribution_report.channel_{_RESERVED[channel]}")
    return channel.replace("_", " ")


def model_title(model: str) -> str:
    """Return a model's name for people."""
    own = say(f"attribution_report.model_{model.removesuffix(CALIBRATED)}")
    return say("attribution_report.calibrated", model=own) if model.endswith(CALIBRATED) else own


def _label(channel: str) -> str:
    return wrap(plain(channel_title(channel)), width=24)


def tested_range(row: Record, before: Record) -> tuple[float, float] | None:
    """Return the orders of a channel by the ends of its tests' interval; none without a test."""
    if row["ratio"] is None:
        return None
    return row["ratio_low"] * before["orders"], row["ratio_high"] * before["orders"]


def _marks(
    model: str, rows: dict[str, Record], channels: list[str], *, symbol: str, colour: str, before: dict[str, Record]
) -> go.Scatter:  # fmt: skip
    mine = [name for name in channels if name in rows]
    ends = [
        (tested_range(rows[name], before[name]) if name in before else None) or (rows[name]["orders"],) * 2
        for name in mine
    ]  # fmt: skip
    bars = {
        "type": "data", "symmetric": False, "color": colour, "thickness": 2, "width": 4,
        "array": [max(high - rows[name]["orders"], 0.0) for name, (_, high) in zip(mine, ends, strict=True)],
        "arrayminus": [max(rows[name]["orders"] - low, 0.0) for name, (low, _) in zip(mine, ends, strict=True)],
    }  # fmt: skip
    title = model_title(model)
    return go.Scatter(
        name=title, x=[rows[name]["orders"] for name in mine], y=[_label(name) for name in mine], mode="markers",
        marker={"symbol": symbol, "size": 11, "color": colour, "line": {"width": 2, "color": colour}},
        error_x=bars if any(rows[name]["ratio"] is not None for name in mine) else None,
        hoverinfo="text",
        hovertext=[
            say(
                "attribution_report.hover", model=title, channel=plain(channel_title(name)),
                orders=number(rows[name]["orders"], digits=1),
            )
            for name in mine
        ],
    )  # fmt: skip
