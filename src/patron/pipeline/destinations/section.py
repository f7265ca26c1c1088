"""What the settings say of every destination, whatever its kind."""

from __future__ import annotations

import os
import re
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer, SecretStr

from patron.activation.delivery import FeedbackReader, FeedbackSource
from patron.activation.destinations import Delivery, Destination
from patron.errors import SettingsError
from patron.language import failure
from patron.pipeline.section import Section

Channel = Literal["email", "sms", "push", "phone", "post", "web", "ads"]

_NAME = re.compile(r"\$\{(\w+)\}")

Secret = Annotated[SecretStr, PlainSerializer(lambda value: _shown(value.get_secret_value()), when_used="json")]
"""A password or token. Best written as ${NAME}, which is taken from the environment when it is used."""


def _shown(text: str) -> str:
    """Return a secret as a manifest may keep it: the name of the variable, never the secret."""
    return text if _NAME.fullmatch(text) else "***"


def opened(secret: SecretStr, *, key: str) -> str:
    """Return a secret, with ``${NAME}`` replaced from the environment.

    Raises
    ------
    SettingsError
        The environment has no such name. `key` says where the settings name it, as destinations.mail.password.
    """
    text = secret.get_secret_value()
    for name in _NAME.findall(text):
        if name not in os.environ:
            raise failure(SettingsError, "delivery.no_variable", name=name, key=key)
    return _NAME.sub(lambda found: os.environ[found[1]], text)


class DestinationSection(Section):
    """What every destination has. A kind of its own adds `type` and what it needs, and implements `opened_as`."""

    channels: list[Channel] = Field(
        default_factory=list,
        description="By which channels messages leave here; the first destination of one takes it.",
    )
    per_second: float = Field(10, gt=0, le=10_000, description="How many deliveries it gets in a second, at most.")
    at_once: int = Field(20, ge=1, le=100_000, description="How many may come at once, before that counts.")
    attempts: int = Field(8, ge=1, le=50, description="How often a delivery is tried before it is given up.")
    timeout_seconds: float = Field(20, gt=0, le=600, description="How long an answer may take.")
    cost: float | None = Field(None, ge=0, description="What one delivery costs, in the project's currency.")

    def opened_as(self, name: str) -> Destination:
        """Return the destination, ready to take deliveries; `name` is what the settings call it.

        Raises
        ------
        SettingsError
            A secret is not there, or something that it needs is not installed.
        """
        raise NotImplementedError

    def cost_of(self, delivery: Delivery) -> float | None:  # noqa: ARG002 - kinds that cost by length need it
        """Return what a delivery costs when it is taken, in the project's currency; none where that is not known."""
        return self.cost

    def notes(self) -> list[str]:
        """Return what a person should know of it though nothing is wrong: sentences, shown by `patron check`."""
        return []

    def reader(self, name: str) -> FeedbackReader | None:  # noqa: ARG002 - kinds that are told something need it
        """Return what reads what this destination tells by calling us; none where it never does."""
        return None

    def source(self, name: str) -> FeedbackSource | None:  # noqa: ARG002 - as above
        """Return what asks this destination what has happened; none where it cannot be asked."""
        return None


__all__ = ["Channel", "DestinationSection", "Secret", "opened"]
