"""Two ad platforms that check what their published formats ask for, and keep who is in an audience.

What is not as it should be is answered as the platform answers it, and noted in `faults`: a test ends with none.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from destination_server import answer

HASH = re.compile("[0-9a-f]{64}")
META_KEYS = {
    "EMAIL", "PHONE", "FN", "FI", "LN", "CT", "ST", "ZIP", "COUNTRY", "DOBY", "DOBM", "DOBD", "GEN", "MADID",
    "EXTERN_ID", "LOOKALIKE_VALUE",
}  # fmt: skip
PLAIN = {"MADID", "EXTERN_ID", "LOOKALIKE_VALUE"}
SERVICE = "ads@shop.iam.gserviceaccount.com"

_KEYS: list[RSAPrivateKey] = []


def signing_key():
    """Return the service account's key, made once: that takes a while."""
    if not _KEYS:
        _KEYS.append(generate_private_key(public_exponent=65537, key_size=2048))
    return _KEYS[0]


def account_file(token_url):
    """Return the JSON file of a service account."""
    private = signing_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return json.dumps({
        "type": "service_account", "project_id": "shop", "private_key_id": "k1", "private_key": private,
        "client_email": SERVICE, "token_uri": token_url,
    })  # fmt: skip


@dataclass
class Google:
    """The Data Manager API: `audienceMembers:ingest` and `:remove`."""

    account: str = "1234567890"
    members: dict[str, set[str]] = field(default_factory=dict)  # by list: each a JSON of identifiers
    faults: list[str] = field(default_factory=list)
    wrong: set[str] = field(default_factory=set)  # hashes that it does not take, as if they were malformed

    def __call__(self, request):
        if request.path == "/token":
            return self._token(request)
        if self._check(request.headers.get("authorization") == "Bearer t0ken", "not signed in"):
            return answer(401, body={"error": {"code": 401, "status": "UNAUTHENTICATED"}})
        way = request.path.removeprefix("/v1/audienceMembers:")
        self._check(request.method == "POST" and way in ("ingest", "remove"), f"{request.method} {request.path}")
        said = request.json()
        self._checked(said, way)
        if bad := [at for at, one in enumerate(said["audienceMembers"]) if self.wrong & set(_hashes(one))]:
            return _violations(bad)
        found = self.members.setdefault(said["destinations"][0]["productDestinationId"], set())
        for one in said["audienceMembers"]:
            kept = json.dumps(one["userData"]["userIdentifiers"], sort_keys=True)
            (found.add if way == "ingest" else found.discard)(kept)
        return answer(200, body={"requestId": hashlib.sha256(request.body).hexdigest()[:16]})

    def _token(self, request):
        form = request.form()
        claim = form["assertion"][0]
        signed, _, signature = claim.rpartition(".")
        signing_key().public_key().verify(_decoded(signature), signed.encode(), PKCS1v15(), SHA256())
        said = json.loads(_decoded(signed.split(".")[1]))
        self._check(said["iss"] == SERVICE and "datamanager" in said["scope"], "claim")
        return answer(200, body={"access_token": "t0ken", "expires_in": 3600, "token_type": "Bearer"})

    def _checked(self, said, way):
        allowed = {"destinations", "audienceMembers", "encoding", "validateOnly", "encryptionInfo"}
        if way == "ingest":
            allowed |= {"consent", "termsOfService"}
            self._check(said.get("termsOfService") == {"customerMatchTermsOfServiceStatus": "ACCEPTED"}, "terms")
            granted = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}
            self._check(said.get("consent") == granted, "consent")
        self._check(set(said) <= allowed, f"unknown fields {set(said) - allowed}")
        self._check(said["encoding"] == "HEX", "encoding")
        self._check(1 <= len(said["destinations"]) <= 10, "destinations")
        for one in said["destinations"]:
            own = {"accountType": "GOOGLE_ADS", "accountId": self.account}
            self._check(one["operatingAccount"] == own and one["productDestinationId"].isdigit(), "destination")
        self._check(1 <= len(said["audienceMembers"]) <= 10_000, "number of members")
        for one in said["audienceMembers"]:
            identifiers = one["userData"]["userIdentifiers"]
            self._check(1 <= len(identifiers) <= 10, "number of identifiers")
            for identifier in identifiers:
                self._identifier(identifier)

    def _identifier(self, identifier):
        [(kind, value)] = identifier.items()
        if kind == "address":
            self._check(set(value) == {"givenName", "familyName", "regionCode", "postalCode"}, "parts of an address")
            self._check(bool(re.fullmatch("[A-Z]{2}", value["regionCode"])), "region")
            self._check(bool(value["postalCode"]) and not HASH.fullmatch(value["postalCode"]), "postal code")
            hashed = [value["givenName"], value["familyName"]]
        else:
            self._check(kind in ("emailAddress", "phoneNumber"), kind)
            hashed = [value]
        for one in hashed:
            self._check(bool(HASH.fullmatch(one)) and one != hashlib.sha256(b"").hexdigest(), f"hash of {kind}")

    def _check(self, holds, fault):
        if not holds:
            self.faults.append(fault)
        return not holds


@dataclass
class Meta:
    """The Marketing API: the users of a custom audience."""

    token: str = "meta-t0ken"
    secret: str | None = None
    version: str = "v25.0"
    rows: dict[str, dict[tuple, str]] = field(default_factory=dict)  # by audience: row of keys -> value
    faults: list[str] = field(default_factory=list)

    def __call__(self, request):
        form = {name: values[0] for name, values in request.form().items()}
        if form.get("access_token") != self.token:
            return answer(401, body={"error": {"code": 190, "type": "OAuthException", "message": "bad token"}})
        if self.secret:
            proof = hmac.new(self.secret.encode(), self.token.encode(), hashlib.sha256).hexdigest()
            self._check(form.get("appsecret_proof") == proof, "appsecret_proof")
        place = re.fullmatch(rf"/{re.escape(self.version)}/(\d+)/users", request.path)
        self._check(place and request.method in ("POST", "DELETE"), f"{request.method} {request.path}")
        self._check("access_token" not in request.target, "a token in the address")
        payload, session = json.loads(form["payload"]), json.loads(form["session"])
        self._checked(payload, session, request.method)
        kept = self.rows.setdefault(place[1], {})
        names = [name for name in payload["schema"] if name != "LOOKALIKE_VALUE"]
        for row in payload["data"]:
            by_name = dict(zip(payload["schema"], row, strict=True))
            key = tuple((name, by_name[name]) for name in names if by_name[name])
            if request.method == "POST":
                kept[key] = by_name.get("LOOKALIKE_VALUE")
            else:
                kept.pop(key, None)
        told = {
            "audience_id": place[1], "session_id": str(session["session_id"]), "num_received": len(payload["data"]),
            "num_invalid_entries": 0, "invalid_entry_samples": {},
        }  # fmt: skip
        return answer(200, body=told)

    def _checked(self, payload, session, method):
        schema = payload["schema"]
        self._check(set(schema) <= META_KEYS and len(set(schema)) == len(schema), "schema")
        self._check(1 <= len(payload["data"]) <= 10_000, "number of rows")
        self._check(method == "POST" or "LOOKALIKE_VALUE" not in schema, "value of a removal")
        self._check(isinstance(session["session_id"], int) and session["session_id"] < 2**63, "session_id")
        self._check(session["batch_seq"] >= 1 and isinstance(session["last_batch_flag"], bool), "session")
        for row in payload["data"]:
            self._check(len(row) == len(schema) and any(row), "length of a row")
            for name, value in zip(schema, row, strict=False):
                if name == "LOOKALIKE_VALUE":
                    self._check(float(value) >= 0, "value")
                elif name not in PLAIN and value:
                    self._check(HASH.fullmatch(value), f"hash of {name}")
                self._check(value != hashlib.sha256(b"").hexdigest(), "the hash of nothing")

    def _check(self, holds, fault):
        if not holds:
            self.faults.append(fault)


def _hashes(member):
    for identifier in member["userData"]["userIdentifiers"]:
        for value in identifier.values():
            yield from (value,) if isinstance(value, str) else value.values()


def _violations(bad):
    told = [
        {"field": f"audience_members.audience_members[{at}].user_data.user_identifiers[0].email_address",
         "description": "ann.smith@example.org is malformed", "reason": "INVALID_SHA256_FORMAT"}
        for at in bad
    ]  # fmt: skip
    error = {
        "code": 400, "status": "INVALID_ARGUMENT", "message": "There was a problem with the request.",
        "details": [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "INVALID_ARGUMENT"},
            {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": told},
        ],
    }  # fmt: skip
    return answer(400, body={"error": error})


def _decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
