"""WooCommerce's downloads, and the order exports of the plug-ins that shops commonly add.

WooCommerce itself exports orders and customers from its analytics pages only; their headers were read in its source
(`get_export_columns` of the reports' controllers; the download that the browser makes spells some words in lower case,
which does not matter here). Of the plug-ins, the Import Export Suite documents its columns; those of the Advanced Order
Export were seen in published files of that shape only. The Customer / Order / Coupon Export documents that it has a
format with one row per item, but its columns could not be verified: such a file is recognised by the words of its
header, like any other.
"""

from __future__ import annotations

from patron.sources.systems.signature import Condition, Part, Signature

_DEAD = ("cancelled", "failed", "checkout-draft", "trash", "wc-cancelled", "wc-failed")
_DEAD_ORDERS = (
    Condition("status", _DEAD, "init.reason.never_placed"),
    Condition("status", ("refunded", "wc-refunded"), "init.reason.refunded"),
)

ANALYTICS_CUSTOMERS = Signature(
    system="WooCommerce",
    export="customers (analytics)",
    must=(("Username",), ("Last Active",), ("Sign Up",), ("Email",), ("Total Spend",), ("AOV",)),
    parts=(
        Part(
            source="customers",
            columns={
                "customer_id": ("Email", "Username"),
                "acquired_on": ("Sign Up",),
                "country": ("Country / Region",),
                "email": ("Email",),
                "phone": ("Billing Phone", "Shipping Phone"),
                "name": ("Name",),
                "city": ("City",),
                "region": ("Region",),
                "postal_code": ("Postal Code",),
            },
        ),
    ),
    notes=("init.note.woocommerce_customers",),
    pages=(
        "https://github.com/woocommerce/woocommerce/blob/trunk/plugins/woocommerce/src/Admin/API/Reports/Customers/Controller.php",
    ),
)

ANALYTICS_ORDERS = Signature(
    system="WooCommerce",
    export="orders (analytics)",
    must=(("Date",), ("Order #",), ("Status",), ("Customer",), ("Customer type",), ("Items sold",), ("Net Sales",)),
    parts=(
        Part(
            source="orders",
            columns={
                "order_id": ("Order #",),
                "customer_id": ("Customer",),
                "ordered_at": ("Date",),
                "amount": ("Net Sales",),
                "status": ("Status",),
                "channel": ("Attribution",),
            },
            conditions=_DEAD_ORDERS,
        ),
    ),
    notes=("init.note.woocommerce_names",),
    pages=(
        "https://github.com/woocommerce/woocommerce/blob/trunk/plugins/woocommerce/src/Admin/API/Reports/Orders/Controller.php",
    ),
)

IMPORT_EXPORT_SUITE = Signature(
    system="WooCommerce",
    export="orders (Import Export Suite)",
    must=(("order_id",), ("order_date",), ("status",), ("order_total",), ("order_currency",), ("customer_email",)),
    parts=(
        Part(
            source="orders",
            columns={
                "order_id": ("order_number", "order_id"),
                "customer_id": ("customer_email", "customer_id"),
                "ordered_at": ("order_date",),
                "amount": ("order_subtotal", "order_total"),
                "discount": ("discount_total", "cart_discount"),
                "shipping": ("shipping_total",),
                "currency": ("order_currency",),
                "status": ("status",),
                "country": ("shipping_country", "billing_country"),
            },
            conditions=_DEAD_ORDERS,
        ),
    ),
    notes=("init.note.woocommerce_packed",),
    pages=("https://woocommerce.com/document/import-and-export-of-woocommerce-orders/",),
)

ADVANCED_ORDER_EXPORT = Signature(
    system="WooCommerce",
    export="orders (Advanced Order Export)",
    must=(
        ("Order Number",),
        ("Order Status",),
        ("Order Date", "Completed Date"),
        ("Item Name",),
        ("Quantity",),
        ("Item Cost",),
    ),
    parts=(
        Part(
            source="orders",
            columns={
                "order_id": ("Order Number",),
                "customer_id": ("Email (Billing)", "Phone (Billing)"),
                "ordered_at": ("Order Date", "Completed Date"),
                "discount": ("Cart Discount Amount",),
                "shipping": ("Order Shipping Amount",),
                "status": ("Order Status",),
                "country": ("Country Code (Shipping)", "Country Code (Billing)"),
            },
            conditions=_DEAD_ORDERS,
            first_row="status",
        ),
        Part(
            source="order_lines",
            columns={
                "order_id": ("Order Number",),
                "product_id": ("SKU", "Item Name"),
                "product_name": ("Item Name",),
                "quantity": ("Quantity",),
                "unit_price": ("Item Cost",),
            },
        ),
    ),
    notes=("init.note.first_row",),
    # The header was seen in published files of this shape; the plug-in's own documentation was not in reach.
    pages=("https://wordpress.org/plugins/woo-order-export-lite/",),
)

SIGNATURES = (ANALYTICS_CUSTOMERS, ANALYTICS_ORDERS, IMPORT_EXPORT_SUITE, ADVANCED_ORDER_EXPORT)
