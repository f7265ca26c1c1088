"""What is committed to the inbox together, and the keys by which it is known again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

Values = tuple[str, str, str, int, int | None, bool, bytes | None, bytes]
"""message_id (a dead letter's reason), source, kind, received_at, sent_at, gpc, context, payload."""

COLUMNS = "source, kind, received_at, sent_at, gpc, context, payload"

KEY_BYTES = 16


@dataclass(slots=True)
class Group:
    """What is committed together: events and dead letters, each with the key by which it is known again.

    `replayed` are numbers of dead letters that go, for they are now among the events, or came before.
    """

    keys: list[bytes] = field(default_factory=list)
    events: list[Values] = field(default_factory=list)
    dead_keys: list[bytes] = field(default_factory=list)
    dead: list[Values] = field(default_factory=list)
    replayed: list[int] = field(default_factory=list)


def event_key(source: str, message_id: str) -> bytes:
    """Return the key of an event: no two sources disturb each other."""
    return blake2b(f"{source}\0{message_id}".encode(), digest_size=KEY_BYTES).digest()


def dead_key(source: str, payload: bytes) -> bytes:
    """Return the key of a dead letter: the same bytes again, for whoever sends them again."""
    return blake2b(payload, digest_size=KEY_BYTES, key=blake2b(source.encode(), digest_size=32).digest()).digest()


def new_ones(keys: Sequence[bytes], rows: Sequence[Values], known: set[bytes]) -> tuple[list[bytes], list[Values]]:
    """Return the keys that are not known, each once, and their rows; they are known from then on."""
    fresh: list[bytes] = []
    kept: list[Values] = []
    for key, row in zip(keys, rows, strict=True):
        if key not in known:
            known.add(key)
            fresh.append(key)
            kept.append(row)
    return fresh, kept


TAKING = (
    "INSERT INTO inbox_counter (id, last) VALUES (1, {0}) "
    "ON CONFLICT (id) DO UPDATE SET last = inbox_counter.last + excluded.last RETURNING last"
)
"""Takes numbers, and says the last of them; a mark of the driver's stands for how many."""

__all__ = ["COLUMNS", "KEY_BYTES", "TAKING", "Group", "Values", "dead_key", "event_key", "new_ones"]
