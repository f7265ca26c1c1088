"""Which other products' prices move a product's sales?

Of each category the products that sell most are looked at: one's residual sales on the residual prices of all others,
every effect drawn to nought as far as the category's effects together are no larger than chance makes them.

Ref  Hoerl & Kennard (1970), Ridge regression, Technometrics 12(1), 55-67
     Smith, Rossi & Allenby (2019), Inference for product competition and separable demand, Marketing Science 38(4),
     690-710: why effects across products need a prior
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.models.price_fit import FittedPrices
from patron.models.price_rows import ALL, PriceRows
from patron.models.price_scores import LEARNED, STATUS, Counted
from patron.models.price_table import Said, estimates, table_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SCALE = 0.3  # of the half-normal prior of how far effects are from nought
GRID = np.linspace(0.01, 1.0, 25)
LEAST_PERIODS = 30


def cross_rows(rows: PriceRows, counts: Counted, fit: FittedPrices | None, *, most: int) -> pa.Table:
    """Return a row for each ordered pair among the `most` best-selling learned products of each category."""
    parts = [table_of({}, 0)]
    if fit is None or fit.drawn is None or len(rows.days) < LEAST_PERIODS or most < 2:
        return parts[0]
    for group in range(len(rows.categories)):
        mine = fit.learned[rows.category[fit.learned] == group]
        best = np.sort(mine[np.argsort(-counts.units[mine], kind="stable")[:most]])
        if len(best) >= 2:
            parts.append(_of_category(rows, counts, fit, best))
    return pa.concat_tables(parts)


def _of_category(rows: PriceRows, counts: Counted, fit: FittedPrices, best: Ints) -> pa.Table:
    price, apart, expected = _weekly(rows, fit, best)
    many = len(best)
    grams, aims = [], []
    for one in range(many):
        others = np.delete(price, one, axis=0)
        weighed = others * (expected[one] / fit.scores.dispersion[best[one]])
        grams.append(weighed @ others.T)
        aims.append(others @ apart[one] / fit.scores.dispersion[best[one]])
    mean, variance = _drawn(grams, aims)
    diagonal = np.array([np.diag(gram) for gram in grams])
    known = (diagonal > 0).reshape(-1)
    safe = np.where(diagonal > 0, diagonal, 1.0)
    left = np.repeat(best, many - 1)
    right = np.concatenate([np.delete(best, one) for one in range(many)])
    said = Said(
        value=mean.reshape(-1), variance=variance.reshape(-1), raw=(np.array(aims) / safe).reshape(-1),
        error=np.sqrt(1 / safe).reshape(-1), weight=(1 - variance * diagonal).clip(0, 1).reshape(-1) * np.nan,
    )  # fmt: skip
    names = np.array(rows.products, dtype=object)
    size = len(left)
    facts = {
        "level": ["cross"] * size, "category": [rows.categories[one] for one in rows.category[left].tolist()],
        "product_id": names[left], "other_product_id": names[right], "segmentation": [ALL] * size,
        "segment": [ALL] * size, "status": [STATUS[LEARNED]] * size, **estimates(said, known),
        "rows": counts.rows[left], "units": counts.units[left], "products": [2] * size,
        "price_moves": counts.moves[right],
    }  # fmt: skip
    return table_of(facts, size).filter(pa.array(known))


def _weekly(rows: PriceRows, fit: FittedPrices, best: Ints) -> tuple[Floats, Floats, Floats]:
    """Return residual prices, residual units and expected units, each of shape (products, periods)."""
    place = np.full(len(rows.products), -1)
    place[best] = np.arange(len(best))
    mine = place[rows.product[fit.kept]]
    use = mine >= 0
    periods = len(rows.days)
    key = mine[use] * periods + rows.period[fit.kept[use]]
    size = len(best) * periods
    found, kept = fit.residuals, fit.kept[use]
    product, residual, expected = rows.product[kept], found.residual[use], found.expected[use]
    own = fit.scores.score / np.where(fit.scores.information > 0, fit.scores.information, 1.0)
    apart = rows.units[kept] - expected * (1 + own[product] * found.told[use])
    total = np.bincount(key, expected, size)
    mean = np.bincount(key, expected * residual, size) / np.where(total > 0, total, 1.0)
    shape = (len(best), periods)
    sold = np.bincount(key, apart, size).astype(np.float64)
    return mean.reshape(shape), sold.reshape(shape), total.astype(np.float64).reshape(shape)


def _drawn(grams: list[Floats], aims: list[Floats]) -> tuple[Floats, Floats]:
    """Return effects and their variances, how far they are from nought in this category integrated out."""
    split = [np.linalg.eigh(gram) for gram in grams]
    turned = [turn.T @ aim for (_, turn), aim in zip(split, aims, strict=True)]
    told = [_given(split, turned, wide) for wide in GRID.tolist()]
    fits = np.array([fit for fit, _, _ in told])
    belief = np.exp(fits - fits.max())
    belief /= belief.sum()
    mean = np.tensordot(belief, np.array([one for _, one, _ in told]), 1)
    second = np.tensordot(belief, np.array([spread + one**2 for _, one, spread in told]), 1)
    return mean, second - mean**2


def _given(split: list[Any], turned: list[Floats], wide: float) -> tuple[float, Floats, Floats]:
    """Return the fit, effects and their variances where the prior's standard deviation is given."""
    fit, mean, spread = -0.5 * (wide / SCALE) ** 2, [], []
    for (size, turn), aim in zip(split, turned, strict=True):
        precision = size.clip(0) + 1 / wide**2
        fit += 0.5 * float((aim**2 / precision).sum() - np.log(wide**2 * precision).sum())
        mean.append(turn @ (aim / precision))
        spread.append((turn**2 / precision).sum(axis=1))
    return fit, np.array(mean), np.array(spread)
