"""What the settings say of contacts: how much attention may be used, when people are left alone, what spares them."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import BeforeValidator, Field, PlainSerializer, field_validator

from patron.contracts.raw_people import CHANNELS
from patron.decisions.attention import ContactBudget, FatiguePrior
from patron.decisions.eligibility import ContactRules, Hours, Quiet
from patron.identity.normalise.country import region
from patron.language import did_you_mean, say
from patron.pipeline.section import Days, Section

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEK: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
BETWEEN = "-"
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def _clock(text: Any) -> time:
    """Read a time of day such as 21:00."""
    found = _CLOCK.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise ValueError(say("eligibility.clock"))
    return time(int(found[1]), int(found[2]))


def _hours(value: Any) -> Any:
    """Read two times of day such as 21:00-08:00."""
    if isinstance(value, tuple):
        return value
    begins, between, ends = value.partition(BETWEEN) if isinstance(value, str) else ("", "", "")
    if not between:
        raise ValueError(say("eligibility.hours"))
    return _clock(begins), _clock(ends)


Clock = Annotated[
    time, BeforeValidator(lambda value: value if isinstance(value, time) else _clock(value)),
    PlainSerializer(lambda value: f"{value:%H:%M}", when_used="json"),
]  # fmt: skip
Span = Annotated[
    tuple[time, time], BeforeValidator(_hours),
    PlainSerializer(lambda value: f"{value[0]:%H:%M}{BETWEEN}{value[1]:%H:%M}", when_used="json"),
]  # fmt: skip


class CountryHours(Section):
    """When people of one country are left alone, where that differs."""

    quiet: Span | None = Field(None, description="Quiet hours as 20:00-09:00; by default those of all countries.")
    quiet_days: list[Weekday] | None = Field(None, description="Weekdays without messages, as sunday.")
    timezone: str | None = Field(None, description="Their time zone; by default the country's own.")

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        if value is not None and value not in available_timezones():
            raise ValueError(say("settings.timezone", came=value, hint=did_you_mean(value, available_timezones())))
        return value


class ContactSettings(Section):
    """How much a customer is written to, and when not."""

    most: int = Field(3, ge=0, description="Messages that one customer gets at most in the window.")
    window: Days = Field(7, description="Length of the window, as 7d.", validate_default=False)
    channels: dict[str, int] = Field(
        default_factory=dict, description="Messages at most in the window by a channel, as {sms: 1}."
    )
    hour: Clock = Field(time(9), description="From which time of day messages are sent, where the customer lives.")
    quiet: Span = Field((time(21), time(8)), description="Quiet hours, where the customer lives, as 21:00-08:00.")
    quiet_days: list[Weekday] = Field(default_factory=list, description="Weekdays without messages, as [sunday].")
    quiet_channels: list[str] = Field(
        default_factory=lambda: ["sms", "push", "phone"], description="Channels that keep quiet hours and days."
    )
    countries: dict[str, CountryHours] = Field(
        default_factory=dict, description="What differs by country, by its code of two letters or its name."
    )
    cool_down: Days = Field(
        14, description="How long no promotion is sent after a complaint or a closed case.", validate_default=False
    )
    complaints: list[str] = Field(
        default_factory=lambda: ["complaint"], description="Topics of tickets that are complaints."
    )
    group: Days = Field(
        7, description="Within how long a customer gets one message of an exclusive group.", validate_default=False
    )
    bounces: int = Field(2, ge=1, description="Messages in a row that came back, after which a channel is dead.")
    least_gain: float = Field(0.0, description="Money that a message has to be expected to bring after its cost.")
    sensitive: dict[str, str] = Field(
        default_factory=dict,
        description="Situations that silence promotion: SQL conditions over what is known of a customer, by name.",
    )
    reserve: bool = Field(
        default=True, description="Whether a contact is kept for what brings more; without, all is sent that pays."
    )
    levels: int = Field(5, ge=1, le=20, description="Levels of customers, by predicted value, that have own prices.")
    unsubscribe: float = Field(
        FatiguePrior().unsubscribe, gt=0, lt=0.5, description="Chance that a message makes a customer unsubscribe, "
        "assumed until the shop's own messages say."
    )  # fmt: skip
    habituation: float = Field(
        FatiguePrior().habituation, ge=0, lt=0.9, description="Share by which each message lowers what later ones of "
        "the window bring, assumed until the shop's own messages say."
    )  # fmt: skip

    @field_validator("channels")
    @classmethod
    def _known(cls, value: dict[str, int]) -> dict[str, int]:
        for name, many in value.items():
            if name not in CHANNELS[1:]:
                raise ValueError(say("eligibility.channel", came=name, hint=did_you_mean(name, CHANNELS[1:])))
            if many < 0:
                raise ValueError(say("eligibility.many", came=many))
        return value

    @field_validator("quiet_channels")
    @classmethod
    def _ringing(cls, value: list[str]) -> list[str]:
        for name in value:
            if name not in CHANNELS[1:]:
                raise ValueError(say("eligibility.channel", came=name, hint=did_you_mean(name, CHANNELS[1:])))
        return value

    @field_validator("countries")
    @classmethod
    def _places(cls, value: dict[str, CountryHours]) -> dict[str, CountryHours]:
        for name in value:
            if region(name) is None:
                raise ValueError(say("eligibility.country", came=name))
        return value

    def budget(self) -> ContactBudget:
        """Return how much attention may be used."""
        return ContactBudget(most=self.most, window_days=self.window, per_channel=self.channels)

    def prior(self) -> FatiguePrior:
        """Return what is assumed of fatigue."""
        return FatiguePrior(unsubscribe=self.unsubscribe, habituation=self.habituation)

    def rules(self, *, timezone: str) -> ContactRules:
        """Return what the shop keeps to, in a project of a time zone."""
        return ContactRules(
            cool_down_days=self.cool_down, complaints=tuple(self.complaints), group_days=self.group,
            bounces=self.bounces, least_gain=self.least_gain,
            hours=Hours(zone=timezone, hour=self.hour, quiet=self._quiet()),
        )  # fmt: skip

    def _quiet(self) -> dict[str, Quiet]:
        own = {str(region(name)): one for name, one in self.countries.items()}
        return {"": self._of(None), **{code: self._of(one) for code, one in own.items()}}

    def _of(self, country: CountryHours | None) -> Quiet:
        hours = (country and country.quiet) or self.quiet
        days = self.quiet_days if country is None or country.quiet_days is None else country.quiet_days
        return Quiet(
            begins=hours[0],
            ends=hours[1],
            days=tuple(WEEK.index(day) for day in days),
            zone=None if country is None else country.timezone,
            channels=tuple(self.quiet_channels),
        )
