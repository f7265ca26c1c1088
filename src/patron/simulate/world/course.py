"""How the shop would go without any decision: every order and return, by day and by customer.

Whoever waits to be referred is not in it until somebody refers her.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.simulate.catalogue import Catalogue
from patron.simulate.lines import DAY, Lines, together

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MODELS = 8  # of her latest orders, of which an extra one is a copy


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """Lines by day, and the sales of them by customer and day."""

    lines: Lines  # by day
    margin: Ints  # of each line, in cents
    day_starts: Ints  # place of the first line of each day, one more than there are days
    number: Ints  # of each sale, by customer and day
    customer: Ints
    day: Ints
    value: Ints  # margin of each sale less what comes back of it, in cents
    paid: Ints  # what was paid for it, less what was paid back
    parts: Ints  # places of all lines of all sales, those that come back included, one sale after the other
    start: Ints  # of each sale, in `parts`
    size: Ints
    total: int  # days

    def on(self, day: int) -> slice:
        """Return the places of the lines of a day."""
        return slice(int(self.day_starts[day]), int(self.day_starts[day + 1]))

    def after(self, who: Ints, day: Ints) -> Ints:
        """Return the place of the first sale of each person after a day, or of somebody else's where there is none."""
        return np.searchsorted(self.customer * self.total + self.day, who * self.total + day, side="right")

    def next_sale(self, who: Ints, day: Ints, *, within: int) -> tuple[Ints, Bools]:
        """Return the number of each person's next sale, and whether it comes within some days."""
        place = np.minimum(self.after(who, day), max(len(self.number) - 1, 0))
        if not len(self.number):
            return np.zeros(len(who), np.int64), np.zeros(len(who), np.bool_)
        gap = self.day[place] - day
        return self.number[place], (self.customer[place] == who) & (gap > 0) & (gap <= within)

    def models(self, who: Ints, day: int) -> tuple[Ints, Ints]:
        """Return the place of the first of each person's latest sales up to a day, and how many there are."""
        stop = self.after(who, np.full(len(who), day))
        begin = np.maximum(np.searchsorted(self.customer, who), stop - MODELS)
        return begin, np.maximum(stop - begin, 0)

    def worth(self, who: Ints, day: int) -> tuple[Floats, Floats]:
        """Return the mean margin of those latest sales, and what was paid for them, in cents; 0 of who has none."""
        begin, many = self.models(who, day)

        def mean(values: Ints) -> Floats:
            sums = np.concatenate([[0], np.cumsum(values)])
            return np.asarray((sums[begin + many] - sums[begin]) / np.maximum(many, 1))

        return mean(self.value), mean(self.paid)

    def copies(self, sale: Ints, day: Ints, *, number: int) -> tuple[Lines, Ints]:
        """Copy sales, with what comes back of them, onto other days.

        Parameters
        ----------
        sale : array
            Places of the sales.
        day : array
            The new day of each.
        number : int
            Of the first copy; its return has the next one, and so on.

        Returns
        -------
        Lines, array
            And which copy each line belongs to.
        """
        of = np.repeat(np.arange(len(sale)), self.size[sale])
        step = np.arange(len(of)) - np.repeat(np.cumsum(self.size[sale]) - self.size[sale], self.size[sale])
        some = self.lines.where(self.parts[self.start[sale][of] + step])
        own = number + 2 * of
        back = some.origin >= 0
        moved = (day - self.day[sale])[of] * DAY
        return Lines(
            order=np.where(back, own + 1, own), customer=some.customer, second=some.second + moved,
            product=some.product, quantity=some.quantity, price=some.price, discount=some.discount,
            channel=some.channel, country=some.country, origin=np.where(back, own, -1),
        ), of  # fmt: skip


def course(lines: Lines, *, catalogue: Catalogue, total: int) -> Course:
    """Put the lines of a shop in order; those after the last day are left out."""
    known = lines.where(lines.day < total)
    known = known.where(np.argsort(known.second, kind="stable"))
    margin = margins(known, catalogue)
    sale = np.where(known.origin < 0, known.order, known.origin)
    first = np.flatnonzero(known.origin < 0)
    number, place = np.unique(known.order[first], return_index=True)
    customer, day = known.customer[first[place]], known.day[first[place]]
    by = np.lexsort((number, day, customer))
    rank = np.empty(len(number), np.int64)
    rank[by] = np.arange(len(number))
    at = rank[np.searchsorted(number, sale)]  # a return never comes before its sale, so each has one
    size = np.bincount(at, minlength=len(number))
    return Course(
        lines=known, margin=margin, day_starts=np.searchsorted(known.day, np.arange(total + 1)),
        number=number[by], customer=customer[by], day=day[by],
        value=np.bincount(at, margin, len(number)).astype(np.int64),
        paid=np.bincount(at, known.quantity * known.price - known.discount, len(number)).astype(np.int64),
        parts=np.argsort(at, kind="stable"), start=np.cumsum(size) - size, size=size, total=total,
    )  # fmt: skip


def margins(lines: Lines, catalogue: Catalogue) -> Ints:
    """Return the margin of each line in cents: price - discount - cost of the goods, of a return negative."""
    return lines.quantity * (lines.price - catalogue.cost[lines.product]) - lines.discount


def lowered(lines: Lines, off: Floats) -> Lines:
    """Take a share off the price of each line, unless more is off it already."""
    given = np.rint(lines.price * np.abs(lines.quantity) * off).astype(np.int64)
    discount = np.sign(lines.quantity) * np.maximum(np.abs(lines.discount), given)
    return Lines(**{**vars(lines), "discount": discount})


def none_of(lines: Lines) -> Lines:
    """Return no lines."""
    return lines.where(np.zeros(0, np.int64))


def all_of(parts: list[Lines], lines: Lines) -> Lines:
    """Return the lines of all parts; none of `lines` where there are no parts."""
    return together(parts) if parts else none_of(lines)
