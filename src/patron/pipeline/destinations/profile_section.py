"""What the settings say of a destination that is told what is known of customers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from patron.activation.destinations.profile_fields import FIELDS, USUAL
from patron.language import did_you_mean, say
from patron.pipeline.destinations.section import DestinationSection
from patron.pipeline.section import Section


class ProfileSettings(Section):
    """What is told."""

    fields: list[str] = Field(
        default_factory=lambda: list(USUAL),
        description=f"What is told of a customer: any of {', '.join(FIELDS)}. Empty: only who unsubscribed.",
    )
    prefix: str = Field(
        "patron_", pattern=r"^[a-z][a-z0-9_]{0,29}$", description="What the names over there begin with."
    )
    digits: int = Field(
        3, ge=1, le=15, description="To how many digits money is told, so that a change of no meaning is none."
    )

    @field_validator("fields")
    @classmethod
    def _known(cls, value: list[str]) -> list[str]:
        for name in value:
            if name not in FIELDS:
                raise ValueError(say("crm.no_field", came=name, hint=did_you_mean(name, FIELDS)))
        return list(dict.fromkeys(value))


class ProfileDestination(DestinationSection):
    """A system that takes scores and next actions, or messages. One that takes both is named twice."""

    profile: ProfileSettings | None = Field(None, description="What is told of customers; none for messages alone.")
    read_back: bool | None = Field(
        None, description="Whether it is asked what happened to messages; by default where messages leave by it."
    )

    @model_validator(mode="after")
    def _one_thing(self) -> ProfileDestination:
        if self.profile is not None and self.channels:
            raise ValueError(say("crm.both"))
        return self

    @property
    def takes(self) -> Literal["profile", "message"]:
        """What leaves here."""
        return "message" if self.channels else "profile"

    @property
    def reads_back(self) -> bool:
        """Whether it is asked what happened."""
        return bool(self.channels) if self.read_back is None else self.read_back


__all__ = ["ProfileDestination", "ProfileSettings"]
