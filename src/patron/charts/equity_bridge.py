"""What made the customer base worth more, or less, than before?"""

from __future__ import annotations

from itertools import accumulate

import plotly.graph_objects as go

from patron.charts.amounts import brief, money_axis, round_places, whole
from patron.charts.blank import blank
from patron.charts.records import Record, Small, records
from patron.charts.theme import LIGHT, dress, wrap
from patron.contracts.outcome import COMPONENTS, EQUITY
from patron.language import day, number, say

SMALL = 0.2  # of the highest level: where all levels lie closer together, the axis begins above zero


def equity_bridge(equity: Small, *, currency: str, segment: str = "all", title: str | None = None) -> go.Figure:
    """Draw customer equity on the earlier day, what each group of customers did to it, and on the later day.

    Where the changes are small beside the equity, the axis does not begin at zero, and says so.

    Parameters
    ----------
    equity : Table, one row per segment and component (`EQUITY`)
    currency : str
        The project's currency.
    segment : str
        Whose equity: ``all``, or a tier.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("outlook.equity_chart_title") if title is None else title
    rows = {row["component"]: row for row in records(equity, EQUITY, segment=segment)}
    if set(rows) != set(COMPONENTS):
        return blank(say("outlook.no_equity"), title=heading)
    steps = [rows[name] for name in COMPONENTS]
    figure = go.Figure(_steps(steps, currency))
    figure.update_layout(showlegend=False, waterfallgap=0.35)
    figure.update_xaxes(showgrid=False, tickangle=0, tickfont_size=11, type="category")
    low, high = _range(steps)
    figure.update_yaxes(**money_axis(low, high, currency), range=[low, high])
    if low > 0:
        figure.add_annotation(
            text=say("outlook.axis"), x=0, y=1, xref="paper", yref="paper", xanchor="left", yanchor="bottom",
            showarrow=False, font={"size": 11, "color": LIGHT.muted},
        )  # fmt: skip
        figure.update_layout(margin_t=28)
    return dress(figure, title=heading, height=360)


def _range(steps: list[Record]) -> list[float]:
    """Return the ends of the axis, with room for the figures beside the bars."""
    levels = [*accumulate(step["amount"] for step in steps[:-1]), steps[-1]["amount"]]
    lowest, highest = min(levels), max(levels)
    room = 0.12 * max(highest - lowest, SMALL * abs(highest))
    if lowest > (1 - SMALL) * highest > 0:
        return [round_places(lowest - 2 * room, highest)[0], highest + room]
    return [min(0.0, lowest - room), max(0.0, highest + room)]


def _steps(steps: list[Record], currency: str) -> go.Waterfall:
    opening, *moves, closing = steps
    names = [
        say("outlook.equity_on", day=day(opening["from_day"])),
        *(say(f"outlook.{step['component']}") for step in moves),
        say("outlook.equity_on", day=day(closing["to_day"])),
    ]
    signs = ["", *("+" if step["amount"] > 0 else "" for step in moves), ""]
    return go.Waterfall(
        x=[wrap(name, width=10) for name in names],
        y=[step["amount"] for step in steps],
        measure=["absolute", *("relative" for _ in moves), "total"],
        text=[sign + brief(step["amount"], currency) for sign, step in zip(signs, steps, strict=True)],
        textposition="outside",
        textfont={"size": 11},
        constraintext="none",
        cliponaxis=False,
        hovertext=[
            say(
                "outlook.equity_hover", name=name, amount=whole(step["amount"], currency),
                customers=number(step["customers"]),
            )
            for name, step in zip(names, steps, strict=True)
        ],
        hoverinfo="text",
        increasing={"marker": {"color": LIGHT.gain}},
        decreasing={"marker": {"color": LIGHT.loss}},
        totals={"marker": {"color": LIGHT.neutral}},
        connector={"line": {"color": LIGHT.faint, "width": 1}},
    )  # fmt: skip
