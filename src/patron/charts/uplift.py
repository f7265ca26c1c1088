"""What does an action bring, when those who are moved most come first?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from patron.charts.blank import blank
from patron.charts.theme import LIGHT, dress, plain, share_axis
from patron.experiments import Ranking
from patron.language import number, percent, say


def uplift(
    rankings: Mapping[str, Ranking], *, unit: str, per: float = 1.0, digits: int = 1, title: str | None = None
) -> go.Figure:
    """Draw each score's curve over the share of people who are treated, the first with its band of 95 %.

    The straight line is what treating as many people by chance brings.

    Parameters
    ----------
    rankings : mapping of str to Ranking
        What people call each score, and what `qini` or `uplift_curve` found; the first one stands in front.
    unit : str
        What the gain is counted in, such as "visits per 1,000 customers": the vertical axis.
    per : float
        How many people `unit` is for.
    digits : int
        Of the figures.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.uplift") if title is None else title
    if not rankings:
        return blank(say("charts.no_uplift"), title=heading)
    figure = go.Figure()
    first = next(iter(rankings.values())).curve
    known = ~np.isnan(first.low)
    figure.add_scatter(
        x=[*first.share[known], *first.share[known][::-1]],
        y=[*(per * first.high[known]), *(per * first.low[known][::-1])],
        fill="toself", fillcolor=LIGHT.ramp[1], opacity=0.6, line={"width": 0, "color": LIGHT.ramp[1]}, mode="lines",
        name=say("charts.uplift_band", name=plain(next(iter(rankings)))), hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=[0.0, 1.0], y=[0.0, per * float(first.chance[-1])], mode="lines", name=say("charts.uplift_chance"),
        line={"color": LIGHT.neutral, "width": 1.5, "dash": "dot"}, hoverinfo="skip",
    )  # fmt: skip
    for place, (name, ranking) in enumerate(rankings.items()):
        curve = ranking.curve
        figure.add_scatter(
            x=curve.share.tolist(), y=(per * curve.gain).tolist(), mode="lines", name=plain(name),
            line={"color": LIGHT.series[place % len(LIGHT.series)], "width": 3 if not place else 2}, hoverinfo="text",
            hovertext=[
                say(
                    "charts.uplift_hover", name=plain(name), share=percent(share), unit=plain(unit),
                    gain=number(per * gain, digits=digits),
                )
                for share, gain in zip(curve.share.tolist(), curve.gain.tolist(), strict=True)
            ],
        )  # fmt: skip
    figure.update_xaxes(title_text=say("charts.uplift_share"), range=[0, 1], showgrid=False, **share_axis())
    figure.update_yaxes(title_text=plain(unit), rangemode="tozero")
    return dress(figure, title=heading, height=420)
