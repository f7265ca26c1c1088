"""What a fit of prices says, as rows of `elasticities`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.price import ELASTICITIES
from patron.models.estimator import NORMAL_95
from patron.models.price_fit import FittedPrices
from patron.models.price_rows import ALL, PriceRows
from patron.models.price_scores import LEARNED, STATUS, TOO_FEW, Counted, naive

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STILL = 1e-9
SCHEMA = ELASTICITIES.schema.to_pyarrow()


@dataclass(frozen=True, kw_only=True)
class Said:
    """Elasticities of several units of one level, as far as they are known; NaN where they are not."""

    value: Floats
    variance: Floats
    raw: Floats
    error: Floats
    weight: Floats

    @classmethod
    def nothing(cls, many: int) -> Said:
        """Return what is said where nothing is known."""
        return cls(**{name: np.full(many, np.nan) for name in ("value", "variance", "raw", "error", "weight")})


def product_said(rows: PriceRows, fit: FittedPrices | None) -> Said:
    """Return the products' own elasticities."""
    said = Said.nothing(len(rows.products))
    if fit is None or fit.drawn is None:
        return said
    at, scores, drawn = fit.learned, fit.scores, fit.drawn
    said.value[at], said.variance[at], said.weight[at] = drawn.unit, drawn.unit_variance, drawn.weight
    said.raw[at] = fit.guess[at] + scores.score[at] / scores.information[at]
    said.error[at] = np.sqrt(scores.variance[at])
    return said


def category_said(rows: PriceRows, fit: FittedPrices | None) -> Said:
    """Return the categories' elasticities; none where no product of a category was learned."""
    many = len(rows.categories)
    said = Said.nothing(many)
    if fit is None or fit.drawn is None:
        return said
    at, drawn = fit.learned, fit.drawn
    group = rows.category[at]
    noise = fit.scores.variance[at] + drawn.within**2
    precision = np.bincount(group, 1 / noise, many)
    known = precision > 0
    raw = fit.guess[at] + fit.scores.score[at] / fit.scores.information[at]
    said.value[known], said.variance[known] = drawn.group[known], drawn.group_variance[known]
    said.weight[known] = drawn.group_weight[known]
    said.raw[known] = (np.bincount(group, raw / noise, many) / precision.clip(1e-300))[known]
    said.error[known] = np.sqrt(1 / precision[known])
    return said


def all_said(rows: PriceRows, counts: Counted, fit: FittedPrices | None) -> Said:
    """Return the elasticity of all products: the mean of the categories that were learned, weighed by units."""
    said, each = Said.nothing(1), category_said(rows, fit)
    known = np.isfinite(each.value)
    if fit is None or not known.any():
        return said
    units = np.bincount(rows.category[fit.learned], counts.units[fit.learned], len(known))[known]
    share = units / units.sum()
    said.value[0], said.variance[0] = share @ each.value[known], share**2 @ each.variance[known]
    said.raw[0], said.error[0] = share @ each.raw[known], np.sqrt(share**2 @ each.error[known] ** 2)
    return said


def own_rows(rows: PriceRows, counts: Counted, fit: FittedPrices | None, status: Ints) -> pa.Table:
    """Return the rows of products, of categories and of all."""
    many, groups = len(rows.products), len(rows.categories)
    learned = (status == LEARNED).astype(np.int64)
    levels = (
        ("all", np.zeros(many, dtype=np.int64), 1, all_said(rows, counts, fit)),
        ("category", rows.category, groups, category_said(rows, fit)),
        ("product", np.arange(many), many, product_said(rows, fit)),
    )
    parts = []
    for level, place, size, said in levels:
        known = np.bincount(place, learned, size) > 0
        reason = status if level == "product" else _reasons(place, size, status, known)
        names = np.array(rows.products, dtype=object) if level == "product" else np.full(size, ALL, dtype=object)
        category = {"all": np.zeros(1, dtype=np.int64), "category": np.arange(groups), "product": rows.category}[level]
        facts = {
            "level": [level] * size, "status": [STATUS[one] for one in reason.tolist()],
            "category": [ALL] if level == "all" else [rows.categories[one] for one in category.tolist()],
            "product_id": names, "other_product_id": names, "segmentation": [ALL] * size, "segment": [ALL] * size,
            **estimates(said, known), **_counts(place, size, counts, learned), **_moved(place, size, fit, counts),
            "naive": numbers(counts.naive if level == "product" else _naive(rows, place, size)),
        }  # fmt: skip
        parts.append(table_of(facts, size))
    return pa.concat_tables(parts)


def estimates(said: Said, known: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the columns of what is said of the `known`; the others have none."""
    value = np.where(known, said.value, np.nan)
    reach = NORMAL_95 * np.sqrt(said.variance)
    return {
        "elasticity": numbers(value), "low": numbers(value - reach), "high": numbers(value + reach),
        "raw": numbers(np.where(known, said.raw, np.nan)), "raw_error": numbers(np.where(known, said.error, np.nan)),
        "own_weight": numbers(np.where(known, said.weight, np.nan)),
    }  # fmt: skip


def numbers(values: Floats) -> pa.Array:
    """Return numbers as Arrow has them: what is NaN is none."""
    return pa.array(values, mask=~np.isfinite(values))


def table_of(facts: dict[str, Any], size: int) -> pa.Table:
    """Return rows of `elasticities`; a column that is not told is empty."""
    columns = [
        pa.array(facts[field.name], field.type) if field.name in facts else pa.nulls(size, field.type)
        for field in SCHEMA
    ]  # fmt: skip
    return pa.table(columns, schema=SCHEMA)


def _reasons(place: Ints, size: int, status: Ints, known: NDArray[np.bool_]) -> Ints:
    """Return learned, or the most frequent reason among the products."""
    counts = np.zeros((size, len(STATUS)), dtype=np.int64)
    np.add.at(counts, (place, status), 1)
    counts[:, LEARNED] = 0
    found = np.where(counts.sum(axis=1) > 0, counts.argmax(axis=1), TOO_FEW)
    return np.where(known, LEARNED, found)


def _counts(place: Ints, size: int, counts: Counted, learned: Ints) -> dict[str, Any]:
    def whole(values: NDArray[Any]) -> Ints:
        return np.rint(np.bincount(place, values, size)).astype(np.int64)

    return {
        "rows": whole(counts.rows), "units": np.bincount(place, counts.units, size), "products": whole(learned),
        "price_moves": whole(counts.moves),
    }  # fmt: skip


def _moved(place: Ints, size: int, fit: FittedPrices | None, counts: Counted) -> dict[str, Any]:
    """Return how prices moved; above products the mean of those with enough units, weighed by them."""
    if fit is None:
        return {}
    scores, weight = fit.scores, np.where(counts.enough, counts.units, 0.0)
    # A price that never moved has nothing that could be explained, or left.
    moved = np.where(scores.spread > STILL, weight, 0.0)

    def mean(values: Floats, weight: Floats) -> pa.Array:
        total = np.bincount(place, weight, size)
        return numbers(
            np.divide(np.bincount(place, weight * values, size), total, where=total > 0, out=np.full(size, np.nan))
        )

    found = {
        "price_spread": mean(scores.spread, weight), "price_left": mean(scores.left, moved),
        "demand_followed": mean(scores.followed, moved),
    }  # fmt: skip
    if size == len(scores.chance):
        found["followed_p"] = numbers(np.where(moved > 0, scores.chance, np.nan))
    return found


def _naive(rows: PriceRows, place: Ints, size: int) -> Floats:
    return naive(rows, place[rows.product], size, apart=rows.product)
