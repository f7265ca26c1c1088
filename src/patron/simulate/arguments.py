"""What may be asked of a simulation: the checks that all its functions share."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from patron.errors import ArgumentError
from patron.language import failure

MOST_CUSTOMERS = 50_000_000
MOST_SEEDS = 2**63 - 1


def whole(argument: str, value: object, *, least: int, most: int = MOST_CUSTOMERS) -> int:
    """Return `value` as an int, or refuse it."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not least <= value <= most:
        raise failure(ArgumentError, "simulate.not_whole", argument=argument, came=value, least=least, most=most)
    return int(value)


def seeded(seed: int) -> np.random.Generator:
    """Return the one source of chance of a simulation."""
    return np.random.default_rng(whole("seed", seed, least=0, most=MOST_SEEDS))


def positive(**values: ArrayLike) -> None:
    """Refuse parameters that are not finite and above zero; of an array the first such value is told."""
    for argument, value in values.items():
        array = np.asarray(value, dtype=np.float64)
        wrong = ~(np.isfinite(array) & (array > 0))
        if wrong.any():
            raise failure(ArgumentError, "simulate.not_positive", argument=argument, came=array[wrong].flat[0])


def not_negative(argument: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return the values as an array, or refuse those below zero and those that are no number."""
    array = np.asarray(values, dtype=np.float64)
    wrong = ~(np.isfinite(array) & (array >= 0))
    if wrong.any():
        raise failure(ArgumentError, "simulate.negative", argument=argument, came=array[wrong].flat[0])
    return array


def one_each(argument: str, values: ArrayLike, *, customers: int) -> NDArray[np.float64]:
    """Return one non-negative value for each customer, from one for all or one for each."""
    array = not_negative(argument, values)
    if array.ndim > 1 or (array.ndim == 1 and array.shape != (customers,)):
        raise failure(ArgumentError, "simulate.lengths", argument=argument, came=array.shape, allowed=customers)
    return np.broadcast_to(array, (customers,))


def window(first_day: date, last_day: date) -> int:
    """Return the number of days from the first to the last, both counted."""
    if last_day < first_day:
        raise failure(ArgumentError, "simulate.days_reversed", first=first_day, last=last_day)
    return (last_day - first_day).days + 1


def currency_code(currency: str) -> str:
    """Return the code, or refuse what cannot be one."""
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
        raise failure(ArgumentError, "simulate.currency", came=currency)
    return currency
