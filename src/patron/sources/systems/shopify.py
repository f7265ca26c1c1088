"""Shopify's exports of orders and customers.

The orders export has one row a line item. What belongs to the order (status, totals, currency, payment, addresses)
stands in the first row of each order; the rows below repeat its name, and in some exports its e-mail and day too. So
the same file is two sources, which meet by the order's name: the orders (rows that have a status) and their lines (all
rows).

Seen: the whole header in published files of this shape (the column order has changed over the years, so order is not
asked for) and the rows of a multi-line order on the page of docs.xbp.app; the meaning of the statuses in Shopify's
reference. Shopify's own page of the orders CSV was not in reach: whether `Discount Amount` repeats the discounts of the
lines is therefore measured in the file, not assumed. How test orders are marked could not be verified either.
"""

from __future__ import annotations

from patron.sources.systems.signature import Condition, Part, Signature

ORDERS = Signature(
    system="Shopify",
    export="orders",
    must=(("Name",), ("Created at",), ("Lineitem name",), ("Lineitem quantity",), ("Lineitem price",)),
    parts=(
        Part(
            source="orders",
            columns={
                "order_id": ("Name",),
                "customer_id": ("Email", "Phone"),
                "ordered_at": ("Created at", "Paid at"),
                "discount": ("Discount Amount",),
                "shipping": ("Shipping",),
                "currency": ("Currency",),
                "status": ("Financial Status",),
                "channel": ("Source",),
                "country": ("Shipping Country", "Billing Country"),
            },
            conditions=(
                Condition("status", ("voided", "expired"), "init.reason.never_paid"),
                Condition("status", ("refunded",), "init.reason.refunded"),
            ),
            first_row="status",
        ),
        Part(
            source="order_lines",
            columns={
                "order_id": ("Name",),
                "product_id": ("Lineitem sku", "Lineitem name"),
                "product_name": ("Lineitem name",),
                "brand": ("Vendor",),
                "quantity": ("Lineitem quantity",),
                "unit_price": ("Lineitem price",),
                "discount": ("Lineitem discount",),
            },
        ),
    ),
    notes=("init.note.first_row", "init.note.shopify_email", "init.note.shopify_refunds"),
    pages=(
        "https://docs.xbp.app/docs/development/integrations/shopify/order-format",
        "https://shopify.dev/docs/api/admin-graphql/latest/enums/OrderDisplayFinancialStatus",
    ),
)

CUSTOMERS = Signature(
    system="Shopify",
    export="customers",
    must=(
        ("First Name",),
        ("Email",),
        ("Accepts Email Marketing", "Accepts Marketing"),
        ("Total Spent",),
        ("Total Orders",),
    ),
    parts=(
        Part(
            source="customers",
            columns={
                "customer_id": ("Email", "Customer ID"),
                "country": ("Default Address Country Code", "Country Code", "Country"),
                "email": ("Email",),
                "phone": ("Phone", "Default Address Phone"),
                "given_name": ("First Name",),
                "family_name": ("Last Name",),
                "street": ("Default Address Address1", "Address1"),
                "city": ("Default Address City", "City"),
                "region": ("Default Address Province Code", "Province Code", "Province"),
                "postal_code": ("Default Address Zip", "Zip"),
            },
        ),
        Part(
            source="consents",
            columns={
                "customer_id": ("Email", "Customer ID"),
                "email_status": ("Accepts Email Marketing", "Accepts Marketing"),
                "sms_status": ("Accepts SMS Marketing",),
            },
            one_of=("email_status", "sms_status"),
        ),
    ),
    notes=("init.note.shopify_customers", "init.note.consent_columns"),
    # Seen in several published files of this shape; Shopify's own page of the customer CSV was not in reach.
    pages=("https://help.shopify.com/en/manual/customers/import-export-customers",),
)

SIGNATURES = (ORDERS, CUSTOMERS)
