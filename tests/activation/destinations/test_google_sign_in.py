"""A service account's claim becomes a token, once an hour."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from conformance import NOW
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from destination_server import DestinationServer, answer, hang
from google_server import TOKEN, granted, key_file
from patron.activation.destinations import Outcome
from patron.activation.destinations.google_sign_in import GoogleSignIn, service_account
from patron.errors import SettingsError

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"


@pytest.fixture
def server():
    with DestinationServer(otherwise=lambda request: granted(request, scope=SCOPE)) as server:
        yield server


@pytest.fixture
def sign_in(server):
    made = GoogleSignIn(service_account(key_file(server.url)), scope=SCOPE, timeout_s=0.4)
    yield made
    made.close()


def test_a_token_is_asked_for_once_until_it_ends(server, sign_in):
    assert sign_in.token(now=NOW) == TOKEN
    assert sign_in.token(now=NOW + timedelta(minutes=58)) == TOKEN
    assert len(server.requests) == 1
    sign_in.token(now=NOW + timedelta(minutes=59))  # it would end on the way
    assert len(server.requests) == 2


def test_a_token_that_was_refused_is_not_used_again(server, sign_in):
    sign_in.token(now=NOW)
    sign_in.forget()
    assert sign_in.token(now=NOW) == TOKEN
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "act", [answer(400, body={"error": "invalid_grant"}), answer(500), answer(200, body=b"<html>"), hang(),
            answer(200, body={"access_token": 7})],
)  # fmt: skip
def test_without_a_token_nothing_was_handed_over(server, sign_in, act):
    server.will(act)
    outcome = sign_in.token(now=NOW)
    assert isinstance(outcome, Outcome)
    assert outcome.status == "retry"
    assert outcome.reason
    assert outcome.reason.startswith("sign_in_")


def test_another_place_to_sign_in_may_be_named(server):
    account = service_account(key_file("http://127.0.0.1:1"))
    sign_in = GoogleSignIn(account, scope=SCOPE, timeout_s=0.4, token_url=f"{server.url}/token")
    assert sign_in.token(now=NOW) == TOKEN
    sign_in.close()


def other_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "no json", json.dumps({"private_key": "s3cret"}), key_file("x", client_email=None)[:-40],
     key_file("x", private_key=other_key()), key_file("x", private_key=7)],
)  # fmt: skip
def test_what_is_no_key_file_is_refused_and_not_repeated(text):
    with pytest.raises(SettingsError) as caught:
        service_account(text)
    assert "s3cret" not in str(caught.value)
    assert "PRIVATE" not in str(caught.value)


def test_the_key_is_not_shown():
    assert "PRIVATE" not in repr(service_account(key_file("http://x")))
