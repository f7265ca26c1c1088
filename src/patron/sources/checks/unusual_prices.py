"""Prices that are many times, or a small part of, the product's own usual price; slips of the decimal point by name."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from patron.language import number
from patron.sources.checks.look import Look
from patron.sources.checks.sentences import part, shown
from patron.sources.quality import Finding, weigh

FACTOR = 5.0
"""Times the product's median price, up or down: sales take off up to four fifths, little else moves a price more."""

LINES = 10
"""Lines that a product needs for its median to be its price."""

RARE = 0.1
"""Share of a product's lines that an outlier may have. What is more common is one of the product's prices: vouchers,
deposits and services have many."""

BULK = 0.5
"""Share of the product's usual amount a line from which a low price is a price for many: four thousand at a tenth."""

SLIP = 1.05
"""How far from the product's common prices times 10, 100 or 1,000 a price may be to be called a slip of the decimal
point; the common ones lie between its 5 % and 95 % quantiles, and must lie within a factor of `ONE_PRICE`."""

ONE_PRICE = 2.0

MISSTATED = (0.005, 0.05)
"""Share of revenue that the wrong prices add or hide. It meets few customers, and theirs is then far from the truth."""


@dataclass(frozen=True)
class Outliers:
    """The lines with unusual prices of one kind."""

    lines: int
    products: int
    misstated: float  # what they are off, in money
    named: tuple[str, ...]  # the products with the most
    shifts: tuple[int, ...] = ()  # by how many places the point slipped


def outliers(prices: ir.Table) -> ir.Table:
    """Keep the prices far from their product's median; `places` is the decimal slip, null for any other factor."""
    one = prices.filter(prices.product_id.notnull()).group_by("product_id", "unit_price")
    listed = one.aggregate(lines=lambda t: t.lines.sum(), amount=lambda t: t.amount.sum())
    whole = ibis.window(group_by=listed.product_id)
    up_to = ibis.cumulative_window(group_by=listed.product_id, order_by=listed.unit_price)
    ranked = listed.mutate(
        total=listed.lines.sum().over(whole),
        usual=listed.amount.sum().over(whole) / listed.lines.sum().over(whole).cast("float64"),
        so_far=listed.lines.sum().over(up_to),
    )
    priced = ranked.mutate(**{name: _quantile(ranked, share) for name, share in _QUANTILES.items()})
    decades = (priced.unit_price.cast("float64") / priced.median.nullif(0)).log10()
    far = priced.mutate(decades=decades, places=decades.round().cast("int64"))
    edge = ibis.literal(FACTOR).log10()
    bulk = (far.decades < 0) & (far.amount / far.lines.cast("float64") >= far.usual * ibis.literal(BULK))
    rare = (far.total >= LINES) & (far.lines <= far.total * ibis.literal(RARE))
    kept = far.filter((far.decades.abs() >= edge) & rare & ~bulk)
    return kept.select(
        "product_id",
        "lines",
        places=ibis.ifelse(_slipped(kept), kept.places, ibis.null("int64")),
        misstated=(kept.amount * (1 - (-kept.decades * ibis.literal(10.0).ln()).exp())).abs(),
    )


_QUANTILES = {"low": 0.05, "median": 0.5, "high": 0.95}


def _quantile(ranked: ir.Table, share: float) -> ir.FloatingValue:
    """Return the least price of a product that a share of its lines does not exceed."""
    reached = ranked.so_far >= ranked.total * ibis.literal(share)
    price = ibis.ifelse(reached, ranked.unit_price.cast("float64"), ibis.null("float64"))
    return price.min().over(ibis.window(group_by=ranked.product_id))


def _slipped(far: ir.Table) -> ir.BooleanValue:
    """Tell whether a price is one of the product's common ones but for the decimal point."""
    moved = far.unit_price.cast("float64") * (-far.places * ibis.literal(10.0).ln()).exp()
    common = (moved >= far.low / ibis.literal(SLIP)) & (moved <= far.high * ibis.literal(SLIP))
    return common & (far.high <= far.low * ibis.literal(ONE_PRICE)) & (far.places != 0)


def by_product(found: ir.Table) -> ir.Table:
    """Add the outliers up by slip and product, and keep the ten products of each slip that are off by most."""
    summed = found.group_by("places", "product_id").aggregate(lines=found.lines.sum(), misstated=found.misstated.sum())
    group = ibis.window(group_by=summed.places)
    order = ibis.window(group_by=summed.places, order_by=[summed.misstated.desc(), summed.product_id])
    ranked = summed.mutate(
        rank=ibis.row_number().over(order),
        all_lines=summed.lines.sum().over(group),
        all_misstated=summed.misstated.sum().over(group),
        products=summed.count().over(group),
    )
    return ranked.filter(ranked["rank"] < 10).order_by("places", "rank")


def unusual_prices(look: Look) -> list[Finding]:
    """Count slips of the decimal point, and other prices far from the product's own."""
    rows = by_product(outliers(look.prices)).to_pyarrow().to_pylist()
    if not rows:
        return []
    revenue = float(look.prices.amount.sum().to_pyarrow().as_py())
    slips = gathered([row for row in rows if row["places"] is not None])
    others = gathered([row for row in rows if row["places"] is None])
    told = [_told("decimal_slips", slips, revenue), _told("unusual_prices", others, revenue)]
    return [finding for finding in told if finding]


def gathered(rows: list[dict[str, object]]) -> Outliers | None:
    """Put the groups of a kind together."""
    if not rows:
        return None
    groups = {row["places"]: row for row in rows}
    named = sorted(rows, key=lambda row: (-float(str(row["misstated"])), str(row["product_id"])))
    return Outliers(
        lines=sum(int(str(row["all_lines"])) for row in groups.values()),
        products=sum(int(str(row["products"])) for row in groups.values()),
        misstated=sum(float(str(row["all_misstated"])) for row in groups.values()),
        named=tuple(dict.fromkeys(str(row["product_id"]) for row in named)),
        shifts=tuple(sorted(int(str(places)) for places in groups if places is not None)),
    )


def _told(check: str, found: Outliers | None, revenue: float) -> Finding | None:
    if found is None:
        return None
    share = found.misstated / revenue
    facts = {
        "named": shown(found.named, of=found.products),
        "misstated": part(share),
        "factors": " or ".join(f"×{number(10.0**p, digits=max(0, -p))}" for p in found.shifts),
    }
    return Finding("order_lines", check, "flagged", found.lines, weigh(share, MISSTATED), facts)
