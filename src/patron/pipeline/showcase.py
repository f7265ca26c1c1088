"""The shop's own side of a list of products: what is offered, what is popular, what goes with what, and the discounts.

In   the published run: raw_order_lines, raw_products, bundles, price_offers
Out  `Showcase`, which a server keeps in memory: it grows with the catalogue, not with the customers
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from patron.decisions.on_request import Offers
from patron.models.customer_next_products import offered_of
from patron.models.shelf import shelf
from patron.pipeline.deciding import Tables, all_rows, table_of
from patron.pipeline.settings import Settings

POPULAR = 500
"""So many of the products that are bought most are shown to whoever is not known."""

COMPANIONS = 12
"""So many products that go with one are remembered."""


@dataclass(frozen=True, kw_only=True)
class Showcase:
    """What `decisions.on_request.products` and `offer` need of the shop.

    `barred` are the products that are sold but not offered: sold out, of too little margin, or excluded by the
    settings.
    """

    products: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    popular: tuple[tuple[str, float], ...] = ()
    companions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    barred: frozenset[str] = frozenset()
    offers: Offers = field(default_factory=Offers)


def showcase(run: Tables, settings: Settings, *, as_of: date) -> Showcase:
    """Read what is shown.

    Parameters
    ----------
    run : Tables
        The published run.
    settings : Settings
        The project's; `next_products` says what is never shown.
    as_of : date
        The run's day.

    Raises
    ------
    ConditionError
        `next_products.exclude` is no condition over products.
    """
    every = shelf(table_of(run, "raw_order_lines"), table_of(run, "raw_products"), as_of=as_of)
    sold = every.order_by(every.customers.desc(), every.product_id).to_pyarrow().to_pylist()
    there = {row["product_id"] for row in offered_of(every, settings.next_products.offer()).to_pyarrow().to_pylist()}
    buyers = table_of(run, "profiles").count().to_pyarrow().as_py()
    known = {
        row["product_id"]: {
            "name": row["product_name"], "category": row["category"],
            "price": None if row["price"] is None else float(row["price"]),
        }
        for row in sold
    }  # fmt: skip
    popular = [(row["product_id"], row["customers"] / max(buyers, 1)) for row in sold if row["product_id"] in there]
    return Showcase(
        products=known, popular=tuple(popular[:POPULAR]), companions=_companions(all_rows(run, "bundles"), there),
        barred=frozenset(known) - there, offers=Offers.of(all_rows(run, "price_offers")),
    )  # fmt: skip


def _companions(bundles: Iterable[Mapping[str, Any]], there: set[str]) -> dict[str, tuple[str, ...]]:
    """Return what is bought with each product more often than chance, what explains most orders first."""
    found: dict[str, dict[str, float]] = {}
    for row in bundles:
        if row["low"] <= 1:
            continue
        members = [row[name] for name in ("product_1", "product_2", "product_3") if row[name] is not None]
        for one in members:
            own = found.setdefault(one, {})
            for other in members:
                if other != one and other in there:
                    own[other] = max(own.get(other, 0.0), float(row["extra_orders"]))
    return {one: tuple(sorted(own, key=lambda other: (-own[other], other))[:COMPANIONS]) for one, own in found.items()}


__all__ = ["Showcase", "showcase"]
