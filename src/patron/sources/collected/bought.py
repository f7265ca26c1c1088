"""Orders, refunds and cancellations -> order lines, where a shop says that its events are its orders.

An order without products is one line of what it was worth. What was taken off the whole order is shared among its
lines by their amounts, to the cent. A refund is negative lines; a cancellation names its order, and a run takes back
the lines that this order had.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from patron.sources.collected.row import Row, Rows, any_of, row, written
from patron.sources.stream import StreamEvent, StreamProduct

ORDER, REFUND, CANCEL = "order", "refund", "order_cancel"
CENT = Decimal("0.01")
_NOTHING = Decimal(0)


def bought(event: StreamEvent) -> Rows:
    """Yield the lines of an order; those that name no customer are kept too, to be refused and counted."""
    if event.kind != "track" or event.event not in (ORDER, REFUND, CANCEL):
        return
    if event.event == CANCEL:
        yield "order_lines", {**_line(event), "says": CANCEL}
        return
    sign = -1 if event.event == REFUND else 1
    for line in _lines(event, sign):
        yield "order_lines", {**line, "says": event.event}


def _lines(event: StreamEvent, sign: int) -> list[Row]:
    if not event.products:
        worth = None if event.amount is None else sign * abs(event.amount)
        return [_line(event, quantity=sign, amount=worth)]
    amounts = [_amount(one) for one in event.products]
    discount = _number(any_of(event.properties, "discount")) or _NOTHING
    shares = shared(abs(discount), amounts) if event.event == ORDER else [_NOTHING] * len(amounts)
    return [
        _line(
            event, quantity=sign * (one.quantity or 1), unit_price=one.price, product_id=one.product_id,
            product_name=one.name, category=one.category, discount=share or None,
        )
        for one, share in zip(event.products, shares, strict=True)
    ]  # fmt: skip


def _line(event: StreamEvent, **values: object) -> Row:
    return row(
        event_id=event.message_id,
        order_id=event.order_id,
        customer_id=event.user_id,
        ordered_at=written(event.occurred_at),
        currency=event.currency,
        channel=event.channel,
        **values,
    )


def shared(whole: Decimal, amounts: Sequence[Decimal]) -> list[Decimal]:
    """Share a sum by amounts, to the cent: the shares add up to it, each is rounded with those before it.

    Examples
    --------
    >>> shared(Decimal("1.00"), [Decimal(1), Decimal(1), Decimal(1)])
    [Decimal('0.33'), Decimal('0.34'), Decimal('0.33')]
    """
    total = sum(amounts, _NOTHING)
    if not whole or total <= 0:
        return [_NOTHING] * len(amounts)
    shares: list[Decimal] = []
    before = _NOTHING
    for amount in amounts:
        before += amount
        shares.append((whole * before / total).quantize(CENT) - sum(shares, _NOTHING))
    return shares


def _amount(product: StreamProduct) -> Decimal:
    return max((product.price or _NOTHING) * (product.quantity or 1), _NOTHING)


def _number(text: str | None) -> Decimal | None:
    try:
        found = Decimal(text) if text else None
    except InvalidOperation:
        return None
    return found if found is None or found.is_finite() else None
