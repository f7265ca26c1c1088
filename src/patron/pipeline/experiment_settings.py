"""What the settings say of experiments and hold-outs: what is promised before the first customer is treated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, field_validator, model_validator

from patron.activation.holdout import share_of
from patron.contracts.experiment import GUARDRAILS
from patron.decisions.arms import SMALLEST
from patron.decisions.holdouts import GLOBAL, PROGRAMME, TRIGGER
from patron.errors import PatronError
from patron.language import listing, say
from patron.pipeline.section import Days, Section
from patron.pipeline.segment_settings import Purpose

Outcome = Literal[
    "orders", "revenue", "margin", "conversion", "returns", "complaints", "unsubscribes", "nps", "effort"
]  # fmt: skip
METHOD_OF = {"fixed": "frequentist", "sequential": "sequential"}
_NAME = re.compile(r"\w([\w .-]{0,78}\w)?")
_ARM = re.compile(r"\w([\w-]{0,38}\w)?")


def _share(value: Any) -> Any:
    """Read a share such as 0.1 or 10%."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(say("experiments.share"))
    text = str(value).replace(" ", "")
    if text in {"1", "1.0", "100%"}:
        return 1.0
    try:
        return share_of(text)
    except PatronError as error:
        raise ValueError(say("experiments.share")) from error


Share = Annotated[float, BeforeValidator(_share), Field(gt=0, le=1)]
Held = Annotated[float, BeforeValidator(_share), Field(gt=0, lt=1)]


class TriggerHoldout(Section):
    """Whom a trigger never fires for."""

    programme: str = Field(description="The programme that the trigger belongs to.")
    share: Held = Field(description="Share of those whom no wider hold-out holds, for example 10%.")


class HoldoutSettings(Section):
    """Whom nothing is sent to, so that the sum of all that is done can be measured."""

    # `global` is a word of Python's own.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, serialize_by_alias=True)

    everything: Held | None = Field(
        None, alias="global", description="Share of all customers whom nothing is sent to at all, for example 5%."
    )
    programmes: dict[str, Held] = Field(
        default_factory=dict, description="By programme: share of the others whom nothing of it is sent to."
    )
    triggers: dict[str, TriggerHoldout] = Field(
        default_factory=dict, description="By trigger: its programme, and the share for whom it never fires."
    )

    @field_validator("programmes", "triggers")
    @classmethod
    def _names(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            _checked(name)
        return value

    def shares(self) -> dict[str, tuple[float, str | None]]:
        """Return share and programme of each hold-out by its name, the widest first."""
        found: dict[str, tuple[float, str | None]] = {}
        if self.everything is not None:
            found[GLOBAL] = self.everything, None
        found |= {f"{PROGRAMME}{name}": (share, name) for name, share in self.programmes.items()}
        return found | {f"{TRIGGER}{name}": (one.share, one.programme) for name, one in self.triggers.items()}


class ExperimentSettings(Section):
    """One experiment, as it is promised before it starts."""

    hypothesis: str = Field(min_length=10, description="What is expected, and why: one sentence.")
    segment: str | None = Field(
        None, description="Among whom: segmentation.segment as for a list, several joined by +; by default everybody."
    )
    condition: str | None = Field(
        None, description="Instead of `segment`: a SQL condition over what is known of a customer: docs/conditions.md."
    )
    arms: dict[str, Share] = Field(description="The arms with their shares, which add up to 100%; two or more.")
    control: str = Field("control", description="The arm that the others are compared with; it gets no list.")
    unit: Literal["customer", "household", "visitor"] = Field(
        "customer", description="What is drawn: each customer, whole households, or browsers by their id."
    )
    metric: Outcome = Field("margin", description="The one metric by which it is judged, per customer.")
    guardrails: list[Outcome] = Field(
        default_factory=lambda: list(GUARDRAILS),  # type: ignore[arg-type]
        description="What must not get worse; complaints, unsubscribes, returns, nps and effort by default.",
    )
    stop: Literal["fixed", "sequential"] = Field(
        "fixed",
        description="`fixed`: read once, when it ends. `sequential`: may be read at any time, for wider intervals.",
    )
    duration: Days = Field(28, description="How long outcomes count, for example 28d.", validate_default=False)
    smallest_effect: float | None = Field(
        None, gt=0, description="The smallest relative change of the metric that is worth finding: 0.05 for 5 per cent."
    )
    cost_per_contact: float | None = Field(None, ge=0, description="What treating one customer costs.")
    fixed_cost: float | None = Field(None, ge=0, description="What it costs however many are treated.")
    programme: str | None = Field(None, description="The programme that it belongs to, whose hold-out it keeps.")
    trigger: str | None = Field(None, description="The trigger that it belongs to, whose hold-out it keeps.")
    exclusive: str | None = Field(
        None, description="Experiments that name the same group share its customers: nobody is in two of them."
    )
    part: Share = Field(1.0, description="Share of the eligible, or of the group's, that takes part, for example 50%.")
    strata: list[str] = Field(
        default_factory=list, description="Segmentations within whose segments the arms are balanced, as past_tier."
    )
    purpose: Purpose = Field("marketing", description="For which purpose customers have to be open.")
    channel: str | None = Field(None, description="By which channel; without one only those whom all are open to.")

    @field_validator("arms")
    @classmethod
    def _whole(cls, value: dict[str, float]) -> dict[str, float]:
        total = sum(value.values())
        if len(value) < 2 or abs(total - 1) > SMALLEST:
            raise ValueError(say("experiments.arms_total", count=len(value), total=f"{100 * total:.6g} %"))
        for arm in value:
            if not _ARM.fullmatch(arm):
                raise ValueError(say("experiments.arm_name", came=arm))
        return value

    @field_validator("guardrails")
    @classmethod
    def _once(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))

    @model_validator(mode="after")
    def _agree(self) -> ExperimentSettings:
        if self.control not in self.arms:
            raise ValueError(say("experiments.control", came=self.control, arms=listing(self.arms)))
        if self.segment is not None and self.condition is not None:
            raise ValueError(say("experiments.segment_or_condition"))
        if self.metric in self.guardrails and self.metric not in GUARDRAILS:
            raise ValueError(say("experiments.metric_is_guardrail", came=self.metric))
        if self.unit == "visitor" and (self.strata or self.segment or self.condition):
            raise ValueError(say("experiments.visitors_unknown"))
        return self

    def shares(self) -> dict[str, float]:
        """Return the arms with their shares, the control first."""
        return {self.control: self.arms[self.control], **self.arms}

    def promised(self) -> Mapping[str, Any]:
        """Return what is promised, as it is kept beside the experiment for as long as that is known."""
        kept: dict[str, Any] = self.model_dump(mode="json", exclude={"metric", "stop", "arms"})
        return {**kept, "primary_metric": self.metric, "method": METHOD_OF[self.stop], "arms": self.shares()}


def _checked(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(say("experiments.name", came=name))


def checked_names(experiments: Mapping[str, ExperimentSettings]) -> None:
    """Refuse names that cannot stand in a file's name, or that hold-outs have.

    Raises
    ------
    ValueError
        Which pydantic turns into the settings' own error.
    """
    for name in experiments:
        _checked(name)
        if name == GLOBAL:
            raise ValueError(say("experiments.name_taken", came=name))
