"""The two models of regular buyers, side by side, and customers for their tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from patron.models import BgCnbd, BgNbd, MbgCnbd, MbgNbd
from patron.models.bg_nbd import BgNbdParams
from patron.models.dropout import DropoutParams
from patron.models.dropout_model import DropoutModel
from patron.models.mbg_nbd import MbgNbdParams
from patron.models.regular_model import RegularModel
from patron.simulate import bg_cnbd, mbg_cnbd


@dataclass(frozen=True)
class Kind:
    """A model of regular buyers, its parameters, its process, and the model of buyers at random that it extends."""

    model: type[RegularModel]
    params: type[DropoutParams]
    draw: Callable[..., pa.Table]
    at_random: type[DropoutModel]


KINDS = {
    "bg_cnbd": Kind(BgCnbd, BgNbdParams, bg_cnbd, BgNbd),
    "mbg_cnbd": Kind(MbgCnbd, MbgNbdParams, mbg_cnbd, MbgNbd),
}
SHOP = {"r": 0.85, "alpha": 4.0, "a": 0.79, "b": 2.42}
COLUMNS = ("frequency", "recency", "T")


def customers(*rows: tuple[float, float, float]) -> pa.Table:
    return pa.table(dict(zip(COLUMNS, np.array(rows, dtype=float).T, strict=True)))


def drawn(kind: Kind, *, n: int = 5_000, k: int = 2, seed: int = 1, **more: Any) -> pa.Table:
    T = np.random.default_rng(seed).uniform(20, 96, n).round(1)
    return kind.draw(n, k=k, **SHOP, T=T, seed=seed, **more)


def without_litt(table: pa.Table) -> pa.Table:
    return table.drop_columns(["litt"])
