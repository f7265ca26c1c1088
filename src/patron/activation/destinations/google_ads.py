"""Audiences at Google: members come and go by the Data Manager API (Customer Match).

Adding somebody who is a member already changes nothing, nor does removing somebody who is none: what may have arrived
is sent again. One member that is not as it should be lets Google refuse a whole request; it says which, and the others
are sent once more without it.

Ref  Google, Data Manager API v1: `audienceMembers.ingest`, `audienceMembers.remove`, "Understand API errors"
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from patron.activation.destinations.audience_parts import Part, by_part
from patron.activation.destinations.destination import Delivery, Kind, Outcome, Repeats
from patron.activation.destinations.google_sign_in import GoogleSignIn
from patron.activation.destinations.http import Answer, Http, bearer

ORIGIN = "https://datamanager.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/datamanager"
MOST_MEMBERS = 10_000  # of a request
GRANTED = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}
"""Of everybody, because nobody else is in an audience."""

_MEMBER = re.compile(r"audience_?members\[(\d+)\]", re.IGNORECASE)
_WORD = re.compile("[A-Z][A-Z0-9_]{2,39}")


class GoogleAds:
    """Audiences of one Google Ads account.

    Parameters
    ----------
    name : str
        What the settings call it.
    account : str
        The account's number, without hyphens.
    login_account : str, optional
        The manager account by which it is reached, where it is not reached directly.
    sign_in : GoogleSignIn
        Gives tokens of `SCOPE`.
    http : Http
        Speaks to `ORIGIN`, or to another in tests.
    """

    kinds: Sequence[Kind] = ("member", "removal")
    repeats: Repeats = "recognised"
    largest_batch = MOST_MEMBERS

    def __init__(
        self, name: str, *, account: str, sign_in: GoogleSignIn, http: Http, login_account: str | None = None
    ) -> None:
        self.name = name
        self._account, self._login, self._sign_in, self._http = account, login_account, sign_in, http

    def __repr__(self) -> str:
        """Name it, and no account."""
        return f"GoogleAds({self.name})"

    def deliver(self, deliveries: Sequence[Delivery], *, now: datetime) -> Sequence[Outcome]:
        """Hand over, an audience and a way at a time."""
        return by_part(deliveries, largest=MOST_MEMBERS, send=lambda part: self._sent(part, now))

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()
        self._sign_in.close()

    def _sent(self, part: Part, now: datetime) -> Sequence[Outcome]:
        answer = self._asked(part, part.deliveries, now)
        wrong = _wrong(answer, len(part.deliveries))
        if not wrong or len(wrong) == len(part.deliveries):
            outcome = _meant(answer)
            return [wrong.get(at, outcome) for at in range(len(part.deliveries))]
        rest = [one for at, one in enumerate(part.deliveries) if at not in wrong]
        again = self._asked(part, rest, now)
        # What is wrong this time was not taken, and nor was what stood beside it.
        found = _wrong(again, len(rest))
        outcomes = iter([found.get(at, _meant(again)) for at in range(len(rest))])
        return [wrong[at] if at in wrong else next(outcomes) for at in range(len(part.deliveries))]

    def _asked(self, part: Part, deliveries: Sequence[Delivery], now: datetime) -> Answer:
        token = self._sign_in.token(now=now)
        if isinstance(token, Outcome):
            return Answer(outcome=token)
        way = "ingest" if part.adds else "remove"
        answer = self._http.call(
            "POST", f"/v1/audienceMembers:{way}", json=self._request(part, deliveries), headers=bearer(token), now=now
        )
        if answer.status == 401:
            self._sign_in.forget()
        return answer

    def _request(self, part: Part, deliveries: Sequence[Delivery]) -> dict[str, Any]:
        at: dict[str, Any] = {"operatingAccount": _account(self._account), "productDestinationId": part.list}
        if self._login:
            at["loginAccount"] = _account(self._login)
        members = [{"userData": {"userIdentifiers": one.content["keys"]}} for one in deliveries]
        request: dict[str, Any] = {"destinations": [at], "audienceMembers": members, "encoding": "HEX"}
        if part.adds:
            request["consent"] = GRANTED
            request["termsOfService"] = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}
        return request


def _account(number: str) -> dict[str, str]:
    return {"accountType": "GOOGLE_ADS", "accountId": number}


def _meant(answer: Answer) -> Outcome:
    """Return what an answer means for everybody in the request."""
    outcome = answer.outcome
    if outcome.status == "accepted":
        said = answer.json()
        receipt = said.get("requestId") if isinstance(said, Mapping) else None
        return Outcome(status="accepted", receipt=receipt if isinstance(receipt, str) else None)
    if answer.status in (400, 404):
        # About the account or the list, or about somebody beside: nobody was taken, and nobody in it is wrong.
        return Outcome(status="retry", reason=_reason(answer) or outcome.reason)
    return outcome


def _wrong(answer: Answer, members: int) -> dict[int, Outcome]:
    """Return who of a refused request is wrong, by the places that Google names."""
    if answer.status != 400:
        return {}
    found: dict[int, Outcome] = {}
    for violation in _violations(answer.json()):
        place = _MEMBER.search(str(violation.get("field")))
        if place and int(place[1]) < members:
            found[int(place[1])] = Outcome(status="rejected", reason=_short(violation.get("reason")) or "http_400")
    return found


def _violations(said: Any) -> list[Mapping[str, Any]]:
    error = said.get("error") if isinstance(said, Mapping) else None
    details = error.get("details") if isinstance(error, Mapping) else None
    listed = [one for one in details if isinstance(one, Mapping)] if isinstance(details, list) else []
    told = [one.get("fieldViolations") for one in listed]
    return [one for some in told if isinstance(some, list) for one in some if isinstance(one, Mapping)]


def _reason(answer: Answer) -> str | None:
    """Return the word by which Google names an error (`google.rpc.ErrorInfo`, or a violation)."""
    said = answer.json()
    for violation in _violations(said):
        if word := _short(violation.get("reason")):
            return word
    error = said.get("error") if isinstance(said, Mapping) else None
    return _short(error.get("status")) if isinstance(error, Mapping) else None


def _short(word: Any) -> str | None:
    return word.lower() if isinstance(word, str) and _WORD.fullmatch(word) else None


__all__ = ["ORIGIN", "SCOPE", "GoogleAds"]
