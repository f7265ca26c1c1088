"""Mix model, attribution and experiments side by side: where do they disagree of a channel, and what settles it?

In   contracts.customer.ORDERS and MEMBERSHIPS, contracts.raw_mix.RAW_MIX_MODEL, contracts.touch.ORDER_CREDITS and
     CHANNEL_LIFTS, contracts.raw.RAW_SPEND
Out  contracts.channel_evidence.CHANNEL_EVIDENCE and CHANNEL_VERDICTS
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.channel_evidence import CHANNEL_EVIDENCE, CHANNEL_VERDICTS, MIX_MODEL
from patron.contracts.touch import ALL
from patron.kpis.channel_key import channel_key
from patron.kpis.channel_verdicts import channel_verdicts
from patron.kpis.credited_sales import as_credits, credited_sales
from patron.kpis.evidence_rows import Lift, Money, claims, evidence_rows
from patron.kpis.evidence_split import customers_of, split_rows
from patron.kpis.mix_contributions import FEWEST_DAYS, YEAR_DAYS, Mix, Stretch, read_mix
from patron.kpis.settling_test import base_of
from patron.models.estimator import NORMAL_95
from patron.profile.known import known_by

CALIBRATED_STATUS = "calibrated"


@dataclass(frozen=True)
class ChannelEvidence:
    """The claims, and a verdict a channel."""

    evidence: ir.Table
    verdicts: ir.Table


@dataclass(frozen=True, kw_only=True)
class Touched:
    """What attribution knows: each order's credits by one rule, and what lift tests measured of them.

    `credits` is contracts.touch.ORDER_CREDITS, `lifts` are rows of contracts.touch.CHANNEL_LIFTS of the same rule.
    """

    credits: ir.Table
    rule: str
    lifts: Sequence[Mapping[str, Any]] = ()


def channel_evidence(
    orders: ir.Table,
    memberships: ir.Table,
    *,
    as_of: date,
    mix: Iterable[Mapping[str, Any]] = (),
    touched: Touched | None = None,
    spend: ir.Table | None = None,
    aliases: Mapping[str, str] | None = None,
) -> ChannelEvidence:
    """Lay what mix models, attribution and experiments say of each channel side by side.

    Parameters
    ----------
    orders, memberships : Table
        contracts.customer.ORDERS, MEMBERSHIPS.
    as_of : date
        The last day we may know about.
    mix : rows
        contracts.raw_mix.RAW_MIX_MODEL.
    touched : Touched, optional
        What attribution knows, where touches are known.
    spend : Table, optional
        contracts.raw.RAW_SPEND.
    aliases : mapping of str, optional
        Other spellings of channels.

    Returns
    -------
    ChannelEvidence
        Two tables held in memory; both without rows where neither a mix model nor touches are there, or where they
        know no common days.
    """
    names = aliases or {}
    told = read_mix((row for row in mix if _over(row) <= as_of), aliases=names)
    known = known_by(orders, as_of=as_of)
    touched = None if touched is None else _by(touched, as_of)
    stretch, touched = _stretch(told, touched, as_of)
    if stretch is None:
        return ChannelEvidence(CHANNEL_EVIDENCE.empty(), CHANNEL_VERDICTS.empty())
    shares = as_credits(known) if touched is None else touched.credits
    sales = credited_sales(shares, memberships, stretch, credited=touched is not None)
    money = Money(spend=_spent(spend, stretch, names), margin_rate=sales.margin_rate)
    said = claims(
        told.contributions(stretch, source=MIX_MODEL), sales, [] if touched is None else _lifts(touched.lifts),
        rule="" if touched is None else touched.rule,
    )  # fmt: skip
    rows = evidence_rows(said, money)
    verdicts = channel_verdicts(rows, sales, base_of(known, as_of=as_of), stretch) if rows else []
    whole = [row | {"segmentation": ALL, "segment": ALL} for row in rows]
    days = {"from_day": stretch.from_day, "to_day": stretch.to_day}
    parts = [
        row | days | {"customers": customers_of(row, sales)} for row in (*whole, *split_rows(whole, sales))
    ]  # fmt: skip
    return ChannelEvidence(_table(CHANNEL_EVIDENCE, parts), _table(CHANNEL_VERDICTS, verdicts))


def _over(row: Mapping[str, Any]) -> date:
    """Return the day from which a row of a mix model can be known."""
    end: date = row["period_start"] + timedelta(days=row["period_days"] - 1)
    return max(end, row["fitted_on"] or end)


def _by(touched: Touched, as_of: date) -> Touched:
    known = touched.credits.filter(touched.credits.ordered_on <= ibis.literal(as_of))
    return Touched(credits=known, rule=touched.rule, lifts=touched.lifts)


def _stretch(told: Mix, touched: Touched | None, as_of: date) -> tuple[Stretch | None, Touched | None]:
    """Return the days that all sources know, and what attribution knows where it shares enough of them."""
    first = None if touched is None else touched.credits.ordered_on.min().to_pyarrow().as_py()
    if touched is None or first is None:
        return told.stretch(), None
    shared = told.stretch(since=first)
    if shared is not None and shared.days >= FEWEST_DAYS:
        return shared, touched
    if told.periods:
        return told.stretch(), None
    return Stretch(from_day=max(first, as_of - timedelta(days=YEAR_DAYS - 1)), to_day=as_of), touched


def _spent(spend: ir.Table | None, stretch: Stretch, aliases: Mapping[str, str]) -> dict[str, Decimal]:
    if spend is None:
        return {}
    within = spend.filter(spend.day.between(ibis.literal(stretch.from_day), ibis.literal(stretch.to_day)))
    keyed = within.mutate(key=channel_key(within.channel, aliases))
    rows = keyed.group_by("key").aggregate(amount=keyed.amount.sum()).to_pyarrow().to_pylist()
    return {row["key"]: row["amount"] for row in rows}


def _lifts(rows: Iterable[Mapping[str, Any]]) -> list[Lift]:
    """Return what tests measured, of the channels whose credit they could be held against."""
    return [
        Lift(
            channel=row["channel"], tests=row["tests"], raw=row["raw"],
            error=(row["measured_high"] - row["measured_low"]) / (2 * NORMAL_95) / row["attributed"],
            ratio=row["ratio"], low=row["ratio_low"], high=row["ratio_high"],
        )
        for row in rows
        if row["status"] == CALIBRATED_STATUS and row["attributed"] > 0
    ]  # fmt: skip


def _table(contract: Any, rows: Sequence[Mapping[str, Any]]) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(list(rows), schema=contract.schema.to_pyarrow()))
