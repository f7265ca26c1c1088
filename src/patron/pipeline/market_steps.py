"""The steps `lookalikes` and `market_size`: whom to win next, one by one and by segments of the market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.market import LOOKALIKE_CARD, LOOKALIKES, MARKET_SIZE
from patron.contracts.raw_dealings import PROSPECT
from patron.errors import NotEnoughData
from patron.models import Lookalike
from patron.models.lookalike_card import card, left_out
from patron.models.market_size import Kind, Ours, market_size
from patron.pipeline.ideal import with_ideal
from patron.pipeline.market_kinds import kinds_of, ours_of
from patron.pipeline.step import Context, Step, has_rows
from patron.privacy import prospect_traits, trait_names
from patron.profile.market_people import for_market, known_traits, open_prospects, own_traits, shared, with_traits

MOST_CUSTOMERS = 100_000
"""To learn from; of more a part is drawn by their ids."""

LEAST_PEOPLE = 20
"""Customers, and prospects, of whom a trait must be known."""

TENTHS = 10

Tables = Mapping[str, ir.Table]


@dataclass(frozen=True)
class _Market:
    """Who is to be told apart: customers with worth and traits, prospects with traits."""

    people: pa.Table  # customer_id, ideal, a column per trait
    prospects: pa.Table  # prospect_id, channel, a column per trait


def _lookalikes(context: Context) -> Tables:
    if not context.settings.sells or not has_rows(context["raw_prospects"]):
        return _nothing()
    market = _market(context)
    try:
        model = Lookalike(allowed=context.settings.privacy.sensitive).fit(market.people, ideal="ideal")
        scored = model.score(market.prospects) if market.prospects.num_rows else None
    except NotEnoughData as error:
        return _nothing(left_out(error.problem, market.people.num_rows))
    shift = model.shift(market.prospects) if scored is not None else {}
    return {
        "lookalikes": LOOKALIKES.empty() if scored is None else _published(scored, market.prospects),
        "lookalike_card": _card_table(card(model, shift)),
    }


def _nothing(rows: list[dict[str, Any]] | None = None) -> Tables:
    return {"lookalikes": LOOKALIKES.empty(), "lookalike_card": _card_table(rows or [])}


def _card_table(rows: list[dict[str, Any]]) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(rows, schema=LOOKALIKE_CARD.schema.to_pyarrow()))


def _market(context: Context) -> _Market:
    """Read customers and prospects by the traits that are known of both."""
    raw = context["raw_traits"]
    ours = context.keep("customer_traits", for_market(context["traits"]))
    given = for_market(prospect_traits(raw, as_of=context.as_of, names=trait_names(raw)))
    free = open_prospects(context["raw_prospects"], context["consents"], as_of=context.as_of, opens=PROSPECT)
    free = context.keep("open_prospects", free)
    theirs = context.keep("prospect_traits", given.semi_join(free, "prospect_id"))
    known = [known_traits(traits, least=LEAST_PEOPLE) for traits in (ours, theirs)]
    names = shared(*known)
    people = with_ideal(context, own_traits(context["profiles"], context["forecasts"]))
    people = people.drop("predicted_value", *(name for name in ("country",) if name not in names))
    wide = with_traits(people, ours, names, key="customer_id")
    drawn = wide.mutate(_digest=wide.customer_id.hexdigest("md5")).order_by("_digest").limit(MOST_CUSTOMERS)
    prospects = with_traits(free, theirs, names, key="prospect_id").order_by("prospect_id")
    return _Market(drawn.drop("_digest").to_pyarrow(), prospects.to_pyarrow())


def _published(scored: pa.Table, prospects: pa.Table) -> ir.Table:
    """Return the prospects of whom a trait is known, with their tenth."""
    whole = scored.append_column("channel", prospects["channel"])
    known = whole.filter(pa.compute.greater(whole["traits"], 0))
    rows = max(known.num_rows, 1)
    tenth = (TENTHS * (known["rank"].to_numpy() - 1)) // rows + 1
    names = pa.compute.binary_join_element_wise(PROSPECT, known["prospect_id"].cast(pa.string()), "")
    table = known.append_column("tenth", pa.array(tenth)).append_column("customer_id", names)
    return LOOKALIKES.shape(ibis.memtable(table))


def _market_size(context: Context) -> Tables:
    wanted = context.settings.market
    if not wanted.population or not context.settings.sells:
        return {"market_size": MARKET_SIZE.empty()}
    traits = for_market(context["traits"])
    people = with_ideal(context, own_traits(context["profiles"], context["forecasts"]))
    asked = sorted({trait for one in wanted.population for trait in one.where})
    found = {one.name: one.numeric for one in known_traits(traits.filter(traits.trait.isin(asked)))}
    names = {name: found.get(name, False) for name in asked}
    wide = context.keep("people", with_traits(people, traits, names, key="customer_id"))
    ours: Ours = ours_of(wide)
    kinds: list[Kind] = kinds_of(wide, wanted.population, numeric=found, costs=_costs(context))
    rows = market_size(kinds, ours, horizon_days=context.settings.horizon, cost_per_contact=wanted.cost_per_contact)
    table = pa.Table.from_pylist(rows, schema=MARKET_SIZE.schema.to_pyarrow())
    return {"market_size": ibis.memtable(table)}


def _costs(context: Context) -> dict[str, float]:
    """Return what a new customer cost, by channel and for `all`, where that is known."""
    value = context["acquisition_value"]
    rows = value.filter(value.cost.notnull()).select("channel", "cost").to_pyarrow().to_pylist()
    return {row["channel"]: row["cost"] for row in rows}


MARKET_STEPS = (
    Step(
        "lookalikes",
        ("raw_prospects", "raw_traits", "traits", "consents", "profiles", "forecasts", "memberships"),
        ("lookalikes", "lookalike_card"), _lookalikes, ("market", "privacy"),
    ),
    Step(
        "market_size", ("traits", "profiles", "forecasts", "memberships", "acquisition_value"), ("market_size",),
        _market_size, ("market", "horizon"),
    ),
)  # fmt: skip
"""All of them, in the order in which they run."""
