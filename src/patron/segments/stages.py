"""Where on the way does each customer stand: from prospect over first orders to loyal, and away again?

Silence is measured by each customer's own rhythm, never in fixed days. `rhythm` says which interval is expected of her
and after which silence she counts as lapsed; she is at risk from a smaller multiple of it on. Both thresholds are those
of today: as of an earlier day everything is computed from what was known on that day.

In   contracts.customer.ORDERS, RHYTHM; who is known without an order
Out  contracts.segment.STAGES       one row per person
     contracts.customer.MEMBERSHIPS segmentation ``stage``
Ref  Fader & Hardie (2009), J. Interactive Marketing 23(1), 61-69: why silence must be read against the own rate
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.customer import MEMBERSHIPS
from patron.contracts.segment import STAGES
from patron.engines.constant import constant
from patron.errors import ArgumentError
from patron.language import failure
from patron.profile.known import day_of, known_by

SEGMENTATION = "stage"
ORDER = ("loyal", "developing", "second_order", "first_time", "won_back", "at_risk", "lapsed", "prospect")
"""The stages, best first."""

AT_RISK_FACTOR = 2.0
"""Expected intervals of silence that put a customer at risk: were they exponential, one in seven would be so late."""

LOYAL_FROM = 5
"""Days with an order from which a customer who is on time counts as loyal."""

BACK_FOR = 3
"""Orders since a lapse from which she counts like everybody else again."""


def stages(
    orders: ir.Table,
    rhythm: ir.Table,
    people: ir.Table,
    *,
    as_of: date,
    at_risk_factor: float = AT_RISK_FACTOR,
    loyal_from: int = LOYAL_FROM,
) -> ir.Table:
    """Say where each person stands, and since when.

    Parameters
    ----------
    orders, rhythm : Table
        `ORDERS` and `RHYTHM` as of the day.
    people : Table, one row per person
        ``customer_id`` and ``known_since`` (date, may be missing) of those who are known, with and without an order.
    as_of : date
        The last day we may know about.
    at_risk_factor : float
        Expected intervals of silence that put a customer at risk; above 0, and at most what makes her lapsed.
    loyal_from : int
        Days with an order of the loyal; 4 or more.

    Returns
    -------
    Table, one row per person
        `STAGES`.

    Raises
    ------
    ArgumentError
        A factor or number is out of its range.
    """
    if not at_risk_factor > 0:
        raise failure(ArgumentError, "stages.at_risk_factor", came=at_risk_factor)
    if loyal_from < BACK_FOR + 1:
        raise failure(ArgumentError, "stages.loyal_from", came=loyal_from, least=BACK_FOR + 1)
    pace = rhythm.select(
        "customer_id", "expected_interval_days", "lapse_after_days",
        at_risk_after_days=ibis.least(
            rhythm.expected_interval_days * constant(at_risk_factor), rhythm.lapse_after_days
        ),
    )  # fmt: skip
    summed = _summed(_days(orders, pace, as_of=as_of), loyal_from=loyal_from)
    everybody = summed.select("customer_id").union(_known(people, as_of=as_of).select("customer_id"), distinct=True)
    joined = everybody.left_join(summed, "customer_id").drop("customer_id_right")
    joined = joined.left_join(pace, "customer_id").drop("customer_id_right")
    joined = joined.left_join(_known(people, as_of=as_of), "customer_id").drop("customer_id_right")
    return STAGES.shape(_placed(joined, as_of=as_of, loyal_from=loyal_from))


def stage_memberships(stages: ir.Table) -> ir.Table:
    """Return the stages as memberships of the segmentation ``stage``; detail is the day since when."""
    return MEMBERSHIPS.shape(
        stages.select(
            "customer_id", segmentation=ibis.literal(SEGMENTATION), segment="stage", detail=stages.since.cast("string")
        )
    )


def _known(people: ir.Table, *, as_of: date) -> ir.Table:
    """Return the people who are known by the day; of whom no day is known counts."""
    here = people.known_since.isnull() | (day_of(people.known_since) <= ibis.literal(as_of))
    known = people.filter(here)
    return known.group_by("customer_id").aggregate(known_since=day_of(known.known_since).min())


def _days(orders: ir.Table, pace: ir.Table, *, as_of: date) -> ir.Table:
    """Return each customer's order days by number, and mark those that ended a silence that made her late or lapsed."""
    known = known_by(orders, as_of=as_of)
    days = known.select("customer_id", day=day_of(known.ordered_at)).distinct()
    own = ibis.window(group_by=days.customer_id, order_by=days.day)
    numbered = days.mutate(
        place=(ibis.row_number().over(own) + 1).cast("int64"),
        gap=days.day.delta(days.day.lag().over(own), unit="day").cast("float64"),
    )
    paced = numbered.inner_join(pace, "customer_id")
    late = (paced.gap > paced.at_risk_after_days).fill_null(False)
    lapsed = (paced.gap > paced.lapse_after_days).fill_null(False)
    marked = paced.select("customer_id", "day", "place", late=late, lapsed=lapsed)
    whole = ibis.window(group_by=marked.customer_id)
    returned = ibis.ifelse(marked.lapsed, marked.place, ibis.null("int64")).max().over(whole)
    return marked.mutate(since_return=marked.place - returned + 1)  # 1 on the day of coming back


def _summed(days: ir.Table, *, loyal_from: int) -> ir.Table:
    """Return what of each customer's order days decides her stage."""

    def on(number: int) -> ir.Value:
        return days.day.min(where=days.place == number)

    return days.group_by("customer_id").aggregate(
        order_days=days.count(),
        last=days.day.max(),
        first=on(1),
        second=on(2),
        third=on(3),
        loyal=on(loyal_from),
        late_return=days.day.max(where=days.late),
        returned=days.day.max(where=days.lapsed),
        established=days.day.min(where=days.since_return == BACK_FOR),
        since_return=days.since_return.max(),
        came_back=days.count(where=days.lapsed),
    )


def _placed(t: ir.Table, *, as_of: date, loyal_from: int) -> ir.Table:
    today = ibis.literal(as_of)
    silent = today.delta(t["last"], unit="day").cast("int64")
    away = silent.cast("float64")
    lapsed, late = away > t.lapse_after_days, away > t.at_risk_after_days
    back = t.since_return.between(1, BACK_FOR - 1).fill_null(False)
    stage = ibis.cases(
        (t.order_days.isnull(), "prospect"), (lapsed, "lapsed"), (late, "at_risk"), (back, "won_back"),
        (t.order_days >= loyal_from, "loyal"), (t.order_days == 1, "first_time"), (t.order_days == 2, "second_order"),
        else_="developing",
    )  # fmt: skip
    # Who was late and then ordered entered her stage on that day, whatever she had been before.
    entered = {"loyal": t.loyal, "developing": t.third, "second_order": t.second, "first_time": t["first"]}
    since = ibis.cases(
        (stage == "prospect", t.known_since),
        (stage == "lapsed", _after(t["last"], t.lapse_after_days)),
        (stage == "at_risk", _after(t["last"], t.at_risk_after_days)),
        (stage == "won_back", ibis.greatest(t.returned, ibis.coalesce(t.late_return, t.returned))),
        *((stage == name, _latest(day, t.late_return, t.established)) for name, day in entered.items()),
        else_=t["last"],
    )
    return t.mutate(
        stage=stage,
        since=since,
        order_days=t.order_days.fill_null(0),
        days_since_last=silent,
        times_lapsed=(t.came_back + lapsed.cast("int64")).fill_null(0),
    )


def _latest(*days: ir.Value) -> ir.Value:
    """Return the latest of days of which all but the first may be missing."""
    first = days[0]
    return ibis.greatest(first, *(ibis.coalesce(day, first) for day in days[1:]))


def _after(day: ir.Value, silence: ir.Value) -> ir.Value:
    """Return the first day on which the silence since `day` is longer than so many days."""
    return (day + (silence.floor().cast("int64") + 1).as_interval("D")).cast("timestamp").cast("date")
