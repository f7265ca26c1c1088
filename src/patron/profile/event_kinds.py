"""Kinds of events that tell something of a customer beside a visit, under the names that systems give them.

Compared in small letters and digits only, so that "Product Shared" and "product_shared" are one.
"""

from __future__ import annotations

from collections.abc import Collection

import ibis.expr.types as ir

SHARED = ("share", "socialshare", "productshared", "cartshared", "mention", "socialmention", "brandmention")
"""Somebody shared something, or mentioned the shop."""

WISHED = ("wish", "wishlist", "wishlistadd", "addtowishlist", "addedtowishlist", "productaddedtowishlist", "favourite",
          "favorite", "favouriteadded", "favoriteadded", "backinstockrequest", "stockalert", "subscribedtobackinstock",
          "notifyme")  # fmt: skip
"""Somebody put a product on a wish list, or asked to be told when it is there again."""

FAILED = ("paymentfailed", "paymenterror", "paymentfailure", "paymentdeclined", "carddeclined", "chargefailed",
          "invoicepaymentfailed", "chargefailure", "checkoutpaymentfailed", "transactionfailed")  # fmt: skip
"""A payment did not go through."""

OPENED = ("emailopen", "emailopened", "openedemail", "emailclick", "emailclicked", "clickedemail")
"""Somebody opened or clicked a message."""

READ = {
    "catalogueread": "catalogue", "catalogueopen": "catalogue", "magazineread": "magazine",
    "newsletterread": "newsletter", "blogview": "blog", "articleview": "blog",
}  # fmt: skip
"""Somebody read a publication, and which."""


def kind_of(events: ir.Table) -> ir.StringValue:
    """Return the kind of each event as kinds are compared."""
    return events.event.lower().re_replace("[^a-z0-9]+", "")


def of_kinds(events: ir.Table, kinds: Collection[str]) -> ir.Table:
    """Return the events of some kinds."""
    return events.filter(kind_of(events).isin(list(kinds)))
