"""What did each driver of a growth formula do to its result?

Pure arithmetic on two periods' sums. A formula is a chain of sums: each factor is one sum divided by the sum before it,
and the last sum is the result. So a formula is written by naming its sums, and it always multiplies out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from patron.kpis.factor_effects import factor_effects, whole_cents


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One period's sums.

    Money is in whole cents. `costed` counts the rows of `takings` whose cost is known; `spend` is none when it is not
    known.
    """

    customers: int
    orders: int
    net_revenue: int
    margin: int
    costed: int
    spend: int | None


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A growth formula.

    Parameters
    ----------
    name : str
        Its name in the table `growth`.
    chain : mapping of str to str
        Each factor, and the sum (of `Figures`) it leads to.
    pair : str
        Which periods and sums it compares: `whole`, or `early` (new customers, their first days).
    less_spend : bool
        Whether the acquisition cost is taken off the result.
    unknown : mapping of str to str
        Factors that no source tells yet, and the source that would.
    """

    name: str
    chain: Mapping[str, str]
    pair: Literal["whole", "early"] = "whole"
    less_spend: bool = False
    unknown: Mapping[str, str] = field(default_factory=dict)


FORMULAS = (
    Formula(
        name="customers",
        chain={
            "customers": "customers",
            "frequency": "orders",
            "order_value": "net_revenue",
            "margin_rate": "margin",
        },
        less_spend=True,
    ),
    Formula(
        name="traffic",
        chain={"orders": "orders", "order_value": "net_revenue"},
        unknown={"traffic": "events", "conversion": "events"},
    ),
    Formula(
        name="lifetime",
        chain={"customers": "customers", "lifetime_margin": "margin"},
        pair="early",
        less_spend=True,
    ),
)
"""Every formula, in the order of the table."""

_OF_MONEY = ("net_revenue", "margin")


@dataclass(frozen=True, kw_only=True)
class Driver:
    """One driver: its value in either period, in units (not cents), and its effect on the result, in cents."""

    name: str
    before: Fraction | None = None
    after: Fraction | None = None
    effect: int | None = None
    needs: str | None = None


def drivers(formula: Formula, before: Figures, after: Figures) -> list[Driver]:
    """Split the change of a formula's result between two periods among its drivers.

    Returns
    -------
    list of Driver
        Those that no source tells, the factors, the acquisition cost, and last the total. The effects that are known
        sum to the total's, exactly. Where one of the periods has no cost of goods, margin is net revenue in both, and
        the margin rate is unknown.

    Examples
    --------
    >>> before = Figures(customers=10, orders=20, net_revenue=100_00, margin=50_00, costed=9, spend=None)
    >>> after = Figures(customers=20, orders=20, net_revenue=100_00, margin=60_00, costed=9, spend=None)
    >>> [(driver.name, driver.effect) for driver in drivers(FORMULAS[0], before, after)][:4]
    [('customers', 4084), ('frequency', -4167), ('order_value', 0), ('margin_rate', 1083)]
    """
    costed = not (_lacks_cost(before) or _lacks_cost(after))
    if not costed:
        before, after = _on_revenue(before), _on_revenue(after)
    result = list(formula.chain.values())[-1]
    unknown = [Driver(name=name, needs=source) for name, source in formula.unknown.items()]
    rate = "margin_rate" in formula.chain and not costed
    chain = {name: of for name, of in formula.chain.items() if not rate or name != "margin_rate"}
    known = _factors(chain, before, after)
    if rate:
        known.append(Driver(name="margin_rate", needs="products"))
    was, became = getattr(before, result), getattr(after, result)
    if formula.less_spend:
        cost = _cost(before.spend, after.spend)
        known.append(cost)
        if cost.needs is None:
            was, became = was - (before.spend or 0), became - (after.spend or 0)
    total = Driver(name="total", before=Fraction(was, 100), after=Fraction(became, 100), effect=became - was)
    return [*unknown, *known, total]


def _lacks_cost(figures: Figures) -> bool:
    return bool((figures.orders or figures.net_revenue) and not figures.costed)


def _on_revenue(figures: Figures) -> Figures:
    return replace(figures, margin=figures.net_revenue)


def _factors(chain: Mapping[str, str], before: Figures, after: Figures) -> list[Driver]:
    was, became = _ratios(chain, before), _ratios(chain, after)
    effects = factor_effects(_or_unchanged(was, became), _or_unchanged(became, was))
    result = list(chain.values())[-1]
    # Nothing is left but where a sum is zero and one after it is not: returns without an order, a loss on no revenue.
    effects[-1] += getattr(after, result) - getattr(before, result) - sum(effects)
    units = _units(chain)
    return [
        Driver(name=name, before=_times(old, unit), after=_times(new, unit), effect=cents)
        for name, old, new, unit, cents in zip(chain, was, became, units, whole_cents(effects), strict=True)
    ]


def _ratios(chain: Mapping[str, str], figures: Figures) -> list[Fraction | None]:
    """Return each sum over the one before it; none over nothing."""
    sums = [1, *(getattr(figures, name) for name in chain.values())]
    return [Fraction(top, below) if below else None for below, top in pairwise(sums)]


def _or_unchanged(ratios: Sequence[Fraction | None], others: Sequence[Fraction | None]) -> list[Fraction]:
    """Return the ratios, where one is not defined that of the other period, where neither is zero."""
    pairs = zip(ratios, others, strict=True)
    return [next((value for value in pair if value is not None), Fraction(0)) for pair in pairs]


def _units(chain: Mapping[str, str]) -> list[Fraction]:
    """Return what one of each factor is in units: a factor that leads from a count to money is in cents."""
    money = [False, *(name in _OF_MONEY for name in chain.values())]
    return [Fraction(1, 100) if top and not below else Fraction(1) for below, top in pairwise(money)]


def _times(ratio: Fraction | None, unit: Fraction) -> Fraction | None:
    return None if ratio is None else ratio * unit


def _cost(before: int | None, after: int | None) -> Driver:
    if before is None or after is None:
        return Driver(name="acquisition_cost", needs="spend")
    return Driver(
        name="acquisition_cost", before=Fraction(before, 100), after=Fraction(after, 100), effect=before - after
    )
