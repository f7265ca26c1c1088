"""A body -> the rows to be written: events that can be used, and dead letters with the reason.

The rules are `sources.stream.validate`'s. What is wrong with one event of a batch is no reason to refuse the others.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from patron.engines.inbox_state import micros
from patron.engines.inbox_write import Group, dead_key, event_key
from patron.server.intake.calls import MalformedError, OneCall, batch, one_call, reason_of, too_deep, whole
from patron.sources.stream import EVENT_BYTES, validate

BATCH = "batch"
"""The kind of a dead letter that does not say what it is."""


class Came(Group):
    """One request, on the way to the inbox: its rows, and the reasons of those that cannot be used."""

    __slots__ = ("context", "gpc", "reasons", "received_at", "sent_at", "source")

    def __init__(self, source: str, received_at: int, gpc: bool) -> None:  # noqa: FBT001
        super().__init__()
        self.source = source
        self.received_at = received_at  # microseconds since 1970, UTC
        self.gpc = gpc
        self.sent_at: int | None = None
        self.context: bytes | None = None
        self.reasons: list[str] = []

    def take(self, payload: bytes, kind: str | None) -> None:
        """Sort one event; `kind` is what its address says, none in a batch."""
        if len(payload) > EVENT_BYTES:
            self.refuse(payload, kind, "too_large")
            return
        try:
            call = one_call(payload)
        except msgspec.ValidationError as error:
            self.refuse(payload, kind, reason_of(error))
            return
        except RecursionError:
            self.refuse(payload, kind, "too_deep")
            return
        self.judge(call, payload, kind)

    def take_any(self, payload: bytes, kind: str | None) -> None:
        """Sort what may be no JSON at all."""
        try:
            self.take(payload, kind)
        except msgspec.DecodeError:
            self.refuse(payload, kind, "unreadable")

    def judge(self, call: OneCall, payload: bytes, kind: str | None) -> None:
        """Sort one event that was read."""
        if kind is not None:
            call.type = kind
        if too_deep(payload):
            self.refuse(payload, call.type, "too_deep")
            return
        problem = validate(call)
        if problem is not None:
            self.refuse(payload, call.type, problem.reason)
            return
        message_id = call.message_id or str(uuid4())
        sent_at = self.sent_at if call.sent_at is None else moment_of(call.sent_at)
        self.keys.append(event_key(self.source, message_id))
        self.events.append(
            (message_id, self.source, call.type or "", self.received_at, sent_at, self.gpc, self.context, payload)
        )

    def refuse(self, payload: bytes, kind: str | None, reason: str) -> None:
        """Lay one event aside."""
        self.reasons.append(reason)
        self.dead_keys.append(dead_key(self.source, payload))
        self.dead.append(
            (reason, self.source, (kind or BATCH)[:20].replace("\0", ""), self.received_at, self.sent_at, self.gpc,
             self.context, payload)
        )  # fmt: skip


def moment_of(text: str | None) -> int | None:
    """Return a moment in microseconds since 1970; none where it cannot be read."""
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
        return micros(read.replace(tzinfo=UTC) if read.tzinfo is None else read)
    except (ValueError, OverflowError):
        return None


class _Key(msgspec.Struct, rename="camel"):
    write_key: str | None = None


Taken = tuple[str | None, Callable[[Came], None]]
"""The write key in the body, where one is, and what sorts the body's events."""


def single(body: bytes, kind: str) -> Taken:
    """Read the body of one call.

    Raises
    ------
    MalformedError
        It is no JSON object.
    """
    body = whole(body)
    try:
        call = one_call(body)
    except msgspec.ValidationError as error:
        reason = reason_of(error)
        if body.lstrip()[:1] != b"{":
            raise MalformedError("malformed_object") from None
        return _key_in(body), lambda came: came.refuse(body, kind, reason)
    except RecursionError:
        raise MalformedError("malformed_deep") from None
    except msgspec.DecodeError:
        raise MalformedError("malformed_json") from None
    if call.write_key:
        body = body.replace(call.write_key.encode(), b"")  # a key is not kept
    return call.write_key, lambda came: came.judge(call, body, kind)


def several(body: bytes, *, history: bool) -> Taken:
    """Read the body of a batch; `history`: the moments of its events are taken as they are.

    Raises
    ------
    MalformedError
        It is no JSON object with a list `batch`.
    """
    try:
        read = batch(whole(body))
    except msgspec.ValidationError:
        raise MalformedError("malformed_batch") from None
    except RecursionError:
        raise MalformedError("malformed_deep") from None
    except msgspec.DecodeError:
        raise MalformedError("malformed_json") from None

    def sort(came: Came) -> None:
        came.sent_at = None if history else moment_of(read.sent_at)
        came.context = bytes(read.context) or None
        for one in read.batch:
            came.take(bytes(one), None)

    return read.write_key, sort


def lines(body: bytes) -> Taken:
    """Read a body of one JSON object a line: history from a file.

    Raises
    ------
    MalformedError
        It is not UTF-8. A line that is no JSON is a dead letter.
    """
    payloads = [line for line in whole(body).splitlines() if line.strip()]

    def sort(came: Came) -> None:
        for payload in payloads:
            came.take_any(payload, None)

    return None, sort


def _key_in(body: bytes) -> str | None:
    """Return the write key of a call that is otherwise not as it should be."""
    try:
        return msgspec.json.decode(body, type=_Key).write_key
    except msgspec.MsgspecError:
        return None
