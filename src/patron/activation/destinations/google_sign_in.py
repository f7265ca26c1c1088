"""Signing in at Google as a service account: a signed claim is exchanged for a token, which holds for an hour.

The claim is a JSON Web Token signed by the account's own key (RS256), which never leaves; there is nothing to log in to
by hand and nothing to renew.

Ref  RFC 7519 (JWT), RFC 7523 (JWT as a grant), "Using OAuth 2.0 for Server to Server Applications" (Google)
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from patron.activation.destinations.destination import Outcome
from patron.activation.destinations.http import Http
from patron.errors import SettingsError
from patron.language import failure

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"

HOLDS_S = 3600  # the longest that Google lets a claim hold

EARLY = timedelta(seconds=60)
"""So long before its end a token is not used any more: it must still hold when it arrives."""


@dataclass(frozen=True, kw_only=True)
class ServiceAccount:
    """A service account, as its key file names it."""

    email: str
    key_id: str
    token_url: str
    project: str | None
    key: RSAPrivateKey = field(repr=False)


def service_account(text: str) -> ServiceAccount:
    """Read the JSON file of a service account's key.

    Raises
    ------
    SettingsError
        It is none. Nothing of its content is repeated.
    """
    try:
        said = json.loads(text)
        key = load_pem_private_key(said["private_key"].encode(), password=None)
        email, key_id, token_url = (str(said[name]) for name in ("client_email", "private_key_id", "token_uri"))
    except (KeyError, TypeError, AttributeError, ValueError, UnsupportedAlgorithm):
        raise failure(SettingsError, "direct.google_account") from None
    if not isinstance(key, RSAPrivateKey):
        raise failure(SettingsError, "direct.google_account")
    project = said.get("project_id")
    return ServiceAccount(
        email=email, key_id=key_id, token_url=token_url, key=key, project=None if project is None else str(project)
    )


class GoogleSignIn:
    """Gives tokens of one service account.

    Parameters
    ----------
    account : ServiceAccount
        From `service_account`.
    scope : str
        What the token is for; several are parted by blanks.
    timeout_s : float
        How long signing in may take.
    token_url : str, optional
        Another place to sign in at than the account names.
    """

    def __init__(self, account: ServiceAccount, *, scope: str, timeout_s: float, token_url: str | None = None) -> None:
        self._account, self._scope = account, scope
        self._url = token_url or account.token_url
        place = urlsplit(self._url)
        self._path = place.path
        # Asking twice gives two tokens, which does no harm.
        self._http = Http(f"{place.scheme}://{place.netloc}", timeout_s=timeout_s, repeats="recognised")
        self._token, self._ends = "", datetime.min.replace(tzinfo=UTC)

    def token(self, *, now: datetime) -> str | Outcome:
        """Return a token that holds, or what to say of all deliveries where none is to be had.

        They were not handed over then: it is always `retry`.
        """
        if self._token and now < self._ends:
            return self._token
        form = {"grant_type": GRANT, "assertion": claim(self._account, self._scope, audience=self._url, now=now)}
        answer = self._http.call("POST", self._path, form=form, now=now)
        said = answer.json()
        if answer.status != 200 or not isinstance(said, Mapping) or not isinstance(said.get("access_token"), str):
            reason = answer.outcome.reason or "no_token"
            pause = answer.outcome.retry_after_s
            return Outcome(status="retry", reason=f"sign_in_{reason}", retry_after_s=pause)
        self._token, self._ends = said["access_token"], now + _holds(said) - EARLY
        return self._token

    def forget(self) -> None:
        """Ask for another token the next time: this one was refused."""
        self._token = ""

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()


def claim(account: ServiceAccount, scope: str, *, audience: str, now: datetime) -> str:
    """Return the signed claim: who asks, for what, of whom, and until when it holds."""
    issued = int(now.timestamp())
    header = {"alg": "RS256", "typ": "JWT", "kid": account.key_id}
    said = {"iss": account.email, "scope": scope, "aud": audience, "iat": issued, "exp": issued + HOLDS_S}
    text = f"{_part(header)}.{_part(said)}"
    return f"{text}.{_base64(account.key.sign(text.encode(), PKCS1v15(), SHA256()))}"


def _part(said: Mapping[str, Any]) -> str:
    return _base64(json.dumps(said, separators=(",", ":")).encode())


def _base64(content: bytes) -> str:
    """Write in the alphabet for addresses, without the signs that fill up (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _holds(said: Mapping[str, Any]) -> timedelta:
    seconds = said.get("expires_in")
    return timedelta(seconds=seconds if isinstance(seconds, int) and 0 < seconds <= HOLDS_S else HOLDS_S)


__all__ = ["GoogleSignIn", "ServiceAccount", "claim", "service_account"]
