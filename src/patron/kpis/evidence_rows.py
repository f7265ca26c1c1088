"""What each source says of each channel, held against the source with most weight.

In   contributions of a mix model; credit, as attribution has it; what lift tests measured of that credit
Out  rows of contracts.channel_evidence.CHANNEL_EVIDENCE, for everybody

Ref  Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15(6), 657-680: that nothing was found is no
     agreement; two figures agree when the interval of their difference lies within what does not matter
     Benjamini & Hochberg (1995), JRSS B 57(1), 289-300: many gaps are looked at at once. Those of one channel share
     their reference, so that they err the same way: positive dependence
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from scipy.special import ndtr

from patron.contracts.channel_evidence import ATTRIBUTION, CALIBRATED, EXPERIMENT, MIX_MODEL, SOURCES
from patron.contracts.touch import BASELINE, NONE
from patron.kpis.credited_sales import Sales
from patron.kpis.mix_contributions import Contribution, cents
from patron.models.estimator import NORMAL_95
from patron.stats.false_discovery import PROVEN, q_values

Row = dict[str, Any]

SAME = 0.5
"""A gap that surely is below this share of the larger figure makes no difference to what one would do."""

EVIDENCE_OF = {EXPERIMENT: "measured", CALIBRATED: "modelled", MIX_MODEL: "modelled", ATTRIBUTION: "assumed"}


@dataclass(frozen=True, kw_only=True)
class Lift:
    """What lift tests measured of a channel, as a multiple of what attribution had given it.

    `raw` is that multiple with its standard error, `low` and `high` the 95 % interval of the multiple that the credit
    is corrected by, `ratio`.
    """

    channel: str
    tests: str
    raw: float
    error: float
    ratio: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Money:
    """What is known beside the contributions: spend by channel, and what of revenue is margin."""

    spend: Mapping[str, Decimal]
    margin_rate: float | None


def claims(mix: Sequence[Contribution], sales: Sales, lifts: Sequence[Lift], *, rule: str) -> list[Contribution]:
    """Return what every source says of every channel.

    Parameters
    ----------
    mix : sequence of Contribution
        Of mix models.
    sales : Sales
        Of the same days.
    lifts : sequence of Lift
        At most one a channel.
    rule : str
        The model of attribution.
    """
    found = list(mix)
    if not sales.credited:
        return found
    known = {lift.channel: lift for lift in lifts}
    for channel in sales.channels():
        if channel in (NONE, BASELINE):
            continue
        of = sales.of(channel)
        found.append(Contribution(channel=channel, source=ATTRIBUTION, model=rule, amount=cents(float(of.revenue))))
        if lift := known.get(channel):
            found += _tested(lift, float(of.revenue), float(of.calibrated))
    return found


def _tested(lift: Lift, credit: float, calibrated: float) -> list[Contribution]:
    """Return the corrected credit, and what the tests alone make of the credit."""
    half = NORMAL_95 * lift.error
    scale = credit if lift.ratio <= 0 else calibrated / lift.ratio
    return [
        Contribution(
            channel=lift.channel, source=CALIBRATED, model=lift.tests, amount=cents(calibrated),
            low=cents(min(lift.low * scale, calibrated)), high=cents(max(lift.high * scale, calibrated)),
        ),
        Contribution(
            channel=lift.channel, source=EXPERIMENT, model=lift.tests, amount=cents(lift.raw * credit),
            low=cents((lift.raw - half) * credit), high=cents((lift.raw + half) * credit),
        ),
    ]  # fmt: skip


def evidence_rows(said: Sequence[Contribution], money: Money) -> list[Row]:
    """Return one row a claim with return on spend, gap and whether it agrees; the sources by weight."""
    by_channel: dict[str, list[Contribution]] = {}
    for one in said:
        by_channel.setdefault(one.channel, []).append(one)
    weighed = [by_channel[channel] for channel in sorted(by_channel) if _weighed(by_channel[channel], money)]
    rows = [row for claims_of in weighed for row in _of_channel(claims_of, money)]
    tested = [row for row in rows if row["p_value"] is not None]
    found = q_values([row["p_value"] for row in tested], dependence="positive").tolist() if tested else []
    for row, q in zip(tested, found, strict=True):
        row["q_value"] = q
    for row in rows:
        row["agrees"] = _agrees(row)
    return rows


def _weighed(said: Sequence[Contribution], money: Money) -> bool:
    """Tell whether a channel is to be weighed: a free one of which attribution alone speaks, such as direct, is not."""
    return len(said) > 1 or said[0].source != ATTRIBUTION or bool(spend_on(said, money))


def _of_channel(said: Sequence[Contribution], money: Money) -> list[Row]:
    """Return the rows of a channel, held against the source with most weight that tells anything.

    A source tells nothing where its interval is wider than the largest claim that is surely not nothing: a small test,
    for example, after which everything is still possible.
    """
    placed = sorted(said, key=lambda one: (SOURCES.index(one.source), one.model))
    spend = spend_on(placed, money)
    speaks = [one for one in placed if one.source != CALIBRATED]
    sure = [abs(float(one.amount)) for one in speaks if _half(one) < abs(float(one.amount))]
    tells = [one for one in speaks if not sure or _half(one) < max(sure)]
    rows = [_row(one, tells[0], spend, money.margin_rate) for one in placed]
    return [row | {"tells": one in tells} for row, one in zip(rows, placed, strict=True)]


def spend_on(said: Sequence[Contribution], money: Money) -> Decimal | None:
    """Return what was spent on a channel: as the source `spend` has it, else as the mix model has."""
    told = (one.spend for one in said if one.spend is not None)
    return money.spend.get(said[0].channel, next(told, None))


def _row(one: Contribution, reference: Contribution, spend: Decimal | None, rate: float | None) -> Row:
    return {
        "channel": one.channel, "source": one.source, "model": one.model, "spend": spend, "contribution": one.amount,
        "low": one.low, "high": one.high, "evidence": EVIDENCE_OF[one.source], "q_value": None,
        **returns(one, spend, rate), **_gap(one, reference),
    }  # fmt: skip


def returns(one: Contribution, spend: Decimal | None, rate: float | None) -> Row:
    """Return what a channel gives back for what was spent on it, and whether that is more."""
    if spend is None or spend <= 0:
        return dict.fromkeys(("roas", "roi", "roi_low", "roi_high", "pays"))
    paid = float(spend)
    roi = {
        name: None if rate is None or amount is None else float(amount) * rate / paid - 1
        for name, amount in (("roi", one.amount), ("roi_low", one.low), ("roi_high", one.high))
    }
    return {"roas": float(one.amount) / paid, **roi, "pays": _pays(**roi)}


def _pays(roi: float | None, roi_low: float | None, roi_high: float | None) -> str | None:
    if roi is None:
        return None
    if roi_low is None or roi_high is None:
        return "yes" if roi > 0 else "no"
    return "yes" if roi_low > 0 else "no" if roi_high < 0 else "cannot_tell"


def _gap(one: Contribution, reference: Contribution) -> Row:
    """Return how far a claim lies from the reference, with an interval where one of them has one."""
    empty = dict.fromkeys(("gap", "gap_low", "gap_high", "p_value"))
    if one is reference:
        return {**empty, "reference": True, "related": False, "larger": 0.0}
    gap = float(one.amount - reference.amount)
    related = one.source == CALIBRATED  # by the same tests: the two do not err apart
    error = math.hypot(_error(one), _error(reference))
    larger = max(abs(float(one.amount)), abs(float(reference.amount)))
    facts = {"reference": False, "related": related, "larger": larger}
    if related or error == 0:
        return {**empty, "gap": cents(gap), **facts}
    return {
        "gap": cents(gap), "gap_low": cents(gap - NORMAL_95 * error), "gap_high": cents(gap + NORMAL_95 * error),
        "p_value": float(2 * ndtr(-abs(gap) / error)), **facts,
    }  # fmt: skip


def _error(one: Contribution) -> float:
    """Return the standard error of a claim; 0 where it tells no interval."""
    if one.low is None or one.high is None:
        return 0.0
    return float(one.high - one.low) / (2 * NORMAL_95)


def _half(one: Contribution) -> float:
    """Return half the interval of a claim; 0 where it tells none."""
    return NORMAL_95 * _error(one)


def _agrees(row: Mapping[str, Any]) -> str | None:
    if row["reference"]:
        return "reference"
    if row["related"]:
        return None
    if row["gap_low"] is None:
        return "cannot_tell"
    if row["q_value"] <= PROVEN:
        return "no"
    widest = max(abs(float(row["gap_low"])), abs(float(row["gap_high"])))
    return "yes" if widest < SAME * row["larger"] else "cannot_tell"
