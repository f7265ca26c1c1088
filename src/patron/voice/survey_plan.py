"""Whom to ask in each segment, how many of them, and what?

In   contracts.customer.PROFILES, MEMBERSHIPS; contracts.voice.VOICE; who may be written to, and who was asked lately
Out  contracts.voice.SURVEY_PLAN   one row per segment

Ref  Cochran (1977), Sampling Techniques, 3rd ed., equations 4.1 and 4.2: the size of a sample for a wanted precision,
     and its correction for a finite population
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from scipy.special import ndtri

from patron.contracts.voice import SURVEY_PLAN
from patron.voice.question_bank import QUESTIONNAIRES
from patron.voice.surveys import TOTAL

UNKNOWN_RESPONSE = 0.10
"""Share of invitations that is answered where nobody knows: one in ten."""

WORTH = 20
"""Invitations that such a belief, or all customers' response against a segment's own, is worth."""

UNKNOWN_SPREAD = 0.70
"""Variance of +1, 0 and -1 where nobody has answered yet; at most it is 1, for a shop of promoters and detractors."""

QUIET_DAYS = 182
INACTIVE_DAYS = 365
FEW_ORDERS = 2
MANY_ORDERS = 4

Row = dict[str, Any]
Keep = Callable[[str, ir.Table], ir.Table]


def survey_plan(
    profiles: ir.Table, memberships: ir.Table, voice: ir.Table, *, allowed: ir.Table, rested: ir.Table,
    precision: float, keep: Keep = lambda _name, table: table,
) -> ir.Table:  # fmt: skip
    """Plan the next survey of every segment, and of everybody.

    Parameters
    ----------
    profiles : Table
        ``customer_id, days_since_last, orders, net_revenue``.
    memberships : Table
        contracts.customer.MEMBERSHIPS.
    voice : Table
        contracts.voice.VOICE: how segments responded, and how much their answers differ.
    allowed : Table
        ``customer_id`` of those who may be written to, each once.
    rested : Table
        ``customer_id`` of those who were asked or answered lately, each once: they are left in peace.
    precision : float
        Half of the wanted 95 % interval of the net promoter score, in points.
    keep : callable
        Writes a table aside and returns it as it is read again.

    Returns
    -------
    Table, one row per segment
        contracts.voice.SURVEY_PLAN.
    """
    people = keep("survey_people", _people(profiles, allowed, rested))
    everyone = people.mutate(segmentation=ibis.literal(TOTAL), segment=ibis.literal(TOTAL))
    named = memberships.select("customer_id", "segmentation", "segment")
    members = ibis.union(everyone, named.inner_join(people, "customer_id").select(*everyone.columns))
    facts = _facts(members).to_pyarrow().to_pylist()
    heard = voice.filter((voice.kind == "nps") & (voice.question == "nps"))
    said = {(row["segmentation"], row["segment"]): row for row in heard.to_pyarrow().to_pylist()}
    rows = _planned(facts, said, precision=precision)
    return ibis.memtable(pa.Table.from_pylist(rows, schema=SURVEY_PLAN.schema.to_pyarrow()))


def _people(profiles: ir.Table, allowed: ir.Table, rested: ir.Table) -> ir.Table:
    """Add to each customer whether she may be written to, and whether she was asked lately."""
    yes, lately = allowed.select(_yes="customer_id"), rested.select(_lately="customer_id").distinct()
    told = profiles.select("customer_id", "days_since_last", "orders", "net_revenue")
    joined = told.left_join(yes, [("customer_id", "_yes")]).left_join(lately, [("customer_id", "_lately")])
    may, tired = joined._yes.notnull(), joined._lately.notnull()
    return joined.select(
        *told.columns, refused=(~may).cast("int64"), tired=(may & tired).cast("int64"),
    )  # fmt: skip


def _facts(members: ir.Table) -> ir.Table:
    return members.group_by("segmentation", "segment").aggregate(
        customers=members.count(), refused=members.refused.sum().cast("decimal(38, 0)").cast("int64"),
        tired=members.tired.sum().cast("decimal(38, 0)").cast("int64"), silence=members.days_since_last.median(),
        orders=members.orders.median(), revenue=members.net_revenue.cast("decimal(38, 2)").sum(),
    )  # fmt: skip


def _planned(facts: list[Row], said: Mapping[tuple[str, str], Row], *, precision: float) -> list[Row]:
    total = next((one for one in facts if one["segmentation"] == TOTAL), None)
    if total is None:
        return []
    mean = float(total["revenue"]) / total["customers"]
    base = response(said.get((TOTAL, TOTAL)), towards=UNKNOWN_RESPONSE)
    spread = _spread(said.get((TOTAL, TOTAL)), UNKNOWN_SPREAD)
    order = sorted(facts, key=lambda one: (one["segmentation"] != TOTAL, one["segmentation"], one["segment"]))
    return [_row(one, said.get((one["segmentation"], one["segment"])), base, spread, mean, precision) for one in order]


def _row(one: Row, heard: Row | None, base: float, spread: float, mean: float, precision: float) -> Row:
    everybody = one["segmentation"] == TOTAL
    value = float(one["revenue"]) / one["customers"]
    kind = "other" if everybody else segment_kind(one["silence"], one["orders"], value, mean=mean)
    rate = base if everybody else response(heard, towards=base)
    differs = _spread(heard, spread)
    free = one["customers"] - one["refused"] - one["tired"]
    wanted = answers_for(precision, spread=differs, customers=one["customers"])
    invited = min(math.ceil(wanted / rate), free)
    expected = round(invited * rate)
    return {
        "segmentation": one["segmentation"], "segment": one["segment"], "questionnaire": kind,
        "questions": ", ".join(QUESTIONNAIRES[kind]), "customers": one["customers"],
        "without_consent": one["refused"], "asked_lately": one["tired"], "reachable": free,
        "expected_response": rate, "wanted": wanted, "invitations": invited, "expected_answers": expected,
        "precision": precision_of(expected, spread=differs, customers=one["customers"]) if expected else None,
    }  # fmt: skip


def segment_kind(silence: float | None, orders: float, value: float, *, mean: float) -> str:
    """Return what a segment is like, by the medians of its customers' silence and orders, and their mean value.

    Parameters
    ----------
    silence : float, optional
        Days since the last order; none where nobody ordered.
    orders : float
        Orders so far.
    value, mean : float
        Net revenue a customer, of the segment and of all.

    Examples
    --------
    >>> segment_kind(20, 9, 400.0, mean=100.0), segment_kind(20, 1, 40.0, mean=100.0), segment_kind(200, 5, 1.0, mean=1)
    ('frequent_high_value', 'stuck', 'quiet')
    """
    if silence is not None and silence > INACTIVE_DAYS:
        return "inactive"
    if silence is not None and silence > QUIET_DAYS:
        return "quiet"
    if orders <= FEW_ORDERS:
        return "stuck"
    return "frequent_high_value" if orders >= MANY_ORDERS and value > mean else "other"


def response(heard: Row | None, *, towards: float) -> float:
    """Return the share of invitations that is answered, drawn to `towards` where few were sent."""
    if heard is None or not heard["asked"]:
        return towards
    return float((heard["answered"] + WORTH * towards) / (heard["asked"] + WORTH))


def answers_for(precision: float, *, spread: float, customers: int) -> int:
    """Return how many answers a net promoter score needs that is sure to `precision` points either way.

    Examples
    --------
    >>> answers_for(10, spread=0.7, customers=1_000_000), answers_for(10, spread=0.7, customers=300)
    (269, 142)
    """
    plain = (_z() * 100 / precision) ** 2 * spread
    return min(math.ceil(plain / (1 + plain / customers)), customers)


def precision_of(answers: int, *, spread: float, customers: int) -> float:
    """Return half of the 95 % interval that so many answers give, in points."""
    left = max(1 - answers / customers, 0.0)
    return min(100 * _z() * math.sqrt(spread / answers * left), 100.0)


def _spread(heard: Row | None, otherwise: float) -> float:
    """Return the variance of +1, 0 and -1, drawn to `otherwise` where few answered."""
    if heard is None or heard["promoters"] is None:
        return otherwise
    up, down = heard["promoters"], heard["detractors"]
    return float(((up + down - (up - down) ** 2) * heard["answered"] + otherwise * WORTH) / (heard["answered"] + WORTH))


def _z() -> float:
    return float(ndtri(0.975))
