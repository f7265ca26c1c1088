"""What Patron asks of a system that takes messages, lists or scores: one narrow protocol.

A destination turns deliveries into its own published format, hands them over, and says of each what came of it. It
knows no database, no settings, no clock but the moment it is given, and it keeps nothing: queue, retries, limits and
the record of what was delivered are `activation.delivery`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypedDict

Kind = Literal["message", "profile", "member", "removal"]
"""A message to a person; what is known of her, written back; her place on a list; and its end."""

KINDS: tuple[Kind, ...] = ("message", "profile", "member", "removal")

Status = Literal["accepted", "rejected", "retry", "unknown"]

Repeats = Literal["recognised", "never"]


class MessageContent(TypedDict, total=False):
    """The `content` of a delivery of kind `message`: rendered, in her language."""

    subject: str
    text: str
    html: str
    image: str
    language: str
    direction: Literal["ltr", "rtl"]
    unsubscribe_url: str  # one click, signed
    preferences_url: str  # signed
    campaign: str  # the trigger's name, as messages carry it
    facts: dict[str, Any]  # what a letter, call or list needs beside: name, postal address, household


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One thing to hand over.

    `delivery_id` is the idempotency key: the same thing has the same one however often it is tried.
    """

    delivery_id: str
    kind: Kind
    customer_id: str
    content: Mapping[str, Any]  # JSON
    channel: str | None = None
    address: str | None = field(default=None, repr=False)  # e-mail address, E.164 number, device token
    trigger: str | None = None
    iteration: int | None = None
    step: str | None = None
    variant: str | None = None
    purpose: str = "marketing"
    attempt: int = 1  # which try this is
    made_at: datetime | None = None  # aware; when it was decided that this is to leave


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one delivery.

    accepted  It is theirs now; `receipt` is their id of it.
    rejected  It will never be taken: their answer says that this one is wrong.
    retry     It was certainly not taken; later it may be.
    unknown   It may have been taken: the connection ended before they answered.

    `reason` is a short word of ours (`http_500`, `smtp_550`, `timed_out`), never their text, which may name somebody.
    """

    status: Status
    reason: str | None = None
    receipt: str | None = None
    retry_after_s: float | None = None  # what they asked for
    happened: Literal["bounced", "unsubscribed"] | None = None  # what it says of the address: never again


class Destination(Protocol):
    """A system that takes deliveries."""

    @property
    def name(self) -> str:
        """What the settings call it."""

    @property
    def kinds(self) -> Sequence[Kind]:
        """What it takes."""

    @property
    def repeats(self) -> Repeats:
        """What it does with a delivery that comes twice.

        `recognised`: it knows the key again and takes it once; what is unknown is handed over again.
        `never`: it cannot take back; what is unknown is never handed over again, and a person decides.
        """

    @property
    def largest_batch(self) -> int:
        """How many deliveries it takes at once."""

    def deliver(self, deliveries: Sequence[Delivery], *, now: datetime) -> Sequence[Outcome]:
        """Hand over, and return what came of each, in their order.

        Raises
        ------
        Exception
            Anything: counts as `unknown` for all of them.
        """

    def close(self) -> None:
        """Let go of connections."""


__all__ = ["KINDS", "Delivery", "Destination", "Kind", "MessageContent", "Outcome", "Repeats", "Status"]
