"""Tables that keep their contracts, made from a few orders."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts import Contract
from patron.contracts.customer import FORECASTS, MEMBERSHIPS, ORDERS, PROFILES, RHYTHM, TAKINGS
from patron.contracts.raw import RAW_SPEND


def rows(text: str) -> list[dict[str, str]]:
    """Read a case: values in columns, separated by spaces."""
    lines = [",".join(line.split()) for line in text.strip().splitlines()]
    return list(csv.DictReader(io.StringIO("\n".join(lines))))


def table(contract: Contract, records: Iterable[Mapping[str, Any]]) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(list(records), schema=contract.schema.to_pyarrow()))


def money(text: str) -> Decimal:
    return Decimal(text).quantize(Decimal("0.01"))


@dataclass(frozen=True)
class Order:
    customer: str
    day: date
    revenue: Decimal
    returns: Decimal = Decimal("0.00")
    cost: Decimal | None = None

    @property
    def amount(self) -> Decimal:
        return self.revenue - self.returns

    @property
    def margin(self) -> Decimal:
        return self.amount - (self.cost or 0)


def read_orders(text: str) -> list[Order]:
    return [
        Order(
            row["customer"],
            date.fromisoformat(row["day"]),
            money(row["revenue"]),
            money(row.get("returns") or "0"),
            None if row.get("cost", "-") == "-" else money(row["cost"]),
        )
        for row in rows(text)
    ]


def orders_table(orders: Iterable[Order]) -> ir.Table:
    return table(
        ORDERS,
        (
            {
                "order_id": str(number),
                "customer_id": order.customer,
                "ordered_at": datetime.combine(order.day, time(hour=number % 24, minute=59)),
                "lines": 1,
                "units": 1.0,
                "revenue": order.revenue,
                "discount": Decimal("0.00"),
                "returns": order.returns,
                "amount": order.amount,
                "cost": order.cost,
                "margin": order.margin,
            }
            for number, order in enumerate(orders)
        ),
    )


def takings_table(orders: Iterable[Order]) -> ir.Table:
    """The money of `orders`, by customer and day; without a cost as soon as one of the day's orders has none."""
    days: dict[tuple[str, date], list[Order]] = {}
    for order in orders:
        days.setdefault((order.customer, order.day), []).append(order)
    return table(TAKINGS, (_taking(customer, day, made) for (customer, day), made in days.items()))


def _taking(customer: str, day: date, made: list[Order]) -> dict[str, Any]:
    costs = [order.cost for order in made if order.cost is not None]
    zero = Decimal("0.00")
    return {
        "customer_id": customer,
        "day": day,
        "revenue": sum((order.revenue for order in made), zero),
        "discount": zero,
        "returns": sum((order.returns for order in made), zero),
        "net_revenue": sum((order.amount for order in made), zero),
        "cost": sum(costs, zero) if len(costs) == len(made) else None,
        "margin": sum((order.margin for order in made), zero),
        "basis": "margin" if len(costs) == len(made) else "revenue",
    }


def spend_table(*spent: tuple[date, str]) -> ir.Table:
    return table(RAW_SPEND, ({"day": day, "channel": "search", "amount": money(amount)} for day, amount in spent))


@dataclass(frozen=True)
class Shop:
    """Orders, each customer's limit of silence and forecast, and who is in which segment."""

    orders: list[Order]
    as_of: date
    limits: dict[str, float] = field(default_factory=dict)
    predicted: dict[str, float] = field(default_factory=dict)
    segments: dict[str, str] = field(default_factory=dict)

    @property
    def customers(self) -> list[str]:
        return sorted({order.customer for order in self.orders})

    def days(self, customer: str) -> list[date]:
        return sorted({order.day for order in self.orders if order.customer == customer})

    def limit(self, customer: str) -> float:
        return self.limits.get(customer, 60.0)

    def stands_lapsed(self, customer: str) -> bool:
        return (self.as_of - self.days(customer)[-1]).days > self.limit(customer)

    def tables(self) -> tuple[ir.Table, ...]:
        return (
            orders_table(self.orders),
            takings_table(self.orders),
            table(PROFILES, map(self._profile, self.customers)),
            table(RHYTHM, map(self._rhythm, self.customers)),
            table(MEMBERSHIPS, map(self._membership, sorted(self.segments))),
            table(FORECASTS, map(self._forecast, sorted(self.predicted))),
        )

    def _profile(self, customer: str) -> dict[str, Any]:
        days = self.days(customer)
        return {"customer_id": customer, "as_of": self.as_of, "first_order_on": days[0], "last_order_on": days[-1]}

    def _rhythm(self, customer: str) -> dict[str, Any]:
        return {"customer_id": customer, "lapse_after_days": self.limit(customer)}

    def _membership(self, customer: str) -> dict[str, Any]:
        return {"customer_id": customer, "segmentation": "tier", "segment": self.segments[customer]}

    def _forecast(self, customer: str) -> dict[str, Any]:
        return {"customer_id": customer, "predicted_value": self.predicted[customer]}


def shop_of(*orders: tuple[int, int, int, int], as_of: date, first: date) -> Shop:
    """Return a shop of (customer, day from the first, cents of revenue, per cent returned)."""
    made = [
        Order(
            f"c{customer}",
            first + timedelta(days=day),
            Decimal(cents).scaleb(-2),
            Decimal(cents * share // 100).scaleb(-2),
            None if cents % 3 == 0 else Decimal(cents // 2).scaleb(-2),
        )
        for customer, day, cents, share in orders
    ]
    customers = sorted({order.customer for order in made})
    return Shop(
        orders=made,
        as_of=as_of,
        limits={customer: 5.5 + 11 * number for number, customer in enumerate(customers)},
        predicted={customer: 10.1 * number for number, customer in enumerate(customers)},
        segments={customer: "odd" if number % 2 else "even" for number, customer in enumerate(customers)},
    )
