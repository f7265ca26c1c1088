"""Which experiments tell something of an action: what was done in each, by what channel, for which signal.

Triggers tell it themselves: their own hold-out was read by the run before, among those for whom they fired. Of a frozen
list and of an experiment run elsewhere the settings say it (`opportunities.tried`); an experiment of the settings whose
arm is called as an action was one of that action, and one that names a trigger was one of the trigger's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patron.decisions import Trial
from patron.decisions.holdouts import TRIGGER
from patron.pipeline.step import Context

READ = ("conversion", "margin")

KINDS = ("audience", "experiment", "elsewhere")
"""A hold-out is read from everybody, whether or not anything was sent: it tells of a programme, not of one action."""

NORMAL_95 = 1.959963984540054

Row = Mapping[str, Any]
Key = tuple[str, str, str, str]


def tried(context: Context) -> tuple[Trial, ...]:
    """Return what experiments told by the run's day of who orders, by arm and segment."""
    about = {row["experiment"]: row for row in context["experiments"].to_pyarrow().to_pylist()}
    effects = context["effects"]
    wanted = effects.filter(effects.metric.isin(READ), effects.status == "read")
    rows = wanted.to_pyarrow().to_pylist()
    margin = {_key(row): row["mean_control"] for row in rows if row["metric"] == "margin"}
    families = _families(context)
    found = _of_triggers(context, families)
    for row in sorted((row for row in rows if row["metric"] == "conversion"), key=_key):
        experiment = about.get(row["experiment"])
        if experiment is None or experiment["kind"] not in KINDS or row["relative_low"] is None:
            continue
        trial = _trial(context, row, experiment, margin.get(_key(row)), families)
        if trial is not None:
            found.append(trial)
    return tuple(found)


def _of_triggers(context: Context, families: Mapping[str, str]) -> list[Trial]:
    """Return what the hold-outs of triggers had shown when the run before read them."""
    if context.handed is None:
        return []
    table = context.handed.triggers
    read = table.filter(table.reading == "read", table.signal.notnull(), table.mean_control > 0.0)
    found = []
    for row in read.order_by("trigger").to_pyarrow().to_pylist():
        error = (row["effect_high"] - row["effect_low"]) / (2 * NORMAL_95 * row["mean_control"])
        if not error > 0:
            continue
        channels = row["channels"].split(",")
        found.append(
            Trial(
                experiment=f"{TRIGGER}{row['trigger']}",
                effect=row["effect"] / row["mean_control"],
                standard_error=error,
                window_days=row["goal_days"],
                action=row["action"],
                signal=row["signal"],
                channel=channels[0].strip() if len(channels) == 1 else None,
                family=families.get(row["signal"]),
                probability=row["mean_control"] if row["metric"] == "conversion" else None,
                cost=row["cost"],
            )
        )
    return found


def _key(row: Row) -> Key:
    return row["experiment"], row["arm"], row["segmentation"], row["segment"]


def _trial(
    context: Context, row: Row, experiment: Row, margin: float | None, families: Mapping[str, str]
) -> Trial | None:
    error = (row["relative_high"] - row["relative_low"]) / (2 * NORMAL_95)
    days = (row["to_day"] - row["from_day"]).days + 1
    if not error > 0 or days < 1:
        return None
    action, channel, signal = _done(context, row)
    chance = row["mean_control"]
    return Trial(
        experiment=row["experiment"], arm=row["arm"], effect=row["relative"], standard_error=error, window_days=days,
        action=action, channel=channel, signal=signal, family=families.get(signal or ""),
        segmentation=row["segmentation"], segment=row["segment"],
        probability=chance, value=margin / chance if margin is not None and chance else None,
        cost=experiment["cost_per_contact"],
    )  # fmt: skip


def _done(context: Context, row: Row) -> tuple[str | None, str | None, str | None]:
    """Return action, channel and signal of an arm, as far as somebody wrote them down."""
    settings = context.settings
    experiment = settings.experiments.get(row["experiment"])
    channel = experiment.channel if experiment is not None else None
    told = settings.opportunities.tried.get(row["experiment"])
    if told is not None and told.arm in (None, row["arm"]):
        return told.action, told.channel or channel, told.signal
    trigger = settings.triggers.get(experiment.trigger or "") if experiment is not None else None
    if trigger is not None:
        return trigger.action, channel or trigger.channels[0], trigger.signal
    names = {action.name for action in settings.opportunities.catalogue()}
    return (row["arm"] if row["arm"] in names else None), channel, None


def _families(context: Context) -> Mapping[str, str]:
    rows = context["signal_states"].select("signal", "family").to_pyarrow().to_pylist()
    return {row["signal"]: row["family"] for row in rows}
