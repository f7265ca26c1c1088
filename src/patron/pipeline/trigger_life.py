"""Move triggers through their lives: what a command changes, with the line that each leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from patron.decisions.triggers.life import moved
from patron.decisions.triggers.trigger import Trigger
from patron.engines.trigger_state import TriggerEvent, remember_trigger_event, trigger_events
from patron.errors import ArgumentError
from patron.language import did_you_mean, failure
from patron.pipeline.approved import check_approved
from patron.pipeline.holding import holding
from patron.pipeline.project import Project
from patron.pipeline.settings import Settings
from patron.pipeline.trigger_states import as_found_before, standing_triggers

BACK = ("pilot", "scale")
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Lived:
    """A trigger as it stands, what became of it, and what the published run read of it."""

    trigger: Trigger
    events: tuple[TriggerEvent, ...]
    row: Row | None
    iterations: tuple[Row, ...]


def lives(project: Project, *, day: date) -> list[Lived]:
    """Return all triggers of a project as they stand on a day.

    Parameters
    ----------
    project : Project
        With a published run or without.
    day : date
        The day.
    """
    rows, iterations = _published(project)
    with project.state() as state:
        events = trigger_events(state)
    standing = as_found_before(standing_triggers(project.settings, events, as_of=day), rows)
    by_name = {row["trigger"]: row for row in rows}
    return [
        Lived(
            trigger=one, events=tuple(event for event in events if event.trigger_name == one.name),
            row=by_name.get(one.name), iterations=tuple(row for row in iterations if row["trigger"] == one.name),
        )
        for one in standing
    ]  # fmt: skip


def life(project: Project, name: str, *, day: date) -> Lived:
    """Return one trigger as it stands on a day.

    Raises
    ------
    ArgumentError
        The settings know none of that name.
    """
    _check_known(project.settings, name)
    return next(one for one in lives(project, day=day) if one.trigger.name == name)


def move(
    project: Project, name: str, event: str, *, day: date, note: str | None = None, keep: str | None = None,
    believed: str | None = None,
) -> TriggerEvent:  # fmt: skip
    """Move a trigger on, and remember why; its hold-out begins when it goes live.

    Parameters
    ----------
    project : Project
        The project.
    name : str
        Of a trigger, sequence or campaign of the settings.
    event : {"pilot", "scale", "pause", "retire", "iterate"}
        The command.
    day : date
        From which day on.
    note : str, optional
        Why; of a new iteration what is changed, which has to be told.
    keep : str, optional
        Of what is retired: what is kept of it.
    believed : str, optional
        What is expected of a new iteration, where it is something else than before.

    Raises
    ------
    ArgumentError
        There is no such trigger, it waits for its team's approval, a trigger of its state takes no such command, it
        was found not to pay and nothing is changed, or a new iteration does not say what is.
    RunError
        The database refused; nothing was changed.
    """
    known = life(project, name, day=day)
    one = known.trigger
    if event in BACK and one.state == "retired" and known.row is not None and known.row["verdict"] == "does_not_pay":
        raise failure(ArgumentError, "triggers.lost", argument="event", came=event, name=name, iteration=one.iteration)
    if event == "iterate" and not (note or "").strip():
        raise failure(ArgumentError, "triggers.change_needed", argument="change", came=note or "")
    state, iteration = moved(one, event)
    said = TriggerEvent(
        trigger_name=name, event=event, day=day, state=state, iteration=iteration, note=note or None,
        believed=believed or one.believed, saw=known.row["sentence"] if event == "retire" and known.row else None,
        keep=keep or None,
    )  # fmt: skip
    with project.state() as database:
        if event in BACK:
            check_approved(database, project.settings, name, as_of=day)
        remember_trigger_event(database, said)
        holding(database, project.settings, day=day)
    return said


def _published(project: Project) -> tuple[list[Row], list[Row]]:
    """Return what the published run read; nothing where there is none, or it is of a version without triggers."""
    if project.store.last_id() is None:
        return [], []
    run = project.last()
    if not run.holds(("triggers", "trigger_iterations")):
        return [], []
    triggers, iterations = (run.table(name, project.connection) for name in ("triggers", "trigger_iterations"))
    return triggers.to_pyarrow().to_pylist(), iterations.to_pyarrow().to_pylist()


def _check_known(settings: Settings, name: str) -> None:
    if name not in settings.launched:
        hint = did_you_mean(name, settings.launched) if settings.launched else ""
        raise failure(ArgumentError, "triggers.unknown", argument="name", came=name, hint=hint)
