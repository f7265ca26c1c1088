"""What the checks look at: the lines summed once, and the small arrays that several checks judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from patron.sources.checks.entries import entries, prices
from patron.sources.checks.series import Days

Keep = Callable[[str, ir.Table], ir.Table]
Arrays = Mapping[str, NDArray[Any]]


def arrays(table: ir.Table) -> Arrays:
    """Bring a small table into memory, one array a column."""
    came = table.to_pyarrow()
    return {name: came[name].to_numpy() for name in came.column_names}


def hourly(orders: ir.Table) -> ir.Table:
    """Count entries by day, hour and file.

    `dateless` counts those at exactly midnight, which mostly have a day and no time; `logs` adds up the natural
    logarithms of the amounts above zero, and `amounts` counts them.
    """
    timed = orders.mutate(
        hour=orders.moment.hour().cast("int64"),
        dateless=(orders.moment == orders.moment.truncate("D")).cast("int64"),
        log=ibis.ifelse(orders.amount > 0, orders.amount, ibis.null("float64")).ln(),
    )
    return timed.group_by("day", "hour", "file").aggregate(
        orders=timed.count(),
        lines=timed.lines.sum(),
        dateless=timed.dateless.sum(),
        logs=timed.log.sum(),
        amounts=timed.log.count(),
    )


@dataclass(frozen=True)
class Hours:
    """Entries by day (days since 1970), hour and file (a place in `files`)."""

    day: NDArray[np.int64]
    hour: NDArray[np.int64]
    file: NDArray[np.int64]
    orders: NDArray[np.int64]
    lines: NDArray[np.int64]
    dateless: NDArray[np.int64]
    logs: NDArray[np.float64]
    amounts: NDArray[np.int64]
    files: tuple[str, ...]

    @property
    def timed(self) -> NDArray[np.int64]:
        """Entries with a time of day."""
        return self.orders - self.dateless

    @property
    def share_dateless(self) -> float:
        """Share of entries that stand at exactly midnight."""
        return float(self.dateless.sum() / self.orders.sum())


@dataclass(frozen=True, kw_only=True)
class Look:
    """What the checks look at."""

    lines: ir.Table
    as_of: date
    keep: Keep
    zone: str = "UTC"
    today: date | None = None
    before: ir.Table | None = None
    sold_to: Mapping[str, tuple[int, float]] = field(default_factory=dict)

    @cached_property
    def orders(self) -> ir.Table:
        """One row per order, customer and day, written aside."""
        return self.keep("checks_entries", entries(self.lines))

    @cached_property
    def prices(self) -> ir.Table:
        """One row per product, price and size, written aside."""
        return self.keep("checks_prices", prices(self.lines))

    @cached_property
    def hours(self) -> Hours:
        """Entries by day, hour and file."""
        came = arrays(hourly(self.orders))
        files, place = np.unique(came["file"].astype(str), return_inverse=True)
        whole = {name: came[name].astype(np.int64) for name in ("hour", "orders", "lines", "dateless", "amounts")}
        return Hours(
            day=came["day"].astype("datetime64[D]").astype(np.int64),
            file=place.astype(np.int64),
            logs=np.nan_to_num(came["logs"].astype(np.float64)),
            files=tuple(files.tolist()),
            **whole,
        )

    @cached_property
    def days(self) -> Days:
        """Entries by day, from the first day of the data up to `as_of`."""
        return Days.count(self.hours.day, self.hours.orders, until=self.as_of)

    @cached_property
    def rows(self) -> int:
        """Lines of sale."""
        return int(self.hours.lines.sum())
