"""What the settings say of teams: what each is to reach, by which triggers, and whose word it needs."""

from __future__ import annotations

from datetime import date

from pydantic import Field, field_validator, model_validator

from patron.kpis import METRICS
from patron.language import did_you_mean, say
from patron.pipeline.section import Days, Section

SECOND_ORDER = "second_order_rate"
"""Share of those with a first order who order again within the goal's `within`."""


class GoalSettings(Section):
    """What a team is to reach."""

    metric: str = Field(
        description="A metric of the registry, or `second_order_rate`: the share of new customers who order again in "
        "time."
    )
    target: float | None = Field(None, description="Where it should stand, in the metric's unit.")
    change: float | None = Field(
        None, description="Instead of `target`: how much more than where it stood, 0.05 for five per cent; or less."
    )
    segmentation: str = Field("all", description="Of whom: which way of dividing; `all` for everybody.")
    segment: str = Field("all", description="The segment; `all` for everybody.")
    since: date = Field(description="The day on which the goal was set: it is compared with where things stood then.")
    days: Days = Field(90, description="In which time it is to be reached, for example 90d.", validate_default=False)
    within: Days = Field(
        90, description="Of `second_order_rate`: how soon the second order has to come.", validate_default=False
    )

    @field_validator("metric")
    @classmethod
    def _known(cls, value: str) -> str:
        known = [*(metric.name for metric in METRICS), SECOND_ORDER]
        if value not in known:
            raise ValueError(say("settings.metric", came=value, hint=did_you_mean(value, known)))
        return value

    @model_validator(mode="after")
    def _one_of_them(self) -> GoalSettings:
        if (self.target is None) == (self.change is None):
            raise ValueError(say("settings.target_or_change"))
        if self.metric == SECOND_ORDER and self.segmentation != "all":
            raise ValueError(say("teams.second_order_of_all"))
        return self


class TeamSettings(Section):
    """One team."""

    title: str | None = Field(None, description="What it is called; by default its name.")
    members: list[str] = Field(default_factory=list, description="Who is in it.")
    approvers: list[str] = Field(
        default_factory=list,
        description="Who has to approve a trigger of the team, one of them, before it may be piloted or scaled. Nobody "
        "approves what they asked for themselves. Without any, nothing waits.",
    )
    triggers: list[str] = Field(
        default_factory=list, description="Its triggers, sequences and campaigns, beside those that name the team."
    )
    goal: GoalSettings | None = Field(None, description="What it is to reach.")

    @field_validator("members", "approvers", "triggers")
    @classmethod
    def _once(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))
