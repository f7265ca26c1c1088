"""What hurts the people of a segment, and what is lost by it?

A pain is something that a customer did or said: a ticket, a return, a low rating, a refusal to recommend, a theme of
the texts in which people complain. What it costs is held against members of the same segment who were asked, too, and
do not have it, and who bought on about as many days: by how much less is predicted of those who have it. Gaps are drawn
to the mean of their kind as far as their size leaves them to chance, and one whose interval reaches zero has no value:
then nobody knows what it costs. An association: what hurts and what drives people away may have a cause in common.

Goods that came back are counted, to the cent. What a step of the journey loses is told by `journey_edges`.

In   contracts.experience.EXPERIENCE, contracts.customer.MEMBERSHIPS, FORECASTS, PROFILES, CONTRIBUTION; texts by theme
Out  one `Pain` for each segment and pain
Ref  Greenland & Robins (1985), Biometrics 41(1), 55-68, and Hedges & Olkin (1985), chapter 9, by way of `patron.stats`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from patron.engines.constant import constant
from patron.stats.shrinkage import shrink
from patron.stats.stratified import mean_difference

Floats = NDArray[np.float64]

DAYS = (2, 4, 8)
"""Days with an order at which the groups end in which members are compared."""

LOW_RATING, HARD, NOT_CONTENT = 2.5, 3.5, 2.5
"""Mean of stars, and answers to ces and csat, below which it is a pain."""

SHY = 3.0
"""Mean rating of a theme up to which its texts complain."""

LEAST_COMPARED = 20
"""With the pain, and without it, for a gap to be told."""

DROP_OFF = "drop_off"
"""Where a way in `journey_edges` leads that ends there."""

EXACT = "decimal(38, 4)"
Z = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class Pain:
    """One pain of one segment."""

    segmentation: str
    segment: str
    pain: str  # ticket, return, low_rating, detractor, hard, not_content, theme, drop_off
    item: str  # its topic, theme or step; empty where it is one of a kind
    people: int
    of: int  # of how many it is known
    value: Decimal | None = None
    value_low: Decimal | None = None
    basis: str | None = None


def said(experience: ir.Table, texts: ir.Table | None = None, sad: Sequence[str] = ()) -> ir.Table:
    """Return who was heard by which source, and of what each complained.

    Parameters
    ----------
    experience : Table, one row per customer
        contracts.experience.EXPERIENCE.
    texts : Table, optional
        ``customer_id, theme``, one row per text.
    sad : sequence of str
        The themes in whose texts people complain.

    Returns
    -------
    Table
        ``customer_id, heard, pain, item``: a row for each source that heard a customer; pain none where she was
        content.
    """
    e = experience
    parts = [
        _heard(e, "surveys", e.nps_group.notnull(), e.nps_group == "detractor", "detractor"),
        _heard(e, "effort", e.ces_score.notnull(), e.ces_score < constant(HARD), "hard"),
        _heard(e, "content", e.csat_score.notnull(), e.csat_score < constant(NOT_CONTENT), "not_content"),
        _heard(e, "reviews", e.rating.notnull(), e.rating < constant(LOW_RATING), "low_rating"),
        _heard(e, "tickets", e.tickets.notnull(), e.tickets > 0, "ticket", item=e.main_topic.fill_null("")),
        _heard(e, "orders", e.return_rate.notnull(), e.return_rate > constant(0.0), "return"),
    ]
    if texts is not None and sad:
        once = texts.select("customer_id", "theme").distinct()
        parts.append(
            _heard(once, "texts", once.theme.notnull(), once.theme.isin(list(sad)), "theme", item=once.theme).distinct()
        )
    return ibis.union(*parts)


def pains(
    heard: ir.Table, members: ir.Table, forecasts: ir.Table, profiles: ir.Table, contribution: ir.Table, *, least: int
) -> list[Pain]:
    """Count what hurts whom, and estimate what it costs. Two questions to the engine.

    Parameters
    ----------
    heard : Table
        Of `said`.
    members : Table
        ``customer_id, segmentation, segment``.
    forecasts, profiles, contribution : Table, one row per customer
        For predicted value, days with an order, and what came back.
    least : int
        The smallest number of people that anything is told of.
    """
    worth = _worth(forecasts, profiles, contribution)
    inside = members.inner_join(worth, [("customer_id", "_who")])
    told = inside.inner_join(heard.rename(_heard="customer_id"), [("customer_id", "_heard")])
    with_it = told.filter(told.pain.notnull())
    rows = _sums(with_it, "segmentation", "segment", "heard", "pain", "item", "days").to_pyarrow().to_pylist()
    once = told.select("customer_id", "segmentation", "segment", "heard", "days", "predicted", "sent_back").distinct()
    known = _sums(once, "segmentation", "segment", "heard", "days").to_pyarrow().to_pylist()
    return _valued(rows, known, least=least)


def lost_steps(edges: Sequence[Mapping[str, Any]], *, least: int) -> list[Pain]:
    """Return the steps after which people leave and money is lost for certain, as pains.

    Parameters
    ----------
    edges : sequence of dict
        Rows of `journey_edges`: ``segmentation, segment, from_step, to_step, people, value_at_stake`` and, where it is
        told, ``stake_low``, the lower end of its interval.
    least : int
        The smallest number of people that anything is told of.
    """
    there: dict[tuple[str, str, str], int] = {}  # who went any way from a step; who went two counts in both
    for row in edges:
        key = _step(row)
        there[key] = there.get(key, 0) + int(row["people"])
    return [
        Pain(
            segmentation=row["segmentation"], segment=row["segment"], pain="drop_off", item=row["from_step"],
            people=int(row["people"]), of=there[_step(row)], value=row["value_at_stake"],
            value_low=row.get("stake_low"), basis="at_stake",
        )
        for row in edges
        if row["to_step"] == DROP_OFF and row["people"] >= least and _lost(row)
    ]  # fmt: skip


def _step(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["segmentation"], row["segment"], row["from_step"]


def _lost(row: Mapping[str, Any]) -> bool:
    """Tell whether money is lost for certain: by the lower end of the interval, where there is one."""
    surely = row["stake_low"] if "stake_low" in row else row["value_at_stake"]
    return bool(surely is not None and surely > 0 and row["value_at_stake"] is not None)


def _heard(
    table: ir.Table, source: str, known: ir.BooleanValue, hurt: ir.BooleanValue, pain: str,
    *, item: ir.StringValue | None = None,
) -> ir.Table:  # fmt: skip
    nothing = ibis.null("string")
    named = ibis.literal("") if item is None else item
    return table.filter(known).select(
        customer_id="customer_id", heard=ibis.literal(source),
        pain=ibis.ifelse(hurt, ibis.literal(pain), nothing), item=ibis.ifelse(hurt, named, nothing),
    )  # fmt: skip


def _worth(forecasts: ir.Table, profiles: ir.Table, contribution: ir.Table) -> ir.Table:
    """Return what is predicted of each customer, the group of order days, and what came back."""
    both = profiles.select(_who="customer_id", many="purchase_days").inner_join(
        forecasts.select(_f="customer_id", value=forecasts.predicted_value), [("_who", "_f")]
    )
    both = both.left_join(contribution.select(_c="customer_id", returns="returns"), [("_who", "_c")])
    group = ibis.cases(*((both.many < end, place) for place, end in enumerate(DAYS)), else_=len(DAYS))
    return both.select(
        _who="_who", days=group, predicted=both["value"].round(4).cast(EXACT), sent_back=both.returns.fill_null(0)
    )


def _sums(table: ir.Table, *names: str) -> ir.Table:
    value = table.predicted.cast("float64")
    return table.group_by(*names).aggregate(
        people=table.count(), total=table.predicted.sum().cast("float64"),
        squares=(value * value).round(4).cast(EXACT).sum().cast("float64"), sent_back=table.sent_back.sum(),
    )  # fmt: skip


def _valued(rows: list[dict[str, Any]], known: list[dict[str, Any]], *, least: int) -> list[Pain]:
    whole = _by_key(known, ("segmentation", "segment", "heard"))
    mine = _by_key(rows, ("segmentation", "segment", "heard", "pain", "item"))
    found: list[Pain] = []
    gaps: list[tuple[float, float] | None] = []
    for key, sums in sorted(mine.items()):
        segmentation, segment, heard, pain, item = key
        everybody = whole[segmentation, segment, heard]
        people = int(sums[:, 0].sum())
        if people < least:
            continue
        one = Pain(
            segmentation=segmentation,
            segment=segment,
            pain=pain,
            item=item,
            people=people,
            of=int(everybody[:, 0].sum()),
        )
        if pain == "return":
            back = sum((row["sent_back"] for row in rows if _is(row, key)), Decimal(0))
            one = replace(one, value=_cents(back), basis="sent_back")
        found.append(one)
        gaps.append(None if pain == "return" else _gap(sums, everybody - sums))
    return _with_gaps(found, gaps)


def _is(row: Mapping[str, Any], key: tuple[str, ...]) -> bool:
    return tuple(row[name] for name in ("segmentation", "segment", "heard", "pain", "item")) == key


def _by_key(rows: list[dict[str, Any]], names: tuple[str, ...]) -> dict[tuple[str, ...], Floats]:
    """Return sums by group of order days: shape (groups, 3), people, total and squares."""
    found: dict[tuple[str, ...], Floats] = {}
    for row in rows:
        sums = found.setdefault(tuple(row[name] for name in names), np.zeros((len(DAYS) + 1, 3)))
        sums[row["days"]] += (row["people"], row["total"], row["squares"])
    return found


def _gap(mine: Floats, others: Floats) -> tuple[float, float] | None:
    """Return how much less is predicted of those with the pain than of those without, and its variance."""
    both = (mine[:, 0] > 0) & (others[:, 0] > 0)
    if mine[both, 0].sum() < LEAST_COMPARED or others[both, 0].sum() < LEAST_COMPARED:
        return None
    found = mean_difference(*others[both].T, *mine[both].T)
    gap, variance = float(found.difference), float(found.variance)
    return (gap, variance) if np.isfinite(gap) and variance > 0 else None


def _with_gaps(found: list[Pain], gaps: list[tuple[float, float] | None]) -> list[Pain]:
    """Add what each pain costs, where that is above zero for certain; gaps of one kind are drawn to their mean."""
    made = list(found)
    for group in dict.fromkeys((one.segmentation, one.pain) for one in found):
        places = [place for place, one in enumerate(found) if (one.segmentation, one.pain) == group and gaps[place]]
        told = [gap for place in places if (gap := gaps[place]) is not None]
        if not told:
            continue
        drawn = shrink([gap for gap, _ in told], [variance for _, variance in told])
        for place, gap, variance, weight in zip(places, drawn.estimate, drawn.variance, drawn.weight, strict=True):
            spread = float(np.sqrt(variance + (1 - weight) ** 2 * _of_mean(told, drawn.between)))
            low = float(gap) - Z * spread
            if low > 0:
                people = found[place].people
                made[place] = replace(
                    found[place], value=_cents(people * float(gap)), value_low=_cents(people * low), basis="gap"
                )
    return made


def _of_mean(told: Sequence[tuple[float, float]], between: float) -> float:
    """Return the variance of the mean that gaps are drawn to: small where many tell it, its own of a single gap."""
    return 1.0 / sum(1.0 / (between + variance) for _, variance in told)


def _cents(amount: float | Decimal) -> Decimal:
    return Decimal(str(amount)).quantize(Decimal("0.01"))
