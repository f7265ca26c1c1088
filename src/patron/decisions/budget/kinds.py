"""What options use up besides money: contacts in all, places in channels, goods, and the room that groups must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from patron.decisions.budget.choices import Floats, Ints
from patron.errors import ArgumentError
from patron.language import did_you_mean, failure, listing

CAPACITY, STOCK, SHARE = "capacity", "stock", "share"

PLACES = ("channel", "action")
"""Where a name that has a capacity is looked for; the first of these columns that is there counts."""

NOISE = 1e-9
"""Customers by which a share may be missed, because sums of its parts are not exact."""


@dataclass(frozen=True, kw_only=True)
class Kinds:
    """Which kind each option is, and what a kind takes of each limit.

    ``kind`` is one number an option, ``uses`` has a row a kind and a column a limit, ``open`` says of each kind whether
    there is room for one at all; ``names`` are the limits' names.
    """

    kind: Ints
    uses: Any
    limits: Floats
    open: NDArray[np.bool_]
    names: tuple[str, ...]


@dataclass(frozen=True)
class _Part:
    """One way of dividing options: a code each, what a code takes of each limit, and the limits by name."""

    code: Ints
    uses: Floats
    limits: dict[str, float]


def kinds_of(
    table: pa.Table,
    capacity: float | Mapping[str, float] | None,
    stock: Mapping[str, float] | None,
    share: Mapping[str, float] | None,
) -> Kinds:
    """Return the kinds of options: the combinations of channel, product and group as far as these are limited.

    Raises
    ------
    ArgumentError
        A limit is no number or negative, or names what no row has; shares add up to more than 1.
    """
    parts = [part for part in (_capacity(table, capacity), _stock(table, stock), _share(table, share)) if part]
    count = int(np.prod([len(part.uses) for part in parts], dtype=np.int64))
    kind, place = np.zeros(table.num_rows, dtype=np.int64), np.arange(count)
    columns, room = [csr_array((count, 0))], np.ones(count, dtype=bool)
    for part in parts:
        kind = kind * len(part.uses) + part.code
        count //= len(part.uses)
        uses = part.uses[place // count % len(part.uses)]
        columns.append(csr_array(uses))
        room &= (uses <= np.maximum(list(part.limits.values()), _least(part))).all(axis=1)
    limits = {name: limit for part in parts for name, limit in part.limits.items()}
    return Kinds(
        kind=kind, uses=hstack(columns).tocsr(), limits=np.array(list(limits.values()), dtype=np.float64), open=room,
        names=tuple(limits),
    )  # fmt: skip


def _least(part: _Part) -> float:
    """Return how much one option may take whatever the limit: of a share, which others can make good, any."""
    return 1.0 if any(name.startswith(SHARE) for name in part.limits) else 0.0


def amount(name: str, came: Any) -> float:
    """Return a limit as a number.

    Raises
    ------
    ArgumentError
        It is none, or negative.
    """
    told = isinstance(came, (Real, Decimal)) and not isinstance(came, bool)
    if not told or not float(came) >= 0:
        raise failure(ArgumentError, "budget.limit", argument=name, came=came)
    return float(came)


def _capacity(table: pa.Table, capacity: float | Mapping[str, float] | None) -> _Part | None:
    if capacity is None:
        return None
    if not isinstance(capacity, Mapping):
        return _Part(np.zeros(table.num_rows, np.int64), np.ones((1, 1)), {CAPACITY: amount(CAPACITY, capacity)})
    column = next(name for name in PLACES if name in table.column_names)
    return _named(table, column, CAPACITY, capacity)


def _stock(table: pa.Table, stock: Mapping[str, float] | None) -> _Part | None:
    return _named(table, "product", STOCK, stock) if stock else None


def _share(table: pa.Table, share: Mapping[str, float] | None) -> _Part | None:
    """Return the least shares of groups: of s in group g, every option takes s, and one of g gives 1."""
    if not share:
        return None
    part = _named(table, "group", SHARE, share)
    asked = np.array(list(part.limits.values()))
    if asked.sum() > 1:
        raise failure(ArgumentError, "budget.shares", came=float(asked.sum()))
    return _Part(part.code, asked - part.uses, dict.fromkeys(part.limits, NOISE))


def _named(table: pa.Table, column: str, what: str, limits: Mapping[str, float]) -> _Part:
    """Return which of the named values each option has; code 0 is one without a limit."""
    names = [str(name) for name in limits]
    words = table[column].cast(pa.string())
    found = pc.fill_null(pc.index_in(words, pa.array(names, pa.string())), -1).to_numpy()
    known = set(np.unique(found).tolist())
    if table.num_rows and (lost := [name for place, name in enumerate(names) if place not in known]):
        there = [str(one) for one in pc.unique(words).drop_null().to_pylist()]
        raise failure(
            ArgumentError, "budget.unknown", argument=what, came=lost[0], column=column, allowed=listing(there[:20]),
            hint=did_you_mean(lost[0], there),
        )  # fmt: skip
    told = {f"{what}:{name}": amount(f"{what}:{name}", limit) for name, limit in limits.items()}
    return _Part(found.astype(np.int64) + 1, np.eye(len(names) + 1, len(names), -1), told)
