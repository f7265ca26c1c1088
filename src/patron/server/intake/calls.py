"""One call or a batch of them, as a fast parser reads them: only what the intake judges, and strictly JSON."""

from __future__ import annotations

import re

import msgspec

from patron.sources.stream import DEPTH

_ESCAPE = re.compile(rb"\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)")
_PAIR = 11  # bytes of a whole surrogate pair behind its first backslash
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{\]}]')
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")

_REASONS = {
    "userId": "id", "anonymousId": "id", "previousId": "id", "groupId": "id", "messageId": "message_id",
    "type": "type", "event": "event", "timestamp": "timestamp", "originalTimestamp": "timestamp",
    "properties": "properties", "traits": "properties", "context": "properties",
}  # fmt: skip


class Anything(msgspec.Struct):
    """A JSON object, whatever is in it."""


class OneCall(msgspec.Struct, rename="camel"):
    """What is judged of one call; the rest is kept as it came."""

    type: str | None = None
    message_id: str | None = None
    user_id: str | int | None = None
    anonymous_id: str | int | None = None
    previous_id: str | int | None = None
    group_id: str | int | None = None
    event: str | None = None
    timestamp: str | None = None
    original_timestamp: str | None = None
    sent_at: str | None = None
    write_key: str | None = None
    properties: Anything | None = None
    traits: Anything | None = None
    context: Anything | None = None


class Batch(msgspec.Struct, rename="camel"):
    """Several calls, each as it came."""

    batch: list[msgspec.Raw]
    sent_at: str | None = None
    write_key: str | None = None
    context: msgspec.Raw = msgspec.Raw()


one_call = msgspec.json.Decoder(OneCall).decode
"""Read one call."""

batch = msgspec.json.Decoder(Batch).decode
"""Read a batch."""


class MalformedError(ValueError):
    """A body is no JSON, or not of the shape that its address asks for; its text repeats nothing of it."""


def whole(body: bytes) -> bytes:
    """Return a body that is text and has no halves of surrogate pairs.

    Browsers write a cut emoji as such a half: it is valid JSON, but no text. It becomes the replacement character.

    Raises
    ------
    MalformedError
        It is not UTF-8.
    """
    if not body.isascii():
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            raise MalformedError("malformed_utf8") from None
    return _ESCAPE.sub(_mended, body) if _HALF.search(body) else body


def too_deep(payload: bytes) -> bool:
    """Tell whether objects and lists stand deeper inside each other than `DEPTH`."""
    if payload.count(b"{") + payload.count(b"[") <= DEPTH:
        return False
    depth = 0
    for found in _BRACKETS.finditer(payload):
        mark = found[0]
        if mark in b"[{":
            depth += 1
            if depth > DEPTH:
                return True
        elif mark in b"]}":
            depth -= 1
    return False


def reason_of(error: msgspec.ValidationError) -> str:
    """Return the code of what the parser found: which member is not what it should be."""
    return _REASONS.get(str(error).rpartition("`$.")[2].rstrip("`"), "unreadable")


def _mended(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    half = escape[:1] == b"u" and len(escape) > 1 and len(escape) != _PAIR
    return rb"\ufffd" if half else found[0]
