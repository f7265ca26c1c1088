"""Which column of a file is which of our fields? Judged by the header alone, with the reason.

A name is compared with the words that shops use for a field, letters and digits only. What is ambiguous or unknown
stays unmapped and is said: a wrong mapping costs more than a question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from patron.contracts.raw import FIELDS

WORDS: dict[str, tuple[str, ...]] = {
    "order_id": ("orderid", "order", "ordernumber", "orderno", "invoice", "invoiceno", "invoiceid", "invoicenumber",
                 "transactionid", "receipt", "receiptid", "basketid"),
    "customer_id": ("customerid", "customer", "customeruniqueid", "customernumber", "customerno", "clientid", "client",
                    "userid", "user", "memberid", "householdid", "contactid", "buyerid"),
    "ordered_at": ("orderedat", "orderdate", "date", "invoicedate", "createdat", "purchasedate", "transactiondate",
                   "orderpurchasetimestamp", "transactiontimestamp", "processedat", "timestamp", "orderdatetime"),
    "product_id": ("productid", "product", "sku", "stockcode", "itemid", "item", "articleid", "article",
                   "ean", "variantid", "lineitemsku"),
    "product_name": ("productname", "description", "itemname", "title", "lineitemname", "articlename", "name"),
    "category": ("category", "productcategory", "department", "producttype", "categoryname"),
    "brand": ("brand", "vendor", "manufacturer", "brandname"),
    "quantity": ("quantity", "qty", "units", "numberofcds", "lineitemquantity", "itemquantity", "count"),
    "unit_price": ("unitprice", "price", "itemprice", "lineitemprice", "priceperunit"),
    "amount": ("amount", "total", "linetotal", "salesvalue", "revenue", "dollarvalue",
               "grossamount", "subtotal", "value"),
    "discount": ("discount", "discountamount", "lineitemdiscount", "retaildisc"),
    "unit_cost": ("unitcost", "cost", "costprice", "cogs", "costpergoods"),
    "channel": ("channel", "saleschannel", "source", "orderchannel", "ordersource"),
    "country": ("country", "shippingcountry", "billingcountry", "countrycode"),
}  # fmt: skip


@dataclass(frozen=True)
class Proposal:
    """What a header suggests."""

    columns: dict[str, str]
    ambiguous: dict[str, tuple[str, ...]]
    unused: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The required fields for which no column was found."""
        required = [field.name for field in FIELDS["order_lines"] if not field.nullable]
        found = tuple(name for name in required if name not in self.columns)
        return found if {"unit_price", "amount"} & set(self.columns) else (*found, "unit_price")


def recognise(header: Sequence[str]) -> Proposal:
    """Propose which column of `header` is which field of order_lines.

    Examples
    --------
    >>> recognise(["Invoice", "Customer ID", "InvoiceDate", "Price", "Mood"]).columns
    {'order_id': 'Invoice', 'customer_id': 'Customer ID', 'ordered_at': 'InvoiceDate', 'unit_price': 'Price'}
    """
    columns: dict[str, str] = {}
    ambiguous: dict[str, tuple[str, ...]] = {}
    for field, words in WORDS.items():
        ranked = sorted(
            (words.index(_plain(name)), place, name) for place, name in enumerate(header) if _plain(name) in words
        )
        taken = set(columns.values())
        names = [name for _, _, name in ranked if name not in taken]
        if names:
            columns[field] = names[0]
        if len(names) > 1:
            ambiguous[field] = tuple(names[1:])
    used = set(columns.values())
    return Proposal(columns, ambiguous, tuple(name for name in header if name not in used))


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
