"""The rows of `triggers` and `trigger_iterations`: where each stands, in figures and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from patron.contracts.outcome import EVIDENCE
from patron.decisions.triggers.pays import verdict
from patron.decisions.triggers.read import Seen, reading
from patron.decisions.triggers.trigger import LIVE, Trigger
from patron.engines.trigger_state import TriggerEvent
from patron.language import money, number, percent, say

Row = dict[str, Any]
Key = tuple[str, int]

FAILED = "does_not_pay"
SHARES = ("conversion",)
MONEYS = ("margin", "revenue")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a run knows of its triggers: by trigger and iteration, by trigger, and by signal."""

    seen: Mapping[Key, Seen]
    first: Mapping[Key, date]
    today: Mapping[str, int]
    states: Mapping[str, Row]
    events: Sequence[TriggerEvent]
    as_of: date
    currency: str


def trigger_rows(triggers: Sequence[Trigger], facts: Facts) -> list[Row]:
    """Return the rows of `TRIGGERS`."""
    return [_trigger(one, facts) for one in triggers]


def _trigger(one: Trigger, facts: Facts) -> Row:
    read = reading(one, facts.seen.get((one.name, one.iteration), Seen()))
    found = _verdict(one, read)
    failed = one.state in LIVE and found == FAILED
    state, since = ("retired", facts.as_of) if failed else (one.state, one.since)
    row = {
        "trigger": one.name, "form": one.form, "kind": one.kind, "signal": one.signal, "action": one.action,
        "channels": ", ".join(one.channels), "audience": one.audience, "programme": one.programme, "team": one.team,
        "play": one.play, "metric": one.metric, "goal_days": one.goal_days, "holdout": one.holdout, "pilot": one.pilot,
        "state": state, "since": since, "iteration": one.iteration, "finding": _finding(one, facts),
        "fired": facts.today.get(one.name, 0), **read, "verdict": found,
        "evidence": EVIDENCE[0] if read["reading"] == "read" else EVIDENCE[-1],
    }  # fmt: skip
    return {**row, "sentence": saw(row, facts.currency)}


def _verdict(one: Trigger, read: Row) -> str:
    return verdict(
        read["chance_pays"], retire_below=one.retire_below, scale_above=one.scale_above, read=read["reading"] == "read"
    )


def _finding(one: Trigger, facts: Facts) -> str:
    if one.state not in LIVE:
        return one.state
    if one.first_day is not None and facts.as_of < one.first_day:
        return "not_yet"
    if one.last_day is not None and facts.as_of > one.last_day:
        return "over"
    return "fires" if facts.today.get(one.name) else _why_silent(one, facts)


def _why_silent(one: Trigger, facts: Facts) -> str:
    if one.signal is None or one.rule is not None:
        return "silent"
    status = facts.states[one.signal]["status"] if one.signal in facts.states else "unknown"
    return status if status in ("no_data", "off", "unknown") else "silent"


def iteration_rows(triggers: Sequence[Trigger], facts: Facts, rows: Sequence[Row]) -> list[Row]:
    """Return the rows of `TRIGGER_ITERATIONS`.

    Parameters
    ----------
    triggers : sequence of Trigger
        As they stand.
    facts : Facts
        What the run knows of them.
    rows : sequence of dict
        Of the same triggers, from `trigger_rows`.
    """
    found = []
    for one, row in zip(triggers, rows, strict=True):
        mine = [event for event in facts.events if event.trigger_name == one.name and event.day <= facts.as_of]
        began = {number: _began(one.name, number, mine, facts) for number in range(1, one.iteration + 1)}
        found += [_iteration(one, place, began, mine, row, facts) for place in began]
    return found


def _iteration(
    one: Trigger, place: int, began: Mapping[int, date | None], mine: Sequence[TriggerEvent], row: Row, facts: Facts
) -> Row:
    read = reading(one, facts.seen.get((one.name, place), Seen()))
    own = [event for event in mine if event.iteration == place]
    retired = next((event for event in reversed(own) if event.event == "retire"), None)
    last = place == one.iteration
    ended = began.get(place + 1) if not last else row["since"] if row["state"] == "retired" else None
    said = next((event.believed for event in reversed(own) if event.believed), None)
    shown = {**read, "metric": one.metric, "goal_days": one.goal_days, "verdict": _verdict(one, read)}
    words = saw(shown, facts.currency)
    over = ended is not None
    return {
        "trigger": one.name, "iteration": place, "started_on": began[place], "ended_on": ended,
        "change": next((event.note for event in own if event.event == "iterate"), None), **read,
        "believed": said or one.believed, "saw": (retired and retired.saw) or words,
        "keep": (retired and retired.keep) or (kept(shown, facts.currency) if over else None),
    }  # fmt: skip


def _began(name: str, place: int, mine: Sequence[TriggerEvent], facts: Facts) -> date | None:
    told = next((event.day for event in mine if event.iteration == place), None)
    return told or facts.first.get((name, place))


def saw(row: Mapping[str, Any], currency: str) -> str:
    """Return what a hold-out showed, in words.

    Parameters
    ----------
    row : mapping
        A row of `TRIGGERS`, or what it shares with `TRIGGER_ITERATIONS` and its metric, days and verdict.
    currency : str
        ISO 4217.
    """
    if row["reading"] != "read":
        return say(f"triggers.saw_{row['reading']}", days=row["goal_days"], customers=number(row["customers"]))
    facts = {
        "treated": number(row["treated"]), "control": number(row["control"]), "days": row["goal_days"],
        "metric": say(f"triggers.metric_{row['metric']}"), "chance": percent(row["chance_pays"]),
    }  # fmt: skip
    figures = {name: written(row[name], row["metric"], currency) for name in ("effect", "effect_low", "effect_high")}
    return say("triggers.saw_read", **facts, **figures)


def kept(row: Mapping[str, Any], currency: str) -> str:
    """Return what the figures allow to say of an iteration that is over."""
    if row["reading"] != "read":
        return say("triggers.keep_unread")
    facts = {name: money(row[name] or 0.0, currency, digits=2) for name in ("expected", "cost")}
    return say(f"triggers.keep_{row['verdict']}", **facts, chance=percent(row["chance_pays"]))


def written(value: float, metric: str, currency: str) -> str:
    """Write a figure in the unit of its metric."""
    if metric in MONEYS:
        return money(value, currency, digits=2)
    if metric in SHARES:
        return say("triggers.points", points=number(100 * value, digits=2))
    return number(value, digits=3)
