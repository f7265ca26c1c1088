"""What holds of one person now, place by place: may she be written to by e-mail, be profiled, be counted?

In   her rows of contracts.person.CONSENTS, what the operational database has heard since, the settled policy
Out  `Standing` of each `Place`, as the preference centre shows it

A no holds at once. A yes that came since the run holds from the next run on (`patron.privacy.one_since`); it is shown
as her yes, and that it begins then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from patron.pipeline.settings import Settings
from patron.privacy.consent import MEANING
from patron.privacy.one import may_use
from patron.privacy.one_since import Heard, since_run
from patron.privacy.policy import Policy, Purpose
from patron.privacy.purpose import EVERY

ALL = "all"
GRANTED = "granted"
CHANNELS = ("email", "sms", "push", "phone", "post")
"""By what a message reaches her; what a page of the shop shows (`web`) is no message to her."""

PURPOSES = (Purpose.PROFILING, Purpose.ADVERTISING, Purpose.MEASUREMENT, Purpose.ANALYTICS)
"""What can be chosen beside messages, in the order of the page."""


class Place(NamedTuple):
    """What a yes or a no is about."""

    purpose: str
    channel: str

    @property
    def name(self) -> str:
        """Its name in a form: ``marketing.email``."""
        return f"{self.purpose}.{self.channel}"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How it stands with one place."""

    on: bool
    locked: str | None = None  # the right above it that she exercises: objected, opted_out, restricted
    soon: bool = False  # her yes is younger than the run, and begins with the next one


def channels_used(settings: Settings) -> tuple[str, ...]:
    """Return the channels by which the shop writes to people; e-mail where it says nothing."""
    said = {channel for one in settings.launched.values() for channel in one.channels}
    said |= {channel for one in settings.destinations.values() for channel in one.channels}
    return tuple(name for name in CHANNELS if name in said) or CHANNELS[:1]


def places_of(settings: Settings, policy: Policy) -> tuple[Place, ...]:
    """Return what a person may choose: messages by each channel, and every purpose that a no stops."""
    asked = policy.heeds_objection
    messages = channels_used(settings) if asked(Purpose.MARKETING) else ()
    return (
        *(Place(Purpose.MARKETING, channel) for channel in messages),
        *(Place(purpose, ALL) for purpose in PURPOSES if asked(purpose)),
    )


def standings(
    places: Sequence[Place],
    consents: Sequence[Mapping[str, Any]],
    known: Heard,
    *,
    policy: Policy,
    as_of: date,
    now: datetime,
) -> dict[Place, Standing]:
    """Return how it stands with each place.

    Parameters
    ----------
    places : sequence of Place
        What is asked for.
    consents : sequence of mapping
        Her rows of contracts.person.CONSENTS, as the run found them.
    known : Heard
        What the operational database knows of her.
    policy : Policy
        With nothing left open.
    as_of : date
        The run's day.
    now : datetime
        The moment in the project's time zone, without it.
    """
    holds = since_run(consents, known, as_of=as_of, now=now)
    locks = _locks(known, consents, now.date())
    return {place: _standing(place, holds, known, locks, policy, as_of, now) for place in places}


def _standing(
    place: Place, holds: Sequence[Mapping[str, Any]], known: Heard, locks: Mapping[str, str], policy: Policy,
    as_of: date, now: datetime,
) -> Standing:  # fmt: skip
    locked = locks.get(EVERY) or locks.get(place.purpose)
    if locked is not None:
        return Standing(on=False, locked=locked)
    channel = None if place.channel == ALL else place.channel
    on = may_use(holds, policy, Purpose(place.purpose), stage="decision", channel=channel)
    if on or not _granted_since(place, known, as_of, now):
        return Standing(on=on)
    return Standing(on=True, soon=True)


def _granted_since(place: Place, known: Heard, as_of: date, now: datetime) -> bool:
    """Tell whether the last that she said of it since the run's day is a yes; a yes to all lifts no no to one."""
    last = None
    for row in known.statements:
        if not as_of <= row["given_at"].date() or row["given_at"] > now or row["purpose"] not in (place.purpose, EVERY):
            continue
        if row["channel"] == place.channel or (row["channel"] == ALL and row["status"] != GRANTED):
            last = row["status"]
    return last == GRANTED


def _locks(known: Heard, consents: Sequence[Mapping[str, Any]], today: date) -> dict[str, str]:
    """Return what is stopped by a right, which stands above everything that is said here."""
    rights = [row for row in known.rights if row["since"] <= today and (row["until"] is None or row["until"] >= today)]
    found = {purpose: reason for row in rights for purpose, reason in MEANING[row["right"]]}
    lifted = {str(row["right"]) for row in known.rights} - {str(row["right"]) for row in rights}
    over = {purpose for right in lifted for purpose, _ in MEANING[right]}
    reasons = {reason for meaning in MEANING.values() for _, reason in meaning}
    for row in consents:
        if not row["allowed"] and row["reason"] in reasons and row["purpose"] not in over:
            found.setdefault(row["purpose"], row["reason"])
    return found


__all__ = ["ALL", "CHANNELS", "Place", "Standing", "channels_used", "places_of", "standings"]
