"""How much does each channel's part hang on the model?"""

from __future__ import annotations

import plotly.graph_objects as go

from patron.charts.blank import blank
from patron.charts.channel_credit import channel_title, model_title
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain, share_axis, wrap
from patron.contracts.touch import ALL, CALIBRATED, MODELS
from patron.errors import ContractError
from patron.language import did_you_mean, failure, listing, number, percent, say

COLUMNS = {"model": "string", "channel": "string", "share": "float64"}
COUNTS = ("conversions", "orders")
MOST = 20

SYMBOLS = {
    "first": "triangle-left", "last": "triangle-right", "last_non_direct": "triangle-right-open",
    "linear": "circle-open", "time_decay": "circle", "position": "x-thin-open", "markov": "square",
    "shapley": "diamond",
}  # fmt: skip
COLOURS = {"markov": LIGHT.series[0], "shapley": LIGHT.series[1]}


def attribution(credits_: Small, *, title: str | None = None) -> go.Figure:
    """Draw the share of conversions that each model gives each channel, the models beside each other.

    A line spans what the models say of a channel: where it is short, the model hardly matters. Rules of thumb are grey.

    Parameters
    ----------
    credits_ : Table, one row per model and channel
        As `patron.kpis.attribution` returns it, or a run's table `attribution`, of which the rows of all orders are
        drawn. The twenty channels of the largest shares are shown.
    title : str or None
        The chart's title; none gives its own, "" draws without.

    Raises
    ------
    ContractError
        The table has no models, channels or shares.
    """
    heading = say("charts.attribution") if title is None else title
    rows = _rows(credits_)
    if not rows:
        return blank(say("charts.no_attribution"), title=heading)
    spans: dict[str, list[float]] = {}
    for row in rows:
        spans.setdefault(row["channel"], []).append(row["share"])
    channels = sorted(spans, key=lambda name: (-max(spans[name]), name))[:MOST]
    models = sorted({row["model"] for row in rows}, key=lambda name: (*_place(name), name))
    drawn = [row for row in rows if row["channel"] in channels]
    marks = [_marks(model, [row for row in drawn if row["model"] == model]) for model in models]
    figure = go.Figure([*(_span(name, spans[name]) for name in channels), *marks])
    figure.update_xaxes(title_text=say("charts.attribution_share"), rangemode="tozero", **share_axis())
    figure.update_yaxes(
        range=[len(channels) - 0.4, -0.6], showgrid=False, type="category", tickfont_color=LIGHT.ink, zeroline=False,
        categoryorder="array", categoryarray=[_label(name) for name in channels],
    )  # fmt: skip
    return dress(figure, title=heading, height=170 + 32 * len(channels))


def _rows(table: Small) -> list[Record]:
    names = list(table.columns) if not hasattr(table, "column_names") else table.column_names
    for column, kind in COLUMNS.items():
        if column not in names:
            raise failure(
                ContractError, "errors.contract_column_missing", table="attribution", column=column, allowed=kind,
                came=listing(names), hint=did_you_mean(column, names),
            )  # fmt: skip
    rows = records(table, segmentation=ALL) if "segmentation" in names else records(table)
    return [row for row in rows if row["share"] is not None]


def _place(model: str) -> tuple[int, bool]:
    """Return where a model stands in the legend; a calibrated one stands behind its own."""
    own = model.removesuffix(CALIBRATED)
    return (MODELS.index(own) if own in MODELS else len(MODELS)), own != model


def _label(channel: str) -> str:
    return wrap(channel_title(channel), width=24)


def _span(channel: str, shares: list[float]) -> go.Scatter:
    return go.Scatter(
        x=[min(shares), max(shares)], y=[_label(channel)] * 2, mode="lines", showlegend=False, hoverinfo="skip",
        line={"color": LIGHT.faint, "width": 3},
    )  # fmt: skip


def _marks(model: str, rows: list[Record]) -> go.Scatter:
    own = model.removesuffix(CALIBRATED)
    colour = COLOURS.get(own, LIGHT.muted) if own == model else LIGHT.gain
    return go.Scatter(
        name=_title(model), x=[row["share"] for row in rows], y=[_label(row["channel"]) for row in rows],
        mode="markers", hoverinfo="text",
        marker={"color": colour, "size": 10, "symbol": SYMBOLS.get(own, "star"), "line": {"color": colour, "width": 2}},
        hovertext=[_hover(row) for row in rows],
    )  # fmt: skip


def _title(model: str) -> str:
    return plain(model_title(model) if model.removesuffix(CALIBRATED) in MODELS else model)


def _hover(row: Record) -> str:
    count = next((row[name] for name in COUNTS if row.get(name) is not None), float("nan"))
    return say(
        "charts.attribution_hover", channel=plain(channel_title(row["channel"])), model=_title(row["model"]),
        share=percent(row["share"], digits=1), conversions=number(count, digits=1),
    )  # fmt: skip
