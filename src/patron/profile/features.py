"""What may a model know of each customer, as of a day?

In   `Facts` (dated facts, of which only those up to the day are read)
Out  contracts.propensity.FEATURES     one row per customer with a purchase, and day

The law of this file: a row that lies after a day, whatever it says and in whichever table it stands, changes nothing
that is said as of the day. Several days are asked for at once, because they are one query then; each sees its own past
alone. Sums of money are sums of decimals, so that they do not depend on the order of the rows. No trait is read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.propensity import FEATURES
from patron.profile.facts import Facts, purchases_by, since
from patron.profile.rhythm import paced

WINDOWS = (30, 90, 365)
SEASONS = (30, 90)
YEAR_DAYS = 365
KEY = ("as_of", "customer_id")


def features(facts: Facts, *, days: Sequence[date]) -> ir.Table:
    """Return the features of every customer with a purchase, as known on each of some days.

    Parameters
    ----------
    facts : Facts
        Of `patron.profile.facts`; later days may stand in it, they are not read.
    days : sequence of date
        The last days that we may know about, each for itself.

    Returns
    -------
    Table, one row per customer and day
        contracts.propensity.FEATURES. What no source tells (tickets, visits) is missing, not zero.
    """
    asked = _asked(days)
    kept = purchases_by(facts, asked)
    bought = kept.group_by(*KEY, "ago", "day").aggregate(amount=kept.amount.sum())
    joined = _counts(bought)
    others = [
        _orders(kept), _last_channel(kept), _intervals(bought), _breadth(facts, asked), _came_back(facts, asked),
        _tickets(facts, asked), _visits(facts, asked),
    ]  # fmt: skip
    for other in others:
        if other is not None:
            joined = joined.left_join(other, KEY).drop("as_of_right", "customer_id_right")
    if facts.origins is not None:
        joined = joined.left_join(facts.origins, "customer_id").drop("customer_id_right")
    derived = _derived(joined.inner_join(asked, "as_of"))
    return FEATURES.shape(_at_home(derived, facts.households))


def _asked(days: Sequence[date]) -> ir.Table:
    """Return the days with what is to be said of each of them: weekday, and season as a point on a circle."""
    angles = [2 * math.pi * (day.timetuple().tm_yday - 1) / 365.25 for day in days]
    return ibis.memtable(
        pa.table({
            "as_of": pa.array(days, pa.date32()),
            "weekday": pa.array([day.weekday() for day in days], pa.int64()),
            "season_sine": [math.sin(angle) for angle in angles],
            "season_cosine": [math.cos(angle) for angle in angles],
        })
    )  # fmt: skip


def _counts(bought: ir.Table) -> ir.Table:
    """Count purchase days and money by window, the window before it, and the season a year ago."""
    ago = bought.ago
    sums: dict[str, ir.Value] = {
        "days_since_last": ago.min(), "tenure_days": ago.max(), "purchase_days": bought.count(),
        "revenue": bought.amount.sum(), "first_amount": bought.amount.argmax(ago),
        "last_amount": bought.amount.argmin(ago), "weekend": bought.count(where=bought.day.day_of_week.index() >= 5),
    }  # fmt: skip
    for width in WINDOWS:
        for name, inside in (("now", ago < width), ("before", (ago >= width) & (ago < 2 * width))):
            sums[f"days_{name}_{width}"] = bought.count(where=inside)
            sums[f"revenue_{name}_{width}"] = bought.amount.sum(where=inside)
    for width in SEASONS:
        sums[f"season_{width}"] = bought.count(where=(ago < YEAR_DAYS) & (ago >= YEAR_DAYS - width))
    return bought.group_by(*KEY).aggregate(**sums)


def _orders(kept: ir.Table) -> ir.Table:
    return kept.group_by(*KEY).aggregate(
        orders=kept.count(), lines=kept.lines.sum(), sold=kept.revenue.sum(), discount=kept.discount.sum(),
        returns=kept.returns.sum(), channels=kept.channel.nunique(),
    )  # fmt: skip


def _last_channel(kept: ir.Table) -> ir.Table:
    """Return the channel of each customer's last order; of several on one day the first by name."""
    window = ibis.window(group_by=[kept[name] for name in KEY], order_by=[kept.ago, kept.channel, kept.order_id])
    placed = kept.mutate(place=ibis.row_number().over(window))
    return placed.filter(placed.place == 0).select(*KEY, "channel")


def _intervals(bought: ir.Table) -> ir.Table:
    window = ibis.window(group_by=[bought[name] for name in KEY], order_by=bought.ago)
    older = bought.mutate(gap=bought.ago.lead().over(window) - bought.ago)
    latest = older.group_by(*KEY).aggregate(last_interval_days=older.gap.argmin(older.ago))
    pace = paced(bought, by=("as_of",)).select(*KEY, "median_interval_days", "expected_interval_days")
    return pace.inner_join(latest, KEY)


def _breadth(facts: Facts, asked: ir.Table) -> ir.Table:
    known = since(facts.widened, facts.widened.day, asked)
    return known.group_by(*KEY).aggregate(**{name: known[name].sum() for name in ("products", "categories", "brands")})


def _came_back(facts: Facts, asked: ir.Table) -> ir.Table:
    known = since(facts.returned, facts.returned.day, asked)
    recent = known.filter(known.ago < YEAR_DAYS)
    return recent.group_by(*KEY).aggregate(returns_365=recent.day.nunique())


def _tickets(facts: Facts, asked: ir.Table) -> ir.Table | None:
    if facts.tickets is None:
        return None
    known = since(facts.tickets, facts.tickets.opened_on, asked)
    still = known.closed_on.isnull() | (known.closed_on > known.as_of)
    return known.group_by(*KEY).aggregate(
        open_tickets=known.count(where=still),
        **{f"tickets_{width}": known.count(where=known.ago < width) for width in (90, 365)},
    )


def _visits(facts: Facts, asked: ir.Table) -> ir.Table | None:
    if facts.visits is None:
        return None
    known = since(facts.visits, facts.visits.day, asked)
    return known.group_by(*KEY).aggregate(
        days_since_visit=known.ago.min(),
        **{f"visit_days_{width}": known.count(where=known.ago < width) for width in (30, 90)},
    )


def _derived(t: ir.Table) -> ir.Table:
    purchase_days, revenue = t.purchase_days.cast("float64"), t.revenue.cast("float64")
    orders, sold = t.orders.cast("float64"), t.sold.cast("float64").nullif(0.0)
    return t.mutate(
        **_windows(t),
        **_seasons(t),
        **_counted(t, "tickets_90", "tickets_365", "open_tickets", "visit_days_30", "visit_days_90"),
        **{name: t[name].nullif(0) for name in ("products", "categories", "brands")},  # the source names none
        returns_365=t.returns_365.fill_null(0),
        revenue=revenue,
        weekend_share=t.weekend.cast("float64") / purchase_days,
        average_order_value=revenue / orders,
        last_order_value=t.last_amount.cast("float64"),
        repeat_value=(revenue - t.first_amount.cast("float64")) / (purchase_days - 1.0).nullif(0.0),
        lines_per_order=t.lines.cast("float64") / orders,
        lateness=t.days_since_last.cast("float64") / t.expected_interval_days.nullif(0.0),
        return_rate=t.returns.cast("float64") / sold,
        discount_share=t.discount.cast("float64") / sold,
        acquisition_channel=_or_missing(t, "acquisition_channel", "string"),
        days_since_visit=_or_missing(t, "days_since_visit", "int64"),
    )


def _windows(t: ir.Table) -> dict[str, ir.Value]:
    """Return counts and money of the windows, and how they changed against the equal periods before."""
    found: dict[str, ir.Value] = {}
    for width in WINDOWS:
        found[f"purchase_days_{width}"] = t[f"days_now_{width}"]
        found[f"revenue_{width}"] = t[f"revenue_now_{width}"].cast("float64").fill_null(0.0)
        for ours, theirs in (("purchase", "days"), ("revenue", "revenue")):
            now, before = (t[f"{theirs}_{when}_{width}"].cast("float64").fill_null(0.0) for when in ("now", "before"))
            found[f"{ours}_trend_{width}"] = (now - before) / (now.abs() + before.abs()).nullif(0.0)
    return found


def _seasons(t: ir.Table) -> dict[str, ir.Value]:
    return {
        f"season_days_{width}": ibis.ifelse(t.tenure_days >= YEAR_DAYS, t[f"season_{width}"], ibis.null("int64"))
        for width in SEASONS
    }


def _counted(t: ir.Table, *names: str) -> dict[str, ir.Value]:
    """Return counts of a source: 0 for who is not in it, missing where there is no such source."""
    return {name: t[name].fill_null(0) if name in t.columns else ibis.null("int64") for name in names}


def _or_missing(t: ir.Table, name: str, kind: str) -> ir.Value:
    return t[name] if name in t.columns else ibis.null(kind)


def _at_home(people: ir.Table, households: ir.Table) -> ir.Table:
    """Add how many customers the household has, and how recently the others in it bought."""
    homes = households.select("customer_id", home="household_id")
    placed = people.left_join(homes, "customer_id").drop("customer_id_right")
    placed = placed.mutate(home=ibis.coalesce(placed.home, "h:" + placed.customer_id))
    window = ibis.window(group_by=[placed.as_of, placed.home], order_by=[placed.days_since_last, placed.customer_id])
    placed = placed.mutate(place=ibis.row_number().over(window))
    together = placed.group_by("as_of", "home").aggregate(
        household_members=placed.count(),
        nearest=placed.days_since_last.min(where=placed.place == 0),
        next_one=placed.days_since_last.min(where=placed.place == 1),
    )
    both = placed.inner_join(together, ["as_of", "home"])
    return both.mutate(household_days_since_last=ibis.ifelse(both.place == 0, both.next_one, both.nearest))
