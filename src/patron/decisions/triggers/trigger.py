"""What a trigger is: a signal, an audience, an action, a goal, a hold-out, caps, and where it stands in its life.

A nurture sequence is a trigger whose action has steps; a dated campaign is one without a signal, which fires for its
whole audience between two days. All three are one kind of thing, so that hold-outs, auction and ledger know only one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from patron.contracts.trigger import FORMS, KINDS, METRICS, STATES
from patron.decisions.holdouts import PROGRAMME, TRIGGER, Holdout
from patron.decisions.triggers.live_rule import LiveRule

LIVE = ("pilot", "scaled")
"""States in which a trigger fires."""

UNBOUND = ("transactional", "legal")
"""What has to be sent to everybody: nobody is held out, and no auction is held."""


@dataclass(frozen=True, kw_only=True)
class TriggerStep:
    """One step of a sequence."""

    name: str
    action: str
    wait_days: int = 0  # after the step before was sent; of the first, after the signal fired
    channels: tuple[str, ...] = ()  # none: those of the sequence
    cost: float | None = None


@dataclass(frozen=True, kw_only=True)
class Caps:
    """How often at most."""

    every_days: int = 0  # days between two messages of the trigger to one customer
    per_customer: int | None = None  # messages of one iteration to one customer
    per_day: int | None = None  # customers a day, those who bring most first


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """One trigger, sequence or campaign, as the settings and its history say."""

    name: str
    form: str = "trigger"
    kind: str = "promotion"
    signal: str | None = None  # none of campaigns
    audience: str | None = None  # SQL condition over what is known of a customer
    action: str = "remind"
    channels: tuple[str, ...] = ("email",)  # the preferred first
    offer: str | None = None
    cost: float | None = None  # of one message
    purpose: str = "marketing"
    programme: str | None = None
    team: str | None = None
    metric: str = "margin"
    goal_days: int = 30
    holdout: float | None = None  # none: nobody is held out, and its effect stays unknown
    pilot: float = 0.2  # share of the customers among whom a pilot fires
    caps: Caps = field(default_factory=Caps)
    expires_days: int | None = None  # how long a fired signal stays worth a message; none: as long as it is fresh
    exclusive: str | None = None  # of one group a customer gets one message
    gives_way_to: tuple[str, ...] = ()
    experiment: str | None = None  # by whose person-by-person responses its candidates are valued
    believed: str | None = None
    play: str | None = None
    retire_below: float = 0.05
    scale_above: float = 0.95
    state: str = "draft"
    since: date | None = None  # of the state
    iteration: int = 1
    iteration_since: date | None = None
    first_day: date | None = None  # of campaigns
    last_day: date | None = None
    steps: tuple[TriggerStep, ...] = ()
    exits: str | None = None  # SQL condition: who meets it leaves a sequence
    within_days: int | None = None  # after its signal fired nobody is in a sequence any more
    rule: LiveRule | None = None  # fires by what comes in, at once or by the clock, and not with a run

    @property
    def live(self) -> bool:
        """Whether it fires at all."""
        return self.state in LIVE

    def runs_on(self, day: date) -> bool:
        """Whether it fires on a day: live, and of a campaign one of its days."""
        if not self.live:
            return False
        return (self.first_day is None or self.first_day <= day) and (self.last_day is None or day <= self.last_day)

    def fires_in_runs_on(self, day: date) -> bool:
        """Whether a run fires it on a day; a live trigger is fired by what comes in."""
        return self.rule is None and self.runs_on(day)

    @property
    def pilot_salt(self) -> str:
        """The name of the draw that says who is in the pilot."""
        return f"pilot:{self.name}"

    def held_by(self) -> Holdout | None:
        """Return its own hold-out."""
        if self.holdout is None:
            return None
        return Holdout(name=f"{TRIGGER}{self.name}", share=self.holdout, programme=self.programme)


__all__ = ["FORMS", "KINDS", "LIVE", "METRICS", "PROGRAMME", "STATES", "UNBOUND", "Caps", "Trigger", "TriggerStep"]
