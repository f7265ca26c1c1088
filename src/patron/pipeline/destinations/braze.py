"""What the settings say of a destination: Braze."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from patron.activation.delivery import FeedbackReader, FeedbackSource
from patron.activation.destinations import Destination
from patron.activation.destinations.braze import LARGEST, Braze, repeats_of
from patron.activation.destinations.braze_told import BrazeReader, BrazeSource
from patron.activation.destinations.http import Http, bearer
from patron.language import say
from patron.pipeline.destinations.profile_section import ProfileDestination, ProfileSettings
from patron.pipeline.destinations.section import Secret, opened


class BrazeSection(ProfileDestination):
    """Braze."""

    type: Literal["braze"]
    key: Secret = Field(description="A REST API key.")
    url: str = Field(description="The workspace's REST endpoint, as https://rest.iad-01.braze.com.")
    campaigns: dict[str, str] = Field(
        default_factory=dict, description="By channel, the API-triggered campaign that carries its messages."
    )
    sms_group: str | None = Field(
        None, description="The subscription group of text messages that people leave when they say no to them."
    )
    currents_token: Secret | None = Field(None, description="The token that Currents sends along with events.")
    per_second: float = Field(1000, gt=0, le=10_000, description="How many deliveries it gets in a second, at most.")
    at_once: int = Field(LARGEST, ge=1, le=100_000, description="How many may come at once, before that counts.")

    @model_validator(mode="after")
    def _carried(self) -> BrazeSection:
        if set(self.channels) - {"email", "sms", "push"}:
            raise ValueError(say("crm.channels"))
        lacking = [channel for channel in self.channels if channel not in self.campaigns]
        if lacking:
            raise ValueError(say("crm.no_campaign", channel=lacking[0]))
        return self

    def opened_as(self, name: str) -> Destination:
        """Return the destination, ready to take deliveries."""
        profile = self.profile or ProfileSettings()
        return Braze(
            name, http=self._http(name), takes=self.takes, prefix=profile.prefix, campaigns=self.campaigns,
            sms_group=self.sms_group,
        )  # fmt: skip

    def reader(self, name: str) -> FeedbackReader | None:
        """Return what reads Currents; none without its token."""
        if self.currents_token is None:
            return None
        return BrazeReader(name=name, secret=opened(self.currents_token, key=f"destinations.{name}.currents_token"))

    def source(self, name: str) -> FeedbackSource | None:
        """Return what asks it who left or bounced."""
        return BrazeSource(name=name, http=self._http(name)) if self.reads_back else None

    def _http(self, name: str) -> Http:
        key = opened(self.key, key=f"destinations.{name}.key")
        return Http(self.url, timeout_s=self.timeout_seconds, repeats=repeats_of(self.takes), headers=bearer(key))
