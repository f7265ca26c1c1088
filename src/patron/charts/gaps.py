"""Where is the most money at stake?"""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from patron.charts.amounts import whole
from patron.charts.blank import blank
from patron.charts.ranked_bars import Bar, ranked_bars
from patron.charts.records import Record, Small, records
from patron.charts.theme import plain, wrap
from patron.contracts.outcome import GAPS
from patron.language import number, say


def gaps(
    steps: Small, *, currency: str, limit: int = 10, labels: Mapping[str, str] | None = None, title: str | None = None
) -> go.Figure:
    """Draw the value at stake of each next step, with its 95 % interval; the colour says how it is known.

    Parameters
    ----------
    steps : Table, one row per next step (`GAPS`)
    currency : str
        The project's currency.
    limit : int
        How many steps (by rank) are drawn.
    labels : mapping of str to str, optional
        Short names of the steps, by `step`; otherwise their titles.
    title : str or None
        The chart's title; none gives its own, "" draws without.
    """
    heading = say("charts.gaps") if title is None else title
    rows = sorted(records(steps, GAPS), key=lambda row: row["rank"])[:limit]
    if not rows:
        return blank(say("charts.no_gaps"), title=heading)
    bars = [_bar(row, labels or {}, currency) for row in rows]
    return ranked_bars(bars, currency=currency, axis=say("charts.value_at_stake"), title=heading)


def _bar(row: Record, labels: Mapping[str, str], currency: str) -> Bar:
    return Bar(
        label=f"{row['rank']}. {wrap(labels.get(row['step'], row['title']), width=30)}",
        value=row["value_at_stake"], low=row["value_low"], high=row["value_high"], evidence=row["evidence"],
        hover=say(
            "charts.gap_hover", title=plain(row["title"]), value=whole(row["value_at_stake"], currency),
            low=whole(row["value_low"], currency), high=whole(row["value_high"], currency),
            count=row["customers"], customers=number(row["customers"]),
        ),
    )  # fmt: skip
