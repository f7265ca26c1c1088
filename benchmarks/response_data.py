"""Randomised customers whose true effects are known: three shapes of the effect, money or yes and no."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SHAPES = ("mixed", "smooth", "steps")
OUTCOMES = ("money", "binary")
FEATURES = 20


@dataclass(frozen=True, kw_only=True)
class Truth:
    """Customers with what was measured of them and what was not: each one's effect."""

    features: NDArray[np.float32]
    treated: NDArray[np.int64]
    outcome: Floats
    effect: Floats

    @property
    def cost(self) -> float:
        """The cost at which treating everybody is worth nothing."""
        return float(self.effect.mean())

    @property
    def half_cost(self) -> float:
        """The cost at which treating everybody is worth half of what the oracle's choice is worth."""
        low, high = float(self.effect.min()), self.cost
        for _ in range(60):
            middle = (low + high) / 2
            worth = (self.effect - middle).mean() / np.maximum(self.effect - middle, 0).mean()
            low, high = (middle, high) if worth > 0.5 else (low, middle)
        return low

    def share(self, said: Floats, cost: float) -> float:
        """Return the share of the oracle's policy value that acting on predictions above the cost gets."""
        gain = self.effect - cost
        return float(gain[said > cost].sum() / np.maximum(gain, 0).sum())

    def error(self, said: Floats) -> float:
        """Return the root mean squared error of the effect."""
        return float(np.sqrt(np.mean((said - self.effect) ** 2)))


def randomised(
    seed: int, *, signal: float, shape: str = "mixed", outcome: str = "money", customers: int = 100_000,
    chance: float = 0.5,
) -> Truth:  # fmt: skip
    """Draw customers.

    Parameters
    ----------
    seed : int
        Of everything.
    signal : float
        sd(effect) x sqrt(n e (1 - e)) / sd(outcome).
    shape : {"mixed", "smooth", "steps"}
        How the effect depends on the features.
    outcome : {"money", "binary"}
        Money has a spread of about 1.
    customers, chance : int, float
        How many, and e, the chance to be treated.
    """
    rng = np.random.default_rng(seed)
    x = _features(rng, customers)
    base, effect = _base(x), _effects(x, shape)
    treated = (rng.random(customers) < chance).astype(np.int64)
    spread = signal / np.sqrt(customers * chance * (1 - chance))
    if outcome == "money":
        effect = spread * (effect + 0.5)
        came = base * 0.6 + rng.normal(size=customers) * 0.8 + treated * effect
        return Truth(features=x, treated=treated, outcome=came, effect=effect)
    without = 1 / (1 + np.exp(2 - 0.7 * base))
    spread *= np.sqrt(without.mean() * (1 - without.mean()))
    acted = np.clip(without + spread * (effect + 0.5), 0.001, 0.999)
    came = (rng.random(customers) < np.where(treated == 1, acted, without)).astype(np.float64)
    return Truth(features=x, treated=treated, outcome=came, effect=acted - without)


def _features(rng: np.random.Generator, customers: int) -> NDArray[np.float32]:
    x = rng.normal(size=(customers, FEATURES))
    x[:, 0] = np.exp(0.8 * x[:, 0])  # spend
    x[:, 1] = rng.poisson(3, customers)  # orders
    x[:, 2] = rng.exponential(60, customers)  # days since the last one
    x[:, 3] = rng.integers(0, 6, customers)
    x[:, 4] = 0.6 * x[:, 4] + 0.4 * x[:, 5]
    return x.astype(np.float32)


def _base(x: NDArray[np.float32]) -> Floats:
    base = np.log1p(x[:, 0]) + 0.15 * x[:, 1] - x[:, 2] / 80 + 0.4 * x[:, 4] * x[:, 6] + 0.4 * (x[:, 7] > 0.5)
    return np.asarray((base - base.mean()) / base.std(), dtype=np.float64)


def _effects(x: NDArray[np.float32], shape: str) -> Floats:
    rich = np.minimum(np.log(x[:, 0]), 1)
    if shape == "mixed":
        found = (0.5 * np.tanh(x[:, 4]) + 0.6 * (x[:, 2] < 45) - 0.5 * (x[:, 1] > 4) + 0.3 * x[:, 8]
                 + 0.5 * ((x[:, 9] > 0) & (x[:, 10] > 0)) + 0.3 * rich)  # fmt: skip
    elif shape == "smooth":
        found = (0.6 * np.tanh(x[:, 4]) - 0.5 * np.exp(-x[:, 2] / 50) + 0.3 * x[:, 8] + 0.3 * np.sin(1.5 * x[:, 9])
                 + 0.4 * rich)  # fmt: skip
    else:
        found = (1.0 * ((x[:, 2] < 45) & (x[:, 1] > 2)) - 0.7 * (x[:, 9] > 0.5)
                 + 0.6 * ((x[:, 8] > 0) & (x[:, 10] > -0.5)) + 0.4 * (x[:, 3] == 2))  # fmt: skip
    return np.asarray((found - found.mean()) / found.std(), dtype=np.float64)
