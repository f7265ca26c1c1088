"""What the settings say of triggers, nurture sequences and dated campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, field_validator, model_validator

from patron.activation.holdout import share_of
from patron.decisions.holdouts import TRIGGER
from patron.decisions.triggers.trigger import UNBOUND, Caps, Trigger, TriggerStep
from patron.errors import PatronError
from patron.language import say
from patron.pipeline.experiment_settings import HoldoutSettings, Share
from patron.pipeline.live_settings import LiveSettings
from patron.pipeline.section import Days, Section, as_written, days
from patron.pipeline.segment_settings import Purpose

NOBODY = "none"
Kind = Literal["promotion", "service", "transactional", "legal"]
State = Literal["draft", "pilot", "scaled", "paused", "retired"]
GoalMetric = Literal["margin", "revenue", "orders", "conversion"]


def _held(value: Any) -> Any:
    """Read a share such as 10%, or `none` where nobody is to be held out."""
    if value is None or (isinstance(value, str) and value.strip().lower() == NOBODY):
        return NOBODY if value is not None else None
    try:
        share = share_of(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else 0.0
    except PatronError as error:
        raise ValueError(say("triggers.holdout")) from error
    if not share > 0:
        raise ValueError(say("triggers.holdout"))
    return share


def _wait(value: Any) -> Any:
    """Read a duration of 0d or more."""
    return 0 if value in ("0d", 0) and not isinstance(value, bool) else days(value)


OwnHoldout = Annotated[float | Literal["none"] | None, BeforeValidator(_held)]
Wait = Annotated[int, BeforeValidator(_wait), PlainSerializer(as_written, when_used="json")]


class Goal(Section):
    """What a trigger is for."""

    metric: GoalMetric = Field("margin", description="By what it is judged, per customer for whom it fires.")
    days: Days = Field(30, description="Within how many days after it fired, as 30d.", validate_default=False)


class TriggerCaps(Section):
    """How often a trigger sends at most, whatever the contact budget leaves."""

    every: Days | None = Field(None, description="Days between two of its messages to one customer, as 30d.")
    per_customer: int | None = Field(None, ge=1, description="Messages to one customer in one iteration.")
    per_day: int | None = Field(None, ge=1, description="Customers a day; those who bring most come first.")


class _Launched(Section):
    """What triggers, sequences and campaigns have in common."""

    audience: str | None = Field(
        None, description="For whom: a SQL condition over what is known of a customer (docs/conditions.md)."
    )
    kind: Kind = Field("promotion", description="What its messages are; transactional and legal ones go to everybody.")
    holdout: OwnHoldout = Field(
        None,
        description="Share of the customers for whom it never fires, as 10%; `none` where its effect may stay unknown. "
        "Needed unless it is transactional or legal.",
    )
    pilot: Share = Field(0.2, description="Share of the customers among whom it fires as a pilot.")
    goal: Goal = Field(default_factory=lambda: Goal(), description="What it is for, and by when.")
    channels: list[str] = Field(
        default_factory=lambda: ["email"], min_length=1, description="By what, the preferred first."
    )
    offer: str | None = Field(None, description="With which offer, in words or its name.")
    cost: float | None = Field(None, ge=0, description="What one message costs, its offer included.")
    caps: TriggerCaps = Field(default_factory=lambda: TriggerCaps(), description="How often at most.")
    purpose: Purpose = Field("marketing", description="For which purpose customers have to be open.")
    programme: str | None = Field(None, description="The programme that it belongs to, whose hold-out it keeps.")
    team: str | None = Field(None, description="Whose it is.")
    exclusive: str | None = Field(
        None, description="Triggers that name the same group share its customers: each gets one message, the best."
    )
    gives_way_to: list[str] = Field(
        default_factory=list, description="Triggers before which it steps back where they fire for the same customer."
    )
    state: State = Field(
        "draft", description="Where its life begins: draft, pilot or scaled. `patron trigger` moves it from there."
    )
    believed: str | None = Field(None, min_length=10, description="What is expected of it, and why: one sentence.")
    play: str | None = Field(None, description="The ready play that it was made from.")
    retire_below: float = Field(0.05, gt=0, lt=0.5, description="Retired when the chance that it pays falls below.")
    scale_above: float = Field(0.95, gt=0.5, lt=1, description="Worth scaling when that chance reaches this.")

    @model_validator(mode="after")
    def _measured(self) -> _Launched:
        if self.holdout is None and self.kind not in UNBOUND:
            raise ValueError(say("triggers.no_holdout"))
        if isinstance(self.holdout, float) and self.kind in UNBOUND:
            raise ValueError(say("triggers.held_from_what_is_owed", kind=self.kind))
        return self

    def share(self) -> float | None:
        """Return the share that is held out."""
        return self.holdout if isinstance(self.holdout, float) else None

    def bound(self, name: str, *, timezone: str = "UTC") -> Trigger:
        """Return it as the decisions know it, in the state in which its life begins, in a project of a time zone."""
        caps = Caps(
            every_days=self.caps.every or 0, per_customer=self.caps.per_customer, per_day=self.caps.per_day
        )  # fmt: skip
        return Trigger(
            name=name, kind=self.kind, audience=self.audience, channels=tuple(self.channels), offer=self.offer,
            cost=self.cost, purpose=self.purpose, programme=self.programme, team=self.team, metric=self.goal.metric,
            goal_days=self.goal.days, holdout=self.share(), pilot=self.pilot, caps=caps, exclusive=self.exclusive,
            gives_way_to=tuple(self.gives_way_to), believed=self.believed, play=self.play, state=self.state,
            retire_below=self.retire_below, scale_above=self.scale_above,
            rule=None if self._live is None else self._live.rule(timezone=timezone), **self._own(),
        )  # fmt: skip

    @property
    def _live(self) -> LiveSettings | None:
        return None

    def _own(self) -> dict[str, Any]:
        raise NotImplementedError


class _Fired(_Launched):
    """What triggers and sequences have in common: a signal that a run finds, or what comes in between two runs."""

    signal: str | None = Field(
        None, description="On which signal it fires: docs/signals.md, or a signal of your own. Beside `live` it only "
        "says by whose known effects its messages are valued."
    )  # fmt: skip
    live: LiveSettings | None = Field(
        None, description="When it fires at once and not with the next run (docs/live_triggers.md)."
    )

    @model_validator(mode="after")
    def _caused(self) -> _Fired:
        if self.signal is None and self.live is None:
            raise ValueError(say("live_triggers.no_cause"))
        return self

    @property
    def _live(self) -> LiveSettings | None:
        return self.live


class TriggerSettings(_Fired):
    """One trigger: what is done when a signal fires, or at once when something comes in."""

    action: str = Field(description="What is done, as remind or second_order.")
    expires: Days | None = Field(
        None, description="How long after it fired a message makes sense; by default as long as the signal is fresh."
    )
    experiment: str | None = Field(
        None, description="An experiment whose person-by-person responses say what it brings to whom."
    )

    def _own(self) -> dict[str, Any]:
        return {
            "form": "trigger", "signal": self.signal, "action": self.action, "expires_days": self.expires,
            "experiment": self.experiment,
        }  # fmt: skip


class StepSettings(Section):
    """One step of a sequence."""

    name: str = Field(description="What the step is called; messages that come back name it.")
    action: str = Field(description="What is done.")
    wait: Wait = Field(
        0, description="Days after the step before was sent, as 3d; of the first, after the signal fired.",
    )  # fmt: skip
    channels: list[str] = Field(default_factory=list, description="By what; by default as the whole sequence.")
    cost: float | None = Field(None, ge=0, description="What one message costs; by default as of the whole sequence.")

    def bound(self) -> TriggerStep:
        """Return it as the decisions know it."""
        return TriggerStep(
            name=self.name, action=self.action, wait_days=self.wait, channels=tuple(self.channels), cost=self.cost
        )


class SequenceSettings(_Fired):
    """A nurture sequence: steps, waits and exits after a signal fired, or after something came in."""

    steps: list[StepSettings] = Field(min_length=1, description="Its steps, in order.")
    exit: str | None = Field(None, description="SQL condition: who meets it gets no further step, as `orders > 1`.")
    within: Days = Field(
        90, description="How long after the signal fired a step may still come.", validate_default=False
    )

    @field_validator("steps")
    @classmethod
    def _once(cls, value: list[StepSettings]) -> list[StepSettings]:
        names = [one.name for one in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(say("triggers.step_twice", came=name))
        return value

    @model_validator(mode="after")
    def _in_time(self) -> SequenceSettings:
        needed = sum(one.wait for one in self.steps)
        if needed >= self.within:
            raise ValueError(say("triggers.too_long", needed=needed, within=self.within))
        return self

    def _own(self) -> dict[str, Any]:
        return {
            "form": "sequence", "signal": self.signal, "action": self.steps[0].action, "exits": self.exit,
            "steps": tuple(one.bound() for one in self.steps), "within_days": self.within,
        }  # fmt: skip


class CampaignSettings(_Launched):
    """A campaign: one message to an audience between two days."""

    action: str = Field(description="What is done.")
    first_day: date = Field(description="The first day on which it is sent.")
    last_day: date = Field(description="The last.")
    experiment: str | None = Field(
        None, description="An experiment whose person-by-person responses say what it brings to whom."
    )

    @model_validator(mode="after")
    def _ordered(self) -> CampaignSettings:
        if self.last_day < self.first_day:
            raise ValueError(say("triggers.days", first=self.first_day.isoformat(), last=self.last_day.isoformat()))
        return self

    def _own(self) -> dict[str, Any]:
        return {
            "form": "campaign", "action": self.action, "first_day": self.first_day, "last_day": self.last_day,
            "experiment": self.experiment,
        }  # fmt: skip


Launched = Mapping[str, _Launched]


def holdout_shares(
    holdouts: HoldoutSettings, *parts: Launched, states: Mapping[str, str] | None = None
) -> dict[str, tuple[float, str | None]]:
    """Return share and programme of each hold-out by its name, those of triggers among them.

    A hold-out begins when its trigger goes live, or it would be read from days on which nothing was sent; it ends when
    the trigger is retired.

    Parameters
    ----------
    holdouts : HoldoutSettings
        The section `holdouts`.
    parts : mappings of name to settings
        Triggers, sequences and campaigns.
    states : mapping of name to state, optional
        Where each stands, if not where its life begins.
    """
    found = holdouts.shares()
    for name, one in (pair for part in parts for pair in part.items()):
        state = (states or {}).get(name, one.state)
        if (share := one.share()) is not None and state not in ("draft", "retired"):
            found[f"{TRIGGER}{name}"] = share, one.programme
    return found


__all__ = [
    "CampaignSettings",
    "Goal",
    "SequenceSettings",
    "StepSettings",
    "TriggerCaps",
    "TriggerSettings",
    "holdout_shares",
]
