"""Does every experiment of the settings speak of customers, strata and hold-outs that can be?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from patron.activation.members import BOTH
from patron.errors import SettingsError
from patron.language import did_you_mean, failure
from patron.pipeline.check_targets import known_segments
from patron.pipeline.eligible import CONDITION
from patron.pipeline.experiment_settings import ExperimentSettings
from patron.pipeline.own_segments import customer_columns
from patron.pipeline.settings import Settings
from patron.segments.behaviour import SEGMENTATION as BEHAVIOUR

FOUND = (BEHAVIOUR, "micro")
"""Segmentations whose segments a run finds."""


def check_experiments(settings: Settings) -> None:
    """Refuse what no run with these settings can have, before anything is computed.

    Raises
    ------
    SettingsError
        A segment, a segmentation of strata, a programme or a trigger is not known, or experiments that exclude each
        other draw different units; `key` says which.
    ConditionError
        A condition cannot be asked.
    """
    known = {**known_segments(settings), **dict.fromkeys(FOUND)}
    for name, one in settings.experiments.items():
        key = f"experiments.{name}"
        for part in (one.segment or "").split(BOTH) if one.segment else ():
            check_segment(part.strip(), known, key=f"{key}.segment")
        for place, stratum in enumerate(one.strata):
            check_name(stratum, known, key=f"{key}.strata.{place}")
        if one.trigger is not None and (known_triggers := {*settings.holdouts.triggers, *settings.launched}):
            check_name(one.trigger, known_triggers, key=f"{key}.trigger")
        if one.condition is not None:
            customer_columns(settings).check(one.condition, where=f"{key}.{CONDITION}")
    _check_groups(settings.experiments)


def check_segment(part: str, known: Mapping[str, Iterable[str] | None], *, key: str) -> None:
    """Refuse a segment of a segmentation that has none of that name; a bare name is looked up when it is used."""
    outer, dot, inner = part.partition(".")
    if dot:
        check_name(outer, known, key=key)
        if (choices := known[outer]) is not None:
            check_name(inner, choices, key=key)


def check_name(name: str, known: Iterable[str], *, key: str) -> None:
    """Refuse a name that is not among those that are known."""
    if name not in known:
        raise failure(SettingsError, "experiments.not_there", key=key, came=name, hint=did_you_mean(name, known))


def _check_groups(experiments: Mapping[str, ExperimentSettings]) -> None:
    units: dict[str, tuple[str, str]] = {}
    for name, one in experiments.items():
        if one.exclusive is None:
            continue
        other, unit = units.setdefault(one.exclusive, (name, one.unit))
        if unit != one.unit:
            raise failure(
                SettingsError, "experiments.group_unit", key=f"experiments.{name}.unit", came=one.unit, other=other,
                unit=unit, group=one.exclusive,
            )  # fmt: skip
