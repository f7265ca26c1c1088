"""What the settings say of a destination: text messages by Twilio."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from patron.activation.delivery.feedback import FeedbackReader
from patron.activation.destinations.destination import Delivery, Destination
from patron.activation.destinations.text_segments import text_segments
from patron.activation.destinations.twilio import ORIGIN, Twilio
from patron.activation.destinations.twilio_told import TwilioTold
from patron.language import say
from patron.pipeline.destinations.section import Channel, DestinationSection, Secret, opened


class TwilioSection(DestinationSection):
    """Text messages by Twilio, or a service that speaks its format."""

    type: Literal["twilio"]
    channels: list[Channel] = Field(
        default=["sms"],
        description="By which channels messages leave here; the first destination of one takes it.",
    )
    account_sid: str = Field(pattern=r"^AC[0-9a-zA-Z]{32}$", description="The account's SID, which begins with AC.")
    auth_token: Secret = Field(description="The account's token. Twilio signs with it what it tells.")
    api_key_sid: str | None = Field(None, description="An API key to hand over with, in place of account and token.")
    api_key_secret: Secret | None = Field(None, description="The secret of the API key.")
    sender: str = Field(
        min_length=1, description="A number with +, a short code, a name, or the SID of a messaging service (MG...)."
    )
    callback: str | None = Field(
        None,
        description="The address of this server's feedback as Twilio reaches it, as https://crm.example.com/v1/feedback/texts.",
    )
    valid_minutes: int | None = Field(
        None, ge=1, le=600, description="How long Twilio tries before it gives up; theirs where nothing is said."
    )
    origin: str = Field(ORIGIN, description="Where the service is.")

    @model_validator(mode="after")
    def _key_is_whole(self) -> Self:
        if (self.api_key_sid is None) != (self.api_key_secret is None):
            raise ValueError(say("direct.api_key_alone"))
        return self

    def opened_as(self, name: str) -> Destination:
        """Return the destination."""
        key = f"destinations.{name}"
        password = opened(self.auth_token, key=f"{key}.auth_token")
        if self.api_key_secret is not None:
            password = opened(self.api_key_secret, key=f"{key}.api_key_secret")
        return Twilio(
            name,
            account=self.account_sid,
            user=self.api_key_sid or self.account_sid,
            password=password,
            sender=self.sender,
            callback=self.callback,
            valid_s=None if self.valid_minutes is None else self.valid_minutes * 60,
            origin=self.origin,
            timeout_s=self.timeout_seconds,
        )

    def reader(self, name: str) -> FeedbackReader:
        """Return what reads status callbacks and replies."""
        return TwilioTold(opened(self.auth_token, key=f"destinations.{name}.auth_token"), callback=self.callback)

    def cost_of(self, delivery: Delivery) -> float | None:
        """Return what one text costs: `cost` for each part in which it travels."""
        if self.cost is None:
            return None
        return self.cost * text_segments(str(delivery.content.get("text") or ""))
