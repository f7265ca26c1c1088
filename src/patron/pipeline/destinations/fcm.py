"""What the settings say of a destination: push messages by Firebase Cloud Messaging."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field

from patron.activation.destinations.destination import Destination
from patron.activation.destinations.fcm import ORIGIN, SCOPE, Fcm
from patron.activation.destinations.google_sign_in import GoogleSignIn, service_account
from patron.errors import SettingsError
from patron.language import failure
from patron.pipeline.destinations.section import Channel, DestinationSection, Secret, opened


class FcmSection(DestinationSection):
    """Push messages by Firebase Cloud Messaging."""

    type: Literal["fcm"]
    channels: list[Channel] = Field(
        default=["push"],
        description="By which channels messages leave here; the first destination of one takes it.",
    )
    service_account: Secret = Field(
        description="The key of a service account: the file's path, or its JSON, best as ${NAME}."
    )
    project: str | None = Field(None, description="The id of the Firebase project; that of the account by default.")
    keep_hours: int = Field(24, ge=1, le=672, description="How long a message waits for a device that is off.")
    origin: str = Field(ORIGIN, description="Where the service is.")
    token_url: str | None = Field(None, description="Where to sign in; the account's own place by default.")

    def opened_as(self, name: str) -> Destination:
        """Return the destination."""
        key = f"destinations.{name}.service_account"
        account = service_account(text_of(opened(self.service_account, key=key), key=key))
        project = self.project or account.project
        if not project:
            raise failure(SettingsError, "direct.no_project", key=key)
        sign_in = GoogleSignIn(account, scope=SCOPE, timeout_s=self.timeout_seconds, token_url=self.token_url)
        keep = timedelta(hours=self.keep_hours)
        return Fcm(
            name, project=project, sign_in=sign_in, keep=keep, origin=self.origin, timeout_s=self.timeout_seconds
        )


def text_of(secret: str, *, key: str) -> str:
    """Return a key that stands in the settings itself, or in the file that they name.

    Raises
    ------
    SettingsError
        The file cannot be read.
    """
    if secret.lstrip().startswith("{"):
        return secret
    try:
        return Path(secret).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
        raise failure(SettingsError, "direct.not_read", key=key, reason=reason) from None
