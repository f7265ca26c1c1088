"""Can every trigger, sequence and campaign of the settings be, and beside the others?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from patron.contracts.signal import LIBRARY
from patron.decisions.holdouts import GLOBAL
from patron.decisions.triggers.event_row import event_condition
from patron.errors import SettingsError
from patron.language import did_you_mean, failure, listing
from patron.pipeline.own_segments import customer_columns
from patron.pipeline.settings import Settings

SECTIONS = ("triggers", "sequences", "campaigns")
CONDITIONS = ("audience", "exit")
NAME = re.compile(r"\w[\w-]{0,58}")


def check_triggers(settings: Settings) -> None:
    """Refuse what no run with these settings can have, before anything is computed.

    Raises
    ------
    SettingsError
        A name cannot be or is used twice, a signal or a trigger is not known, triggers step back before each other,
        or a hold-out is said twice and differently; `key` says which.
    ConditionError
        An audience or an exit cannot be asked.
    """
    keys = {name: f"{section}.{name}" for section in SECTIONS for name in getattr(settings, section)}
    _check_names(settings)
    for name, one in settings.launched.items():
        for part in CONDITIONS:
            if (text := getattr(one, part, None)) is not None:
                customer_columns(settings).check(text, where=f"{keys[name]}.{part}")
        if (live := getattr(one, "live", None)) is not None and live.where is not None:
            event_condition(live.where, where=f"{keys[name]}.live.where")
        _check_known(getattr(one, "signal", None), {*LIBRARY, *settings.signals}, key=f"{keys[name]}.signal")
        _check_known(getattr(one, "experiment", None), settings.experiments, key=f"{keys[name]}.experiment")
        for place, other in enumerate(one.gives_way_to):
            _check_known(other, keys, key=f"{keys[name]}.gives_way_to.{place}")
        _check_held_once(name, one, settings, key=f"{keys[name]}.holdout")
    _check_rings(settings, keys)


def _check_names(settings: Settings) -> None:
    said = Counter(name for section in SECTIONS for name in getattr(settings, section))
    for section in SECTIONS:
        for name in getattr(settings, section):
            if not NAME.fullmatch(name) or name == GLOBAL:
                raise failure(SettingsError, "triggers.name", key=f"{section}.{name}", came=name)
            if said[name] > 1:
                raise failure(SettingsError, "triggers.name_twice", key=f"{section}.{name}", came=name)


def _check_known(name: str | None, known: Collection[str], *, key: str) -> None:
    if name is not None and name not in known:
        hint = did_you_mean(name, known) if known else ""
        raise failure(SettingsError, "triggers.not_there", key=key, came=name, hint=hint)


def _check_held_once(name: str, one: Any, settings: Settings, *, key: str) -> None:
    other = settings.holdouts.triggers.get(name)
    if other is not None and (other.share, other.programme) != (one.share(), one.programme):
        raise failure(SettingsError, "triggers.held_twice", key=key, name=name)


def _check_rings(settings: Settings, keys: Mapping[str, str]) -> None:
    """Refuse triggers that step back before each other: where both fire, neither would be sent."""
    before = {name: tuple(one.gives_way_to) for name, one in settings.launched.items()}
    for name in before:
        ring = next(_ways(name, name, before, ()), None)
        if ring is not None:
            key = f"{keys[name]}.gives_way_to"
            raise failure(SettingsError, "triggers.exclude_each_other", key=key, names=listing(ring), came=name)


def _ways(
    start: str, here: str, before: Mapping[str, tuple[str, ...]], behind: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    """Yield the ways on which a trigger steps back before itself."""
    for after in before.get(here, ()):
        if after == start:
            yield (*behind, here)
        elif after not in (*behind, here):
            yield from _ways(start, after, before, (*behind, here))
