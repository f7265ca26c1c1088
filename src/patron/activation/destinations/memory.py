"""A destination that only remembers: for trying things out, and for tests of whatever hands something over."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime

from patron.activation.destinations.destination import KINDS, Delivery, Kind, Outcome, Repeats

Scripted = Outcome | Callable[[Delivery], Outcome]


class Memory:
    """Takes everything, unless told otherwise, and knows what it took.

    Parameters
    ----------
    name : str
    repeats : Repeats
        With `recognised`, a key that comes again is taken once.
    largest_batch : int
    kinds : sequence of Kind

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> memory = Memory("mail").will(Outcome(status="retry", reason="busy"))
    >>> one = Delivery(delivery_id="d1", kind="message", customer_id="ann", content={})
    >>> [memory.deliver([one], now=datetime(2026, 3, 1, tzinfo=UTC))[0].status for _ in range(2)]
    ['retry', 'accepted']
    >>> [delivery.delivery_id for delivery in memory.taken]
    ['d1']
    """

    def __init__(
        self, name: str = "memory", *, repeats: Repeats = "recognised", largest_batch: int = 1,
        kinds: Sequence[Kind] = KINDS,
    ) -> None:  # fmt: skip
        self.name, self.repeats, self.largest_batch, self.kinds = name, repeats, largest_batch, kinds
        self.handed: list[Delivery] = []  # whatever came, as often as it came
        self.taken: list[Delivery] = []  # what was accepted; a key that is recognised once
        self.otherwise: Scripted = Outcome(status="accepted")
        self.closed = False
        self._keys: set[str] = set()
        self._script: deque[Scripted] = deque()

    def __repr__(self) -> str:
        """Name it without what it took."""
        return f"Memory({self.name!r}, taken={len(self.taken)})"

    def will(self, *outcomes: Scripted) -> Memory:
        """Say what comes of the next deliveries, one after the other; then of all others `otherwise`."""
        self._script.extend(outcomes)
        return self

    def deliver(self, deliveries: Sequence[Delivery], *, now: datetime) -> Sequence[Outcome]:  # noqa: ARG002
        """Remember what comes."""
        return [self._take(one) for one in deliveries]

    def close(self) -> None:
        """Note that it is over."""
        self.closed = True

    def _take(self, delivery: Delivery) -> Outcome:
        self.handed.append(delivery)
        scripted = self._script.popleft() if self._script else self.otherwise
        outcome = scripted(delivery) if callable(scripted) else scripted
        known = self.repeats == "recognised" and delivery.delivery_id in self._keys
        if outcome.status == "accepted" and not known:
            self._keys.add(delivery.delivery_id)
            self.taken.append(delivery)
        return outcome


__all__ = ["Memory", "Scripted"]
