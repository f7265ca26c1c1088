"""How large is each segment, what is it worth, and what is it for?

In   contracts.customer.MEMBERSHIPS, PROFILES, FORECASTS
Out  contracts.customer.SEGMENTS     one row per segment with a member, and per own segment
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts import PURPOSES
from patron.contracts.customer import SEGMENTS
from patron.errors import ArgumentError
from patron.language import failure, has, listing, say
from patron.segments.rfm import ORDER as RFM_ORDER
from patron.segments.stages import ORDER as STAGE_ORDER
from patron.segments.tiers import CUTS
from patron.segments.value_map import ORDER as VALUE_MAP_ORDER

ORDER: Mapping[str, Sequence[str]] = {
    "rfm": RFM_ORDER,
    "value_map": VALUE_MAP_ORDER,
    "tier": tuple(CUTS),
    "past_tier": tuple(CUTS),
    "stage": STAGE_ORDER,
}
"""The segments of each segmentation that Patron makes, best first."""

PURPOSE = "marketing"
"""What members may be used for when nothing else is said: segments are made to choose whom to address."""


def segments(
    memberships: ir.Table,
    profiles: ir.Table,
    forecasts: ir.Table,
    *,
    purposes: Mapping[str, str] | None = None,
    order: Mapping[str, Sequence[str]] = ORDER,
    behaviour: ir.Table | None = None,
    own: Mapping[str, str] | None = None,
) -> ir.Table:
    """Describe every segment that has a member, and every own one: words, size and value.

    Title, meaning and advice come from the catalogue. A segment that it does not know is called by its own name, and
    its meaning is what put its members there: the condition of an own segment, or the cut of an own tier.

    Parameters
    ----------
    memberships : Table, one row per customer and segmentation
        `MEMBERSHIPS`.
    profiles : Table, one row per customer
        `PROFILES`; shares are of all customers here, so the shares of overlapping or partial segmentations need not
        add up to one.
    forecasts : Table, one row per customer with a purchase
        `FORECASTS`; who has none adds nothing to predicted value and does not count in the mean chance of being alive.
    purposes : mapping of segmentation to purpose
        What the members may be used for; ``marketing`` where nothing is said.
    order : mapping of segmentation to segments, best first
        The place of each segment; those that it does not name follow, by predicted value per customer.
    behaviour : Table, optional
        contracts.segment.BEHAVIOUR_SEGMENTS: names, rules and stability of the behaviour segments.
    own : mapping of own segment to its condition
        Own segments that nobody is in have a row, too, with 0 customers: a condition that holds for nobody is seen.

    Returns
    -------
    Table, one row per segment
        `SEGMENTS`; a share of a total that is not above zero is null.

    Raises
    ------
    ArgumentError
        There is no such purpose.
    """
    for segmentation, purpose in (purposes or {}).items():
        if purpose not in PURPOSES:
            raise failure(
                ArgumentError, "segments.purpose", segmentation=segmentation, came=purpose, allowed=listing(PURPOSES)
            )
    sums = _sums(memberships, profiles, forecasts)
    if own:
        sums = sums.union(_nobody(own, sums))
    sums = sums.cross_join(_totals(profiles, forecasts))
    key = sums.segmentation + "." + sums.segment
    described = sums.mutate(
        title=_told(key, "title", order, otherwise=sums.segment),
        meaning=_told(key, "meaning", order, otherwise=sums.detail.fill_null(say("segments.own.meaning"))),
        advice=_told(key, "advice", order, otherwise=ibis.literal(say("segments.own.advice"))),
        purpose=_chosen(sums.segmentation, purposes or {}, otherwise=ibis.literal(PURPOSE)),
        position=_position(sums, key, order),
        customer_share=_float(sums.customers) / _float(sums.all_customers).nullif(0),
        margin_share=_share(sums.margin, sums.all_margin),
        predicted_share=_share(sums.predicted_value, sums.all_predicted),
        average_order_value=_float(sums.net_revenue) / _float(sums.orders).nullif(0),
    )
    return SEGMENTS.shape(_ruled(described, behaviour))


def _ruled(described: ir.Table, behaviour: ir.Table | None) -> ir.Table:
    """Add what only segments that were learned have, and call them by their own names."""
    if behaviour is None:
        nothing = {name: ibis.null("float64") for name in ("precision", "recall", "stability")}
        return described.mutate(rule=ibis.null("string"), **nothing)
    learned = behaviour.select(
        "rule", "precision", "recall", "stability", own_title="title", own_advice="advice", apart="apart",
        way=ibis.literal("behaviour"), own="segment",
    )  # fmt: skip
    both = described.left_join(learned, [("segmentation", "way"), ("segment", "own")])
    return both.mutate(
        title=ibis.coalesce(both.own_title, both.title),
        meaning=ibis.coalesce(both.rule, both.meaning),
        advice=ibis.coalesce(both.own_advice, both.advice),
    )


def _sums(memberships: ir.Table, profiles: ir.Table, forecasts: ir.Table) -> ir.Table:
    """Add up the customers of each segment."""
    people = profiles.select("customer_id", "orders", "net_revenue", "margin", "days_since_last")
    ahead = forecasts.select("customer_id", "predicted_value", "probability_alive")
    # Prospects are in a stage, and have no profile.
    members = memberships.left_join(people, "customer_id").drop("customer_id_right").left_join(ahead, "customer_id")
    return members.group_by("segmentation", "segment").aggregate(
        detail=members.detail.max(),
        customers=members.count(),
        orders=members.orders.sum().fill_null(0),
        net_revenue=members.net_revenue.sum().fill_null(0),
        margin=members.margin.sum().fill_null(0),
        predicted_value=members.predicted_value.sum().fill_null(0.0),
        days_since_last=members.days_since_last.cast("float64").mean(),
        probability_alive=members.probability_alive.mean(),
    )


def _nobody(own: Mapping[str, str], sums: ir.Table) -> ir.Table:
    """Return a row of zeros for each own segment without a member."""
    texts = {"segmentation": list(own), "segment": list(own), "detail": list(own.values())}
    wanted = ibis.memtable(pa.table({name: pa.array(told, pa.string()) for name, told in texts.items()}))
    missing = wanted.anti_join(sums, [("segmentation", "segmentation")])
    zeros = {
        name: ibis.null(kind) if name in ("days_since_last", "probability_alive") else ibis.literal(0).cast(kind)
        for name, kind in sums.schema().items()
        if name not in texts
    }
    return missing.select(**{name: zeros.get(name, missing[name] if name in texts else None) for name in sums.columns})


def _totals(profiles: ir.Table, forecasts: ir.Table) -> ir.Table:
    """Add up all customers, in one row."""
    people = profiles.aggregate(all_customers=profiles.count(), all_margin=profiles.margin.sum())
    return people.cross_join(forecasts.aggregate(all_predicted=forecasts.predicted_value.sum()))


def _position(sums: ir.Table, key: ir.StringValue, order: Mapping[str, Sequence[str]]) -> ir.Value:
    """Return each segment's place in its segmentation, from 1."""
    places = {f"{name}.{segment}": place for name, row in order.items() for place, segment in enumerate(row)}
    unknown = ibis.literal(len(places), type="int64")
    place = _chosen(key, places, otherwise=unknown)
    each = sums.predicted_value / _float(sums.customers).nullif(0)
    return 1 + ibis.row_number().over(group_by=sums.segmentation, order_by=[place, each.desc(), sums.segment])


def _told(key: ir.StringValue, part: str, order: Mapping[str, Sequence[str]], *, otherwise: ir.Value) -> ir.Value:
    """Return the catalogue's words for each segment that it knows."""
    names = [f"{segmentation}.{segment}" for segmentation, row in order.items() for segment in row]
    words = {name: say(f"segments.{name}.{part}") for name in names if has(f"segments.{name}.{part}")}
    return _chosen(key, words, otherwise=otherwise)


def _chosen(key: ir.Value, values: Mapping[str, object], *, otherwise: ir.Value) -> ir.Value:
    """Look `key` up in a small table that is written into the expression."""
    return key.cases(*values.items(), else_=otherwise) if values else otherwise


def _share(part: ir.Value, total: ir.Value) -> ir.Value:
    return ibis.ifelse(total > 0, _float(part) / _float(total).nullif(0), ibis.null("float64"))


def _float(value: ir.Value) -> ir.Value:
    return value.cast("float64")
