"""What is a table: order lines, orders, customers, products, spend, returns, or none of these?

Judged by which fields its header and values allow, and by which column names a row.
"""

from __future__ import annotations

from collections.abc import Mapping

from patron.sources.recognition.columns import by_words
from patron.sources.recognition.looked import Looked
from patron.sources.recognition.proposal import Mapped
from patron.sources.recognition.words import PEOPLE, RETURNS
from patron.sources.systems import plain

_Fields = Mapping[str, Mapped]


def kind_of(table: Looked) -> str | None:
    """Return the source that a table is, ``returns``, or nothing.

    Of an order list that names both order and goods, the lines are meant; one row an order, without goods, is orders.
    """
    if {plain(name) for name in table.header} & set(RETURNS):
        return "returns"
    tests = (("orders", _is_orders), ("order_lines", _is_lines), ("spend", _is_spend), ("customers", _is_customers),
             ("products", _is_products))  # fmt: skip
    return next((kind for kind, test in tests if test(table, by_words(table, kind))), None)


def _unique(table: Looked, fields: _Fields, name: str) -> bool:
    return name in fields and table.columns[fields[name].column].is_unique


def _is_orders(table: Looked, fields: _Fields) -> bool:
    goods = {"product_id", "product_name", "quantity"} & set(by_words(table, "order_lines"))
    return _unique(table, fields, "order_id") and {"customer_id", "ordered_at"} <= set(fields) and not goods


def _is_lines(_table: Looked, fields: _Fields) -> bool:
    held = set(fields)
    paid = bool({"amount", "unit_price"} & held)
    goods = bool({"product_id", "product_name", "quantity"} & held)
    return paid and ((goods and bool({"customer_id", "order_id"} & held)) or {"customer_id", "ordered_at"} <= held)


def _is_spend(table: Looked, fields: _Fields) -> bool:
    about_orders = {"order_id", "customer_id", "product_id"} & set(by_words(table, "order_lines"))
    return {"day", "channel", "amount"} <= set(fields) and not about_orders


def _is_products(table: Looked, fields: _Fields) -> bool:
    told = {"category", "brand", "unit_cost"} & set(fields) or _called(table, "product", "article", "item", "sku")
    of_people = {"customer_id", "order_id"} & set(by_words(table, "order_lines")) or _people(table)
    return _unique(table, fields, "product_id") and len(fields) > 1 and bool(told) and not of_people


def _is_customers(table: Looked, fields: _Fields) -> bool:
    told = _people(table) or _called(table, "customer", "client", "member", "user", "contact", "buyer", "household")
    if "customer_id" in fields and plain(fields["customer_id"].column) != "id":
        told = told or len(fields) > 1
    return _unique(table, fields, "customer_id") and told


def _people(table: Looked) -> bool:
    return bool({plain(name) for name in table.header} & set(PEOPLE))


def _called(table: Looked, *words: str) -> bool:
    """Tell whether a list with columns named id is about these, going by the name of its file."""
    file = table.files[0].path.name.lower()
    return any(word in file for word in words)
