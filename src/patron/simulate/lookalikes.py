"""Customers and prospects with traits, of whom it is known which traits go with being an ideal customer.

Each person is ideal or not; each trait is drawn by itself, from one set of weights for the ideal and another for the
others. So the logarithm of the odds to be ideal is a sum over traits, and the best ranking that any model could reach
is known. Prospects are ideal less often than customers are: only the share differs, not what the ideal ones are like.

Ref  Hand & Yu (2001), Idiot's Bayes - not so stupid after all?, International Statistical Review 69(3), 385-398: traits
     that are independent given the group add up in the log-odds
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.arguments import not_negative, seeded, whole
from patron.simulate.tables import ids_column, names_column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Trait:
    """One trait: its values, and how often each is found among the ideal and among the others."""

    values: tuple[str, ...]
    ideal: tuple[float, ...]
    others: tuple[float, ...]


TRAITS: Mapping[str, Trait] = {
    "household": Trait(("single", "couple", "family"), (0.18, 0.30, 0.52), (0.36, 0.36, 0.28)),
    "home": Trait(("flat", "house"), (0.35, 0.65), (0.62, 0.38)),
    "town": Trait(("village", "small town", "city"), (0.32, 0.40, 0.28), (0.22, 0.34, 0.44)),
    "leisure": Trait(
        ("culture", "garden", "sport", "travel"), (0.16, 0.46, 0.16, 0.22), (0.27, 0.22, 0.27, 0.24)
    ),
    "newspaper": Trait(("local", "national", "online"), (0.30, 0.25, 0.45), (0.30, 0.25, 0.45)),
}  # fmt: skip
"""Four that tell something, and the newspaper, which tells nothing."""

AGE, AGE_IDEAL, AGE_OTHERS, AGE_SPREAD = "age", 51.0, 43.0, 13.0  # years; normal in both groups
KNOWN = 0.85  # chance that a trait of a person is known
IDEAL_CUSTOMERS, IDEAL_PROSPECTS = 0.20, 0.08


@dataclass(frozen=True, kw_only=True)
class Lookalikes:
    """Two tables of traits, and the truth of them.

    `truth` and `prospect_truth` have ``ideal`` and ``log_ratio``, the best score there is: the logarithm of how many
    times as often a person's known traits are found among the ideal as among the others.
    """

    people: pa.Table  # customer_id, and a column per trait
    truth: pa.Table  # customer_id, ideal, log_ratio
    prospects: pa.Table  # prospect_id, and a column per trait
    prospect_truth: pa.Table  # prospect_id, ideal, log_ratio


def lookalikes(customers: int, prospects: int, *, seed: int, effect: float = 1.0) -> Lookalikes:
    """Draw customers and prospects with traits.

    Parameters
    ----------
    customers, prospects : int
        How many.
    seed : int
        The same seed gives the same people.
    effect : float
        How much the traits tell: 1 as much as `TRAITS` says, 0 nothing at all.

    Raises
    ------
    ArgumentError
        A number that cannot be.

    Examples
    --------
    >>> drawn = lookalikes(1_000, 500, seed=1)
    >>> drawn.people.num_rows, drawn.prospects.num_rows, bool(drawn.truth["ideal"].to_numpy().sum() > 100)
    (1000, 500, True)
    """
    source = seeded(seed)
    sizes = [whole(name, size, least=1) for name, size in (("customers", customers), ("prospects", prospects))]
    strength = float(not_negative("effect", effect))
    tables = []
    for size, share, name in zip(
        sizes, (IDEAL_CUSTOMERS, IDEAL_PROSPECTS), ("customer_id", "prospect_id"), strict=True
    ):
        ideal = source.random(size) < share
        codes, age = drawn(source, ideal, effect=strength)
        ids = ids_column("C" if name == "customer_id" else "L", np.arange(1, size + 1), digits=7)
        words = {trait: names_column(TRAITS[trait].values, codes[trait]) for trait in TRAITS}
        years = pa.array(np.nan_to_num(age), mask=np.isnan(age))
        told = {"ideal": ideal.astype(np.int64), "log_ratio": log_ratio(codes, age, effect=strength)}
        tables.append((pa.table({name: ids, **words, AGE: years}), pa.table({name: ids, **told})))
    (people, truth), (coming, coming_truth) = tables
    return Lookalikes(people=people, truth=truth, prospects=coming, prospect_truth=coming_truth)


def drawn(rng: np.random.Generator, ideal: Bools, *, effect: float = 1.0) -> tuple[dict[str, Ints], Floats]:
    """Draw the traits of people who are ideal or not: places in `TRAITS`, -1 where unknown, and ages, else NaN."""
    codes: dict[str, Ints] = {}
    for name, trait in TRAITS.items():
        ladders = [np.cumsum(weights) for weights in _weights(trait, effect)]
        level = rng.random(len(ideal))
        place = np.where(ideal, *(np.searchsorted(ladder[:-1], level, side="right") for ladder in ladders))
        codes[name] = np.where(rng.random(len(ideal)) < KNOWN, place, -1)
    mean = np.where(ideal, AGE_OTHERS + effect * (AGE_IDEAL - AGE_OTHERS), AGE_OTHERS)
    age = np.rint(rng.normal(mean, AGE_SPREAD))
    return codes, np.where(rng.random(len(ideal)) < KNOWN, np.clip(age, 18, 95), np.nan)


def log_ratio(codes: Mapping[str, Ints], age: Floats, *, effect: float = 1.0) -> Floats:
    """Return the logarithm of how many times as often known traits are found among the ideal as among the others."""
    gap = effect * (AGE_IDEAL - AGE_OTHERS)
    total = np.nan_to_num(gap * (age - AGE_OTHERS - gap / 2) / AGE_SPREAD**2)
    for name, trait in TRAITS.items():
        ideal, others = _weights(trait, effect)
        total = total + np.append(np.log(ideal / others), 0.0)[codes[name]]
    return np.asarray(total)


def _weights(trait: Trait, effect: float) -> tuple[Floats, Floats]:
    """Return the chances of each value among the ideal, drawn to those of the others where the effect is small."""
    others = np.array(trait.others)
    ideal = others * (np.array(trait.ideal) / others) ** effect
    return ideal / ideal.sum(), others
