"""How recently, how often and for how much did each customer buy, compared with all others?

In   contracts.customer.PROFILES     one row per customer
Out  contracts.customer.MEMBERSHIPS  segmentation ``rfm``; detail holds the scores, as in 5-4-5
Ref  Hughes (1994), Strategic Database Marketing: recency, frequency and monetary scores by rank
"""

from __future__ import annotations

from typing import NamedTuple

import ibis
import ibis.expr.types as ir

from patron.contracts.customer import MEMBERSHIPS
from patron.errors import ArgumentError
from patron.language import failure
from patron.segments.standing import standing

SEGMENTATION = "rfm"
NO_ORDERS = "no_orders"


class Group(NamedTuple):
    """A named group: the lowest and highest level (1 to 5) of each score that it takes."""

    name: str
    recency: tuple[int, int]
    frequency: tuple[int, int]
    monetary: tuple[int, int]


# fmt: off
GROUPS: tuple[Group, ...] = (
    #                              R       F       M
    Group("champions",           (4, 5), (4, 5), (4, 5)),
    Group("loyal",               (4, 5), (4, 5), (1, 3)),
    Group("loyal",               (3, 3), (4, 5), (1, 5)),
    Group("potential_loyalists", (4, 5), (2, 3), (1, 5)),
    Group("new_customers",       (5, 5), (1, 1), (1, 5)),
    Group("promising",           (4, 4), (1, 1), (1, 5)),
    Group("need_attention",      (3, 3), (2, 3), (1, 5)),
    Group("need_attention",      (3, 3), (1, 1), (4, 5)),
    Group("about_to_sleep",      (3, 3), (1, 1), (1, 3)),
    Group("about_to_sleep",      (2, 2), (2, 3), (1, 3)),
    Group("at_risk",             (2, 2), (4, 5), (1, 5)),
    Group("at_risk",             (2, 2), (2, 3), (4, 5)),
    Group("at_risk",             (1, 1), (4, 5), (1, 3)),
    Group("cannot_lose",         (1, 1), (4, 5), (4, 5)),
    Group("hibernating",         (2, 2), (1, 1), (1, 5)),
    Group("hibernating",         (1, 1), (2, 3), (1, 5)),
    Group("lost",                (1, 1), (1, 1), (1, 5)),
)
# fmt: on
"""The groups as the field knows them, on five levels: every combination of levels is in exactly one row."""

ORDER: tuple[str, ...] = (*dict.fromkeys(group.name for group in GROUPS), NO_ORDERS)
"""The segments, best first."""


def rfm(profiles: ir.Table, *, scores: int = 5) -> ir.Table:
    """Score recency, frequency and monetary value from 1 (worst) to `scores`, and name the group.

    The cut points are the shop's own. R (days since the last order) and M (margin to date) are the customer's
    standing among all customers with an order, its equals counted half, in `scores` equal parts. Most customers of
    a shop have bought once, so equal parts of all customers would not tell the others apart: F is 1 for one
    purchase day, always, and 2 to `scores` are equal parts of those who came back.

    Equal customers get equal scores. Where all are equal they score the middle on R and M, and on F 1 when they
    bought once, else 2: five customers with one equal order each score 3-1-3. Nobody is then best or lost.

    Parameters
    ----------
    profiles : Table, one row per customer
        `PROFILES`. Customers without an order are not scored; their segment is ``no_orders``.
    scores : int
        The highest score, 2 to 10. Groups are defined on five levels, onto which other scales are spread evenly.

    Returns
    -------
    Table, one row per customer
        `MEMBERSHIPS`.

    Raises
    ------
    ArgumentError
        `scores` is out of its range.
    """
    if not 2 <= scores <= 10:
        raise failure(ArgumentError, "segments.scores", came=scores)
    scored = _scored(profiles, scores=scores)
    text = [scored[name].cast("string") for name in ("R", "F", "M")]
    return MEMBERSHIPS.shape(
        scored.select(
            "customer_id",
            segmentation=ibis.literal(SEGMENTATION),
            segment=_named(scored, scores=scores),
            detail=text[0] + "-" + text[1] + "-" + text[2],
        )
    )


def levels(scores: int) -> dict[int, int]:
    """Return each score's level, 1 to 5.

    Examples
    --------
    >>> levels(3)
    {1: 1, 2: 3, 3: 5}
    """
    steps = scores - 1
    return {score: 1 + int(4 * (score - 1) / steps + 0.5) for score in range(1, scores + 1)}


def _scored(profiles: ir.Table, *, scores: int) -> ir.Table:
    """Add R, F and M; null for customers without an order, who are not counted either."""
    bought = profiles.orders > 0
    table = profiles.select(
        "customer_id",
        bought=bought,
        recent=ibis.ifelse(bought, -profiles.days_since_last, ibis.null("int64")),
        again=ibis.ifelse(profiles.purchase_days > 1, profiles.purchase_days, ibis.null("int64")),
        worth=ibis.ifelse(bought, profiles.margin, ibis.null(profiles.margin.type())),
    )
    table = standing(table, "recent", ties="middle")
    table = standing(table, "again", ties="low")
    table = standing(table, "worth", ties="middle")
    return table.mutate(
        R=1 + _part(table.recent_standing, scores),
        F=ibis.ifelse(table.bought, (2 + _part(table.again_standing, scores - 1)).fill_null(1), ibis.null("int64")),
        M=1 + _part(table.worth_standing, scores),
    )


def _part(share: ir.Value, parts: int) -> ir.IntegerValue:
    """Return which of `parts` equal parts of the way a share below 1 lies in, from 0."""
    return (share * ibis.literal(float(parts), type="float64")).floor().cast("int64")


def _named(scored: ir.Table, *, scores: int) -> ir.Value:
    """Return the name of each customer's group."""
    branches = [
        (
            _within(scored.R, group.recency, scores)
            & _within(scored.F, group.frequency, scores)
            & _within(scored.M, group.monetary, scores),
            group.name,
        )
        for group in GROUPS
    ]
    return ibis.cases((~scored.bought, NO_ORDERS), *branches)


def _within(score: ir.Value, span: tuple[int, int], scores: int) -> ir.BooleanValue:
    """Tell whether a score's level lies within `span`."""
    inside = [score for score, level in levels(scores).items() if span[0] <= level <= span[1]]
    return score.between(inside[0], inside[-1]) if inside else ibis.literal(value=False)
