"""When a trigger fires, in a few words: with a run, at once, a while after something, or by the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from babel.dates import get_day_names

from patron.decisions.triggers.live_rule import EVERY_DAY, LiveRule, Schedule
from patron.decisions.triggers.trigger import Trigger
from patron.language import LANGUAGE, listing, say
from patron.pipeline.live_settings import span_written


def fires(trigger: Trigger) -> str:
    """Return when a trigger fires, for a person to read."""
    rule = trigger.rule
    if rule is None:
        return say("trigger_cli.fires.word_runs")
    if rule.schedule is not None:
        return _by_clock(rule.schedule)
    events = listing(rule.events)
    if not rule.after:
        return say("trigger_cli.fires.at_once", events=events)
    after = span_written(rule.after)
    key = "unless" if rule.unless else "after"
    return say(f"trigger_cli.fires.{key}", events=events, after=after, unless=listing(rule.unless))


def fires_word(trigger: Trigger) -> str:
    """Return the same in a word, for a table."""
    if trigger.rule is None:
        return say("trigger_cli.fires.word_runs")
    return say(f"trigger_cli.fires.word_{'event' if trigger.rule.schedule is None else 'clock'}")


def rule_facts(trigger: Trigger) -> dict[str, Any] | None:
    """Return the same for a machine: durations in seconds, days as 0 (Monday) to 6; none of the nightly run's."""
    rule: LiveRule | None = trigger.rule
    if rule is None:
        return None
    times = rule.schedule
    return {
        "events": list(rule.events), "where": rule.where, "after_s": _seconds(rule.after), "unless": list(rule.unless),
        "key": rule.key, "again_s": _seconds(rule.again), "expires_s": _seconds(rule.expires),
        "at": None if times is None else f"{times.at:%H:%M}", "days": None if times is None else list(times.days),
        "zone": None if times is None else times.zone,
    }  # fmt: skip


def _by_clock(times: Schedule) -> str:
    at = f"{times.at:%H:%M}"
    if times.days == EVERY_DAY:
        return say("trigger_cli.fires.daily", at=at)
    names = get_day_names("abbreviated", locale=LANGUAGE)
    return say("trigger_cli.fires.weekly", at=at, days=listing([names[day] for day in times.days]))


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())


__all__ = ["fires", "fires_word", "rule_facts"]
