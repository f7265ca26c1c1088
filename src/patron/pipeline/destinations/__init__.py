"""What the settings say of destinations: one file a kind."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from patron.pipeline.destinations.braze import BrazeSection
from patron.pipeline.destinations.calls import CallsSection
from patron.pipeline.destinations.fcm import FcmSection
from patron.pipeline.destinations.files import FilesSection
from patron.pipeline.destinations.google_ads import GoogleAdsSection
from patron.pipeline.destinations.hubspot import HubSpotSection
from patron.pipeline.destinations.klaviyo import KlaviyoSection
from patron.pipeline.destinations.letters import LettersSection
from patron.pipeline.destinations.meta_ads import MetaAdsSection
from patron.pipeline.destinations.section import DestinationSection
from patron.pipeline.destinations.smtp import SmtpSection
from patron.pipeline.destinations.twilio import TwilioSection
from patron.pipeline.destinations.webhook import WebhookSection

AnyDestination = Annotated[
    SmtpSection
    | WebhookSection
    | TwilioSection
    | FcmSection
    | FilesSection
    | LettersSection
    | CallsSection
    | GoogleAdsSection
    | MetaAdsSection
    | HubSpotSection
    | KlaviyoSection
    | BrazeSection,
    Field(discriminator="type"),
]
"""A destination of any kind, told apart by `type`."""


def kinds() -> dict[str, type[DestinationSection]]:
    """Return the sections of all kinds, by what stands as `type`."""
    sections: tuple[type[DestinationSection], ...] = get_args(get_args(AnyDestination)[0])
    return {get_args(section.model_fields["type"].annotation)[0]: section for section in sections}


__all__ = ["AnyDestination", "DestinationSection", "kinds"]
