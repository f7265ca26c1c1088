"""What the settings say of a destination: audiences at Google."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from patron.activation.destinations import Destination
from patron.activation.destinations.google_ads import ORIGIN, SCOPE, GoogleAds
from patron.activation.destinations.google_sign_in import GoogleSignIn, service_account
from patron.activation.destinations.http import Http
from patron.language import say
from patron.pipeline.destinations.ads_section import AdsSection, Platform
from patron.pipeline.destinations.fcm import text_of
from patron.pipeline.destinations.section import Secret, opened


class GoogleAdsSection(AdsSection):
    """Audiences at Google."""

    platform: ClassVar[Platform] = "google"

    type: Literal["google_ads"]
    account: str = Field(pattern=r"\d[\d-]*\d", description="The number of the Google Ads account.")
    login_account: str | None = Field(
        None, pattern=r"\d[\d-]*\d", description="The manager account by which it is reached, if not directly."
    )
    service_account: Secret = Field(
        description="The key of a service account: the file's path, or its JSON, best as ${NAME}."
    )
    origin: str = Field(ORIGIN, description="Where the service is.")
    token_url: str | None = Field(None, description="Where to sign in; the account's own place by default.")

    @model_validator(mode="after")
    def _no_value(self) -> Self:
        if any(one.by_value for one in self.audiences.values()):
            raise ValueError(say("ads.no_value"))
        return self

    def opened_as(self, name: str) -> Destination:
        """Return the destination."""
        key = f"destinations.{name}.service_account"
        account = service_account(text_of(opened(self.service_account, key=key), key=key))
        timeout = self.timeout_seconds
        return GoogleAds(
            name,
            account=self.account.replace("-", ""),
            login_account=self.login_account.replace("-", "") if self.login_account else None,
            sign_in=GoogleSignIn(account, scope=SCOPE, timeout_s=timeout, token_url=self.token_url),
            http=Http(self.origin, timeout_s=timeout, repeats="recognised"),
        )
