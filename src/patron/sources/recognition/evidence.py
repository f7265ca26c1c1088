"""What the rows say beyond the header: cancelled orders, codes that are no goods, money after discount, test orders.

Everything here is counted, and proposed with its count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from patron.contracts import MONEY
from patron.language import listing, number, say
from patron.sources import convert
from patron.sources.recognition.proposal import Hint, SourceProposal
from patron.sources.systems import Condition

DEAD = ("canceled", "cancelled", "void", "voided", "failed", "declined", "deleted", "trash", "rejected", "expired")
"""Words for orders that never took place or were called off."""
UNDECIDED = ("refunded", "returned", "unavailable", "test", "fraud", "chargeback", "pending", "unpaid", "draft")
"""Words for orders that one shop counts and another does not."""

_MOST_STATES = 40
_FEW, _MANY = 10, 0.9
_MOST_CODES = 30
_MOST_TURNOVER = 0.05


@dataclass(frozen=True)
class Rows:
    """The rows of a proposed source, by our fields: text, null where a field is not mapped."""

    proposal: SourceProposal
    table: ir.Table

    def __contains__(self, field: str) -> bool:
        return field in self.proposal.columns

    def number(self, field: str) -> ir.DecimalValue:
        """Return a field as numbers."""
        text, form = self.table[field], self.proposal.table.form
        marked = convert.number(text, MONEY, decimal=form.decimal, thousands=form.thousands)
        return ibis.coalesce(convert.number(text, MONEY), marked)


def rows_of(proposal: SourceProposal, connection: BaseBackend) -> Rows:
    """Return the rows looked at, by our fields."""
    looked = proposal.table
    held = connection.table(looked.table)
    columns = {name: held[looked.sql(one.column)] for name, one in proposal.columns.items()}
    return Rows(proposal, held.select(**columns) if columns else held)


def quoted(value: str) -> str:
    """Write a text as SQL has it.

    Examples
    --------
    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + value.replace("'", "''") + "'"


def one_of(field: str, values: list[str] | tuple[str, ...]) -> str:
    """Write the condition that a field is one of some texts."""
    return f"{field} IN ({', '.join(map(quoted, values))})"


def by_status(rows: Rows, conditions: Sequence[Condition]) -> list[Hint]:
    """Propose which orders were called off, as their system or their status says; ask about the unclear ones."""
    if "status" not in rows:
        return []
    counts = _counts(rows.table, rows.table.status.lower())
    hints = [_of_system(one, counts) for one in conditions]
    if len(counts) > _MOST_STATES or any(one.only for one in conditions):
        return hints
    known = {value for one in conditions for value in one.values}
    for words, key, sure in ((DEAD, "init.hint.dead", True), (UNDECIDED, "init.hint.undecided", False)):
        found = {value: count for value, count in counts.items() if value in words and value not in known}
        if found:
            reason = say(key, states=_told(found))
            hints.append(Hint("cancelled", one_of("lower(status)", list(found)), reason, sure=sure))
    return hints


def _of_system(one: Condition, counts: Mapping[str, int]) -> Hint:
    values = ", ".join(map(quoted, one.values))
    met = {value: count for value, count in counts.items() if (value in one.values) != one.only}
    reason = say(one.reason) + say("init.hint.here", states=_told(met) if met else say("init.hint.none"))
    return Hint("cancelled", f"lower({one.field}) {'NOT IN' if one.only else 'IN'} ({values})", reason, sure=True)


def _told(counts: Mapping[str, int]) -> str:
    return listing(f"{value} ({number(count)})" for value, count in counts.items())


def cancelling_prefix(rows: Rows) -> list[Hint]:
    """Find the letter with which the order ids of reversals begin."""
    if not {"order_id", "quantity"} <= set(rows.proposal.columns):
        return []
    first = rows.table.order_id.left(1).upper()
    lines = rows.table.mutate(first=first, back=rows.number("quantity") < 0).filter(first.re_search("^[A-Z]$"))
    counted = lines.group_by("first").aggregate(n=lines.count(), back=lines.back.sum())
    every = int(rows.table.count().to_pyarrow().as_py())
    hints = []
    for record in counted.order_by("first").to_pyarrow().to_pylist():
        n, back = int(record["n"]), int(record["back"] or 0)
        if back >= _FEW and back >= _MANY * n and n < every / 2:
            facts = {"letter": record["first"], "rows": number(n), "back": number(back)}
            hints.append(Hint("cancelled", f"order_id LIKE '{record['first']}%'", say("init.hint.prefix", **facts)))
    return hints


def odd_codes(rows: Rows) -> list[Hint]:
    """Find product codes that are written unlike the others: postage, fees, corrections."""
    if "product_id" not in rows:
        return []
    code = rows.table.product_id
    plain = ~code.re_search("[0-9]")
    lines = rows.table.mutate(code=code, plain=plain).filter(code.notnull())
    every, odd = (int(value or 0) for value in _totals(lines, n=lines.count(), odd=lines.plain.sum()))
    if not odd or odd > _MOST_TURNOVER * every:
        return []
    counts = _counts(lines.filter(lines.plain), lines.filter(lines.plain).code)
    if len(counts) > _MOST_CODES:
        return []
    told = listing(f"{value} ({_called(lines, value)}{number(count)})" for value, count in counts.items())
    return [Hint("adjustments", one_of("product_id", list(counts)), say("init.hint.codes", codes=told))]


def _called(lines: ir.Table, code: str) -> str:
    """Return what a code is called most often, for a person to judge."""
    if "product_name" not in lines.columns:
        return ""
    names = _counts(lines.filter(lines.code == code), lines.filter(lines.code == code).product_name)
    return f"{next(iter(names))}, " if names else ""


def tests(rows: Rows) -> list[Hint]:
    """Find customers who are called a test."""
    if "customer_id" not in rows:
        return []
    found = rows.table.filter(rows.table.customer_id.lower().re_search(r"^test|[@._-]test[@._-]|\btest@"))
    count = int(found.count().to_pyarrow().as_py())
    if not count:
        return []
    return [Hint("exclude", "customer_id ILIKE 'test%'", say("init.hint.tests", count=count, rows=number(count)))]


def spelt_apart(rows: Rows) -> list[str]:
    """Count the e-mail addresses that differ in capitals alone: they count as one customer."""
    if "customer_id" not in rows:
        return []
    ids = rows.table.filter(rows.table.customer_id.contains("@")).select(one=rows.table.customer_id)
    distinct, folded = (
        int(value or 0) for value in _totals(ids, n=ids.one.nunique(), folded=ids.one.lower().nunique())
    )
    more = distinct - folded
    return [say("init.note.capitals", count=more, ids=number(more))] if more else []


def currencies(rows: Rows) -> dict[str, int]:
    """Count the currencies of a source, the commonest first."""
    return _counts(rows.table, rows.table.currency.upper()) if "currency" in rows else {}


def is_after_discount(rows: Rows) -> bool | None:
    """Tell whether the amount is what was paid, after the discount; None when the rows do not tell.

    A unit's price before discount is the same whether somebody got a discount or not. So of each product the median
    price of undiscounted lines is held against its discounted ones: where ``amount`` is too low and ``amount +
    discount`` fits, the discount has been taken off already.
    """
    wanted = {"product_id", "amount", "discount"}
    if not wanted <= set(rows.proposal.columns) or "unit_price" in rows:
        return None
    quantity = rows.number("quantity") if "quantity" in rows else ibis.literal(1)
    typed = rows.table.select(
        "product_id", amount=rows.number("amount").cast("float64"), n=quantity.cast("float64"),
        off=rows.number("discount").cast("float64").abs(),
    )  # fmt: skip
    typed = typed.filter((typed.n > 0) & (typed.amount > 0) & typed.off.notnull())
    full = typed.filter(typed.off == 0)
    usual = full.group_by("product_id").aggregate(price=(full.amount / full.n).median())
    reduced = typed.filter(typed.off > 0).inner_join(usual, "product_id")
    gross = (reduced.amount / reduced.n - reduced.price).abs()
    net = ((reduced.amount + reduced.off) / reduced.n - reduced.price).abs()
    n, as_paid, as_listed = _totals(reduced, n=reduced.count(), paid=(net < gross).sum(), listed=(gross < net).sum())
    if int(n or 0) < _FEW * _FEW:
        return None
    paid, listed = int(as_paid or 0), int(as_listed or 0)
    if max(paid, listed) < _CLEAR * (paid + listed):
        return None
    return paid > listed


def is_told_twice(lines: Rows, orders: Rows) -> bool:
    """Tell whether the discount of an order is but the sum of what its lines say."""
    if not all("discount" in rows and "order_id" in rows for rows in (lines, orders)):
        return False
    off = (
        lines.table.mutate(off=lines.number("discount").abs())
        .group_by("order_id")
        .aggregate(lines=lambda t: t.off.sum())
    )
    whole = orders.table.mutate(off=orders.number("discount").abs()).filter(lambda t: t.off > 0)
    both = whole.inner_join(off, "order_id")
    n, same = _totals(both, n=both.count(), same=((both.off - both.lines).abs() <= 0.01).sum())
    return bool(n) and int(same or 0) >= _MANY * int(n)


_CLEAR = 0.66
"""Prices move for other reasons too; two thirds one way are taken for an answer."""


def _counts(table: ir.Table, value: ir.StringValue) -> dict[str, int]:
    """Count the values of a column, the commonest first."""
    told = table.select(value=value)
    told = told.filter(told["value"].notnull())
    counted = told.group_by("value").aggregate(n=told.count())
    records = counted.order_by([counted.n.desc(), counted["value"]]).to_pyarrow().to_pylist()
    return {record["value"]: int(record["n"]) for record in records}


def _totals(table: ir.Table, **values: ir.Value) -> list[Any]:
    return list(table.aggregate(**values).to_pyarrow().to_pylist()[0].values())


def offsets(rows: Rows) -> dict[str, int] | None:
    """Count the offsets from UTC that the moments of orders carry; None when they are days without a time."""
    if "ordered_at" not in rows:
        return {}
    text = rows.table.ordered_at
    timed = text.re_search(r"\d:\d\d") & ~text.re_search(r"(^|[T ,])0?0:00(:00(\.0+)?)?([^\d:]|$)")
    if not int(timed.sum().to_pyarrow().as_py() or 0):
        return None
    return _counts(rows.table, text.re_extract(r"(Z|UTC|GMT|[+-]\d{2}:?\d{2})$", 1).nullif(""))


HINTS: tuple[Callable[[Rows], list[Hint]], ...] = (cancelling_prefix, odd_codes, tests)
