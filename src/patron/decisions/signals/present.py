"""Which sources are there, and which kinds of events do they tell of? What is absent can make no signal fire."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from patron.profile.event_kinds import FAILED, SHARED, WISHED
from patron.profile.event_words import CART, EVENT_WORDS, PRODUCT
from patron.profile.known import known_by

KINDS = {
    "viewed": tuple(EVENT_WORDS[PRODUCT]), "carted": tuple(EVENT_WORDS[CART]), "wished": WISHED, "failed": FAILED,
    "shared": SHARED,
}  # fmt: skip
"""Kinds of events that signals read, and how systems call them, in small letters and digits."""

WHOLE = (
    "orders", "stages", "stuck_points", "replenishments", "next_products", "subscriptions", "loyalty", "referrals",
    "reviews", "tickets",
)  # fmt: skip
"""Tables that signals need as such; of others they need a part."""


@dataclass(frozen=True, kw_only=True)
class Present:
    """What is there: `tables` by name, and of each kind of events the `names` that the source gives them."""

    tables: frozenset[str]
    names: Mapping[str, tuple[str, ...]]

    def lacks(self, need: str) -> bool:
        """Tell whether something that a signal needs is absent; ``a|b`` needs one of both."""
        return not any(self._has(one) for one in need.split("|"))

    def _has(self, need: str) -> bool:
        source, _, kind = need.partition(":")
        return bool(self.names[kind]) if source == "events" and kind else need in self.tables


def present(tables: Mapping[str, ir.Table], *, as_of: date, event_names: Collection[str] | None = None) -> Present:
    """Look which tables have rows by a day, in two small queries.

    Parameters
    ----------
    tables : mapping of name to Table
        Of a run.
    as_of : date
        The last day we may know about.
    event_names : collection of str, optional
        How the source calls its events, where that is known; else it is read.
    """
    asked = {name: tables[name] for name in WHOLE} | _parts(tables)
    counted = [
        table.limit(1).aggregate(rows=lambda rows: rows.count()).mutate(name=ibis.literal(name))
        for name, table in asked.items()
    ]
    rows = ibis.union(*counted).to_pyarrow().to_pylist()
    there = frozenset(row["name"] for row in rows if row["rows"])
    told = event_names
    if told is None:
        events = known_by(tables["events"], as_of=as_of, column="occurred_at")
        told = events.select("event").distinct().to_pyarrow()["event"].to_pylist()
    names = {
        kind: tuple(sorted(name for name in told if re.sub("[^a-z0-9]+", "", name.lower()) in words))
        for kind, words in KINDS.items()
    }
    return Present(tables=there, names=names)


def _parts(tables: Mapping[str, ir.Table]) -> dict[str, ir.Table]:
    """Return what counts as a source of its own: columns that few sources have, and rows of one kind."""
    products, market, lines = tables["products"], tables["market"], tables["order_lines"]
    golden, orders = tables["golden_records"], tables["orders"]
    held, before, said = tables["memberships"], tables["memberships_before"], tables["experience"]
    profiles, messages = tables["profiles"], tables["messages"]
    own = market.competitor.isnull() & market.product_id.notnull() & market.price.notnull()
    liked = tables["affinity"]
    return {
        "offers": products.filter(products.offer_from.notnull()),
        "restocks": products.filter(products.restocked_on.notnull()),
        "own_prices": market.filter(own),
        "returns": lines.filter(lines.reverses.notnull()),
        "products_sold": lines.filter(lines.product_id.notnull()),
        "categories": lines.filter(lines.category.notnull()),
        "discounts": orders.filter(orders.discount > 0),
        "channels": orders.filter(orders.channel.notnull()),
        "birth_dates": golden.filter(golden.attribute == "birth_date"),
        "brands": liked.filter((liked.kind == "brand") & (liked.within == "")),
        "tiers": held.filter(held.segmentation == "past_tier"),
        "tiers_before": before.filter(before.segmentation == "past_tier"),
        "nps": said.filter(said.nps_score.notnull()),
        "heeded": messages.filter(messages.opened_at.notnull() | messages.clicked_at.notnull()),
        "households": profiles.filter(profiles.household_members > 1),
    }
