"""What all sections of the settings share."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from patron.language import say


class Section(BaseModel):
    """A section of the settings: an unknown key is an error, and nothing is changed after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def days(value: Any) -> Any:
    """Read a duration such as 365d."""
    if isinstance(value, str) and (found := re.fullmatch(r"(\d{1,5})d", value.strip())):
        return int(found[1])
    raise ValueError(say("settings.duration"))


def as_written(value: int) -> str:
    """Write a duration as a person does, so that what a manifest keeps can be read again."""
    return f"{value}d"


Days = Annotated[int, BeforeValidator(days), Field(ge=1), PlainSerializer(as_written, when_used="json")]
"""A duration as a person writes it, in days."""
