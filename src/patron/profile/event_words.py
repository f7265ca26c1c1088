"""What happened, by whichever name a source has for it: kinds of events, by the one table of their names.

Names of GA4, Segment, Shopify, Braze, Klaviyo, Meta and of common public data sets, compared as `plain` texts: small
letters and digits only, so that ``view_item``, ``viewItem`` and "View Item" are one. A name that is not here is an
event all the same, of no kind that is counted apart.

Ref  GA4 recommended events; Segment Spec: E-Commerce v2; Shopify Web Pixels standard events; Meta Pixel standard events
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from patron.sources.event_names import EVENT_NAMES
from patron.sources.people.words import Words, plain, spelt

PAGE, PRODUCT, SEARCH, CART, CHECKOUT, ORDER = "page", "product", "search", "cart", "checkout", "order"
SETUP, USE = "setup", "use"

AT_HOME = (SETUP, USE)
"""What people do with a product that they have: no visit of the shop."""

EVENT_WORDS: Words = {
    PAGE: (*EVENT_NAMES["page_view"], *EVENT_NAMES["screen_view"], *EVENT_NAMES["list_view"],
           *EVENT_NAMES["product_click"]),
    PRODUCT: (*EVENT_NAMES["product_view"], "view"),
    SEARCH: EVENT_NAMES["search"],
    CART: (*EVENT_NAMES["cart_add"], "cart"),
    CHECKOUT: (*EVENT_NAMES["checkout_start"], *EVENT_NAMES["shipping_info"], *EVENT_NAMES["payment_info"], "checkout",
               "checkoutstepviewed", "checkoutcontactinfosubmitted", "checkoutaddressinfosubmitted"),
    ORDER: EVENT_NAMES["order"],
    SETUP: ("setup", "setupcompleted", "productsetup", "productactivated", "activated", "activation",
            "deviceactivated", "onboardingcompleted", "firstuse"),
    USE: ("use", "used", "usage", "productuse", "productused", "usedproduct", "featureused", "deviceused"),
}  # fmt: skip

VISIT_CHANNELS: Words = {
    "web": ("web", "website", "online", "onlinestore", "desktop", "mobileweb", "browser", "shop", "ecommerce"),
    "app": ("app", "mobileapp", "ios", "android", "iphone", "ipad", "native"),
    "store": ("store", "instore", "pos", "pointofsale", "till", "retail", "branch", "kiosk"),
    "phone": ("phone", "telephone", "call", "callcentre", "callcenter"),
    "catalogue": ("catalogue", "catalog", "mailorder"),
}
"""Where visits and orders take place, so that the words of two systems can be compared."""


def event_kind(event: ir.StringValue) -> ir.StringValue:
    """Return the kind of an event by its name; null for a name that is not in the table.

    Examples
    --------
    >>> names = ibis.memtable({"event": ["view_item", "Order Completed", "review"]})
    >>> names.select(kind=event_kind(names.event)).to_pyarrow()["kind"].to_pylist()
    ['product', 'order', None]
    """
    return spelt(plain(event), EVENT_WORDS)


def visit_channel(channel: ir.StringValue) -> ir.StringValue:
    """Return one word for a channel of visits or orders; the source's own where it is not in the table."""
    return ibis.coalesce(spelt(plain(channel), VISIT_CHANNELS), channel)
