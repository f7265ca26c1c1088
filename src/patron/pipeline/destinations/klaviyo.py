"""What the settings say of a destination: Klaviyo."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from patron.activation.delivery import FeedbackReader, FeedbackSource
from patron.activation.destinations import Destination
from patron.activation.destinations.http import Http
from patron.activation.destinations.klaviyo import LARGEST, METRIC, ORIGIN, REVISION, Klaviyo, headers
from patron.activation.destinations.klaviyo_told import KlaviyoReader, KlaviyoSource
from patron.language import say
from patron.pipeline.destinations.profile_section import ProfileDestination, ProfileSettings
from patron.pipeline.destinations.section import Secret, opened


class KlaviyoSection(ProfileDestination):
    """Klaviyo."""

    type: Literal["klaviyo"]
    key: Secret = Field(description="A private API key.")
    revision: str = Field(REVISION, pattern=r"^\d{4}-\d\d-\d\d$", description="Which revision of the API is spoken.")
    metric: str = Field(METRIC, min_length=1, description="The metric that triggers the flows that send messages.")
    flows: list[str] = Field(
        default_factory=list, description="Those flows' ids: what happens to their messages is told of ours."
    )
    import_seconds: float = Field(60, gt=0, le=600, description="How long an import of many profiles may take.")
    webhook_secret: Secret | None = Field(None, description="By which its system webhooks are signed.")
    url: str = Field(ORIGIN, description="Where its API is.")
    per_second: float = Field(1000, gt=0, le=10_000, description="How many deliveries it gets in a second, at most.")
    at_once: int = Field(LARGEST, ge=1, le=100_000, description="How many may come at once, before that counts.")

    @model_validator(mode="after")
    def _sendable(self) -> KlaviyoSection:
        if set(self.channels) - {"email", "sms", "push"}:
            raise ValueError(say("crm.channels"))
        return self

    def opened_as(self, name: str) -> Destination:
        """Return the destination, ready to take deliveries."""
        profile = self.profile or ProfileSettings()
        return Klaviyo(
            name, http=self._http(name), takes=self.takes, prefix=profile.prefix, metric=self.metric,
            wait_s=self.import_seconds,
        )  # fmt: skip

    def reader(self, name: str) -> FeedbackReader | None:
        """Return what reads its webhooks; none without their secret."""
        if self.webhook_secret is None:
            return None
        secret = opened(self.webhook_secret, key=f"destinations.{name}.webhook_secret")
        return KlaviyoReader(name=name, secret=secret, flows=frozenset(self.flows))

    def source(self, name: str) -> FeedbackSource | None:
        """Return what asks it what happened."""
        if not self.reads_back:
            return None
        return KlaviyoSource(name=name, http=self._http(name), flows=frozenset(self.flows))

    def _http(self, name: str) -> Http:
        key = opened(self.key, key=f"destinations.{name}.key")
        said = headers(key, revision=self.revision)
        return Http(self.url, timeout_s=self.timeout_seconds, repeats="recognised", headers=said, most_bytes=5_000_000)
