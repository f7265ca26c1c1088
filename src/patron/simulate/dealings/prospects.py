"""Who is seen before becoming a customer, and who never becomes one?

The customers are there already, so the prospects are drawn backwards: some of the customers were seen some days before
they came, and to them are added as many who never came as the chances of their channels say. Somebody's chance is
``1 / (1 + exp(-(channel + interest)))`` with a standard normal interest that nobody sees, exactly as if everybody had
been drawn forwards.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.calendar import YEAR, Calendar
from patron.simulate.habits import ACQUISITION_CHANNELS, Habits
from patron.simulate.people import GROWTH, People
from patron.simulate.tables import days_column, ids_column, names_column

SEEN = 0.35  # share of customers who were seen before they came
LOG_ODDS = {
    "organic": -1.3, "search": -1.0, "social": -2.5, "affiliate": -2.0, "referral": -0.2, "catalogue": -2.3,
}  # fmt: skip
"""Of somebody of mean interest to become a customer, by the channel that brought them."""

WAIT = (1.3, 22.0)  # shape of the gamma distribution of days from the first sight to the conversion, and its scale
ANY_DAY_NEAR = 10  # days around those who came on which others were seen who did not

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_INTEREST = np.linspace(-5.0, 5.0, 2001)
_DENSITY = np.exp(-0.5 * _INTEREST**2) / np.exp(-0.5 * _INTEREST**2).sum()


def prospects(
    rng: np.random.Generator, *, people: People, habits: Habits, ids: pa.Array, calendar: Calendar
) -> tuple[pa.Table, pa.Table]:
    """Draw the prospects seen up to the last day, and tell the truth about each.

    Returns
    -------
    Table, one row per prospect, by day
        Columns as in `contracts.raw.FIELDS`. Who becomes a customer after the last day is nobody's yet.
    Table, one row per prospect
        ``prospect_id``
        ``interest``     standard normal, hidden
        ``chance``       to become a customer at some time, by channel and interest
        ``converts_on``  the day, whenever it is; none for those who never do
    """
    customer, channel, came = _who_came(rng, people, habits, calendar)
    shape, scale = WAIT
    seen = came - np.minimum(1 + np.floor(rng.gamma(shape, scale, len(came))), YEAR).astype(np.int64)
    within = np.flatnonzero((seen >= 0) & (seen < calendar.days))
    customer, channel, came, seen = customer[within], channel[within], came[within], seen[within]
    others, their_day = _who_did_not(rng, channel, seen, calendar)
    interest = np.concatenate([_interest(rng, channel, came=True), _interest(rng, others, came=False)])
    never = np.full(len(others), -1)
    days = np.concatenate([seen, their_day])
    order = np.lexsort((rng.random(len(days)), days))
    return _tables(
        seen=days[order], channel=np.concatenate([channel, others])[order],
        customer=np.concatenate([customer, never])[order], came=np.concatenate([came, never])[order],
        interest=interest[order], ids=ids, calendar=calendar,
    )  # fmt: skip


def _who_came(rng: np.random.Generator, people: People, habits: Habits, calendar: Calendar) -> tuple[Ints, Ints, Ints]:
    """Choose who was seen before: of the customers, and of those who come in the year after, who have no record yet."""
    new = np.flatnonzero(people.acquired >= 0)
    known = new[rng.random(len(new)) < SEEN]
    span = min(YEAR, calendar.days)
    lately = known[people.acquired[known] >= calendar.days - span]
    coming = lately[rng.integers(0, max(len(lately), 1), rng.poisson(len(lately) * np.exp(GROWTH)))]
    return (
        np.concatenate([known, np.full(len(coming), -1)]),
        habits.arrived_by[np.concatenate([known, coming])],
        np.concatenate([people.acquired[known], people.acquired[coming] + span]),
    )


def _who_did_not(rng: np.random.Generator, channel: Ints, seen: Ints, calendar: Calendar) -> tuple[Ints, Ints]:
    """Add, channel by channel, those who never come, on days near those on which the others were seen."""
    came = np.bincount(channel, minlength=len(ACQUISITION_CHANNELS))
    count = rng.poisson(came * (1 - mean_chance()) / mean_chance())
    day = [seen[channel == place][rng.integers(0, max(came[place], 1), size)] for place, size in enumerate(count)]
    near = np.concatenate(day)
    near = near + rng.integers(-ANY_DAY_NEAR, ANY_DAY_NEAR + 1, len(near))
    return np.repeat(np.arange(len(count)), count), np.clip(near, 0, calendar.days - 1)


def chances(channel: Ints, interest: Floats) -> Floats:
    """Return the chance of each prospect to become a customer."""
    log_odds = np.array([LOG_ODDS[name] for name in ACQUISITION_CHANNELS])[channel]
    return np.asarray(1 / (1 + np.exp(-(log_odds + interest))))


def mean_chance() -> Floats:
    """Return the chance of each channel, over all interests."""
    places = np.arange(len(ACQUISITION_CHANNELS))
    return np.array([(chances(np.full(len(_INTEREST), place), _INTEREST) * _DENSITY).sum() for place in places])


def _interest(rng: np.random.Generator, channel: Ints, *, came: bool) -> Floats:
    """Draw the interest of those of whom it is known whether they came."""
    level = rng.random(len(channel))
    drawn = np.zeros(len(channel))
    for place in range(len(ACQUISITION_CHANNELS)):
        chance = chances(np.full(len(_INTEREST), place), _INTEREST)
        ladder = np.cumsum(_DENSITY * (chance if came else 1 - chance))
        mine = channel == place
        drawn[mine] = np.interp(level[mine], ladder / ladder[-1], _INTEREST)
    return drawn


def _tables(
    *, seen: Ints, channel: Ints, customer: Ints, came: Ints, interest: Floats, ids: pa.Array,
    calendar: Calendar,
) -> tuple[pa.Table, pa.Table]:  # fmt: skip
    names = ids_column("L", np.arange(1, len(seen) + 1), digits=7)
    days = days_column(calendar.first_day, came)
    places = np.arange(len(seen))
    table = pa.table(
        {
            "prospect_id": names,
            "first_seen_on": days_column(calendar.first_day, seen),
            "channel": names_column(ACQUISITION_CHANNELS, channel),
            "customer_id": ids.take(pa.array(customer, mask=customer < 0)),
            "converted_on": days.take(pa.array(places, mask=customer < 0)),
        }
    )
    truth = pa.table(
        {
            "prospect_id": names,
            "interest": interest,
            "chance": chances(channel, interest),
            "converts_on": days.take(pa.array(places, mask=came < 0)),
        }
    )
    return table, truth
