"""What the settings say of a destination: signed calls of a web address."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from patron.activation.destinations.destination import Destination
from patron.activation.destinations.webhook import Webhook, is_private
from patron.activation.destinations.webhook_signature import webhook_secret
from patron.language import say
from patron.pipeline.destinations.section import DestinationSection, Secret, opened


class WebhookSection(DestinationSection):
    """Signed calls of a web address."""

    type: Literal["webhook"]
    url: Secret = Field(description="What is called. It may hold a token, so it is kept like a password.")
    secret: Secret = Field(
        description="What calls are signed with: whsec_ and 24 to 64 random bytes as base64 (Standard Webhooks)."
    )
    old_secret: Secret | None = Field(
        None, description="The secret before, while receivers change: calls carry both signatures."
    )
    headers: dict[str, Secret] = Field(default_factory=dict, description="What every call carries beside.")
    batch: int = Field(1, ge=1, le=500, description="How many deliveries travel in one call, at most.")
    allow_http: bool = Field(
        False, description="Whether the address may be without TLS; on this machine it always may."
    )

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        address = self.url.get_secret_value()
        if "${" not in address and not self.allow_http and not is_private(address):
            raise ValueError(say("direct.webhook_open"))
        return self

    def opened_as(self, name: str) -> Destination:
        """Return the destination."""
        key = f"destinations.{name}"
        secrets: dict[str, SecretStr] = {"secret": self.secret}
        if self.old_secret is not None:
            secrets["old_secret"] = self.old_secret
        return Webhook(
            name,
            opened(self.url, key=f"{key}.url"),
            secrets=[webhook_secret(opened(secret, key=f"{key}.{which}")) for which, secret in secrets.items()],
            headers={head: opened(value, key=f"{key}.headers.{head}") for head, value in self.headers.items()},
            batch=self.batch,
            timeout_s=self.timeout_seconds,
        )
