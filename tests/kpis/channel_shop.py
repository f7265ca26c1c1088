"""The tables that tell of channels, made from a few customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
from kpis_shop import Order, orders_table, table, takings_table

from patron.contracts import TABLES
from patron.contracts.customer import FORECASTS, MEMBERSHIPS, PROFILES
from patron.contracts.raw import RAW_SPEND
from patron.contracts.touch import ORDER_CREDITS
from patron.kpis.acquisition import acquisition
from patron.kpis.channel_causes import Caused
from patron.kpis.channels import channels
from patron.kpis.payback import payback
from patron.kpis.won import Won, won

Row = dict[str, Any]


def cents(value: float | str) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


@dataclass(frozen=True, kw_only=True)
class ChannelShop:
    """Orders; by customer the channel of her record, value and segment; by order its credits; spend."""

    orders: Sequence[Order]
    as_of: date
    origins: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)
    credits: dict[int, dict[str, float]] = field(default_factory=dict)  # by the order's place
    spend: Iterable[tuple[date, str, str]] = ()
    began: Mapping[str, str] = field(default_factory=dict)  # category

    @property
    def customers(self) -> list[str]:
        return sorted({order.customer for order in self.orders})

    def tables(self) -> dict[str, ir.Table]:
        """What `won` asks for."""
        made = {
            "profiles": self._profiles(), "orders": orders_table(self.orders), "forecasts": self._forecasts(),
            "spend": self._spend(),
        }  # fmt: skip
        made |= {"credited": self._credited()} if self.credits else {}
        return made | ({"memberships": self._memberships()} if self.segments else {})

    def won(self) -> Won:
        return won(as_of=self.as_of, **self.tables())

    def acquisition(self) -> list[Row]:
        found = self.won()
        return rows("acquisition", acquisition(found, payback=payback(found, takings_table(self.orders))))

    def payback(self, **options: int) -> list[Row]:
        return rows("payback", payback(self.won(), takings_table(self.orders), **options))

    def channels(self, caused: Mapping[str, Caused] | None = None) -> list[Row]:
        return rows("channels", channels(self.won(), caused=caused))

    def _profiles(self) -> ir.Table:
        made = []
        for customer in self.customers:
            known = [order for order in self.orders if order.customer == customer and order.day <= self.as_of]
            made.append({
                "customer_id": customer, "as_of": self.as_of, "acquisition_channel": self.origins.get(customer),
                "margin": sum((order.margin for order in known), Decimal("0.00")), "basis": "margin",
            })  # fmt: skip
        whole = table(PROFILES, made)
        if not self.began:
            return whole
        return whole.mutate(category=whole.customer_id.cases(*self.began.items(), else_=ibis.null("string")))

    def _forecasts(self) -> ir.Table:
        return table(
            FORECASTS, ({"customer_id": name, "predicted_value": value} for name, value in self.values.items())
        )

    def _memberships(self) -> ir.Table:
        return table(MEMBERSHIPS, (
            {"customer_id": name, "segmentation": "tier", "segment": segment} for name, segment in self.segments.items()
        ))  # fmt: skip

    def _spend(self) -> ir.Table:
        return table(
            RAW_SPEND,
            ({"day": day, "channel": channel, "amount": cents(amount)} for day, channel, amount in self.spend),
        )

    def _credited(self) -> ir.Table:
        firsts: dict[str, date] = {}
        for order in self.orders:
            firsts[order.customer] = min(order.day, firsts.get(order.customer, order.day))
        made = []
        for place, parts in self.credits.items():
            order = self.orders[place]
            left = {"revenue": order.amount, "margin": order.margin}
            names = list(parts)
            for name in names:
                share = {key: cents(float(whole) * parts[name]) for key, whole in
                         (("revenue", order.amount), ("margin", order.margin))}  # fmt: skip
                if name == names[-1]:
                    share = dict(left)
                left = {key: left[key] - share[key] for key in left}
                made.append({
                    "order_id": str(place), "customer_id": order.customer, "channel": name, "ordered_on": order.day,
                    "first_order": order.day == firsts[order.customer], "model": "linear", "credit": parts[name],
                    "calibrated": parts[name], **share,
                })  # fmt: skip
        return table(ORDER_CREDITS, made)


def rows(name: str, made: ir.Table) -> list[Row]:
    found: list[Row] = TABLES[name].check(made).to_pyarrow().to_pylist()
    return found


def of(found: Iterable[Row], **wanted: str) -> Row:
    """Return the one row with some values; cells about everybody unless something else is asked for."""
    usual = {"segmentation": "all", "segment": "all", "cohort": "all", "began_with": "all", "item": "all"}
    (row,) = [
        row for row in found if all(row[name] == value for name, value in (usual | wanted).items() if name in row)
    ]
    return row
