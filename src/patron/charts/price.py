"""How do sales answer to prices, and what would another price earn?"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from patron.charts.amounts import money_axis, whole
from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, plain, wrap
from patron.contracts.price import ELASTICITIES
from patron.decisions.best_price import curve
from patron.language import number, percent, say
from patron.models.estimator import NORMAL_95

MOST = 14
POINTS = 61
REACH = 0.25
"""How far the curve is drawn to both sides of the present price, as a share of it."""


def elasticities(answers: Small, *, title: str | None = None) -> go.Figure:
    """Draw what one per cent of price does to units, with 95 % intervals, by category; hollow what a naive fit says.

    Parameters
    ----------
    answers : Table (`ELASTICITIES`)
        Of which the categories of everybody are drawn, those with most units; without any the total.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.elasticities") if title is None else title
    told = [row for row in records(answers, ELASTICITIES, segmentation="all") if row["elasticity"] is not None]
    rows = [row for row in told if row["level"] == "category" and row["category"]]
    rows = rows or [row for row in told if row["level"] == "all"]
    if not rows:
        return blank(say("charts.no_elasticities"), title=heading)
    rows = sorted(rows, key=lambda row: -row["units"])[:MOST]
    rows.sort(key=lambda row: (row["elasticity"], row["category"]))
    names = [_name(row) for row in rows]
    figure = go.Figure()
    figure.add_scatter(
        x=[row["naive"] for row in rows], y=names, mode="markers", name=say("charts.elasticities_naive"),
        marker={"color": LIGHT.neutral, "size": 10, "symbol": "circle-open", "line": {"width": 2}}, hoverinfo="x",
    )  # fmt: skip
    figure.add_scatter(
        x=[row["elasticity"] for row in rows], y=names, mode="markers", name=say("charts.elasticities_learned"),
        marker={"color": LIGHT.gain, "size": 11, "symbol": "square"},
        error_x={
            "type": "data", "symmetric": False, "color": LIGHT.gain, "thickness": 2, "width": 5,
            "array": [row["high"] - row["elasticity"] for row in rows],
            "arrayminus": [row["elasticity"] - row["low"] for row in rows],
        },
        hovertext=[_hover(row) for row in rows], hoverinfo="text",
    )  # fmt: skip
    figure.add_vline(x=0, line={"color": LIGHT.muted, "width": 1})
    figure.add_vline(x=-1, line={"color": LIGHT.faint, "width": 1, "dash": "dot"})
    figure.update_xaxes(title_text=say("charts.elasticities_axis"))
    figure.update_yaxes(
        range=[len(rows) - 0.4, -0.6], showgrid=False, type="category", tickfont_color=LIGHT.ink, zeroline=False,
        categoryorder="array", categoryarray=names,
    )  # fmt: skip
    return dress(figure, title=heading, height=130 + 34 * len(rows))


def price_curve(offer: Record, *, currency: str, title: str | None = None) -> go.Figure:
    """Draw what a period earns at other prices, with its 95 % band, today's price and the proposed one.

    Parameters
    ----------
    offer : mapping
        A row of `PRICE_OFFERS` with a change.
    currency : str
        The project's currency.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.price_curve") if title is None else title
    if offer.get("change") is None:
        return blank(say("charts.no_price_curve"), title=heading)
    changes = np.linspace(1 - REACH, 1 + REACH, POINTS)
    error = (offer["elasticity_high"] - offer["elasticity_low"]) / (2 * NORMAL_95)
    facts = {"revenue": float(offer["revenue"]), "cost": float(offer["cost"]), "elasticity": offer["elasticity"]}
    units, profit, low, high = curve(**facts, error=error, changes=changes)
    at = (changes - 1).tolist()
    figure = go.Figure()
    figure.add_scatter(
        x=[*at, *at[::-1]], y=[*high.tolist(), *low.tolist()[::-1]], fill="toself", fillcolor=LIGHT.ramp[1],
        opacity=0.6, line={"width": 0, "color": LIGHT.ramp[1]}, mode="lines", hoverinfo="skip",
        name=say("charts.price_curve_band"),
    )  # fmt: skip
    figure.add_scatter(
        x=at, y=profit.tolist(), mode="lines", line={"color": LIGHT.series[0], "width": 3}, hoverinfo="text",
        name=say("charts.price_curve_profit"),
        hovertext=[
            say("charts.price_curve_hover", change=_signed(one), profit=whole(earned, currency), units=percent(sold))
            for one, earned, sold in zip(at, profit.tolist(), units.tolist(), strict=True)
        ],
    )  # fmt: skip
    then = curve(**facts, error=error, changes=[1.0, 1.0 + offer["change"]])[1]
    for place, (name, colour) in enumerate((("now", LIGHT.ink), ("best", LIGHT.gain))):
        figure.add_scatter(
            x=[(0.0, offer["change"])[place]], y=[float(then[place])], mode="markers", hoverinfo="skip",
            name=say(f"charts.price_curve_{name}"), marker={"color": colour, "size": 13, "symbol": "diamond"},
        )  # fmt: skip
    figure.update_xaxes(title_text=say("charts.price_curve_axis"), tickformat="+.0%", showgrid=False)
    lowest = min(0.0, float(low.min()))
    figure.update_yaxes(**money_axis(lowest, float(high.max()), currency), title_text=say("charts.price_curve_money"))
    return dress(figure, title=heading, height=360)


def _name(row: Record) -> str:
    return wrap(plain(row["category"]) if row["level"] == "category" else say("charts.elasticities_all"), width=28)


def _hover(row: Record) -> str:
    return say(
        "charts.elasticities_hover", name=_name(row), elasticity=number(row["elasticity"], digits=2),
        low=number(row["low"], digits=2), high=number(row["high"], digits=2), products=number(row["products"]),
        naive=number(row["naive"], digits=2) if row["naive"] is not None else "–",
    )  # fmt: skip


def _signed(change: float) -> str:
    return ("+" if change > 0 else "") + percent(change, digits=1)
