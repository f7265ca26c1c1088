"""Everything that a run knows of its customers and that a portrait may tell, one attribute a row.

Not how much and how often they buy, nor when last: segments are made of that. What is told are people, tastes,
channels, times, what they say, what brings them back and what they will want next.

In   contracts of the run's tables, see `Known`
Out  ``customer_id, attribute, value``, of customers with a profile
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from patron.engines.constant import constant
from patron.portraits.attributes import Cuts, banded, cut_points, long
from patron.portraits.kinds import TRAIT
from patron.privacy.sensitive import sensitive

USES = ("analytics", "marketing", "profiling")
"""What a trait must have been given for, to tell what people are like: not to be handed on, nor for operations."""

MOST_TRAITS = 60
NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"

LEADING = ("category", "brand", "channel", "weekday", "own_label")
"""Kinds of `affinity` whose leading value is an attribute of the same name."""

PARTS_OF_DAY = ((6, "night"), (12, "morning"), (18, "afternoon"))
DAY_ENDS = "evening"
SOME, MUCH = 0.02, 0.10
"""Shares of the price that were taken off, or that came back, above which they are some and much.

Some begins above nothing: of many orders one is always reduced, and who buys often would look like a bargain hunter.
"""

ENOUGH = 3
"""Purchases from which the leading weekday or part of the day is more than chance: of one purchase each has one."""

FIXED = 0.5
"""Share of her orders on one weekday from which it is hers; below it she has none."""

LIKELY = 0.5  # the chance that a product is still bought, from which it runs out


@dataclass(frozen=True, kw_only=True)
class Known:
    """Tables of a run, by their names; each may be empty."""

    profiles: ir.Table
    traits: ir.Table
    affinity: ir.Table
    experience: ir.Table
    next_products: ir.Table
    replenishments: ir.Table


def known_facts(known: Known) -> ir.Table:
    """Return what is known of each customer, an attribute a row.

    Traits are used by their purpose only (`USES`), and never those that the law protects, whatever the settings allow
    elsewhere: a portrait is looked at by many.

    This asks the engine once where there are traits of numbers.
    """
    parts = [_of_profiles(known), _of_traits(known.traits), _of_affinity(known.affinity), _ahead(known)]
    people = known.profiles.select(_who="customer_id")
    return ibis.union(*parts).semi_join(people, [("customer_id", "_who")])


def _of_profiles(known: Known) -> ir.Table:
    """Return the attributes that stand in columns of profiles and experience."""
    told = known.experience.select(
        _who="customer_id", nps_group="nps_group", ces="ces_score", csat="csat_score", stars="rating", asked="tickets",
        topic="main_topic", loyalty_tier="loyalty_tier", recommends="referrals_made",
    )  # fmt: skip
    both = known.profiles.left_join(told, [("customer_id", "_who")])
    bought = both.orders > 0
    columns = {
        "country": both.country,
        "acquisition_channel": both.acquisition_channel,
        "discount": ibis.ifelse(bought, _much(both.discount_rate), ibis.null("string")),
        "returns": ibis.ifelse(bought, _much(both.return_rate), ibis.null("string")),
        "nps_group": both.nps_group,
        "effort": _graded(both.ces, 3.5, 5.5, ("hard", "neither", "easy")),
        "content": _graded(both.csat, 2.5, 3.5, ("not_content", "neither", "content")),
        "rating": _graded(both.stars, 2.5, 3.5, ("low", "middle", "high")),
        "tickets": _counted(both.asked),
        "main_topic": both.topic,
        "loyalty_tier": both.loyalty_tier,
        "referred": ibis.cases(
            (both.recommends.isnull(), ibis.null("string")), (both.recommends > 0, ibis.literal("yes")), else_="no"
        ),
    }
    return long(both.select("customer_id", **columns), list(columns))


def _much(share: ir.FloatingValue) -> ir.StringValue:
    return ibis.cases(
        (share.isnull(), ibis.null("string")), (share <= constant(SOME), ibis.literal("none")),
        (share <= constant(MUCH), ibis.literal("some")), else_=ibis.literal("much"),
    )  # fmt: skip


def _graded(score: ir.FloatingValue, low: float, high: float, names: Sequence[str]) -> ir.StringValue:
    return ibis.cases(
        (score.isnull(), ibis.null("string")), (score < constant(low), ibis.literal(names[0])),
        (score < constant(high), ibis.literal(names[1])), else_=ibis.literal(names[2]),
    )  # fmt: skip


def _counted(count: ir.IntegerValue) -> ir.StringValue:
    return ibis.cases(
        (count.isnull(), ibis.null("string")), (count == 0, ibis.literal("none")), (count == 1, ibis.literal("one")),
        else_=ibis.literal("several"),
    )  # fmt: skip


def _of_traits(traits: ir.Table) -> ir.Table:
    """Return the traits that may be told; those of numbers in quarters."""
    usable = traits.filter(traits.purpose.isin(USES) & ~traits.sensitive & traits["value"].notnull())
    text = usable["value"]
    counted = usable.group_by("trait").aggregate(
        people=usable.count(), numbers=text.re_search(NUMBER).cast("int64").sum(), values=text.nunique()
    )
    most = counted.order_by(counted.people.desc(), "trait").limit(MOST_TRAITS).to_pyarrow().to_pylist()
    names = [row["trait"] for row in most if sensitive(row["trait"]) is None]
    numbers = [row["trait"] for row in most if row["trait"] in names and row["numbers"] == row["people"]]
    told = usable.filter(usable.trait.isin(names) if names else ibis.literal(value=False))
    return told.select(
        customer_id="customer_id", attribute=ibis.literal(TRAIT).concat(told.trait), value=_in_words(told, numbers)
    )


def _in_words(told: ir.Table, numbers: Sequence[str]) -> ir.StringValue:
    cuts = _trait_cuts(told, numbers)
    text = told["value"]
    branches = [(told.trait == name, banded(text.try_cast("float64"), ends)) for name, ends in cuts.items()]
    return ibis.cases(*branches, else_=text) if branches else text


def _trait_cuts(told: ir.Table, numbers: Sequence[str]) -> Mapping[str, Cuts]:
    if not numbers:
        return {}
    value = told["value"].try_cast("float64")
    columns = {
        f"trait_{place}": ibis.ifelse(told.trait == name, value, ibis.null("float64"))
        for place, name in enumerate(numbers)
    }
    found = cut_points(told.select(**columns), list(columns))
    return {name: found[f"trait_{place}"] for place, name in enumerate(numbers) if f"trait_{place}" in found}


def _of_affinity(affinity: ir.Table) -> ir.Table:
    """Return the leading category, brand, channel, weekday and part of the day of each customer.

    Leading is what she bought most often herself: the shrunk shares of few purchases are the shop's own, and by them
    everybody would prefer what sells best.
    """
    told = affinity.filter((affinity.within == "") & affinity.kind.isin([*LEADING, "hour"]))
    told = told.filter(told.kind.notin(["weekday", "hour"]) | (told.of_purchases >= ENOUGH))
    mine = ibis.window(group_by=["customer_id", "kind"], order_by=[told.purchases.desc(), told.place])
    leading = told.mutate(_first=ibis.row_number().over(mine)).filter(lambda t: t._first == 0)
    name = ibis.ifelse(leading.kind == "hour", ibis.literal("part_of_day"), leading.kind)
    hour = ibis.ifelse(leading.kind == "hour", leading["value"], ibis.null("string")).try_cast("int64")
    part = ibis.cases(*((hour < end, ibis.literal(part)) for end, part in PARTS_OF_DAY), else_=ibis.literal(DAY_ENDS))
    fixed = (leading.kind != "weekday") | (leading.share >= constant(FIXED))
    value = ibis.cases(
        (leading.kind == "hour", part), (fixed, leading["value"]), else_=ibis.literal("none")
    )  # fmt: skip
    return leading.select(customer_id="customer_id", attribute=name, value=value)


def _ahead(known: Known) -> ir.Table:
    """Return what customers will want next, and whether something of theirs runs out."""
    first = known.next_products.filter(known.next_products["rank"] == 1)
    category = first.filter(first.category.notnull()).select(
        customer_id="customer_id", attribute=ibis.literal("next_category"), value="category"
    )
    again = first.select(
        customer_id="customer_id", attribute=ibis.literal("next_known"),
        value=ibis.ifelse(first.again, ibis.literal("yes"), ibis.literal("no")),
    )  # fmt: skip
    running = known.replenishments
    lasting = running.group_by("customer_id").aggregate(chance=running.chance.max())
    refills = lasting.select(
        customer_id="customer_id", attribute=ibis.literal("refills"),
        value=ibis.ifelse(lasting.chance >= constant(LIKELY), ibis.literal("yes"), ibis.literal("no")),
    )  # fmt: skip
    return ibis.union(category, again, refills)
