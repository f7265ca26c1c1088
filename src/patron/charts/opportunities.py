"""What is worth launching?"""

from __future__ import annotations

import plotly.graph_objects as go

from patron.charts.amounts import whole
from patron.charts.blank import blank
from patron.charts.ranked_bars import Bar, ranked_bars
from patron.charts.records import Record, Small, records
from patron.charts.theme import plain, wrap
from patron.contracts.action import OPPORTUNITIES
from patron.decisions.opportunity.words import action_title, audience_title, opportunity_title
from patron.language import number, say


def opportunities(found: Small, *, currency: str, limit: int = 10, title: str | None = None) -> go.Figure:
    """Draw the expected gain of the best opportunities with its 95 % interval; the colour says how it is known.

    Parameters
    ----------
    found : Table, one row per signal, segment and action (`OPPORTUNITIES`)
    currency : str
        The project's currency.
    limit : int
        How many of the best are drawn.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.opportunities") if title is None else title
    rows = sorted((row for row in records(found, OPPORTUNITIES) if row["best"]), key=lambda row: row["rank"])[:limit]
    if not rows:
        return blank(say("charts.no_opportunities"), title=heading)
    bars = [_bar(place, row, currency) for place, row in enumerate(rows, start=1)]
    return ranked_bars(bars, currency=currency, axis=say("charts.expected_gain"), title=heading)


def _bar(place: int, row: Record, currency: str) -> Bar:
    name = say("charts.opportunity", audience=audience_title(row), action=action_title(row["action"]))
    return Bar(
        label=f"{place}. {wrap(name, width=34)}",
        value=row["total_gain"], low=row["total_low"], high=row["total_high"], evidence=row["evidence"],
        hover=say(
            "charts.opportunity_hover", title=plain(opportunity_title(row)), value=whole(row["total_gain"], currency),
            low=whole(row["total_low"], currency), high=whole(row["total_high"], currency),
            count=row["reachable"], customers=number(row["reachable"]),
        ),
    )  # fmt: skip
