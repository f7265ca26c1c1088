"""What must be known of the purchases, as they were known on a day, to forecast the months ahead?

The engine adds up purchase days to patterns and to months, for several days at once; NumPy sees a few thousand rows.

In   one row per origin, customer and purchase day (`profile.purchase_ledger.known_purchases`)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.models.patterns import Patterns
from patron.models.purchase_model import COLUMNS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Columns = dict[str, NDArray[Any]]

_WIDE = "decimal(38, 4)"
KEYS = ("origin", "month", "begun", "opening", "gap", *COLUMNS)
NO_GAPS: Columns = {name: np.empty(0, dtype=np.int64) for name in ("month", "gap", "days")}


@dataclass(frozen=True, kw_only=True, eq=False)
class Sums:
    """What was known on one day.

    `patterns` counts the customers by x, t_x and T; `spent` is what those of a pattern spent on their later purchase
    days, `spent_squares` the sum of the squares of these days' amounts, `mean_squares` that of spent^2 / x.

    The square arrays have a row for the month of the first purchase and a column for the month of the purchase:
    `days` of purchase and their `amount`, without the first purchases themselves. `gaps` has a row for the months
    since the purchase before and a column for the month. All others have an entry a month. Months are numbered from
    that of the first purchase.
    """

    origin: date
    first: date
    patterns: Patterns
    spent: Floats
    spent_squares: Floats
    mean_squares: Floats
    days: Floats
    amount: Floats
    gaps: Floats
    new: Floats  # customers whose first purchase was in the month
    new_amount: Floats
    squares: Floats  # of the amounts of all purchase days
    new_squares: Floats

    @property
    def months(self) -> int:
        """How many months have begun."""
        return len(self.new)

    @property
    def revenue(self) -> Floats:
        """What each month brought."""
        return np.asarray(self.amount.sum(axis=0) + self.new_amount)


def read_sums(purchases: ir.Table) -> list[Sums]:
    """Add up what was known on each origin, in three engine calls; one `Sums` an origin with a purchase, by day."""
    first = purchases.day.min().over(group_by=[purchases.origin, purchases.customer_id])
    days = purchases.mutate(first=first, amount=purchases.amount.cast("decimal(18, 2)"))
    patterns, cohorts, gaps = (_by_origin(part(days).to_pyarrow()) for part in (_patterns, _cohorts, _gaps))
    return [_sums(origin, patterns[origin], cohorts[origin], gaps.get(origin, NO_GAPS)) for origin in sorted(patterns)]


def _patterns(days: ir.Table) -> ir.Table:
    """Count the customers of each origin by x, t_x and T, and add up what they spent."""
    later = ibis.ifelse(days.day > days["first"], days.amount, ibis.literal(0).cast("decimal(18, 2)"))
    each = days.mutate(later=later, square=_square(later)).group_by("origin", "customer_id")
    people = each.aggregate(
        first=lambda t: t["first"].min(),
        last=lambda t: t.day.max(),
        frequency=lambda t: t.count() - 1,
        spent=lambda t: t.later.sum(),
        spent_squares=lambda t: t.square.sum(),
    )
    total = people.spent.cast("float64")
    people = people.mutate(
        recency=people["last"].delta(people["first"], unit="day"),
        T=people.origin.delta(people["first"], unit="day"),
        mean_square=(total * total / people.frequency.nullif(0).cast("float64")).fill_null(0.0).round(4).cast(_WIDE),
    )
    return people.group_by("origin", *COLUMNS).aggregate(
        customers=people.count(),
        spent=people.spent.sum().cast("float64"),
        spent_squares=people.spent_squares.sum().cast("float64"),
        mean_squares=people.mean_square.sum().cast("float64"),
    )


def _cohorts(days: ir.Table) -> ir.Table:
    """Add up the purchase days of each origin by month, month of the first purchase, and whether they are the first."""
    known = days.mutate(month=_month(days.day), begun=_month(days["first"]), opening=days.day == days["first"])
    known = known.mutate(square=_square(known.amount))
    return known.group_by("origin", "month", "begun", "opening").aggregate(
        days=known.count(), amount=known.amount.sum().cast("float64"), squares=known.square.sum().cast("float64"),
        first=known["first"].min(),
    )  # fmt: skip


def _gaps(days: ir.Table) -> ir.Table:
    """Count the later purchase days of each origin by month and months since the purchase before."""
    before = days.day.lag(1).over(group_by=[days.origin, days.customer_id], order_by=days.day)
    known = days.mutate(month=_month(days.day), gap=_month(days.day) - _month(before))
    known = known.filter(known.gap.notnull())
    return known.group_by("origin", "month", "gap").aggregate(days=known.count())


def _month(day: ir.Value) -> ir.Value:
    return (day.year() * 12 + day.month() - 1).cast("int64")


def _square(amount: ir.Value) -> ir.Value:
    value = amount.cast("float64")
    return (value * value).round(4).cast(_WIDE)


def _by_origin(table: pa.Table) -> dict[date, Columns]:
    """Return the columns of each origin."""
    # In one order, so that sums of floats are the same whatever order the engine gave.
    table = table.sort_by([(name, "ascending") for name in KEYS if name in table.column_names])
    origins = table["origin"].to_numpy()
    columns = {name: table[name].to_numpy() for name in table.column_names if name != "origin"}
    found: dict[date, Columns] = {}
    for origin in np.unique(origins):
        mine = origins == origin
        found[origin.astype("datetime64[D]").item()] = {name: values[mine] for name, values in columns.items()}
    return found


def _sums(origin: date, seen: Columns, cohorts: Columns, gaps: Columns) -> Sums:
    seen = {name: values.astype(np.float64) for name, values in seen.items()}
    keys = {name: seen[name] for name in COLUMNS}
    start = int(cohorts["month"].min())
    size = origin.year * 12 + origin.month - start
    at, begun, opening = cohorts["month"] - start, cohorts["begun"] - start, cohorts["opening"].astype(np.bool_)
    return Sums(
        origin=origin,
        first=cohorts["first"].min().astype("datetime64[D]").item(),
        patterns=Patterns(values=keys, customers=seen["customers"].astype(np.int64), keys=pa.table(keys)),
        spent=seen["spent"],
        spent_squares=seen["spent_squares"],
        mean_squares=seen["mean_squares"],
        days=_grid(size, begun, at, cohorts["days"] * ~opening),
        amount=_grid(size, begun, at, cohorts["amount"] * ~opening),
        gaps=_grid(size, gaps["gap"], gaps["month"] - start, gaps["days"]),
        new=_line(size, at, cohorts["days"] * opening),
        new_amount=_line(size, at, cohorts["amount"] * opening),
        squares=_line(size, at, cohorts["squares"] * ~opening),
        new_squares=_line(size, at, cohorts["squares"] * opening),
    )  # fmt: skip


def _grid(size: int, row: Ints, column: Ints, value: NDArray[Any]) -> Floats:
    return _line(size * size, row * size + column, value).reshape(size, size)


def _line(size: int, place: Ints, value: NDArray[Any]) -> Floats:
    return np.bincount(place, value, size).astype(np.float64)
