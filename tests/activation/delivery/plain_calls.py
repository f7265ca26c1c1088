"""A destination that cannot take back: it calls a web address without a key, and forgets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from patron.activation.destinations import Delivery, Outcome
from patron.activation.destinations.http import Http


class PlainCalls:
    """Takes messages; what comes twice is there twice."""

    kinds: tuple[Literal["message"], ...] = ("message",)
    repeats: Literal["never"] = "never"
    largest_batch = 1

    def __init__(self, name: str, url: str, *, timeout_s: float = 5) -> None:
        self.name, self._http = name, Http(url, timeout_s=timeout_s, repeats="never")

    def deliver(self, deliveries: Sequence[Delivery], *, now: datetime) -> Sequence[Outcome]:
        return [self._http.call("POST", "/", now=now, json={"id": one.delivery_id}).outcome for one in deliveries]

    def close(self) -> None:
        self._http.close()
