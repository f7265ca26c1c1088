"""The simulated shop as cleaned lines, with room for a fault: arrays that a test changes before the checks look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts import MONEY, PRICE
from patron.contracts.raw import RAW_ORDER_LINES
from patron.simulate import shop
from patron.sources.checks.look import Look
from patron.sources.quality import Finding

FIRST, LAST = date(2022, 1, 1), date(2024, 12, 31)


@dataclass(frozen=True)
class Lines:
    """Lines as arrays; `at` has whole seconds."""

    order: NDArray[Any]
    customer: NDArray[Any]
    product: NDArray[Any]
    at: NDArray[np.datetime64]
    price: NDArray[np.float64]
    quantity: NDArray[np.float64]
    channel: NDArray[Any]
    file: NDArray[Any]

    def __len__(self) -> int:
        return len(self.order)

    @property
    def day(self) -> NDArray[np.datetime64]:
        return self.at.astype("datetime64[D]")

    @property
    def hour(self) -> NDArray[np.int64]:
        return (self.at - self.day).astype(np.int64) // 3600

    def where(self, chosen: NDArray[Any]) -> Lines:
        return replace(self, **{name: values[chosen] for name, values in vars(self).items()})

    def plus(self, more: Lines) -> Lines:
        return replace(self, **{n: np.concatenate([values, getattr(more, n)]) for n, values in vars(self).items()})

    def but(self, chosen: NDArray[np.bool_], **changed: Any) -> Lines:
        """Change some columns of the chosen lines."""
        columns = {}
        for name, value in changed.items():
            column = getattr(self, name).copy()
            column[chosen] = value[chosen] if isinstance(value, np.ndarray) else value
            columns[name] = column
        return replace(self, **columns)

    def table(self) -> ir.Table:
        amount = np.round(self.price * self.quantity, 2)
        arrow = pa.table(
            {
                "line_id": np.arange(len(self)),
                "file": pa.array(self.file, pa.string()),
                "order_id": pa.array(self.order, pa.string()),
                "customer_id": pa.array(self.customer, pa.string()),
                "ordered_at": pa.array(self.at.astype("datetime64[us]")),
                "product_id": pa.array(self.product, pa.string()),
                "quantity": self.quantity,
                "unit_price": self.price,
                "amount": amount,
                "channel": pa.array(self.channel, pa.string()),
                "kind": pa.array(np.where(self.quantity < 0, "return", "sale"), pa.string()),
            }
        )
        lines = ibis.memtable(arrow)
        others = {
            name: ibis.null(kind).cast(kind)
            for name, kind in RAW_ORDER_LINES.schema.items()
            if name not in (*arrow.column_names, "discount")
        }
        typed = lines.mutate(
            **others,
            unit_price=lines.unit_price.cast(PRICE),
            amount=lines.amount.cast(MONEY),
            discount=ibis.literal(0).cast(MONEY),
        )
        return RAW_ORDER_LINES.shape(typed)


@cache
def clean(*, customers: int = 2000, seed: int = 3) -> Lines:
    """The simulated shop without a fault."""
    lines = shop(customers=customers, seed=seed, mess=False, first_day=FIRST, last_day=LAST).order_lines
    text = {name: np.array(lines[name].to_pylist(), dtype=object) for name in ("order_id", "customer_id", "product_id")}
    return Lines(
        order=text["order_id"],
        customer=text["customer_id"],
        product=text["product_id"],
        at=np.array(lines["ordered_at"].to_pylist(), dtype="datetime64[s]"),
        price=np.array(lines["unit_price"].to_pylist(), dtype=np.float64),
        quantity=lines["quantity"].to_numpy(),
        channel=np.array(lines["channel"].to_pylist(), dtype=object),
        file=np.full(lines.num_rows, "orders.parquet", dtype=object),
    )


def keep(_name: str, table: ir.Table) -> ir.Table:
    return ibis.memtable(table.to_pyarrow())


def look(lines: Lines, *, as_of: date = LAST, zone: str = "Europe/Paris", **more: Any) -> Look:
    return Look(lines=lines.table(), as_of=as_of, keep=keep, zone=zone, **more)


def told(findings: Iterable[Finding]) -> dict[str, Finding]:
    return {finding.check: finding for finding in findings}


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def some(count: int, of: int, *, seed: int = 5) -> NDArray[np.bool_]:
    """Choose so many of so many."""
    chosen = np.zeros(of, dtype=np.bool_)
    chosen[np.random.default_rng(seed).choice(of, count, replace=False)] = True
    return chosen
