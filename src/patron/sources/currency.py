"""From the currencies that shops are paid in to the project's one.

In   kept order lines with `currency`, null where it is the project's
     contracts.raw.RAW_RATES, and the rates of the settings
Out  the same lines, all money in the project's currency

A line is converted at the rate of the latest day on or before its order's day; a return that is matched, at that of the
sale that it takes back, so that an order taken back whole is worth nothing in any currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts import MONEY, PRICE
from patron.contracts.raw import RAW_RATES
from patron.errors import SettingsError
from patron.language import failure, number

_KINDS = {"unit_price": PRICE, "amount": MONEY, "discount": MONEY, "unit_cost": PRICE}
_DIGITS = {PRICE: 4, MONEY: 2}


@dataclass(frozen=True)
class Exchange:
    """The project's currency, and what one unit of others is worth in it, by the day from which that holds."""

    currency: str
    rates: Mapping[str, Mapping[date, Decimal]] = field(default_factory=dict)


NONE = Exchange("XXX")
"""No currency at all, as ISO 4217 writes it."""


def rates(exchange: Exchange, listed: ir.Table) -> ir.Table:
    """Return all rates with the days between which they hold.

    Parameters
    ----------
    exchange : Exchange
        Its rates stand before those of `listed`.
    listed : Table
        contracts.raw.RAW_RATES.

    Returns
    -------
    Table, one row per currency and day
        ``foreign, rate, since, until``: `since` is the first day, `until` the first day that has another rate, or null.
    """
    told = [
        {"day": day, "currency": currency, "rate": rate}
        for currency, steps in exchange.rates.items()
        for day, rate in steps.items()
    ]
    ours = ibis.memtable(pa.Table.from_pylist(told, schema=RAW_RATES.schema.to_pyarrow()))
    rest = RAW_RATES.shape(listed).filter(lambda t: t.currency.notin([*exchange.rates, exchange.currency]))
    both = ibis.union(ours, rest)
    following = ibis.window(group_by=both.currency, order_by=both.day)
    return both.select(foreign=both.currency, rate=both.rate, since=both.day, until=both.day.lead().over(following))


def with_rate(kept: ir.Table, rates: ir.Table, *, currency: str) -> ir.Table:
    """Add `rate`: what one unit of the line's currency is worth; null where it is the project's, or has no rate.

    Parameters
    ----------
    kept : Table
        Kept lines with `line_id, reverses, ordered_at, currency`.
    rates : Table
        As `rates` returns them.
    currency : str
        The project's.
    """
    sales = kept.filter(kept.kind == "sale").select(sale_id=kept.line_id, sold_on=kept.ordered_at.date())
    dated = kept.left_join(sales, kept.reverses == sales.sale_id)
    dated = dated.mutate(counts_on=ibis.coalesce(dated.sold_on, dated.ordered_at.date()))
    dated = dated.mutate(foreign=dated.currency.nullif(currency)).select(*kept.columns, "counts_on", "foreign")
    held = dated.left_join(
        rates,
        [
            dated.foreign == rates.foreign,
            dated.counts_on >= rates.since,
            rates.until.isnull() | (dated.counts_on < rates.until),
        ],
    )
    return held.select(*kept.columns, "counts_on", "foreign", "rate")


def check_rates(rated: ir.Table, *, currency: str) -> None:
    """Refuse to go on when a line's currency has no rate on its day.

    Raises
    ------
    SettingsError
        Which currency, how many lines, and the first of their days.
    """
    open_ones = rated.filter(rated.foreign.notnull() & rated.rate.isnull())
    missing: list[dict[str, Any]] = (
        open_ones.group_by("foreign").aggregate(rows=open_ones.count(), first=open_ones.counts_on.min())
        .order_by("foreign").to_pyarrow().to_pylist()
    )  # fmt: skip
    if missing:
        worst = missing[0]
        raise failure(
            SettingsError, "orders.no_rate", key="rates", currency=worst["foreign"], ours=currency,
            count=int(worst["rows"]), rows=number(worst["rows"]), day=worst["first"],
        )  # fmt: skip


def converted(rated: ir.Table) -> ir.Table:
    """Return the lines with all money in the project's currency, each sum to the cent, half a cent away from zero."""
    money = {
        name: ibis.ifelse(
            rated.rate.notnull(), (rated[name].cast(kind) * rated.rate).round(_DIGITS[kind]).try_cast(kind), rated[name]
        )
        for name, kind in _KINDS.items()
    }
    return rated.mutate(**money).drop("rate", "counts_on", "foreign")


def foreign(kept: ir.Table, currency: str) -> ir.Table:
    """Return the lines that were paid in another currency than the project's."""
    return kept.filter((kept.currency != currency).fill_null(False))
