"""Start and stop the experiments that the settings describe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from patron.decisions.holdouts import applying
from patron.engines.experiment_state import Registered, RegisteredArm, experiments, stop_experiment
from patron.engines.state import State
from patron.errors import ArgumentError, SettingsError
from patron.experiments.exclusion import part_of_group
from patron.experiments.start import start
from patron.language import day, did_you_mean, failure, listing
from patron.pipeline.eligible import EVERYBODY, eligible, strata_of
from patron.pipeline.experiment_settings import ExperimentSettings
from patron.pipeline.guarding import guard_now
from patron.pipeline.holding import holding
from patron.pipeline.project import Project
from patron.pipeline.settings import Settings
from patron.privacy.pseudonymous import export_key

SALT = "experiment:"

NOTHING = "-"


def described(settings: Settings, name: str) -> ExperimentSettings:
    """Return what the settings say of an experiment.

    Raises
    ------
    ArgumentError
        They say nothing of it.
    """
    if name not in settings.experiments:
        raise failure(
            ArgumentError, "experiments.unknown", argument="name", came=name,
            hint=did_you_mean(name, settings.experiments) if settings.experiments else "",
        )  # fmt: skip
    return settings.experiments[name]


def start_experiment(
    project: Project, name: str, *, folder: Path, today: date, needed: Mapping[str, Any] | None = None,
    ending: str = ".csv", pseudonymous: bool = False, force: bool = False,
) -> Registered:  # fmt: skip
    """Start an experiment of the settings on the published run.

    Parameters
    ----------
    project : Project
        With a published run.
    name : str
        Under ``experiments`` of the settings.
    folder : Path
        Where the lists go, one an arm but the control.
    today : date
        The day on which it starts: whom nobody may contact any more is not in it.
    needed : mapping, optional
        What was said to be needed: ``planned_units`` and so on; kept with the promises.
    ending : str
        Of the lists: ``.csv`` or ``.parquet``.
    pseudonymous : bool
        The lists hold pseudonyms instead of ids.
    force : bool
        Replace lists that are there.

    Raises
    ------
    PatronError
        As `patron.experiments.start.start`, and where the settings say nothing of it, or its segment is not there.
    """
    settings = project.settings
    said = described(settings, name)
    run, connection = project.last(), project.connection
    with project.state() as state:
        check_unstarted(state, name, settings)
        holdouts = applying(
            holding(state, settings, day=run.manifest.as_of), programme=said.programme, trigger=said.trigger
        )
        asked = _registered(name, said, state, run.manifest.run_id, run.manifest.as_of, needed or {})
        if said.unit == "visitor":
            return start(None, asked, state=state)
        chosen = eligible(run, connection, name=name, experiment=said, settings=settings)
        guard = guard_now(run, connection, state=state, settings=settings, today=today)
        key = export_key(project.own) if pseudonymous else None
        return start(
            replace(chosen, guard=guard, export_key=key), replace(asked, segment=_source(said, chosen.source)),
            state=state, folder=folder, ending=ending, holdouts=holdouts, force=force,
            strata=strata_of(run.table("memberships", connection), said.strata),
        )  # fmt: skip


def stop(project: Project, name: str, *, on: date, reason: str) -> Registered:
    """Stop an experiment: nothing that comes after the day counts; who was in which arm stays known.

    Parameters
    ----------
    project : Project
        The project.
    name : str
        The experiment.
    on : date
        The last day that counts.
    reason : str
        Why; it is shown wherever the experiment is read.

    Raises
    ------
    ArgumentError
        It does not run, the day is before its start or after its end, or no reason is given.
    SettingsError
        The settings promise something else than when it was started.
    """
    with project.state() as state:
        one = started(state, name)
        check_promises(one, project.settings)
        if one.stopped_on is not None:
            raise failure(ArgumentError, "experiments.stopped_before", came=name, day=day(one.stopped_on))
        if not one.started_on <= on <= one.ends_on:
            raise failure(
                ArgumentError, "experiments.stop_day", argument="on", came=day(on), first=day(one.started_on),
                last=day(one.ends_on),
            )  # fmt: skip
        if not reason.strip():
            raise failure(ArgumentError, "experiments.stop_reason", argument="reason", came=reason)
        stop_experiment(state, name, on=on, reason=reason.strip())
        return replace(one, stopped_on=on, stop_reason=reason.strip())


def started(state: State, name: str) -> Registered:
    """Return the experiment `name` as it was started.

    Raises
    ------
    ArgumentError
        None of that name was.
    """
    known = {one.name: one for one in experiments(state) if one.published}
    if name not in known:
        hint = did_you_mean(name, known) if known else ""
        raise failure(ArgumentError, "experiments.not_started", argument="name", came=name, hint=hint)
    return known[name]


def check_unstarted(state: State, name: str, settings: Settings) -> None:
    """Refuse a name that was used: with what changed, where the settings promise something else by now.

    Raises
    ------
    ArgumentError
        The experiment was started before.
    SettingsError
        It was, and its settings have changed since.
    """
    for one in experiments(state):
        if one.name == name and one.published:
            check_promises(one, settings)
            raise failure(ArgumentError, "experiments.name_used", came=name, day=one.started_on.isoformat())


def check_promises(one: Registered, settings: Settings) -> None:
    """Refuse settings that promise something else than was promised when the experiment was started.

    An experiment that stands in the settings no more has nothing to disagree with.

    Raises
    ------
    SettingsError
        Its ``changes`` say what changed.
    """
    said = settings.experiments.get(one.name)
    if said is None:
        return
    changes = [*promise_changes(one.promised, said.promised())]
    if changes:
        raise failure(
            SettingsError, "experiments.shifted", key=f"experiments.{one.name}", experiment=one.name,
            day=day(one.started_on), changes=listing(changes),
        )  # fmt: skip


def promise_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Yield each promise that is not what it was, as ``key: before -> now``.

    Examples
    --------
    >>> list(promise_changes({"primary_metric": "margin", "planned_units": 9}, {"primary_metric": "orders"}))
    ['primary_metric: margin -> orders']
    """
    for key in now:
        if key in before and _told(before[key]) != _told(now[key]):
            yield f"{key}: {_told(before[key])} -> {_told(now[key])}"


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {part}" for key, part in sorted(value.items()))
    return ", ".join(map(str, value)) if isinstance(value, list) else NOTHING if value is None else str(value)


def _registered(
    name: str, said: ExperimentSettings, state: State, run_id: str, as_of: date, needed: Mapping[str, Any]
) -> Registered:
    """Return what is promised, with the part of the customers that is the experiment's own."""
    low, high = 0.0, said.part
    if said.exclusive is not None:
        others = [one for one in experiments(state) if one.name != name]
        low, high = part_of_group(said.part, others, group=said.exclusive, unit=said.unit, on=as_of)
    arms = tuple(RegisteredArm(arm=arm, share=share) for arm, share in said.shares().items())
    return Registered(
        name=name, run_id=run_id, segment=EVERYBODY, unit=said.unit, salt=f"{SALT}{name}", started_on=as_of,
        ends_on=as_of + timedelta(days=said.duration), promised={**said.promised(), **needed}, arms=arms,
        exclusive_group=said.exclusive, space_low=low, space_high=high,
    )  # fmt: skip


def _source(said: ExperimentSettings, source: str) -> str:
    return source if said.condition is None else said.condition
