"""Why an event cannot be used: the rules of the Segment specification, and limits that keep everything behind whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from patron.language import say
from patron.sources.stream.event import KINDS

EVENT_BYTES = 32 * 1024  # of one event
BATCH_BYTES = 500 * 1024  # of one request
NAME_LENGTH = 512  # characters of an id or a name
DEPTH = 32  # objects and lists inside each other

REASONS = (
    "unreadable", "too_large", "too_deep", "type", "no_id", "id", "message_id", "no_event", "event", "no_group",
    "no_previous", "timestamp", "properties",
)  # fmt: skip
"""Codes of dead letters."""


class Call(Protocol):
    """What a call says, as far as it is judged."""

    @property
    def type(self) -> str | None: ...  # noqa: D102
    @property
    def message_id(self) -> str | None: ...  # noqa: D102
    @property
    def user_id(self) -> str | int | None: ...  # noqa: D102
    @property
    def anonymous_id(self) -> str | int | None: ...  # noqa: D102
    @property
    def previous_id(self) -> str | int | None: ...  # noqa: D102
    @property
    def group_id(self) -> str | int | None: ...  # noqa: D102
    @property
    def event(self) -> str | None: ...  # noqa: D102
    @property
    def timestamp(self) -> str | None: ...  # noqa: D102
    @property
    def original_timestamp(self) -> str | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one event."""

    reason: str  # one of REASONS

    def __str__(self) -> str:
        return say(f"intake.reason_{self.reason}")


def validate(call: Call) -> Problem | None:
    """Return what is wrong with a call; none where it can be used.

    Every call needs a user or an anonymous id; track a name, group a group, alias the id that was used before.
    """
    kind = call.type
    needed = _NEEDED.get(kind) if kind is not None else None
    if needed is None:
        return Problem("type")
    if not call.user_id and not call.anonymous_id and not _zero(call.user_id, call.anonymous_id):
        return Problem("no_id")
    # Together they are short nearly always: one look instead of three.
    together = f"{call.user_id}{call.anonymous_id}{call.message_id}"
    if not _fits(together):
        for reason, value in (("id", call.user_id), ("id", call.anonymous_id), ("message_id", call.message_id)):
            if value is not None and not _fits(value):
                return Problem(reason)
    missing = needed(call)
    if missing is None and not (readable(call.timestamp) and readable(call.original_timestamp)):
        missing = "timestamp"
    return None if missing is None else Problem(missing)


def readable(moment: str | None) -> bool:
    """Tell whether a moment is absent or an ISO 8601 text."""
    if moment is None:
        return True
    try:
        datetime.fromisoformat(moment)
    except ValueError:
        return False
    return True


def _of_track(call: Call) -> str | None:
    if not call.event:
        return "no_event"
    return None if _fits(call.event) else "event"


def _of_group(call: Call) -> str | None:
    if call.group_id in (None, ""):
        return "no_group"
    return None if _fits(call.group_id) else "id"


def _of_alias(call: Call) -> str | None:
    if call.user_id in (None, "") or call.previous_id in (None, ""):
        return "no_previous"
    return None if _fits(call.previous_id) else "id"


def _nothing_more(_call: Call) -> str | None:
    return None


_NEEDED: Mapping[str, Callable[[Call], str | None]] = {
    **dict.fromkeys(KINDS, _nothing_more), "track": _of_track, "group": _of_group, "alias": _of_alias,
}  # fmt: skip


def _zero(*ids: str | int | None) -> bool:
    """Tell whether an id is the number 0, which names somebody."""
    return any(one == 0 for one in ids)


def _fits(value: str | int | None) -> bool:
    return not isinstance(value, str) or (len(value) <= NAME_LENGTH and "\0" not in value)
