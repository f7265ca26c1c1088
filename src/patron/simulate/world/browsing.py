"""Who looks at the shop's pages without ordering, and who leaves a cart behind: the same whatever is decided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.simulate.baskets import choose
from patron.simulate.calendar import Calendar
from patron.simulate.catalogue import Catalogue
from patron.simulate.habits import Habits
from patron.simulate.lines import DAY
from patron.simulate.people import People

Ints = NDArray[np.int64]

LOOKS_A_YEAR = 6.0  # visits without an order by who orders never
LOOKS_AN_ORDER = 1.5  # and more by each order that she would make
KEENNESS = 0.8  # shape of the gamma distribution around that, whose mean is 1
LEFT = 0.25  # share of these visits in which something is put into the cart, and left there
AWAY_FROM = 45  # days after the end of her buying on which nobody looks any more


@dataclass(frozen=True, kw_only=True, eq=False)
class Browsing:
    """One entry a visit, by moment."""

    customer: Ints
    second: Ints
    product: Ints
    cart: NDArray[np.bool_]
    day_starts: Ints  # place of the first visit of each day, one more than there are days

    def on(self, day: int) -> slice:
        """Return the places of the visits of a day."""
        return slice(int(self.day_starts[day]), int(self.day_starts[day + 1]))


def browsing(
    rng: np.random.Generator, *, people: People, habits: Habits, catalogue: Catalogue, calendar: Calendar, since: int
) -> Browsing:
    """Draw the visits from the day `since` to the calendar's last."""
    begin = np.maximum(people.entry, since)
    end = np.minimum(people.end + AWAY_FROM, calendar.days - 1)
    days = np.maximum(end - begin + 1, 0)
    keen = rng.gamma(KEENNESS, 1 / KEENNESS, len(people))
    often = (LOOKS_A_YEAR / 365 + LOOKS_AN_ORDER * people.rate) * keen
    who = np.repeat(np.arange(len(people)), rng.poisson(often * days))
    day = begin[who] + (rng.random(len(who)) * days[who]).astype(np.int64)
    second = day * DAY + (rng.beta(4, 2.4, len(who)) * (DAY - 3600)).astype(np.int64)
    by = np.lexsort((who, second))
    who, second = who[by], second[by]
    return Browsing(
        customer=who, second=second, cart=rng.random(len(who)) < LEFT,
        product=choose(rng, who, calendar.months[second // DAY], people.kind[who], habits, catalogue),
        day_starts=np.searchsorted(second // DAY, np.arange(calendar.days + 1)),
    )  # fmt: skip
