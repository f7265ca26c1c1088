"""Signing in at Google and handing over to Firebase, with every request checked by the published format."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from destination_server import Act, Received, answer

TOKEN = "ya29.access-token"
RESERVED = re.compile("from|gcm.*|google.*|message_type|collapse_key")


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def key_file(url: str, **more: Any) -> str:
    """Return a service account's key file that signs in at `url`."""
    written = key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    said = {
        "type": "service_account", "project_id": "shop-1", "private_key_id": "k1", "private_key": written,
        "client_email": "patron@shop-1.iam.gserviceaccount.com", "token_uri": f"{url}/token",
    }  # fmt: skip
    return json.dumps(said | more)


def part(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def granted(request: Received, *, scope: str, holds_s: int = 3599) -> Act:
    """Answer a claim with a token, where it is one (RFC 7523) and signed by the key."""
    form = request.form()
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    head, said, signature = form["assertion"][0].split(".")
    try:
        signed = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        key().public_key().verify(signed, f"{head}.{said}".encode(), padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return answer(400, body={"error": "invalid_grant"})
    claim = part(said)
    assert part(head) == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    assert claim["iss"] == "patron@shop-1.iam.gserviceaccount.com"
    assert claim["aud"].endswith("/token")
    assert claim["scope"] == scope
    assert 0 < claim["exp"] - claim["iat"] <= 3600
    return answer(200, body={"access_token": TOKEN, "expires_in": holds_s, "token_type": "Bearer"})


def firebase(scope: str) -> Callable[[Received], Act]:
    """Return what gives tokens and takes messages that are right."""

    def act(request: Received) -> Act:
        if request.path == "/token":
            return granted(request, scope=scope)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return failed(401, "UNAUTHENTICATED")
        if (request.method, request.path) != ("POST", "/v1/projects/shop-1/messages:send"):
            return failed(404, "NOT_FOUND")
        wrong = faults(request.json())
        return failed(400, "INVALID_ARGUMENT", code="INVALID_ARGUMENT", field=wrong) if wrong else taken()

    return act


def taken() -> Act:
    return answer(200, body={"name": "projects/shop-1/messages/0:1500415314455276%31bd1c96"})


def failed(status: int, name: str, *, code: str | None = None, field: str | None = None) -> Act:
    details: list[dict[str, Any]] = []
    if code:
        details.append({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code})
    if field:
        violations = [{"field": field, "description": "ann.smith@example.org"}]
        details.append({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations})
    error = {"code": status, "message": "ann.smith@example.org", "status": name, "details": details}
    return answer(status, body={"error": error})


def faults(body: dict[str, Any]) -> str | None:
    """Return the field of a message that is not by the format."""
    message = body["message"]
    checks = {
        "message": set(body) == {"message"} and set(message) <= {
            "token", "notification", "data", "android", "apns", "webpush"
        },
        "message.token": isinstance(message.get("token"), str) and message["token"],
        "message.notification": set(message["notification"]) <= {"title", "body", "image"},
        "message.data": all(
            isinstance(value, str) and not RESERVED.fullmatch(name) for name, value in message["data"].items()
        ),
        "message.android.ttl": re.fullmatch(r"\d{1,7}(\.\d+)?s", message["android"]["ttl"]),
        "message.apns": re.fullmatch(r"\d{10}", message["apns"]["headers"]["apns-expiration"])
        and len(message["apns"]["headers"]["apns-collapse-id"].encode()) <= 64,
        "message.webpush": message["webpush"]["headers"]["TTL"].isdigit(),
        "message.size": len(json.dumps(message)) <= 4096,
    }  # fmt: skip
    return next((field for field, right in checks.items() if not right), None)
