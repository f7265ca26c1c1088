"""The step `prices`: how sales answer to prices, what discounts give away, and which prices would earn more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from patron.contracts.price import ELASTICITIES
from patron.contracts.price_offer import DISCOUNTS, PRICE_CHANGES, PRICE_OFFERS
from patron.decisions.price_fences import fenced
from patron.decisions.price_offers import PriceRules, cell_of, price_offers
from patron.kpis.discount_response import discounts, measured_discounts, modelled_discounts
from patron.kpis.price_changes import price_changes
from patron.models import PriceResponse
from patron.pipeline.step import Context, Step, has_rows
from patron.profile.asked_prices import asked_prices, price_rows
from patron.profile.price_totals import EVER, price_totals
from patron.profile.price_weeks import ALL, at_one_price, last_price_day, price_weeks, sold_lines

MARKET = "raw_market"
BESIDE = {"prices": "competitor_price", "demand": "category_index"}
"""What the market tells, by what it is for `PriceResponse`."""

HOLDOUT = "holdout"

MOST_DIVIDED = 150
"""Products that are divided among segments: those with most units, which say most of what a segment heeds."""

Tables = Mapping[str, ir.Table]
Row = dict[str, Any]

_MADE = (ELASTICITIES, PRICE_OFFERS, DISCOUNTS, PRICE_CHANGES)


def _prices(context: Context) -> Tables:
    if context.settings.sampled or not context.settings.sells:  # a sample of the orders tells no demand
        return {contract.name: contract.empty() for contract in _MADE}
    wanted, as_of = context.settings.prices, context.as_of
    sold = context.keep("price_lines", sold_lines(context.of_customers("order_lines"), as_of=as_of))
    members = context["memberships"]
    ways = tuple(wanted.segmentations)
    offered = at_one_price(sold)
    until = last_price_day(offered, as_of=as_of)
    sums = price_weeks(offered, members, until=until, segmentations=ways).to_pyarrow()
    learned = _answers(context, sums, ways, until=until)
    totals = price_totals(sold, members, as_of=as_of, segmentations=ways).to_pyarrow()
    learned = _with_customers(learned, totals)
    answers = learned.to_pylist()
    rules = PriceRules(
        margin_floor=wanted.margin_floor, most_change=wanted.most_change, step=wanted.step, shared=_shared(context)
    )
    measured = measured_discounts(_read(context), context["assignments"], context["takings"], as_of=as_of)
    return {
        "elasticities": ibis.memtable(learned),
        "price_offers": ibis.memtable(price_offers(totals, answers, rules=rules, names=_names(context))),
        "discounts": ibis.memtable(discounts([*measured, *modelled_discounts(totals, answers, as_of=as_of)])),
        "price_changes": ibis.memtable(price_changes(sums, totals, answers, as_of=until)),
    }


def _read(context: Context) -> ir.Table:
    """Return the effects of experiments that are no hold-outs: these withhold more than discounts."""
    effects, drawn = context["effects"], context["experiments"]
    held = drawn.filter(drawn.kind == HOLDOUT).select("experiment")
    return effects.anti_join(held, "experiment")


def _answers(context: Context, sums: pa.Table, ways: tuple[str, ...], *, until: date) -> pa.Table:
    """Return ELASTICITIES: of everybody, and of the segments of each segmentation."""
    market = context[MARKET] if has_rows(context[MARKET]) else None
    asked = asked_prices(sums, market, until=until)
    whole = price_rows(sums, asked)
    known = {use: [name] for use, name in BESIDE.items() if whole[name].null_count < whole.num_rows}
    if not whole.num_rows:
        return ELASTICITIES.schema.to_pyarrow().empty_table()
    found = PriceResponse(trees=False).fit(whole, as_of=context.as_of, **known).elasticities_
    parts, use = [found], _learned_products(found)
    for way in ways if len(use) else ():
        rows = price_rows(sums, asked, segmentation=way)
        rows = rows.filter(pc.is_in(rows["product_id"], use))
        if rows.num_rows:
            named = rows.rename_columns([way if name == "segment" else name for name in rows.column_names])
            model = PriceResponse(trees=False, cross=0).fit(named, as_of=context.as_of, **known, segments=[way])
            parts.append(model.elasticities_.filter(pc.equal(model.elasticities_["segmentation"], way)))
    return pa.concat_tables(parts)


def _learned_products(found: pa.Table) -> pa.Array:
    """Return the products whose elasticity is known, at most `MOST_DIVIDED`; of others no segment's can be."""
    known = found.filter(pc.and_(pc.equal(found["level"], "product"), pc.equal(found["status"], "learned")))
    most = known.sort_by([("units", "descending"), ("product_id", "ascending")]).slice(0, MOST_DIVIDED)
    return most["product_id"].combine_chunks()


def _with_customers(learned: pa.Table, totals: pa.Table) -> pa.Table:
    """Add how many customers bought what each row is about; of one product's answer to another, who bought the one."""
    ever = {cell_of(row): row["customers"] for row in totals.to_pylist() if row["part"] == EVER}
    rows = learned.to_pylist()
    many = [ever.get(cell_of(row | ({"level": "product"} if row["level"] == "cross" else {})), 0) for row in rows]
    return learned.set_column(learned.schema.get_field_index("customers"), "customers", pa.array(many, pa.int64()))


def _shared(context: Context) -> list[tuple[str, str, str]]:
    wanted = context.settings.prices
    members = context["memberships"].filter(context["memberships"].segmentation.isin(wanted.segmentations or [ALL]))
    return fenced(members, context["profiles"], fences=wanted.fences)


def _names(context: Context) -> dict[str, str]:
    """Return what products are called."""
    lines = context["raw_order_lines"]
    named = lines.filter(lines.product_id.notnull() & lines.product_name.notnull())
    found = named.group_by("product_id").aggregate(name=named.product_name.max()).to_pyarrow()
    return dict(zip(found["product_id"].to_pylist(), found["name"].to_pylist(), strict=True))


PRICE_STEP = Step(
    "prices",
    ("raw_order_lines", MARKET, "links", "memberships", "profiles", "takings", "experiments", "assignments", "effects"),
    tuple(contract.name for contract in _MADE), _prices, ("prices", "sampled"),
)  # fmt: skip

__all__ = ["PRICE_STEP"]
