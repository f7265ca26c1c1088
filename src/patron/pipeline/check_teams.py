"""Does every team of the settings speak of triggers and segments that there are?"""

from __future__ import annotations

from collections.abc import Iterable

from patron.errors import SettingsError
from patron.language import did_you_mean, failure
from patron.pipeline.check_targets import known_segments
from patron.pipeline.settings import Settings


def check_teams(settings: Settings) -> None:
    """Refuse what no run with these settings can have, before anything is computed.

    Raises
    ------
    SettingsError
        A trigger, a segmentation or a segment is not known, or two teams have the same trigger; `key` says which.
    """
    segments, launched = known_segments(settings), settings.launched
    for name, team in settings.teams.items():
        key = f"teams.{name}"
        for place, trigger in enumerate(team.triggers):
            _check(trigger, launched, key=f"{key}.triggers.{place}")
        if team.goal is not None:
            _check(team.goal.segmentation, segments, key=f"{key}.goal.segmentation")
            _check(team.goal.segment, segments[team.goal.segmentation], key=f"{key}.goal.segment")
    for name, one in launched.items():
        listed = [team for team, said in settings.teams.items() if name in said.triggers]
        if one.team is not None and settings.teams:
            section = next(part for part in ("triggers", "sequences", "campaigns") if name in getattr(settings, part))
            _check(one.team, settings.teams, key=f"{section}.{name}.team")
            listed.append(one.team)
        if len(set(listed)) > 1:
            other = next(team for team in listed if team != listed[-1])
            raise failure(
                SettingsError, "teams.trigger_twice", key=f"teams.{other}.triggers", came=name, team=other,
                other=listed[-1],
            )  # fmt: skip


def team_of(settings: Settings, trigger: str) -> str | None:
    """Return whose a trigger is: the team that it names, or that names it."""
    launched = settings.launched.get(trigger)
    if launched is not None and launched.team is not None:
        return launched.team
    return next((name for name, team in settings.teams.items() if trigger in team.triggers), None)


def _check(name: str, known: Iterable[str], *, key: str) -> None:
    if name not in known:
        raise failure(SettingsError, "teams.not_there", key=key, came=name, hint=did_you_mean(name, known))
