"""How customers answer prices: constant elasticities, of each product and customer, that the shop cannot see.

Each unit of a line that could be becomes m of them, as a mean, with log m = how much the customer minds prices x
elasticity of the product x log of its shelf price against the usual one + what the prices of its rival and of
competitors add + the market's swing. The shelf price is the list price less the sale of the week. Vouchers move nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.calendar import Calendar
from patron.simulate.catalogue import NAMES, Catalogue, catalogue
from patron.simulate.habits import Habits
from patron.simulate.lines import Lines
from patron.simulate.marketing.prices import COMPETITORS, WEEK, Asked, asked
from patron.simulate.tables import days_column, ids_column, money_column, names_column

OVER_PRICES = 71
"""Opens the seed of what is drawn here, so that all else draws what it always drew."""

ELASTICITIES: dict[str, float] = {
    "Coffee and tea": -1.6, "Pantry": -1.2, "Pet care": -0.9, "Baby care": -1.0, "Beauty": -1.8, "Cleaning": -2.2,
    "Kitchen": -2.4, "Home": -2.6, "Toys": -2.0, "Garden": -1.5, "Clothing": -2.8, "Office": -1.1,
}  # fmt: skip
"""Of the products of each category, for a customer of sensitivity 1."""

OWN = 0.25  # standard deviation of a product's elasticity around its category's
TO_COMPETITORS = 0.6  # how the log of units answers the log of the competitors' price
RIVALS = ("Coffee and tea", "Cleaning", "Clothing")
"""Categories in which products come in pairs that stand in for each other."""

CROSS = 0.5  # how the log of units answers the log of the rival's price
CALM, HUNTING = 0.8, 1.2  # sensitivity of who uses no voucher, and what is added for always using one
MOST = 10.0  # units that one becomes, as a mean; it cuts hardly anything, for what is cut off answers no price

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Demand:
    """What was asked, and how units answer it."""

    catalogue: Catalogue  # with its prices by week
    prices: Asked
    elasticity: Floats  # of each product, for a customer of sensitivity 1
    rival: Ints  # of each product; -1 for none
    other: Floats  # what all but its own price adds to the log of its units, shape (products, weeks)
    calendar: Calendar

    def bought(self, rng: np.random.Generator, sales: Lines, habits: Habits) -> Lines:
        """Return the lines of which units are bought, with as many as are."""
        week = (sales.day + self.catalogue.begun) // WEEK
        answer = sensitivity(habits)[sales.customer] * self.elasticity[sales.product]
        log_units = answer * self.prices.shelf[sales.product, week] + self.other[sales.product, week]
        many = np.minimum(np.exp(log_units), MOST) * sales.quantity
        quantity = np.floor(many + rng.random(len(many))).astype(np.int64)
        discount = np.rint(sales.discount * (quantity / sales.quantity)).astype(np.int64)
        return replace(sales, quantity=quantity, discount=discount).where(quantity > 0)

    def market(self) -> pa.Table:
        """Return what competitors and the shop ask and the market buys, by week: `contracts.raw.FIELDS`."""
        starts = np.arange(self.other.shape[1]) * WEEK - self.catalogue.begun
        known = np.flatnonzero((starts >= 0) & (starts < self.calendar.days))
        sold = self.prices.competed
        rate = np.exp(self.prices.competitors[sold][:, known]) * self.prices.usual[sold][:, None]
        price = np.rint(rate[:, :, None] * np.array(list(COMPETITORS.values())))
        product, week, whose = (place.ravel() for place in np.indices(price.shape))
        prices = pa.table({
            "day": days_column(self.calendar.first_day, starts[known][week]),
            "competitor": names_column(list(COMPETITORS), whose),
            "product_id": ids_column("P", sold[product] + 1, digits=4),
            "price": money_column(price.ravel().astype(np.int64) * 100, digits=4),
        })  # fmt: skip
        shelf = np.rint(np.exp(self.prices.shelf[:, known]) * self.prices.usual[:, None] * 100)  # after the week's sale
        product, week = (place.ravel() for place in np.indices(shelf.shape))
        own = pa.table({
            "day": days_column(self.calendar.first_day, starts[known][week]),
            "product_id": ids_column("P", product + 1, digits=4),
            "price": money_column(shelf.ravel().astype(np.int64), digits=4),
        })  # fmt: skip
        index = self.prices.index[:, known]
        category, week = (place.ravel() for place in np.indices(index.shape))
        indices = pa.table({
            "day": days_column(self.calendar.first_day, starts[known][week]),
            "category": names_column(NAMES, category), "category_index": np.round(index.ravel(), 4),
        })  # fmt: skip
        whole = pa.concat_tables([prices, own, indices], promote_options="default")
        return whole.select(["day", "competitor", "product_id", "category", "price", "category_index"])

    def truth(self, habits: Habits, *, ids: pa.Array) -> dict[str, pa.Table]:
        """Tell how customers answer prices.

        Returns
        -------
        dict of Table
            ``elasticities``, one row per product: ``product_id, category``; ``elasticity``, for a customer of
            sensitivity 1; ``to_competitors``, how the log of units answers that of the competitors' price; ``rival_id``
            and ``cross``, how it answers that of the rival's; ``prices``, why its list price moves: ``tried``,
            ``steady`` or ``followed_demand``.
            ``sensitivity``, one row per customer: ``customer_id, sensitivity``, by which elasticities are multiplied.
        """
        products = ids_column("P", np.arange(1, len(self.elasticity) + 1), digits=4)
        competes = np.isin(np.arange(len(self.elasticity)), self.prices.competed)
        return {
            "elasticities": pa.table({
                "product_id": products, "category": names_column(NAMES, self.catalogue.category),
                "elasticity": self.elasticity, "to_competitors": np.where(competes, TO_COMPETITORS, 0.0),
                "rival_id": products.take(pa.array(self.rival, mask=self.rival < 0)),
                "cross": np.where(self.rival >= 0, CROSS, 0.0), "prices": self.prices.why,
            }),
            "sensitivity": pa.table({"customer_id": ids, "sensitivity": sensitivity(habits)}),
        }  # fmt: skip


def on_sale(
    rng: np.random.Generator, seed: int, calendar: Calendar, *, moving: bool
) -> tuple[Demand | None, Catalogue]:
    """Return what the shop sells; where prices are `moving`, with those of each week and how they are answered."""
    usual = catalogue(rng, calendar=calendar)
    if not moving:
        return None, usual
    asks = demand(seed, usual=usual, calendar=calendar)
    return asks, asks.catalogue


def demand(seed: int, *, usual: Catalogue, calendar: Calendar) -> Demand:
    """Let the shop ask its prices, and draw how they are answered.

    Parameters
    ----------
    seed : int
        The shop's.
    usual : Catalogue
        With the prices that were asked without; those of the first day are the usual ones.
    """
    source = np.random.default_rng([seed, OVER_PRICES])
    pricing, answering = source.spawn(2)
    prices = asked(pricing, catalogue=usual, calendar=calendar)
    middle = np.array([ELASTICITIES[name] for name in NAMES])[usual.category]
    rival = _rivals(usual)
    rivals = np.where(rival[:, None] >= 0, CROSS * prices.shelf[rival], 0.0)
    return Demand(
        catalogue=replace(usual, price=prices.list, stay=WEEK, begun=int(calendar.weekdays[0])), prices=prices,
        elasticity=np.minimum(middle + answering.normal(0, OWN, len(middle)), -0.2), rival=rival,
        other=rivals + TO_COMPETITORS * prices.competitors + prices.swing[usual.category], calendar=calendar,
    )  # fmt: skip


def sensitivity(habits: Habits) -> Floats:
    """Return by how much each customer's elasticities are multiplied: those who look for vouchers mind prices most."""
    return np.asarray(CALM + HUNTING * habits.voucher)


def _rivals(catalogue: Catalogue) -> Ints:
    """Pair the products of some categories; of an odd number the last has none."""
    rival = np.full(len(catalogue.category), -1)
    for name in RIVALS:
        here = np.flatnonzero(catalogue.category == NAMES.index(name))
        here = here[: len(here) // 2 * 2]
        rival[here[::2]], rival[here[1::2]] = here[1::2], here[::2]
    return rival
