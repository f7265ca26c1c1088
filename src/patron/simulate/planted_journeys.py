"""Visits whose drop-offs are known, with their cause and what each of them costs.

A visitor looks at a product, may fill a cart and go to the checkout. There some meet a payment error, by chance alone:
that is the planted cause. Whoever meets it seldom orders. The others order with a chance that is higher for those who
have bought before, so that people differ, and whoever compares without regard to that is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.arguments import seeded, whole
from patron.simulate.tables import ids_column

CARTS, CHECKOUTS = 0.5, 0.7
"""Chances to go on from the product, and from the cart."""

ERRORS, PERSEVERES = 0.25, 0.15
"""Chance of a payment error at the checkout, and to order all the same."""

ORDERS = (0.45, 0.8)
"""Chance to order from the checkout without an error: never bought, and bought before."""

MEAN, VISITS = 60.0, 4
BEGIN = datetime(2024, 1, 1)  # noqa: DTZ001 - a shop's own clock

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class PlantedJourneys:
    """The visits and what is true of them.

    ``events``  customer_id, session_id, step, at, value, and ``shop`` (which of several alike)
    ``truth``   shop, from_step, to_step, and ``value``: expected value at stake on that edge, for as many as went it
    """

    events: pa.Table
    truth: pa.Table


def planted_journeys(*, customers: int, seed: int, shops: int = 1) -> PlantedJourneys:
    """Simulate the visits of several shops that are alike.

    Parameters
    ----------
    customers : int
        Of each shop; each of them comes four times.
    seed : int
        The same seed gives the same visits.
    shops : int
        How many shops, each with customers of its own.

    Examples
    --------
    >>> planted = planted_journeys(customers=10, seed=1)
    >>> sorted(set(planted.events["step"].to_pylist()))
    ['cart', 'checkout', 'order', 'payment_error', 'product']
    """
    rng = seeded(seed)
    people = whole("customers", customers, least=1) * whole("shops", shops, least=1)
    bought = np.zeros(people, dtype=np.int64)
    parts, truths = [], []
    for visit in range(VISITS):
        reached, error, ordered = _visit(rng, bought)
        value = np.round(rng.gamma(2.0, MEAN / 2, people), 2)
        parts.append(_events(visit, customers, reached, error, np.where(ordered, value, 0.0)))
        truths.append(_at_stake(reached, error, ordered, bought))
        bought += ordered
    return PlantedJourneys(events=pa.concat_tables(parts), truth=_truth(np.sum(truths, axis=0), customers, shops))


def _visit(rng: np.random.Generator, bought: Ints) -> tuple[Ints, NDArray[np.bool_], NDArray[np.bool_]]:
    """Draw how far each comes (0 product, 1 cart, 2 checkout), who meets the error, and who orders."""
    carts, goes = (rng.random(len(bought)) < chance for chance in (CARTS, CHECKOUTS))
    reached = carts.astype(np.int64) + (carts & goes)
    error = (reached == 2) & (rng.random(len(bought)) < ERRORS)
    chance = np.where(error, PERSEVERES, np.where(bought > 0, ORDERS[1], ORDERS[0]))
    return reached, error, (reached == 2) & (rng.random(len(bought)) < chance)


def _at_stake(reached: Ints, error: NDArray[np.bool_], ordered: NDArray[np.bool_], bought: Ints) -> NDArray[np.float64]:
    """Return by person what is to be expected at stake: of the error, and of the drop-offs at checkout and cart."""
    clean = np.where(bought > 0, ORDERS[1], ORDERS[0])
    at_checkout = (1 - ERRORS) * clean + ERRORS * PERSEVERES  # the chance to order, whatever happens there
    went_on = at_checkout / ((1 - ERRORS) * clean + ERRORS)  # of those who did anything more than leave
    gone = (reached == 2) & ~error & ~ordered
    return MEAN * np.stack([error * (clean - PERSEVERES), gone * went_on, (reached == 1) * at_checkout])


def _events(
    visit: int, customers: int, reached: Ints, error: NDArray[np.bool_], value: NDArray[np.float64]
) -> pa.Table:
    who = np.arange(len(reached))
    rows = [("product", reached >= 0), ("cart", reached >= 1), ("checkout", reached >= 2), ("payment_error", error),
            ("order", value > 0)]  # fmt: skip
    tables = []
    for place, (step, came) in enumerate(rows):
        mine = who[came]
        at = BEGIN + timedelta(days=30 * visit, minutes=2 * place)
        tables.append(
            pa.table({
                "customer_id": ids_column("c", mine, digits=1),
                "session_id": pa.repeat(f"v{visit}", len(mine)),
                "step": pa.repeat(step, len(mine)),
                "at": pa.repeat(pa.scalar(at, pa.timestamp("us")), len(mine)),
                "value": value[mine] if step == "order" else np.zeros(len(mine)),
                "shop": ids_column("s", mine // customers, digits=1),
            })
        )  # fmt: skip
    return pa.concat_tables(tables)


def _truth(stakes: NDArray[np.float64], customers: int, shops: int) -> pa.Table:
    edges = (("checkout", "payment_error"), ("checkout", "drop_off"), ("cart", "drop_off"))
    sums = stakes.reshape(len(edges), shops, customers).sum(axis=2)
    return pa.table(
        {
            "shop": [f"s{shop}" for shop in range(shops) for _ in edges],
            "from_step": [edge[0] for edge in edges] * shops,
            "to_step": [edge[1] for edge in edges] * shops,
            "value": sums.T.ravel(),
        }
    )
