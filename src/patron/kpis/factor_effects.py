"""How much of a product's change did each factor make?

Ref  Shapley (1953), A value for n-person games: the only split that adds up to the whole, treats equal factors equally,
     gives nothing to a factor that did not change, and does not depend on the order in which factors are changed

Exact: rational numbers in, rational numbers or whole cents out.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from math import factorial, floor, prod


def factor_effects(before: Sequence[Fraction], after: Sequence[Fraction]) -> list[Fraction]:
    """Split the change of a product among its factors.

    Parameters
    ----------
    before, after : sequences of Fraction, equally long
        The factors in either period.

    Returns
    -------
    list of Fraction
        Each factor's effect: its change times the other factors, averaged over every order in which the factors could
        have changed. Sums to ``prod(after) - prod(before)``, exactly.

    Examples
    --------
    Twice the customers, half the orders each: nothing gained, and each moved the same amount.

    >>> factor_effects([Fraction(10), Fraction(4)], [Fraction(20), Fraction(2)])
    [Fraction(30, 1), Fraction(-30, 1)]
    """
    return [_effect(index, before, after) for index in range(len(before))]


def _effect(index: int, before: Sequence[Fraction], after: Sequence[Fraction]) -> Fraction:
    others = [other for other in range(len(before)) if other != index]
    weighed = (
        Fraction(factorial(size) * factorial(len(others) - size), factorial(len(before)))
        * prod((after[other] if other in changed else before[other] for other in others), start=Fraction(1))
        for size in range(len(others) + 1)
        for changed in combinations(others, size)
    )
    return (after[index] - before[index]) * sum(weighed, start=Fraction(0))


def whole_cents(amounts: Sequence[Fraction]) -> list[int]:
    """Round amounts in cents to whole cents so that their sum is kept (largest remainder, the earlier one first).

    Parameters
    ----------
    amounts : sequence of Fraction
        Cents. Their sum must be whole.

    Examples
    --------
    >>> whole_cents([Fraction(1, 3), Fraction(1, 3), Fraction(4, 3)])
    [1, 0, 1]
    >>> whole_cents([Fraction(5, 2), Fraction(5, 2)])
    [3, 2]
    """
    cents = [floor(amount) for amount in amounts]
    missing = int(sum(amounts)) - sum(cents)
    by_remainder = sorted(range(len(amounts)), key=lambda index: (cents[index] - amounts[index], index))
    for index in by_remainder[:missing]:
        cents[index] += 1
    return cents
