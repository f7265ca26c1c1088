"""What the settings say of live triggers: on which event, after how long, unless what; or at which time of day."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from patron.decisions.triggers.live_rule import EVERY_DAY, LiveKey, LiveRule, Schedule
from patron.language import did_you_mean, say
from patron.pipeline.contact_settings import WEEK, Clock
from patron.pipeline.section import Section

ALWAYS, ONCE = "always", "once"
DAILY = "daily"
WEEKDAYS = "weekdays"
LONGEST = timedelta(days=366)

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}  # in seconds
_SPAN = re.compile(r"(\d{1,6})\s*([smhd])")


def _span(value: Any) -> Any:
    """Read a duration such as 4h."""
    if isinstance(value, timedelta):
        return value
    found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or not (read := timedelta(seconds=int(found[1]) * _UNITS[found[2]])) <= LONGEST:
        raise ValueError(say("live_triggers.duration", came=value))
    return read


def _span_or_word(value: Any) -> Any:
    """Read `always`, `once`, or a duration."""
    return value if value in (ALWAYS, ONCE) else _span(value)


def span_written(value: Any) -> Any:
    """Write a duration as the settings do; return a word as it is."""
    if not isinstance(value, timedelta):
        return value
    seconds = int(value.total_seconds())
    unit = next(name for name in ("d", "h", "m", "s") if seconds % _UNITS[name] == 0)
    return f"{seconds // _UNITS[unit]}{unit}"


def _days(value: Any) -> Any:
    """Read on which days: `daily`, `weekdays`, or names of weekdays."""
    if isinstance(value, tuple):
        return value
    names = value if isinstance(value, list) else str(value).split()
    found: list[int] = []
    for name in names:
        if name in (DAILY, WEEKDAYS):
            found += EVERY_DAY if name == DAILY else EVERY_DAY[:5]
        elif name in WEEK:
            found.append(WEEK.index(name))
        else:
            raise ValueError(
                say("live_triggers.days", came=name, hint=did_you_mean(str(name), (DAILY, WEEKDAYS, *WEEK)))
            )
    return tuple(sorted(set(found))) or EVERY_DAY


Span = Annotated[timedelta, BeforeValidator(_span), PlainSerializer(span_written, when_used="json")]
Again = Annotated[
    Literal["always", "once"] | timedelta,
    BeforeValidator(_span_or_word),
    PlainSerializer(span_written, when_used="json"),
]
Weekdays = Annotated[
    tuple[int, ...], BeforeValidator(_days),
    PlainSerializer(lambda value: " ".join(WEEK[day] for day in value), when_used="json"),
]  # fmt: skip


class LiveSettings(Section):
    """When a trigger fires at once, and not with the next run."""

    events: list[str] = Field(
        default_factory=list, description="Events on which it fires, by Patron's names (docs/intake.md), as [cart_add]."
    )
    where: str | None = Field(None, description="Which of them: a SQL condition over the event, as `amount > 50`.")
    after: Span = Field(
        timedelta(0), description="How long after the event it fires, as 4h; another such event begins anew.",
        validate_default=False,
    )  # fmt: skip
    unless: list[str] = Field(
        default_factory=list, description="Events that keep it from firing in the meantime, as [order]."
    )
    key: LiveKey = Field("customer", description="What one firing is about: customer, cart, product or order.")
    again: Again = Field(
        "always",
        description="Whether it fires again for the same customer: always, once, or at the earliest after, as 7d.",
    )  # fmt: skip
    expires: Span = Field(
        timedelta(days=1), description="How long after it fired a message still makes sense, as 24h.",
        validate_default=False,
    )  # fmt: skip
    at: Clock | None = Field(None, description="At which time of day it fires for its whole audience, as 09:00.")
    days: Weekdays = Field(
        EVERY_DAY, description="On which days: daily, weekdays, or their names, as [monday, thursday].",
        validate_default=False,
    )  # fmt: skip

    @model_validator(mode="after")
    def _one_cause(self) -> LiveSettings:
        if bool(self.events) == (self.at is not None):
            raise ValueError(say("live_triggers.event_or_time"))
        if self.at is not None and (self.where is not None or self.unless or self.after or self.key != "customer"):
            raise ValueError(say("live_triggers.not_by_time"))
        if self.unless and not self.after:
            raise ValueError(say("live_triggers.unless_without_after"))
        if not self.expires:
            raise ValueError(say("live_triggers.expires"))
        return self

    def rule(self, *, timezone: str) -> LiveRule:
        """Return it as the decisions know it, in a project of a time zone."""
        again = {ALWAYS: timedelta(0), ONCE: None}
        return LiveRule(
            events=tuple(self.events), where=self.where, after=self.after, unless=tuple(self.unless), key=self.key,
            again=self.again if isinstance(self.again, timedelta) else again[self.again], expires=self.expires,
            schedule=None if self.at is None else Schedule(at=self.at, days=self.days, zone=timezone),
        )  # fmt: skip


__all__ = ["ALWAYS", "ONCE", "LiveSettings", "span_written"]
