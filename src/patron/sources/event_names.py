"""The canonical names of commerce events, and what four systems call them: the one table of names.

Compared as plain texts: small letters and digits only, so that ``view_item``, ``viewItem`` and "View Item" are one.

Ref  Segment Spec: E-Commerce v2; GA4 recommended events; Shopify Web Pixels standard events; Braze eCommerce
     recommended events; Klaviyo's metrics
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

EVENT_NAMES: Mapping[str, Sequence[str]] = {
    "page_view": ("pageview", "pageviewed", "viewpage", "page", "activeonsite", "viewhomepage"),
    "screen_view": ("screenview", "screenviewed", "screen"),
    "search": ("search", "searched", "productssearched", "searchsubmitted", "searchedsite", "viewsearchresults",
               "sitesearch"),
    "list_view": ("listview", "productlistviewed", "viewitemlist", "collectionviewed", "viewcategory", "categoryview"),
    "product_click": ("productclick", "productclicked", "selectitem"),
    "product_view": ("productview", "productviewed", "viewitem", "ecommerceproductviewed", "viewedproduct",
                     "viewcontent", "viewproduct", "itemview", "itemviewed", "productdetail", "productdetails",
                     "productdetailview", "detailview", "productpageview"),
    "cart_add": ("cartadd", "cartadded", "productadded", "addtocart", "productaddedtocart", "addedtocart", "addcart",
                 "atc"),
    "cart_remove": ("cartremove", "productremoved", "removefromcart", "productremovedfromcart", "removedfromcart"),
    "cart_update": ("cartupdate", "cartupdated", "ecommercecartupdated"),
    "cart_view": ("cartview", "cartviewed", "viewcart"),
    "checkout_start": ("checkoutstart", "checkoutstarted", "begincheckout", "ecommercecheckoutstarted",
                       "startedcheckout", "initiatecheckout"),
    "shipping_info": ("shippinginfo", "checkoutstepcompleted", "addshippinginfo", "checkoutshippinginfosubmitted"),
    "payment_info": ("paymentinfo", "paymentinfoentered", "addpaymentinfo", "paymentinfosubmitted"),
    "order": ("order", "ordered", "ordercompleted", "orderplaced", "placedorder", "ordersubmitted", "purchase",
              "purchased", "purchasecompleted", "checkoutcompleted", "ecommerceorderplaced", "completepayment",
              "transaction"),
    "order_cancel": ("ordercancel", "ordercancelled", "ordercanceled", "ecommerceordercancelled", "cancelledorder",
                     "canceledorder"),
    "refund": ("refund", "orderrefunded", "ecommerceorderrefunded", "refundedorder"),
    "wishlist_add": ("wishlistadd", "productaddedtowishlist", "addtowishlist", "addedtowishlist"),
    "promo_view": ("promoview", "promotionviewed", "viewpromotion"),
    "promo_click": ("promoclick", "promotionclicked", "selectpromotion"),
    "decision_shown": ("decisionshown",),
    "decision_clicked": ("decisionclicked",),
}  # fmt: skip
"""By canonical name. `profile.event_words` counts kinds of events by it, `sources.stream` names live ones."""

_CANONICAL = {spelling: name for name, spellings in EVENT_NAMES.items() for spelling in spellings}


@lru_cache(maxsize=10_000)
def canonical(name: str) -> str:
    """Return the canonical name of an event; its own where the table does not hold it.

    Examples
    --------
    >>> canonical("Order Completed"), canonical("view_item"), canonical("ecommerce.order_placed"), canonical("Waved")
    ('order', 'product_view', 'order', 'Waved')
    """
    plain = "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum())
    return _CANONICAL.get(plain, name)
