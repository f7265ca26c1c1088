"""What an event says of products, orders, carts and money, by the names of five systems.

Ref  Segment Spec: E-Commerce v2 (product_id, order_id, products, revenue); GA4 (items, item_id, transaction_id, value);
     Shopify Web Pixels (data.productVariant, data.cartLine, data.checkout.lineItems); Braze (products, total_value);
     Klaviyo (ProductID, $value)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from patron.sources.stream.event import StreamProduct
from patron.sources.stream.values import exact, first, part, text

_PRODUCT = ("product_id", "productId", "item_id", "ProductID", "sku", "SKU", "id")
_VARIANT = ("variant", "variant_id", "item_variant", "variantId")
_NAME = ("name", "product_name", "item_name", "title", "ProductName")
_CATEGORY = ("category", "item_category", "product_category")
_AMOUNT = ("revenue", "value", "total", "total_value", "$value", "amount")
_LISTS = ("products", "items", "Items")
_MANY = 500  # products of one event; more are not read


@dataclass(frozen=True, slots=True)
class Commerce:
    """What an event is about."""

    product_id: str | None
    order_id: str | None
    cart_id: str | None
    amount: Decimal | None
    currency: str | None
    products: tuple[StreamProduct, ...]


def commerce(event: str, properties: Mapping[str, Any]) -> Commerce:
    """Read what an event is about; `event` is its canonical name."""
    if "data" in properties:
        properties = {**properties, **_shopify(part(properties, "data"))}
    if not properties:
        return Commerce(None, None, None, None, None, ())
    products = _products(properties)
    alone = products[0] if len(products) == 1 and not event.startswith(("order", "refund")) else None
    product_id = first((properties, *_PRODUCT[:-1])) or (alone.product_id if alone else None)
    return Commerce(
        product_id=product_id,
        order_id=first((properties, "order_id", "orderId", "transaction_id", "OrderId")),
        cart_id=first((properties, "cart_id", "cartId", "checkout_id", "cart_token")),
        amount=_amount(properties, alone),
        currency=first((properties, "currency", "currencyCode", "$currency_code")),
        products=products or (_one(properties, product_id) if product_id else ()),
    )


def _amount(properties: Mapping[str, Any], alone: StreamProduct | None) -> Decimal | None:
    """Return the event's money: as it is said, else price times quantity of its one product."""
    for name in _AMOUNT:
        if (found := exact(properties.get(name))) is not None:
            return found
    price = exact(properties.get("price"))
    if price is not None:
        return price * (exact(properties.get("quantity")) or 1)
    return None if alone is None or alone.price is None else alone.price * (alone.quantity or 1)


def _products(properties: Mapping[str, Any]) -> tuple[StreamProduct, ...]:
    found: list[Any] = next((properties[name] for name in _LISTS if isinstance(properties.get(name), list)), [])
    read = (_product(one) for one in found[:_MANY] if isinstance(one, dict))
    return tuple(one for one in read if one is not None)


def _one(properties: Mapping[str, Any], product_id: str) -> tuple[StreamProduct, ...]:
    read = _product({**properties, "product_id": product_id})
    return () if read is None else (read,)


def _product(said: Mapping[str, Any]) -> StreamProduct | None:
    product_id = first((said, *_PRODUCT))
    if product_id is None:
        return None
    return StreamProduct(
        product_id=product_id,
        variant=first((said, *_VARIANT)),
        name=first((said, *_NAME)),
        category=first((said, *_CATEGORY)),
        price=exact(said.get("price")),
        quantity=exact(said.get("quantity")),
    )


def _shopify(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a Shopify web pixel event under the names that the others have."""
    checkout, line = part(data, "checkout"), part(data, "cartLine")
    total = part(checkout, "totalPrice") or part(part(line, "cost"), "totalAmount")
    made: dict[str, Any] = {
        "order_id": text(part(checkout, "order").get("id")),
        "checkout_id": text(checkout.get("token")),
        "total": total.get("amount"),
        "currency": total.get("currencyCode") or checkout.get("currencyCode"),
    }
    lines = checkout.get("lineItems")
    if isinstance(lines, list):
        made["products"] = [
            {**_variant(part(one, "variant")), "quantity": one.get("quantity")}
            for one in lines
            if isinstance(one, dict)
        ]
    variant = part(data, "productVariant") or part(line, "merchandise")
    if variant:
        made |= {**_variant(variant), "quantity": line.get("quantity", 1)}
    return {name: value for name, value in made.items() if value is not None}


def _variant(variant: Mapping[str, Any]) -> dict[str, Any]:
    product, price = part(variant, "product"), part(variant, "price")
    return {
        "product_id": text(product.get("id")) or text(variant.get("sku")),
        "variant": text(variant.get("id")),
        "name": text(product.get("title")),
        "category": text(product.get("type")),
        "price": price.get("amount"),
        "currency": price.get("currencyCode"),
    }
