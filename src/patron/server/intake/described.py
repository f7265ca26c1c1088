"""What the API's description says of the intake: its calls, with what each needs and an example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TEXT = {"type": "string"}
MOMENT = {"type": "string", "description": "ISO 8601, as 2026-01-05T12:00:00.000Z."}
THINGS = {"type": "object", "additionalProperties": True}
WHO = {
    "userId": TEXT | {"description": "The shop's own id of the person; this or `anonymousId` is required."},
    "anonymousId": TEXT | {"description": "The id of the browser or the device."},
}
SHARED = {
    "messageId": TEXT | {"description": "Sent again with the same one, an event is taken once."},
    "timestamp": MOMENT, "originalTimestamp": MOMENT, "sentAt": MOMENT,
    "context": THINGS | {"description": "Campaign, page, device, `gpc`, consent, as in Segment's specification."},
    "writeKey": TEXT | {"description": "Instead of basic authentication, as browsers send it."},
}  # fmt: skip
VIEWED = {
    "messageId": "m-1", "anonymousId": "a-7", "event": "Product Viewed", "timestamp": "2026-01-05T12:00:00.000Z",
    "properties": {"product_id": "tea-12", "price": 4.5, "currency": "EUR"},
}  # fmt: skip
KNOWN = {
    "messageId": "m-2", "anonymousId": "a-7", "userId": "ann", "traits": {"email": "ann@shop.example"},
    "timestamp": "2026-01-05T12:00:05.000Z",
}  # fmt: skip

CALLS: Mapping[str, tuple[str, Mapping[str, Any], tuple[str, ...], Mapping[str, Any]]] = {
    "track": ("Something that somebody did", {"event": TEXT, "properties": THINGS}, ("event",), VIEWED),
    "identify": ("Who somebody is", {"traits": THINGS}, (), KNOWN),
    "page": (
        "A page that somebody looked at", {"name": TEXT, "category": TEXT, "properties": THINGS}, (),
        {"messageId": "m-3", "anonymousId": "a-7", "name": "Home"},
    ),
    "screen": (
        "A screen of an app that somebody looked at", {"name": TEXT, "category": TEXT, "properties": THINGS}, (),
        {"messageId": "m-4", "userId": "ann", "name": "Cart"},
    ),
    "group": (
        "To which group somebody belongs", {"groupId": TEXT, "traits": THINGS}, ("groupId",),
        {"messageId": "m-5", "userId": "ann", "groupId": "tea-club"},
    ),
    "alias": (
        "That two ids are one person's", {"previousId": TEXT}, ("previousId",),
        {"messageId": "m-6", "userId": "ann", "previousId": "a-7"},
    ),
}  # fmt: skip


def described() -> Mapping[str, Any]:
    """Return OpenAPI's `paths` of the intake."""
    single = {
        f"/v1/{name}": _post(name, what, _object({**WHO, **own, **SHARED}, required), example)
        for name, (what, own, required, example) in CALLS.items()
    }
    call = _object({"type": {"enum": list(CALLS)}, **WHO, **SHARED}, ("type",))
    batch = _object({"batch": {"type": "array", "items": call}, "sentAt": MOMENT, "context": THINGS}, ("batch",))
    several = {"batch": [{"type": "track", **VIEWED}, {"type": "identify", **KNOWN}]}
    return {
        **single,
        "/v1/batch": _post("batch", "Several calls of any kind, 500 KB at most", batch, several),
        "/v1/import": _post("import", "Calls of the past, which fire nothing", batch, several, lines=True),
    }


def _object(properties: Mapping[str, Any], required: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(required)}


def _post(
    name: str, what: str, schema: Mapping[str, Any], example: Mapping[str, Any], *, lines: bool = False
) -> Mapping[str, Any]:
    kinds: dict[str, Mapping[str, Any]] = {"application/json": {"schema": schema, "example": example}}
    if lines:
        kinds["application/x-ndjson"] = {"schema": TEXT | {"description": "One call a line."}, "example": ""}
    dead = {"type": "integer", "description": "Calls that could not be used; they are kept, with the reason."}
    good = {
        "type": "object",
        "required": ["success"],
        "properties": {"success": {"const": True}, "dead_letters": dead},
    }
    return {
        "post": {
            "tags": ["intake"], "operationId": f"intake_{name}", "summary": what,
            "description": "Answered when it is on the disk. By Segment's specification: its clients work unchanged.",
            "security": [{"basic": []}],
            "requestBody": {"required": True, "content": kinds},
            "responses": {
                "200": {
                    "description": "It is on the disk.",
                    "content": {"application/json": {"schema": good, "example": {"success": True}}},
                }
            },
        }
    }  # fmt: skip
