"""Which columns does a formula name?

A formula is names of columns joined by ``+``, as ``"acquisition_channel + first_category"``.
"""

from __future__ import annotations

from patron.errors import ArgumentError
from patron.language import failure, listing

OWN = ("frequency", "recency", "T")  # of the model itself: no covariate


def parse_formula(formula: str | None) -> tuple[str, ...]:
    """Return the names of a formula in its order; None names nothing.

    Raises
    ------
    ArgumentError
        It is no text, a name is empty or stands twice, or it names what the model forecasts from.

    Examples
    --------
    >>> parse_formula("acquisition_channel + first_category")
    ('acquisition_channel', 'first_category')
    """
    if formula is None:
        return ()
    if not isinstance(formula, str):
        raise failure(ArgumentError, "covariates.formula_kind", came=type(formula).__name__)
    names = tuple(name.strip() for name in formula.split("+"))
    if not all(names):
        raise failure(ArgumentError, "covariates.formula_empty", came=formula)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise failure(ArgumentError, "covariates.formula_twice", came=formula, column=listing(twice))
    own = [name for name in names if name in OWN]
    if own:
        raise failure(ArgumentError, "covariates.formula_own", came=formula, column=listing(own))
    return names
