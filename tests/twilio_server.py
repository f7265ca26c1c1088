"""Answers as Twilio's published format asks for, and refuses what is not written by it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator

from destination_server import Act, Received, answer

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "t0ken-of-the-account"
TAKEN = {"To", "From", "MessagingServiceSid", "Body", "StatusCallback", "ValidityPeriod"}


def twilio(user: str = ACCOUNT, password: str = TOKEN) -> Callable[[Received], Act]:
    """Return what says 201 to a message that is right, and the published error to all others."""
    basic = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def act(request: Received) -> Act:
        wrong = next((error for error, right in checks(request, basic) if not right), None)
        if wrong:
            return refuse(*wrong)
        return answer(201, body={"sid": "SM" + "9" * 32, "status": "queued", "error_code": None})

    return act


def checks(request: Received, basic: str) -> Iterator[tuple[tuple[int, int], bool]]:
    """Yield what a request has to be, each with the error where it is not."""
    yield (401, 20003), request.headers.get("authorization") == basic
    yield (404, 20404), (request.method, request.path) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    yield (415, 20415), request.headers["content-type"] == "application/x-www-form-urlencoded"
    form = request.form()
    assert set(form) <= TAKEN, f"no such parameter: {set(form) - TAKEN}"
    assert all(len(values) == 1 for values in form.values())
    yield (400, 21211), bool(re.fullmatch(r"\+[1-9]\d{6,14}", form.get("To", [""])[0]))
    yield (400, 21603), ("From" in form) != ("MessagingServiceSid" in form)
    yield (400, 21602), bool(form.get("Body"))
    yield (400, 21617), len(form["Body"][0]) <= 1600


def refuse(status: int, code: int) -> Act:
    """Refuse as they do, with a text that names somebody."""
    said = {"code": code, "message": "+447700900123 ann.smith", "more_info": "https://", "status": status}
    return answer(status, headers={"Content-Type": "application/json"}, body=said)
