"""What is compared: a mean, a ratio of two sums, a mean of winsorised values, or a quantile.

::

    "revenue"                            mean over units; of a boolean column the share of units
    "margin / orders"                    sum of margin / sum of orders
    Metric("revenue", winsorise=0.99)    mean, with values above the 99 % quantile of all arms together set to it
    Metric("revenue", quantile=0.9)      the value that nine units in ten do not exceed
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from patron.errors import ArgumentError
from patron.language import did_you_mean, failure, listing

PER = " / "


@dataclass(frozen=True)
class Metric:
    """One metric of a table of units.

    Parameters
    ----------
    of : str
        A column, or two columns with " / " between them.
    name : str, optional
        How it is called in the result; made of the other parameters otherwise.
    winsorise : float or pair of float, optional
        The share of values below the cap, such as .99; a pair cuts at both ends, such as (.01, .99).
    quantile : float, optional
        Compare this quantile in place of means, .5 being the median.

    Raises
    ------
    ArgumentError
        A share is not between 0 and 1, or both a cap and a quantile are asked for.
    """

    of: str
    name: str = ""
    winsorise: float | tuple[float, float] | None = None
    quantile: float | None = None

    def __post_init__(self) -> None:
        shares = (*self.cuts, *(() if self.quantile is None else (self.quantile,)))
        ordered = all(low < high for low, high in zip(self.cuts, self.cuts[1:], strict=False))
        if not ordered or not all(0 < share < 1 for share in shares) or (self.cuts and self.quantile is not None):
            raise failure(ArgumentError, "experiments.metric_shares", metric=self.of, came=listing(shares))
        if not self.name:
            object.__setattr__(self, "name", self._name())

    @property
    def cuts(self) -> tuple[float, ...]:
        """The shares at which values are cut, lowest first; one alone is the upper one."""
        if self.winsorise is None:
            return ()
        return self.winsorise if isinstance(self.winsorise, tuple) else (self.winsorise,)

    @property
    def columns(self) -> tuple[str, ...]:
        """The top's column, and of a ratio the bottom's."""
        return tuple(part.strip() for part in self.of.split(PER))

    def _name(self) -> str:
        if self.quantile is not None:
            return f"{self.of} (quantile {self.quantile:g})"
        return f"{self.of} (winsorised {', '.join(f'{cut:g}' for cut in self.cuts)})" if self.cuts else self.of


def metrics_of(metric: str | Metric | Sequence[str | Metric]) -> tuple[Metric, ...]:
    """Return what `metric` names.

    Raises
    ------
    ArgumentError
        No metric, one name twice, or more than one " / ".
    """
    given = (metric,) if isinstance(metric, str | Metric) else tuple(metric)
    found = tuple(each if isinstance(each, Metric) else Metric(each) for each in given)
    names = [each.name for each in found]
    if not found or len(set(names)) < len(names):
        raise failure(ArgumentError, "experiments.metrics", came=listing(names))
    for each in found:
        if len(each.columns) > 2 or (each.quantile is not None and len(each.columns) > 1):
            raise failure(ArgumentError, "experiments.metric_parts", metric=each.of)
    return found


def check_columns(wanted: Iterable[str], argument: str, there: Sequence[str]) -> None:
    """Refuse what is no column of the table.

    Raises
    ------
    ArgumentError
        With the names that come near.
    """
    for column in wanted:
        if column not in there:
            raise failure(
                ArgumentError, "experiments.column", argument=argument, column=column, came=listing(there),
                hint=did_you_mean(column, there),
            )  # fmt: skip
