"""The preference centre of one person: everything that its page shows, and what a form that comes back means.

In   the settings, her rows of the published run, and what the operational database knows of her now
Out  `Centre`; and `Choices`, of the fields of the page's form
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from patron.decisions.messages.languages import language_name
from patron.engines.preference_state import Preference, preference_of
from patron.engines.state import State
from patron.pipeline.check_messages import messages_of
from patron.pipeline.deciding import rows_of, settled_policy
from patron.pipeline.preferences.asking import waiting_of
from patron.pipeline.preferences.choosing import Choices, paused
from patron.pipeline.preferences.standing import Place, Standing, channels_used, places_of, standings
from patron.pipeline.preferences.whose import Whose
from patron.pipeline.serving import Published
from patron.pipeline.settings import Settings
from patron.privacy.one_since import heard
from patron.privacy.policy import Policy
from patron.privacy.requests import Request

PAUSE = timedelta(days=30)

BEFORE = "before_"
"""Opens the name of a field that says how its namesake stood when the page was made."""

YES = "yes"


@dataclass(frozen=True, kw_only=True)
class Centre:
    """What the page of one person shows."""

    standings: Mapping[Place, Standing]
    preference: Preference
    languages: Mapping[str, str]  # tag -> name; empty where there is nothing to choose
    channels: tuple[str, ...]  # to prefer; empty where there is nothing to choose
    most: int  # messages in the window, by the shop's own rule
    window_days: int
    requests: tuple[Request, ...]  # not answered yet
    policy: Policy
    today: date

    @property
    def paused(self) -> bool:
        """Whether she wants no messages today."""
        return self.preference.paused(self.today)

    @property
    def fewer(self) -> tuple[int, ...]:
        """The numbers of messages in the window that are fewer than the shop's own, the most first."""
        return tuple(range(self.most - 1, 0, -1))


def centre_of(settings: Settings, state: State, run: Published | None, person: Whose, *, now: datetime) -> Centre:
    """Return what a person's page shows.

    Parameters
    ----------
    settings : Settings
        The project's.
    state : State
        The open database.
    run : Published, optional
        The published run; without it only what was said here is known.
    person : Whose
        Who came by the link.
    now : datetime
        Aware.
    """
    local = now.astimezone(ZoneInfo(settings.timezone)).replace(tzinfo=None)
    policy = settled_policy(run, settings, state)
    with state.engine.connect() as connection:
        known, chosen = heard(connection, person.ids), preference_of(connection, person.ids)
    consents: list[dict[str, Any]] = [] if run is None else rows_of(run, "consents", person.customer_id)
    stands = standings(
        places_of(settings, policy), consents, known, policy=policy, as_of=date.min if run is None else run.as_of,
        now=local,
    )  # fmt: skip
    channels = channels_used(settings)
    return Centre(
        standings=stands, preference=chosen, languages=_languages(settings), policy=policy,
        channels=channels if len(channels) > 1 else (), most=settings.contact.most,
        window_days=settings.contact.window, requests=tuple(waiting_of(state, person.ids)), today=local.date(),
    )  # fmt: skip


def choices_in(fields: Mapping[str, str], centre: Centre) -> Choices:
    """Return what somebody changed on her page, of the fields of its form.

    Only what differs from how the page was made counts, and only what the page offers: whatever else comes is
    passed over.
    """
    shown = fields.get("shown", "").split()
    stood = fields.get(f"{BEFORE}on", "").split()
    switched = {}
    for place, standing in centre.standings.items():
        on = fields.get(place.name) == YES
        changed = place.name in shown and on != (place.name in stood)
        if changed and standing.locked is None and on != standing.on:
            switched[place] = on
    return Choices(switched=switched, preference=_preference(fields, centre))


def _preference(fields: Mapping[str, str], centre: Centre) -> Preference:
    now = centre.preference
    most = _changed(fields, "most")
    language, channel = _changed(fields, "language"), _changed(fields, "channel")
    made = Preference(
        language=now.language if language is None else language if language in centre.languages else None,
        channel=now.channel if channel is None else channel if channel in centre.channels else None,
        most=now.most if most is None else int(most) if most in map(str, centre.fewer) else None,
        paused_until=now.paused_until,
    )
    pause = _changed(fields, "pause", otherwise="")
    return made if pause is None else paused(made, centre.today + PAUSE if pause == YES else None)


def _changed(fields: Mapping[str, str], name: str, *, otherwise: str | None = None) -> str | None:
    """Return a field that is not as it was when the page was made; none where it is, or is not there."""
    came = fields.get(name, otherwise)
    before = fields.get(f"{BEFORE}{name}")
    return None if before is None or came == before else came


def _languages(settings: Settings) -> dict[str, str]:
    """Return the languages in which any message is written, by their own tags; none of a single one."""
    found = {settings.sender.language}
    for message in messages_of(settings).values():
        for options in message.parts.values():
            for option in options.values():
                found |= set(option.texts)
    return {tag: language_name(tag) for tag in sorted(found)} if len(found) > 1 else {}


__all__ = ["BEFORE", "PAUSE", "YES", "Centre", "centre_of", "choices_in"]
