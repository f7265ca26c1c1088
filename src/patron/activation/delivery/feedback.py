"""What a destination tells later of something that was delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
class Theirs:
    """One thing that a system tells of a person and not of a delivery: she is named by its words for her.

    Where it can be found which delivery it is about (`receipt`, or `answers`), it is feedback to that one. Else it is
    about something that they sent on their own.
    """

    feedback_id: str
    happened: Happened | Literal["sent"]
    occurred_at: datetime  # aware
    channel: str | None = None
    customer_id: str | None = None  # the id that we gave them
    address: str | None = field(default=None, repr=False)  # else her e-mail address or number
    receipt: str | None = None  # their id of what was handed over, as `Outcome.receipt`
    answers: bool = False  # it is about what a delivery of ours set going there, the last one of the channel before it
    campaign: str | None = None  # what they call it
    message: str | None = None
    permanent: bool | None = None
    reason: str | None = None


Told = Feedback | Theirs
"""What a destination may tell."""


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

    def read(self, called: Called) -> Sequence[Told]:
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

    def pull(self, cursor: str | None, *, now: datetime) -> tuple[Sequence[Told], str | None]:
        """Return what happened since `cursor`, and the cursor for the next time."""


__all__ = ["Called", "Feedback", "FeedbackReader", "FeedbackSource", "Happened", "Theirs", "Told"]
