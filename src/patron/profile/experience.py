"""How has each customer experienced the shop so far?

In   contracts.customer.PROFILES; of contracts.raw_experience, raw_dealings and raw_people what a source delivers, each
     with the customer's own id
Out  contracts.experience.EXPERIENCE   one row per customer

What has no source is missing in every row, never zero: a shop without a help desk's export knows of no ticket, which is
not the same as knowing that there was none.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.experience import EXPERIENCE, NPS_GROUPS
from patron.contracts.raw_experience import QUESTIONS
from patron.profile.event_kinds import SHARED, of_kinds
from patron.profile.known import day_of, known_by

PROMOTER, PASSIVE = 9.0, 7.0
"""From which score on somebody is a promoter, and passive.

Ref  Reichheld (2003), The One Number You Need to Grow, Harvard Business Review 81(12)
"""

_EXACT = "decimal(18, 4)"


def experience(
    profiles: ir.Table, *, as_of: date, reviews: ir.Table | None = None, surveys: ir.Table | None = None,
    tickets: ir.Table | None = None, referrals: ir.Table | None = None, loyalty: ir.Table | None = None,
    events: ir.Table | None = None,
) -> ir.Table:  # fmt: skip
    """Return how each customer has experienced the shop up to `as_of`.

    Parameters
    ----------
    profiles : Table, one row per customer
        ``customer_id, return_rate``: contracts.customer.PROFILES.
    as_of : date
        The last day we may know about.
    reviews, surveys, referrals, loyalty : Table, optional
        contracts.raw_experience, with customers in place of the sources' ids; `referrals` also as ``referred_id``.
    tickets : Table, optional
        contracts.raw_dealings.RAW_TICKETS, likewise.
    events : Table, optional
        ``customer_id, occurred_at, event``, of which those of sharing count.

    Returns
    -------
    Table, one row per customer of `profiles`
        contracts.experience.EXPERIENCE. Columns whose source is left out are missing in every row; counts whose source
        is there are zero for who is not in it.
    """
    parts = {
        _reviewed: reviews, _answered: surveys, _asked: tickets, _recommended: referrals, _received: referrals,
        _standing: loyalty, _shared: events,
    }  # fmt: skip
    table = profiles.select("customer_id", "return_rate")
    for told, source in parts.items():
        if source is not None:
            table = _beside(table, told(source.filter(source.customer_id.notnull()), as_of))
    missing = {column.name: ibis.null(column.type) for column in EXPERIENCE.columns if column.name not in table.columns}
    return EXPERIENCE.shape(table.mutate(**missing))


def _beside(table: ir.Table, part: ir.Table) -> ir.Table:
    """Add the columns of a part; a count is zero where its source knows nothing of the customer."""
    joined = table.left_join(part, "customer_id").drop("customer_id_right")
    counts = [name for name in part.columns if joined[name].type().is_integer()]
    return joined.mutate(**{name: joined[name].fill_null(0) for name in counts})


def _mean(value: ir.NumericValue) -> ir.FloatingValue:
    """Return the mean of decimals, which does not depend on the order of the rows."""
    return value.cast(_EXACT).sum().cast("float64") / value.count().cast("float64").nullif(0)


def _last(rows: ir.Table, *order: ir.Value, by: tuple[str, ...] = ("customer_id",)) -> ir.Table:
    place = ibis.row_number().over(ibis.window(group_by=list(by), order_by=[one.desc() for one in order]))
    return rows.mutate(_place=place).filter(lambda t: t._place == 0).drop("_place")


def _reviewed(reviews: ir.Table, as_of: date) -> ir.Table:
    known = known_by(reviews, as_of=as_of, column="reviewed_at")
    last = _last(known, known.reviewed_at, known.review_id).select("customer_id", last_rating="rating")
    sums = known.group_by("customer_id").aggregate(
        reviews=known.count(), rating=_mean(known.rating), last_review_on=day_of(known.reviewed_at).max()
    )
    return sums.inner_join(last, "customer_id")


def _answered(surveys: ir.Table, as_of: date) -> ir.Table:
    known = known_by(surveys, as_of=as_of, column="answered_at")
    counted = known.group_by("customer_id").aggregate(answers=known.count())
    last = _last(known, known.answered_at, known.survey_id, known.question, by=("customer_id", "kind"))
    day = day_of(last.answered_at)
    told = {}
    for name in QUESTIONS:
        asked = last.kind == name
        told[f"{name}_score"] = ibis.ifelse(asked, last.score, ibis.null("float64")).max()
        told[f"{name}_on"] = ibis.ifelse(asked, day, ibis.null("date")).max()
    wide = last.group_by("customer_id").aggregate(**told)
    return counted.inner_join(wide.mutate(nps_group=nps_group(wide.nps_score)), "customer_id")


def nps_group(score: ir.FloatingValue) -> ir.StringValue:
    """Return promoter, passive or detractor; none for no answer."""
    promoter, passive = (score >= ibis.literal(least, "float64") for least in (PROMOTER, PASSIVE))
    names = [(promoter, NPS_GROUPS[0]), (passive, NPS_GROUPS[1]), (score.notnull(), NPS_GROUPS[2])]
    return ibis.cases(*names, else_=ibis.null("string"))


def _asked(tickets: ir.Table, as_of: date) -> ir.Table:
    known = known_by(tickets, as_of=as_of, column="opened_at")
    shut = (day_of(known.closed_at) <= ibis.literal(as_of)).fill_null(False)
    seconds = [known[name].truncate("s").epoch_seconds().cast("int64") for name in ("opened_at", "closed_at")]
    hours = (seconds[1] - seconds[0]).cast("float64") / ibis.literal(3600.0, "float64")
    known = known.mutate(
        _shut=shut, _hours=ibis.ifelse(shut, hours, ibis.null("float64")),
        _said=ibis.ifelse(shut, known.satisfaction, ibis.null("float64")),
    )  # fmt: skip
    sums = known.group_by("customer_id").aggregate(
        tickets=known.count(), open_tickets=(~known._shut).cast("int64").sum().cast("int64"),
        hours_to_close=known._hours.median(), ticket_satisfaction=_mean(known._said),
        last_ticket_on=day_of(known.opened_at).max(),
    )  # fmt: skip
    named = known.filter(known.topic.notnull())
    topics = named.group_by("customer_id", "topic").aggregate(times=named.count())
    order = ibis.window(group_by="customer_id", order_by=[topics.times.desc(), topics.topic])
    main = topics.mutate(_place=ibis.row_number().over(order)).filter(lambda t: t._place == 0)
    both = sums.left_join(main.select("customer_id", main_topic="topic"), "customer_id")
    return both.drop("customer_id_right")


def _converted(referrals: ir.Table, as_of: date) -> ir.Table:
    known = known_by(referrals, as_of=as_of, column="referred_on")
    return known.mutate(_won=(known.converted_on <= ibis.literal(as_of)).fill_null(False))


def _recommended(referrals: ir.Table, as_of: date) -> ir.Table:
    known = _converted(referrals, as_of)
    return known.group_by("customer_id").aggregate(
        referrals_made=known.count(), referrals_won=known._won.cast("int64").sum().cast("int64")
    )


def _received(referrals: ir.Table, as_of: date) -> ir.Table:
    known = _converted(referrals, as_of)
    came = known.filter(known._won & known.referred_id.notnull())
    return came.group_by(customer_id=came.referred_id).aggregate(referrals_received=came.count())


def _standing(loyalty: ir.Table, as_of: date) -> ir.Table:
    known = known_by(loyalty, as_of=as_of, column="dated")
    # Of several records of one customer and day the one with more points stands.
    last = _last(known, known.dated, known.points.fill_null(-1.0), known.tier)
    return last.select("customer_id", loyalty_tier="tier", loyalty_points="points", loyalty_on="dated")


def _shared(events: ir.Table, as_of: date) -> ir.Table:
    known = known_by(of_kinds(events, SHARED), as_of=as_of, column="occurred_at")
    return known.group_by("customer_id").aggregate(shares=known.count())
