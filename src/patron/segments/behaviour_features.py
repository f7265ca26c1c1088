"""From columns that describe behaviour to numbers that may be compared: in NumPy to learn, in the engine to assign.

Amounts and counts go to the logarithm. Shares are first drawn to the share of all customers, as far as few orders stand
behind them, and then go to the arcsine of their root, where a share of so many orders is equally uncertain wherever it
lies. Whatever is left is bent by the inverse hyperbolic sine. Everything is then scaled by its middle and its spread
without its tails, and cut off at four of them, so that no customer weighs more than she should.

Ref  Anscombe (1948), Biometrika 35, 246-254: section 2, the arcsine of the root of a binomial share
     Kleinman (1973), JASA 68, 46-54: moments of the beta-binomial, by which shares are shrunk
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from patron.engines.constant import constant

Floats = NDArray[np.float64]
Kind = Literal["amount", "share", "number"]

FARTHEST = 4.0  # spreads from the middle
NORMAL_QUARTILES = 1.349  # from the first to the third, in standard deviations
FEWEST_ORDERS, MOST_ORDERS = 1.0, 50.0  # that the share of all customers may count for
LEAST_TWICE = 0.10  # share of the customers who have to have two orders, before shares of orders are a behaviour
LEAST_KNOWN = 0.05  # share of the customers of whom a feature has to be known


@dataclass(frozen=True, kw_only=True)
class BehaviourFeature:
    """One column, what kind of number it holds, and the column that counts what a share is a share of.

    `drawn` says that each order is so or not, by itself: then shares of few orders differ by chance alone, and a share
    that differs no more than that is no behaviour.
    """

    name: str
    kind: Kind
    evidence: str | None = None
    drawn: bool = False


def _shares(evidence: str, *names: str, drawn: bool = False) -> tuple[BehaviourFeature, ...]:
    return tuple(BehaviourFeature(name=name, kind="share", evidence=evidence, drawn=drawn) for name in names)


BEHAVIOUR_FEATURES: tuple[BehaviourFeature, ...] = (
    BehaviourFeature(name="average_order_value", kind="amount"),
    BehaviourFeature(name="lines_per_order", kind="amount"),
    BehaviourFeature(name="expected_interval_days", kind="amount"),
    *_shares("lines", "repeat_share", "top_category_share", "top_brand_share"),
    *_shares("order_days", "discount_rate", "return_rate"),
    *_shares(
        "order_days", "web_share", "app_share", "store_share", "phone_share", "catalogue_share", "weekend_share",
        "evening_share", "morning_share", "year_end_share", drawn=True,
    ),
    BehaviourFeature(name="visit_days", kind="amount"),
    *_shares("visits", "visit_depth"),
    BehaviourFeature(name="rating", kind="number"),
    BehaviourFeature(name="nps_score", kind="number"),
)  # fmt: skip
"""What customers are divided by, where nothing else is asked for."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How one feature becomes a number: learned from customers, kept in the model."""

    name: str
    kind: Kind
    evidence: str | None
    prior: float  # share of all customers; of amounts what is added, of numbers their spread
    orders: float  # how many orders it counts for; of numbers their middle
    middle: float
    width: float

    def scaled(self, columns: Mapping[str, Floats], *, far: float = FARTHEST) -> Floats:
        """Return the feature of some customers; NaN where it is missing."""
        values = columns[self.name]
        if self.kind == "amount":
            bent = np.log(np.maximum(values, 0.0) + self.prior)
        elif self.kind == "share":
            held = np.clip(values, 0.0, 1.0)
            if self.evidence is not None:
                count = columns[self.evidence]
                held = (held * count + self.prior * self.orders) / (count + self.orders)
            bent = np.arcsin(np.sqrt(held))
        else:
            bent = np.arcsinh((values - self.orders) / self.prior)
        return np.asarray(np.clip((bent - self.middle) / self.width, -far, far))

    def expression(self, table: ir.Table) -> ir.FloatingValue:
        """Return the same as a column of the engine; null where it is missing."""
        value = table[self.name].cast("float64")
        if self.kind == "amount":
            bent = (value.clip(lower=constant(0.0)) + constant(self.prior)).ln()
        elif self.kind == "share":
            held = value.clip(constant(0.0), constant(1.0))
            if self.evidence is not None:
                count = table[self.evidence].cast("float64")
                held = (held * count + constant(self.prior * self.orders)) / (count + constant(self.orders))
            bent = held.sqrt().asin()
        else:
            away = (value - constant(self.orders)) / constant(self.prior)
            size = away.abs()
            bent = away.sign() * (size + (size * size + constant(1.0)).sqrt()).ln()
        far = constant(FARTHEST)
        return ((bent - constant(self.middle)) / constant(self.width)).clip(-far, far)


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A feature that could not be used, and why: missing, constant, chance, or telling nobody apart."""

    name: str
    reason: Literal["missing", "constant", "chance", "no_help"]


def learn_scales(
    features: Sequence[BehaviourFeature], columns: Mapping[str, Floats]
) -> tuple[tuple[Scale, ...], tuple[LeftOut, ...]]:
    """Learn how each feature becomes a number, and leave out those that hardly anybody has or everybody shares."""
    scales: list[Scale] = []
    out: list[LeftOut] = []
    for one in features:
        values = columns[one.name]
        known = values[np.isfinite(values)]
        if len(known) < max(LEAST_KNOWN * len(values), 2):
            out.append(LeftOut(name=one.name, reason="missing"))
            continue
        if one.drawn and _is_chance(one, columns):
            out.append(LeftOut(name=one.name, reason="chance"))
            continue
        scale = _learned(one, columns, known)
        if scale is None:
            out.append(LeftOut(name=one.name, reason="constant"))
        else:
            scales.append(scale)
    return tuple(scales), tuple(out)


def _learned(one: BehaviourFeature, columns: Mapping[str, Floats], known: Floats) -> Scale | None:
    """Return a feature's scale; none where all are equal."""
    if np.ptp(known) <= 1e-9 * max(1.0, float(np.abs(known).max())):
        return None
    prior, orders = _bend(one, columns, known)
    plain = Scale(
        name=one.name, kind=one.kind, evidence=one.evidence, prior=prior, orders=orders, middle=0.0, width=1.0
    )
    bent = _unclipped(plain, columns)
    first, middle, third = np.quantile(bent, (0.25, 0.5, 0.75))
    # Where three quarters are equal (nobody sends anything back), the quartiles tell no spread.
    width = max((third - first) / NORMAL_QUARTILES, _spread_without_tails(bent) / 2)
    if width <= 1e-9:
        return None
    return Scale(
        name=one.name, kind=one.kind, evidence=one.evidence, prior=prior, orders=orders, middle=float(middle),
        width=float(width),
    )  # fmt: skip


def _bend(one: BehaviourFeature, columns: Mapping[str, Floats], known: Floats) -> tuple[float, float]:
    """Return `prior` and `orders` of a scale."""
    if one.kind == "amount":
        above = known[known > 0]
        return float(np.median(above)) / 20 if len(above) else 1.0, 0.0
    if one.kind == "share":
        return _beta_binomial(np.clip(columns[one.name], 0, 1), columns[one.evidence] if one.evidence else None)
    first, middle, third = np.quantile(known, (0.25, 0.5, 0.75))
    return float(max((third - first) / NORMAL_QUARTILES, known.std() / 2)), float(middle)


def _beta_binomial(shares: Floats, counts: Floats | None) -> tuple[float, float]:
    """Return the mean share and for how many orders it counts, by moments (Kleinman 1973, section 2)."""
    known = np.isfinite(shares) if counts is None else np.isfinite(shares) & (counts > 0)
    own = shares[known]
    if counts is None:
        return float(own.mean()), 0.0
    number = counts[known]
    total = float(number.sum())
    mean = float((own * number).sum() / total)
    alone = max(mean * (1 - mean), 1e-12)
    # The squares between customers, weighed by their orders, against what chance alone makes of them.
    beyond = float((number * (own - mean) ** 2).sum()) / alone - (len(own) - 1)
    room = total - float((number**2).sum()) / total - (len(own) - 1)
    alike = beyond / room if room > 1e-9 else 0.0
    return mean, float(np.clip(1 / max(alike, 1e-9) - 1, FEWEST_ORDERS, MOST_ORDERS))


def _is_chance(one: BehaviourFeature, columns: Mapping[str, Floats]) -> bool:
    """Tell whether shares differ no more than they would if all customers were alike: most have a single order."""
    if np.nanmin(columns[one.name]) == np.nanmax(columns[one.name]):
        return False  # that is another reason
    counts = columns[one.evidence] if one.evidence else None
    if counts is not None and float((counts >= 2).mean()) < LEAST_TWICE:
        return True  # one order of each tells nothing of habits, and the few others do not speak for all
    return _beta_binomial(np.clip(columns[one.name], 0, 1), counts)[1] >= MOST_ORDERS


def _unclipped(scale: Scale, columns: Mapping[str, Floats]) -> Floats:
    bent = scale.scaled(columns, far=np.inf)
    return np.asarray(bent[np.isfinite(bent)])


def _spread_without_tails(values: Floats) -> float:
    low, high = np.quantile(values, (0.02, 0.98))
    return float(np.clip(values, low, high).std())
