"""What the settings say of a destination: audiences at Meta."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from patron.activation.destinations import Destination
from patron.activation.destinations.http import Http
from patron.activation.destinations.meta_ads import ORIGIN, VERSION, MetaAds
from patron.pipeline.destinations.ads_section import AdsSection, Platform
from patron.pipeline.destinations.section import Secret, opened


class MetaAdsSection(AdsSection):
    """Audiences at Meta."""

    platform: ClassVar[Platform] = "meta"

    type: Literal["meta_ads"]
    token: Secret = Field(description="The token of a system user who may change the audiences.")
    app_secret: Secret | None = Field(
        None, description="The app's secret; with it every request proves that the token was not stolen."
    )
    version: str = Field(VERSION, pattern=r"v\d+\.\d+", description="Which version of the Graph API is spoken.")
    origin: str = Field(ORIGIN, description="Where the service is.")

    def opened_as(self, name: str) -> Destination:
        """Return the destination."""
        secret = self.app_secret
        return MetaAds(
            name,
            token=opened(self.token, key=f"destinations.{name}.token"),
            secret=None if secret is None else opened(secret, key=f"destinations.{name}.app_secret"),
            http=Http(self.origin, timeout_s=self.timeout_seconds, repeats="recognised"),
            version=self.version,
        )
