"""What would not have come without a channel, and how is that known?

A lift test measures it; a marketing-mix model says it; else all credit is taken to be caused, and called assumed.

In   contracts.touch.ATTRIBUTION, contracts.raw_mix.RAW_MIX_MODEL
Out  `Caused` by channel
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import ibis.expr.types as ir

from patron.contracts.channel import EVERY
from patron.contracts.channel_evidence import MIX_MODEL
from patron.contracts.touch import CALIBRATED
from patron.kpis.mix_contributions import read_mix
from patron.kpis.periods import Period

NAMES = ("incremental_roi", "incremental_low", "incremental_high")


@dataclass(frozen=True, kw_only=True)
class Caused:
    """Which part of something is caused, with the ends of its 95 % interval.

    `of_credit` tells what it is a part of: of the margin credited to the channel, or margin for each unit of spend.
    """

    ratio: float
    low: float
    high: float
    evidence: str
    of_credit: bool = True


def measured(attribution: ir.Table, *, model: str) -> dict[str, Caused]:
    """Return which part of each channel's credit lift tests found to be caused, where there was a test.

    Parameters
    ----------
    attribution : Table
        contracts.touch.ATTRIBUTION.
    model : str
        The model of the credits; its calibrated variant holds the ratios.
    """
    rows = attribution.filter(
        (attribution.model == model + CALIBRATED) & (attribution.segmentation == EVERY) & attribution.ratio.notnull()
    )
    return {
        row["channel"]: Caused(ratio=row["ratio"], low=row["ratio_low"], high=row["ratio_high"], evidence="measured")
        for row in rows.order_by("channel").to_pyarrow().to_pylist()
    }


def modelled(
    mix: Iterable[Mapping[str, Any]], *, within: Period, margin_rate: float, aliases: Mapping[str, str]
) -> dict[str, Caused]:
    """Return what a marketing-mix model says that each unit of spend brought in margin.

    Parameters
    ----------
    mix : iterable of mappings
        Rows of contracts.raw_mix.RAW_MIX_MODEL. Of several models the one counts that knows the latest days.
    within : Period
        The days; periods that lie in them whole are added up, where the model says what was spent.
    margin_rate : float
        Margin / revenue: models speak of revenue.
    aliases : mapping of str
        Other spellings of channels, as the setting ``attribution.aliases`` has them.
    """
    over = within.end + timedelta(days=1)
    told = read_mix(
        (row for row in mix if row["period_start"] + timedelta(days=row["period_days"]) <= over), aliases=aliases
    )
    stretch = told.stretch(since=within.start)
    if stretch is None:
        return {}
    found: dict[str, Caused] = {}
    for one in told.contributions(stretch, source=MIX_MODEL):
        if one.model == told.latest() and one.spend and one.low is not None and one.high is not None:
            margin, low, high = (margin_rate * float(end) / float(one.spend) for end in (one.amount, one.low, one.high))
            found[one.channel] = Caused(ratio=margin, low=low, high=high, evidence="modelled", of_credit=False)
    return found


def incremental(margin: float | None, cents: int | None, caused: Caused | None) -> dict[str, Any]:
    """Return what a unit of spend brought beyond itself, with the ends of its interval and how it is known.

    Examples
    --------
    >>> half = Caused(ratio=0.5, low=0.25, high=0.75, evidence="measured")
    >>> incremental(300.0, 10_000, half)
    {'incremental_roi': 0.5, 'incremental_low': -0.25, 'incremental_high': 1.25, 'evidence': 'measured'}
    >>> incremental(300.0, 10_000, None)
    {'incremental_roi': 2.0, 'incremental_low': None, 'incremental_high': None, 'evidence': 'assumed'}
    """
    if cents is None or cents <= 0 or (margin is None and (caused is None or caused.of_credit)):
        return dict.fromkeys(NAMES) | {"evidence": None}
    credit = 0.0 if margin is None else margin * 100 / cents
    if caused is None:
        return dict(zip(NAMES, (credit - 1, None, None), strict=True)) | {"evidence": "assumed"}
    factor = credit if caused.of_credit else 1.0
    low, high = sorted((factor * caused.low - 1, factor * caused.high - 1))
    return dict(zip(NAMES, (factor * caused.ratio - 1, low, high), strict=True)) | {"evidence": caused.evidence}
