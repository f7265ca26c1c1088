"""What the settings say of a destination: HubSpot."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from patron.activation.delivery import FeedbackReader, FeedbackSource
from patron.activation.destinations import Destination
from patron.activation.destinations.http import Http, bearer
from patron.activation.destinations.hubspot import LARGEST, ORIGIN, HubSpot
from patron.activation.destinations.hubspot_properties import HubSpotProperties
from patron.activation.destinations.hubspot_told import HubSpotReader, HubSpotSource
from patron.language import say
from patron.pipeline.destinations.profile_section import ProfileDestination, ProfileSettings
from patron.pipeline.destinations.section import Secret, opened


class HubSpotSection(ProfileDestination):
    """HubSpot."""

    type: Literal["hubspot"]
    token: Secret = Field(description="The access token of a private app.")
    email_id: int | None = Field(
        None, description="The e-mail, made there for the single-send API, that carries messages."
    )
    make_properties: bool = Field(True, description="Whether properties of contacts that are missing are made.")
    client_secret: Secret | None = Field(None, description="The app's secret, by which its webhooks are signed.")
    webhook_url: str | None = Field(
        None,
        description="The address of the webhook as HubSpot has it, where a proxy in front of the server changes it.",
    )
    url: str = Field(ORIGIN, description="Where its API is.")
    per_second: float = Field(1000, gt=0, le=10_000, description="How many deliveries it gets in a second, at most.")
    at_once: int = Field(LARGEST, ge=1, le=100_000, description="How many may come at once, before that counts.")

    @model_validator(mode="after")
    def _carried(self) -> HubSpotSection:
        if set(self.channels) - {"email"}:
            raise ValueError(say("crm.hubspot_channels"))
        if self.channels and self.email_id is None:
            raise ValueError(say("crm.no_email_id"))
        return self

    def opened_as(self, name: str) -> Destination:
        """Return the destination, ready to take deliveries."""
        profile = self.profile or ProfileSettings()
        properties = HubSpotProperties(fields=profile.fields, prefix=profile.prefix, make=self.make_properties)
        return HubSpot(name, http=self._http(name), takes=self.takes, properties=properties, email_id=self.email_id)

    def reader(self, name: str) -> FeedbackReader | None:
        """Return what reads its webhooks; none without the app's secret."""
        if self.client_secret is None:
            return None
        secret = opened(self.client_secret, key=f"destinations.{name}.client_secret")
        return HubSpotReader(name=name, secret=secret, url=self.webhook_url)

    def source(self, name: str) -> FeedbackSource | None:
        """Return what asks it what happened."""
        return HubSpotSource(name=name, http=self._http(name)) if self.reads_back else None

    def _http(self, name: str) -> Http:
        token = opened(self.token, key=f"destinations.{name}.token")
        return Http(self.url, timeout_s=self.timeout_seconds, repeats="recognised", headers=bearer(token))
