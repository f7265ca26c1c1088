"""Which products are shown to her?

Of those that are offered, not sold out, not left out by the page and not the one that the page is about:

1. what she has looked at since the run and not bought, the last first, in half of the places at most;
2. what she may want next (contracts.wants.NEXT_PRODUCTS), where her data may be used so;
3. what is bought with what the page shows, with what lies in her cart, and with what she looked at;
4. what is popular, in the category of the page first.

On a page about a product, what goes with it stands first. The last place is drawn (`chances`): mostly the next of the
row, sometimes one of those behind it. The others are never drawn: what she is likeliest to want is always there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from patron.decisions.on_request.asked import Given, Placement, Product, nothing
from patron.decisions.on_request.chances import Chooser

TRIED = 12
"""So many are in the draw for the last place."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is known of the person and of the shop's products.

    `own` are her rows of NEXT_PRODUCTS, by rank; empty where she is not known, or her data may not be used so. `viewed`
    is what she looked at since the run, the last first; `cart` what lies in her cart. `companions` says of each product
    what is bought with it, the best first; `popular` what is bought most, with the share of customers who buy it.
    `products` says of each product what it is called, its category and its price; what is not in it may be shown, too.
    `gone` is sold out or not offered.
    """

    own: Sequence[Mapping[str, Any]] = ()
    viewed: Sequence[str] = ()
    cart: Collection[str] = ()
    bought: Collection[str] = ()  # since the run
    left_out: Collection[str] = ()
    companions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    popular: Sequence[tuple[str, float]] = ()
    products: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    gone: Collection[str] = ()


def products(placement: Placement, known: Wanted, chooser: Chooser) -> Given:
    """Return the products of a placement."""
    row = _row(placement, known, most=placement.n - 1 + TRIED)
    if not row:
        return nothing("no_products")
    sure, rest = row[: placement.n - 1], row[placement.n - 1 :]
    if not rest:
        return Given(outcome="given", reason=_reason(known), products=_described(sure, known))
    by_id = {one.product_id: one for one in rest}
    choice, shares = chooser.best_of(list(by_id))
    return Given(
        outcome="given", reason=_reason(known), products=_described([*sure, by_id[choice]], known), choice=choice,
        propensity=shares[choice], shares=shares,
    )  # fmt: skip


def _reason(known: Wanted) -> str:
    if known.own:
        return "wants_next"
    return "looked_at" if known.viewed or known.cart else "popular"


def _row(placement: Placement, known: Wanted, *, most: int) -> list[Product]:
    """Return what could be shown, the best first, each once."""
    out = {placement.product_id, *known.left_out, *known.bought, *known.cart}
    row: dict[str, Product] = {}
    for one in _all(placement, known):
        if one.product_id in out or one.product_id in known.gone or one.product_id in row:
            continue
        row[one.product_id] = one
        if len(row) == most:
            break
    return list(row.values())


def _described(these: Sequence[Product], known: Wanted) -> tuple[Product, ...]:
    """Return products with what the shop knows of them: name, category and price."""
    return tuple(_with_facts(one, known.products.get(one.product_id)) for one in these)


def _with_facts(one: Product, facts: Mapping[str, Any] | None) -> Product:
    if facts is None:
        return one
    return replace(
        one, name=one.name or facts.get("name"), category=one.category or facts.get("category"),
        price=facts.get("price") if one.price is None else one.price,
    )  # fmt: skip


def _all(placement: Placement, known: Wanted) -> Iterator[Product]:
    if placement.product_id is not None:
        yield from _with(known, [placement.product_id])
    looked = [one for one in dict.fromkeys(known.viewed) if one != placement.product_id]
    yield from (Product(product_id=one, why="viewed") for one in looked[: (placement.n + 1) // 2])
    yield from map(_own, known.own)
    yield from _with(known, [*known.cart, *looked])
    about = _about(placement, known)
    for one, share in known.popular if about is not None else ():
        if _category(known, one) == about:
            yield Product(product_id=one, why="category", chance=share)
    for one, share in known.popular:
        yield Product(product_id=one, why="popular", chance=share)


def _own(row: Mapping[str, Any]) -> Product:
    price = row.get("price")
    return Product(
        product_id=row["product_id"], why="again" if row.get("again") else "next", name=row.get("product_name"),
        category=row.get("category"), price=None if price is None else float(price), chance=row.get("chance"),
    )  # fmt: skip


def _with(known: Wanted, these: Sequence[str]) -> Iterator[Product]:
    for one in these:
        for other in known.companions.get(one, ()):
            yield Product(product_id=other, why="with", with_product=one)


def _about(placement: Placement, known: Wanted) -> str | None:
    """Return the category that the page is about."""
    if placement.category is not None or placement.product_id is None:
        return placement.category
    return _category(known, placement.product_id)


def _category(known: Wanted, product_id: str) -> str | None:
    found: str | None = known.products.get(product_id, {}).get("category")
    return found
