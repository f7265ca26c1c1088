"""What the settings say of opportunities: what messages cost, what can be done, what was tried."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from patron.contracts.signal import FAMILIES
from patron.decisions.opportunity import ACTIONS, Action
from patron.language import did_you_mean, say
from patron.pipeline.section import Days, Section


class ActionSettings(Section):
    """One action of your own, or what is different of one of Patron's."""

    signals: list[str] | None = Field(None, description="The signals that it answers: docs/signals.md, or your own.")
    families: list[str] | None = Field(None, description="The families of signals that it answers.")
    kind: str | None = Field(None, description="Actions of one kind are thought to work alike; by default its name.")
    lift: float | None = Field(
        None, gt=-1, description="By which share it is believed to raise the chance of an order, until it was tried."
    )
    spread: float | None = Field(None, gt=0, description="How far that may be wrong: a standard deviation.")
    offer: float | None = Field(None, ge=0, lt=1, description="Share of the price that it gives away.")

    @field_validator("families")
    @classmethod
    def _families(cls, value: list[str] | None) -> list[str] | None:
        for name in value or ():
            if name not in FAMILIES:
                raise ValueError(say("opportunities.family", came=name, hint=did_you_mean(name, FAMILIES)))
        return value

    def bound(self, name: str, standing: Action | None) -> Action:
        """Return it as the decisions know it: what is not said is as it stands."""
        from_standing = standing or Action(name=name, kind=self.kind or name)
        told = {key: value for key, value in self.model_dump().items() if value is not None}
        told |= {key: tuple(told[key]) for key in ("signals", "families") if key in told}
        return Action(**{**vars(from_standing), **told})


class TriedSettings(Section):
    """What was done in an experiment or a list, so that what it showed is a guess for others."""

    action: str = Field(description="The action that its arm was.")
    arm: str | None = Field(None, description="The arm; by default all but the control.")
    channel: str | None = Field(None, description="By what; by default as the experiment says.")
    signal: str | None = Field(None, description="The signal that it answered, where it was drawn among those.")


class OpportunitySettings(Section):
    """What could be done, at what cost, and what is known of it."""

    channels: dict[str, float | None] = Field(
        default_factory=dict,
        description="What one message costs by each channel in use, in the project's currency; without a number it is "
        "guessed. By default `email` and the channels of triggers and experiments.",
    )
    segmentation: str = Field("tier", description="By which way of dividing opportunities are told apart.")
    minimum: int = Field(30, ge=1, description="Customers that each segment needs; else a signal is taken whole.")
    window: Days = Field(
        30, description="Within how many days after an action outcomes count, as 30d.", validate_default=False
    )
    actions: dict[str, ActionSettings] = Field(default_factory=dict, description="Actions of your own, by name.")
    tried: dict[str, TriedSettings] = Field(
        default_factory=dict, description="By experiment or list: what was done in it, and for whom."
    )

    @field_validator("channels")
    @classmethod
    def _costs(cls, value: dict[str, float | None]) -> dict[str, float | None]:
        for channel, cost in value.items():
            if cost is not None and not cost >= 0:
                raise ValueError(say("opportunities.cost", channel=channel, came=cost).partition("\n")[0])
        return value

    @model_validator(mode="after")
    def _known(self) -> OpportunitySettings:
        names = {action.name for action in self.catalogue()}
        for name, one in self.tried.items():
            if one.action not in names:
                hint = did_you_mean(one.action, names)
                raise ValueError(say("opportunities.tried", name=name, came=one.action, hint=hint))
        return self

    def catalogue(self) -> tuple[Action, ...]:
        """Return Patron's actions and the project's own."""
        standing = {action.name: action for action in ACTIONS}
        own = {name: one.bound(name, standing.get(name)) for name, one in self.actions.items()}
        return tuple((standing | own).values())
