"""Do the sources agree about a channel, and if not, which test would settle it?

In   rows of contracts.channel_evidence.CHANNEL_EVIDENCE of one channel, for everybody
Out  contracts.channel_evidence.CHANNEL_VERDICTS
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from patron.contracts.channel_evidence import CALIBRATED, EXPERIMENT
from patron.contracts.touch import CUSTOMER, NEW
from patron.kpis.credited_sales import Sales
from patron.kpis.evidence_rows import SAME
from patron.kpis.mix_contributions import Stretch
from patron.kpis.settling_test import Base, SettlingTest, settling_test
from patron.language import number, say

Row = dict[str, Any]

SETTLED = ("settled", "agree")
"""Verdicts after which no test is needed."""

MOSTLY_NEW = 0.5
"""Share of first orders in what a channel is credited with, above which those whom it reaches are no customers yet."""


def channel_verdicts(rows: Sequence[Row], sales: Sales, base: Base, stretch: Stretch) -> list[Row]:
    """Return one row a channel.

    Parameters
    ----------
    rows : sequence of rows
        Of everybody, those of a channel together.
    sales : Sales
        Of the same days.
    base : Base
        Who could take part in a test.
    stretch : Stretch
        The days.
    """
    by_channel = groupby(rows, key=lambda row: row["channel"])
    return [_verdict(channel, list(found), sales, base, stretch) for channel, found in by_channel]


def _verdict(channel: str, rows: Sequence[Row], sales: Sales, base: Base, stretch: Stretch) -> Row:
    speaks = [row for row in rows if row["source"] != CALIBRATED]
    reference = next(row for row in speaks if row["reference"])
    amounts = [row["contribution"] for row in speaks if row["tells"]]
    least, most = min(amounts), max(amounts)
    verdict = verdict_of(speaks)
    test = None if verdict in SETTLED else settling_test(_apart(verdict, least, most) / stretch.days, base)
    rate = sales.margin_rate
    row: Row = {
        "channel": channel, "from_day": stretch.from_day, "to_day": stretch.to_day, "sources": len(speaks),
        "verdict": verdict, "reference": reference["source"], "least": least, "most": most,
        "at_stake": _doubt(least, most) * (1.0 if rate is None else rate), "pays": reference["pays"],
        "unit": _unit(channel, sales), "customers": base.customers, **_test(verdict, test),
    }  # fmt: skip
    return row | {"sentence": _sentence(row, speaks, reference)}


def verdict_of(speaks: Sequence[Mapping[str, Any]]) -> str:
    """Return whether the sources agree with the one of them that is the reference."""
    others = [row["agrees"] for row in speaks if not row["reference"]]
    if not others:
        return "one_source"
    tested = any(row["reference"] and row["source"] == EXPERIMENT for row in speaks)
    if tested and "cannot_tell" not in others:
        return "settled"
    if "no" in others:
        return "disagree"
    return "cannot_tell" if "cannot_tell" in others else "agree"


def _apart(verdict: str, least: Decimal, most: Decimal) -> float:
    """Return what a test must tell apart: the furthest two claims, or the only one from nothing.

    Where claims lie together and only their intervals are wide, it is as much as would make them differ.
    """
    if verdict == "one_source":
        return abs(float(most))
    apart = _doubt(least, most)
    return apart if verdict == "disagree" else max(apart, SAME * float(most))


def _doubt(least: Decimal, most: Decimal) -> float:
    """Return how far claims lie apart; one below nothing, as chance makes them, counts as nothing."""
    return float(max(most, Decimal(0)) - max(least, Decimal(0)))


def _unit(channel: str, sales: Sales) -> str:
    whole = sales.of(channel).revenue if sales.credited else sales.total().revenue
    if whole <= 0:
        return "customers"
    new = sales.of(channel, (CUSTOMER, NEW)).revenue if sales.credited else sales.total((CUSTOMER, NEW)).revenue
    return "regions" if float(new / whole) > MOSTLY_NEW else "customers"


def _test(verdict: str, test: SettlingTest | None) -> Row:
    empty = dict.fromkeys(("difference", "spread", "weeks", "customers_needed"))
    if test is None:
        return {**empty, "test_status": "not_needed" if verdict in SETTLED else "no_sales"}
    return {
        "difference": test.difference, "spread": test.spread, "weeks": test.weeks,
        "customers_needed": test.customers_needed, "test_status": "enough" if test.enough else "too_few",
    }  # fmt: skip


def _sentence(row: Mapping[str, Any], speaks: Sequence[Mapping[str, Any]], against: Mapping[str, Any]) -> str:
    reference = say(f"channel_evidence.by_{row['reference']}")
    said = [say(f"channel_evidence.{row['verdict']}", reference=reference, sources=number(row["sources"]))]
    said += [_off(one, against, reference) for one in speaks if one["agrees"] == "no"]
    if row["weeks"] is not None:
        kind = row["unit"] if row["test_status"] == "enough" else "too_few"
        counts = {"needed": number(row["customers_needed"]), "there": number(row["customers"])}
        said.append(say(f"channel_evidence.test_{kind}", weeks=row["weeks"], **counts))
    return " ".join(said)


def _off(one: Mapping[str, Any], against: Mapping[str, Any], reference: str) -> str:
    """Say how far a source is from the reference."""
    source = say(f"channel_evidence.by_{one['source']}")
    if against["contribution"] <= 0:
        return say("channel_evidence.off_none", source=source, reference=reference)
    times = float(one["contribution"] / against["contribution"])
    return say("channel_evidence.off", source=source, reference=reference, times=number(times, digits=1))
