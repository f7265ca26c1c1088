"""What somebody chose in the preference centre is written down: statements of consent, preferences, the audit.

All of it is one transaction, and holds for the next live decision and the next run. Only what she changed is stated:
a page that lay open for a week takes nothing back that was said meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from patron.engines.database import writing
from patron.engines.preference_state import Preference, keep_preference, preference_of
from patron.engines.state import State
from patron.pipeline.preferences.standing import ALL, Place
from patron.pipeline.preferences.whose import Whose
from patron.pipeline.preferences.words import MARKETING, text_version
from patron.privacy.audit import append
from patron.privacy.pseudonyms import pseudonym
from patron.privacy.statements import CENTRE, Statement, write_statements

EVERYTHING = (Place(MARKETING, ALL), Place("advertising", ALL))
"""What is stopped at once: messages by every channel, and advertising elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What somebody changed: places that she switched, and all of her preference, none where she left it alone."""

    switched: Mapping[Place, bool] = field(default_factory=dict)
    preference: Preference | None = None


def choose(state: State, person: Whose, choices: Choices, *, zone: ZoneInfo, now: datetime) -> int:
    """Write down what somebody changed, and return how many things that were.

    Parameters
    ----------
    state : State
        The open database.
    person : Whose
        Who came by the link.
    choices : Choices
        What she changed.
    zone : ZoneInfo
        The project's: consents are stated in it.
    now : datetime
        Aware.
    """
    with writing(state.engine) as connection:
        changed = _state(connection, person, choices.switched, zone, now)
        before = preference_of(connection, person.ids)
        if choices.preference is not None and choices.preference != before:
            keep_preference(connection, person.customer_id, choices.preference, ids=person.ids, now=now)
            changed.append("preference")
        if changed:
            subject = pseudonym(connection, person.customer_id)
            facts = {"changed": sorted(changed), "delivery": person.link.delivery_id}
            append(connection, actor=CENTRE, action="preferences.changed", subject=subject, facts=facts, now=now)
    return len(changed)


def stop_everything(state: State, person: Whose, *, zone: ZoneInfo, now: datetime) -> int:
    """State that she wants no messages at all, and no advertising."""
    return choose(state, person, Choices(switched=dict.fromkeys(EVERYTHING, False)), zone=zone, now=now)


def paused(preference: Preference, until: date | None) -> Preference:
    """Return a preference with another end of its pause."""
    return Preference(
        language=preference.language, channel=preference.channel, most=preference.most, paused_until=until
    )


def _state(
    connection: Connection, person: Whose, switched: Mapping[Place, bool], zone: ZoneInfo, now: datetime
) -> list[str]:
    local = now.astimezone(zone)
    made = list(_statements(person, switched, local.replace(tzinfo=None)))
    write_statements(connection, made, today=local.date())
    return [f"{one.purpose}.{one.channel}.{one.status}" for one in made]


def _statements(person: Whose, switched: Mapping[Place, bool], at: datetime) -> Iterable[Statement]:
    for place, on in sorted(switched.items()):
        # By a link in a message to an address she has shown that the address is hers: that is what double opt-in asks.
        confirmed = on and (place.channel == person.reached_by or place.purpose != MARKETING)
        yield Statement(
            customer_id=person.customer_id, purpose=place.purpose, channel=place.channel,
            status="granted" if on else "denied", given_at=at, confirmed_at=at if confirmed else None,
            text_version=text_version(place), source=CENTRE, proof=person.link.delivery_id,
        )  # fmt: skip


__all__ = ["EVERYTHING", "Choices", "choose", "paused", "stop_everything"]
