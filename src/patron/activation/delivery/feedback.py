"""What a destination tells later of something that was delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Happened = Literal["delivered", "opened", "clicked", "bounced", "complained", "unsubscribed"]


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """One thing that happened to one message. The same told twice is one, by `feedback_id`."""

    feedback_id: str
    delivery_id: str
    happened: Happened
    occurred_at: datetime  # aware
    permanent: bool | None = None  # of a bounce: whether the address will never work
    reason: str | None = None  # a short word of ours or a status code, as 5.1.1


@dataclass(frozen=True, kw_only=True)
class Called:
    """A request by which a destination tells something: what its reader needs to believe it."""

    method: str
    url: str  # as they called it, with the query
    headers: Mapping[str, str]  # names in small letters
    body: bytes
    now: datetime


class FeedbackReader(Protocol):
    """Reads what a destination tells by calling us. A destination's section gives it by `reader(name)`."""

    def read(self, called: Called) -> Sequence[Feedback]:
        """Return what is told; nothing where it is about nothing of ours.

        Raises
        ------
        AccessError
            It is not signed as it should be: nothing of it is believed.
        ContractError
            It cannot be read.
        """


class FeedbackSource(Protocol):
    """Asks a destination what has happened. A destination's section gives it by `source(name)`."""

    def pull(self, cursor: str | None, *, now: datetime) -> tuple[Sequence[Feedback], str | None]:
        """Return what happened since `cursor`, and the cursor for the next time."""


__all__ = ["Called", "Feedback", "FeedbackReader", "FeedbackSource", "Happened"]
