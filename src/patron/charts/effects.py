"""Did the lists pay?"""

from __future__ import annotations

import plotly.graph_objects as go

from patron.charts.amounts import money_axis, whole
from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain, wrap
from patron.contracts.effect import EFFECTS
from patron.experiments.experiment_title import experiment_title
from patron.language import number, say
from patron.stats.false_discovery import PROVEN


def effects(readings: Small, *, currency: str, metric: str = "margin", title: str | None = None) -> go.Figure:
    """Draw each experiment's effect per customer with its 95 % interval; left of zero it cost, right of it it paid.

    Grey is what is not proven yet: its interval holds zero, or it is one of many and may be luck. Only readings of
    status ``read`` are drawn.

    Parameters
    ----------
    readings : Table, one row per metric and arm of an experiment (`EFFECTS`)
    currency : str
        The project's currency.
    metric : {"margin", "orders"}
        Which metric.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.effects") if title is None else title
    rows = sorted(
        (
            row for row in records(readings, EFFECTS)
            if row["metric"] == metric and row["segmentation"] == "all" and row["status"] == "read"
            and row["effect"] is not None
        ),
        key=lambda row: (-row["effect"], row["experiment"], row["arm"]),
    )  # fmt: skip
    if not rows:
        return blank(say("charts.no_effects"), title=heading)
    figure = go.Figure([_mark(row, metric=metric, currency=currency) for row in rows])
    figure.add_vline(x=0, line={"color": LIGHT.muted, "width": 1})
    figure.update_layout(showlegend=False)
    figure.update_xaxes(
        title_text=say("charts.effect_margin" if metric == "margin" else "charts.effect_orders"),
        tickangle=0,
        **(money_axis(*_ends(rows), currency, count=4) if metric == "margin" else {}),
    )
    figure.update_yaxes(
        range=[len(rows) - 0.4, -0.6], showgrid=False, type="category", tickfont_color=LIGHT.ink, zeroline=False,
        categoryorder="array", categoryarray=[_label(row) for row in rows],
    )  # fmt: skip
    return dress(figure, title=heading, height=110 + 48 * len(rows))


def _ends(rows: list[Record]) -> tuple[float, float]:
    values = [row[name] for row in rows for name in ("effect", "effect_low", "effect_high") if row[name] is not None]
    return min(0.0, *values), max(0.0, *values)


def _label(row: Record) -> str:
    return wrap(experiment_title(row["experiment"], row["arm"]), width=24)


def _mark(row: Record, *, metric: str, currency: str) -> go.Scatter:
    colour = _colour(row)
    low = row["effect"] if row["effect_low"] is None else row["effect_low"]
    high = row["effect"] if row["effect_high"] is None else row["effect_high"]
    return go.Scatter(
        x=[row["effect"]],
        y=[_label(row)],
        mode="markers",
        marker={"color": colour, "size": 11, "symbol": "square"},
        error_x={
            "type": "data", "symmetric": False, "color": colour, "thickness": 2, "width": 5,
            "array": [high - row["effect"]], "arrayminus": [row["effect"] - low],
        },
        hovertext=[_hover(row, metric=metric, currency=currency)],
        hoverinfo="text",
    )  # fmt: skip


def _colour(row: Record) -> str:
    if row["q_value"] is None or row["q_value"] >= PROVEN:
        return LIGHT.neutral
    return LIGHT.gain if row["effect"] > 0 else LIGHT.loss


def _hover(row: Record, *, metric: str, currency: str) -> str:
    def write(value: float | None) -> str:
        if value is None:
            return say("charts.undefined")
        return whole(value, currency) if metric == "margin" else number(value, digits=3)

    return say(
        "charts.effect_hover", experiment=plain(experiment_title(row["experiment"])), arm=plain(row["arm"]),
        effect=write(row["effect"]), low=write(row["effect_low"]), high=write(row["effect_high"]), n=number(row["n"]),
        control=number(row["n_control"]),
    )  # fmt: skip
