"""When does a live trigger fire? On an event, a while after one unless something happens, or by the clock.

A live trigger is a trigger like any other: the same audience, hold-out, caps, auction and ledger. Only when it fires is
said by what comes in and not by a signal of the nightly run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from patron.sources.stream import StreamProduct

LiveKey = Literal["customer", "cart", "product", "order"]

LIVE_KEYS: tuple[LiveKey, ...] = ("customer", "cart", "product", "order")
"""What a firing is about: of each of them one timer runs for a person."""

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)

WHOLE = ""
"""The subject of what is about no cart, product or order in particular."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """At which time of day, on which weekdays (0 is Monday), and by whose clock."""

    at: time
    days: tuple[int, ...] = EVERY_DAY
    zone: str = "UTC"

    def after(self, moment: datetime) -> datetime:
        """Return the first moment (UTC) after `moment` (aware) at which it fires.

        An hour that the clock leaves out is taken as the one after it; of an hour that it repeats, the first counts.

        Examples
        --------
        >>> daily = Schedule(at=time(9), zone="Europe/Paris")
        >>> daily.after(datetime(2026, 7, 1, 7, 0, tzinfo=UTC)).isoformat()
        '2026-07-02T07:00:00+00:00'
        """
        zone = ZoneInfo(self.zone)
        day = moment.astimezone(zone).date() - timedelta(days=1)
        while True:
            found = datetime.combine(day, self.at, tzinfo=zone).astimezone(UTC)
            if found > moment and day.weekday() in self.days:
                return found
            day += timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class LiveRule:
    """When a live trigger fires: on one of `events`, or at the times of `schedule`."""

    events: tuple[str, ...] = ()
    where: str | None = None  # SQL condition over the event
    after: timedelta = timedelta(0)  # from the event until it fires
    unless: tuple[str, ...] = ()  # events that keep it from firing in the meantime
    key: LiveKey = "customer"
    again: timedelta | None = timedelta(0)  # at the earliest after it fired for her; none: once
    expires: timedelta = timedelta(days=1)  # how long after it fired a message still makes sense
    schedule: Schedule | None = None


class About(Protocol):
    """What an event says of what it is about."""

    @property
    def product_id(self) -> str | None: ...
    @property
    def order_id(self) -> str | None: ...
    @property
    def cart_id(self) -> str | None: ...
    @property
    def products(self) -> Sequence[StreamProduct]: ...


def subject_of(event: About, key: LiveKey) -> str:
    """Return which cart, product or order an event is about; empty where it does not say.

    An event of several products is about each of them: see `subjects_of`.
    """
    named = {"cart": event.cart_id, "product": event.product_id, "order": event.order_id, "customer": None}
    return named[key] or WHOLE


def subjects_of(event: About, key: LiveKey) -> tuple[str, ...]:
    """Return what an event arms timers about: of products each, of everything else one.

    Examples
    --------
    >>> from patron.sources.stream import StreamEvent
    >>> then = datetime(2026, 3, 1, tzinfo=UTC)
    >>> put = StreamEvent(number=1, message_id="m", source="web", kind="track", event="cart_add", product_id="lamp",
    ...                   occurred_at=then, received_at=then)
    >>> subjects_of(put, "product"), subjects_of(put, "cart")
    (('lamp',), ('',))
    """
    own = subject_of(event, key)
    if key != "product" or own:
        return (own,)
    return tuple(dict.fromkeys(one.product_id for one in event.products)) or (WHOLE,)


def cancels(event: About, key: LiveKey, subject: str) -> bool:
    """Tell whether an event that is named in `unless` is about the subject of a timer.

    Where one of the two does not say which cart, product or order it is about, it is taken as the same.
    """
    about = subjects_of(event, key)
    return subject == WHOLE or about == (WHOLE,) or subject in about


def free_again(rule: LiveRule, fired: Sequence[datetime], moment: datetime) -> bool:
    """Tell whether a trigger may fire for somebody again, for whom it fired at these moments before."""
    if not fired:
        return True
    return rule.again is not None and max(fired) + rule.again <= moment


__all__ = [
    "EVERY_DAY",
    "LIVE_KEYS",
    "WHOLE",
    "LiveKey",
    "LiveRule",
    "Schedule",
    "cancels",
    "free_again",
    "subject_of",
    "subjects_of",
]
