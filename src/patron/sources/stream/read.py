"""One row of the inbox -> one event: names, ids, moment, product, order, money and campaign where systems put them.

Nothing that the intake let in makes this fail: what cannot be read as what it should be is absent.

Ref  Segment Spec, Common fields: timestamp = receivedAt - (sentAt - originalTimestamp)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import unquote_plus

from patron.engines.inbox_state import InboxRow
from patron.sources.event_names import canonical
from patron.sources.stream.commerce import Commerce, commerce
from patron.sources.stream.event import StreamEvent
from patron.sources.stream.values import first, part, text

_DIGITS = 100  # of a whole number; a longer one is read as a decimal, which has no limit that could be exceeded
_EXPONENT = 310  # powers of ten, about those of a float
_UNSAFE = re.compile("[\x00\ud800-\udfff]")
_ESCAPED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_CAMPAIGN = {"source": "utm_source", "medium": "utm_medium", "name": "utm_campaign", "term": "utm_term",
             "content": "utm_content"}  # fmt: skip
_IN_ADDRESS = re.compile(r"[?&](utm_(?:source|medium|campaign|term|content))=([^&#]*)")
_CALLS = {"page": "page_view", "screen": "screen_view"}


def read_event(row: InboxRow) -> StreamEvent:
    """Read one event.

    Parameters
    ----------
    row : InboxRow
        Its payload is a JSON object; anything else is read as an event that says nothing.

    Returns
    -------
    StreamEvent
        Its moment is corrected for the sender's clock, and never later than its receipt.
    """
    call = _object(row.payload)
    context = {**(_object(row.context) if row.context else {}), **part(call, "context")}
    properties, traits = part(call, "properties"), part(call, "traits") or part(context, "traits")
    name = text(call.get("event") if row.kind == "track" else call.get("name"))
    event = canonical(name) if row.kind == "track" and name else _CALLS.get(row.kind, row.kind)
    bought: Commerce = commerce(event, properties)
    return StreamEvent(
        number=row.number,
        message_id=row.message_id,
        source=row.source,
        kind=row.kind,
        event=event,
        name=name,
        user_id=text(call.get("userId")),
        anonymous_id=text(call.get("anonymousId")),
        previous_id=text(call.get("previousId")),
        group_id=text(call.get("groupId")),
        occurred_at=occurred_at(call, row),
        received_at=row.received_at,
        gpc=row.gpc or context.get("gpc") in (True, 1, "1", "true"),
        channel=_channel(row.kind, context, properties),
        session_id=first(
            (properties, "session_id", "sessionId", "ga_session_id"), (context, "sessionId", "session_id")
        ),
        product_id=bought.product_id,
        order_id=bought.order_id,
        cart_id=bought.cart_id,
        amount=bought.amount,
        currency=bought.currency,
        products=bought.products,
        **_campaign(context, properties),
        decision_id=first((properties, "decision_id", "decisionId"), (context, "decision_id", "decisionId")),
        traits=traits,
        properties=properties,
        context=context,
    )


def occurred_at(call: Mapping[str, Any], row: InboxRow) -> datetime:
    """Return when it happened: by the sender's clock, moved by as much as that clock is wrong."""
    said = _moment(call.get("originalTimestamp")) or _moment(call.get("timestamp"))
    if said is None:
        return row.received_at
    sent = row.sent_at or said
    try:
        corrected = row.received_at - (sent - said) if row.sent_at else said
    except OverflowError:
        return row.received_at
    return min(corrected, row.received_at)


def _moment(value: object) -> datetime | None:
    """Read an ISO 8601 moment; one without a zone is UTC, as the specification says."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _object(payload: bytes) -> dict[str, Any]:
    """Read a JSON object, exact in its numbers and without characters that databases refuse."""
    try:
        read = json.loads(payload, parse_float=_fraction, parse_int=_whole, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(read, dict):
        return {}
    return _clean(read) if _ESCAPED.search(payload) else read


def _whole(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= _DIGITS else Decimal(digits)


def _fraction(digits: str) -> Decimal | None:
    """Read a number; none where it is so large or so small that reckoning with it would fill the memory."""
    try:
        read = Decimal(digits)
    except InvalidOperation:
        return None
    return read if -_EXPONENT < read.adjusted() < _EXPONENT else None


def _clean(value: Any) -> Any:
    """Take out what JSON can escape and no database keeps: the NUL, and halves of surrogate pairs."""
    if isinstance(value, str):
        return _UNSAFE.sub("", value)
    if isinstance(value, dict):
        return {_UNSAFE.sub("", key): _clean(one) for key, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list) else value


def _channel(kind: str, context: Mapping[str, Any], properties: Mapping[str, Any]) -> str | None:
    """Return where it happened: as it is said, else by what sent it."""
    said = first((properties, "channel"), (context, "channel"))
    if said is not None:
        return said
    if kind == "screen" or context.get("device") or context.get("app"):
        return "app"
    return "web" if kind == "page" or context.get("page") else None


def _campaign(context: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the campaign's parameters: as the context has them, else as the page's address says."""
    said = part(context, "campaign")
    found = {ours: first((said, theirs), (properties, ours)) for theirs, ours in _CAMPAIGN.items()}
    page = part(context, "page")
    address = text(page.get("search")) or text(page.get("url")) or text(properties.get("url"))
    if address and "utm_" in address and not any(found.values()):
        found.update({name: unquote_plus(value) or None for name, value in _IN_ADDRESS.findall(address)})
    return found
