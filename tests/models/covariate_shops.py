"""Customers whose covariates move their parameters as told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from patron.simulate import bg_nbd, levels

SHOP = {"r": 0.8, "alpha": 10.0, "a": 0.9, "b": 3.0}
SHARES = {"web": 0.5, "shop": 0.3, "mail": 0.2}


def column(table: pa.Table, name: str) -> np.ndarray:
    return np.asarray(table[name].to_numpy(zero_copy_only=False))


def moved(values: pa.Array, effects: dict[Any, float]) -> np.ndarray:
    return np.exp([effects.get(value, 0.0) for value in values.to_pylist()])


def shop(
    customers: int,
    *,
    seed: int,
    draw: Callable[..., pa.Table] = bg_nbd,
    shares: dict[Any, float] = SHARES,
    gamma1: dict[Any, float] | None = None,
    gamma2: dict[Any, float] | None = None,
    gamma3: dict[Any, float] | None = None,
    of_age: float = 0.0,
    **more: Any,
) -> pa.Table:
    """A shop with a covariate `channel`, and `age`, a number with mean 40 that moves the purchases alone."""
    rng = np.random.default_rng(seed)
    channel = levels(customers, shares, seed=seed)
    age = rng.normal(40, 12, customers).round()
    table = draw(
        customers,
        r=SHOP["r"],
        alpha=SHOP["alpha"] / moved(channel, gamma1 or {}) / np.exp(of_age * (age - 40)),
        a=SHOP["a"] * moved(channel, gamma2 or {}),
        b=SHOP["b"] * moved(channel, gamma3 or {}),
        T=rng.integers(20, 60, customers).astype(float),
        seed=seed,
        **more,
    )
    return table.append_column("channel", channel).append_column("age", pa.array(age))
