"""Who spends how much, and what do those like them spend?"""

from __future__ import annotations

import plotly.graph_objects as go

from patron.charts.amounts import money_axis, whole
from patron.charts.blank import blank
from patron.charts.records import Small, records
from patron.charts.theme import LIGHT, dress
from patron.language import number, say


def headroom(fifths: Small, *, currency: str, title: str | None = None) -> go.Figure:
    """Draw, by fifth of customers in the order of what they spent, the mean spend beside the mean capacity.

    Parameters
    ----------
    fifths : Table, one row per fifth
        ``fifth`` (1 spent the most), ``customers``, ``current`` and ``capacity`` (means), ``headroom`` (total).
    currency : str
        The project's currency.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.headroom") if title is None else title
    rows = sorted(records(fifths), key=lambda row: row["fifth"])
    if not rows:
        return blank(say("charts.no_headroom"), title=heading)
    figure = go.Figure()
    for measure, colour in (("current", LIGHT.neutral), ("capacity", LIGHT.series[0])):
        figure.add_bar(
            name=say(f"charts.headroom_{measure}"), x=[row["fifth"] for row in rows], y=[row[measure] for row in rows],
            marker_color=colour, hoverinfo="text",
            hovertext=[
                say(
                    "charts.headroom_hover", fifth=row["fifth"], customers=number(row["customers"]),
                    current=whole(row["current"], currency), capacity=whole(row["capacity"], currency),
                    headroom=whole(row["headroom"], currency),
                )
                for row in rows
            ],
        )  # fmt: skip
    figure.update_layout(barmode="group", bargap=0.3)
    figure.update_xaxes(title_text=say("charts.headroom_axis"), dtick=1, showgrid=False, range=[0.4, 5.6])
    most = max(max(row["current"], row["capacity"]) for row in rows)
    figure.update_yaxes(
        **money_axis(0.0, most, currency), rangemode="tozero", title_text=say("charts.headroom_money_axis")
    )
    return dress(figure, title=heading, height=330)
