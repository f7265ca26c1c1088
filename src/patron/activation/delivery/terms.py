"""On what terms deliveries are handed over to one destination, and what is asked and told beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from patron.activation.delivery.feedback import Feedback
from patron.activation.destinations import Delivery

Check = Callable[[Connection, Sequence[Delivery], datetime], Mapping[str, str]]
"""Asked in the last moment: `check(connection, deliveries, now)` returns the reason of each that may not leave."""

Tell = Callable[[Sequence[Feedback]], object]
"""Tell of what a destination says at once about an address, beside not taking a delivery."""


def unchecked(_connection: Connection, _deliveries: Sequence[Delivery], _now: datetime) -> Mapping[str, str]:
    """Let everything leave."""
    return {}


def untold(_feedback: Sequence[Feedback]) -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The terms of one destination, as the settings say them."""

    per_second: float = 10.0
    at_once: int = 20
    attempts: int = 8
    timeout_s: float = 20.0
    cost_of: Callable[[Delivery], float | None] = lambda _delivery: None


__all__ = ["Check", "Tell", "Terms", "unchecked", "untold"]
