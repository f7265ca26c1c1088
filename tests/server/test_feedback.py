"""What destinations tell over HTTP: believed by the signature alone, each once, and never a failure of ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app_client import AppClient
from patron.engines.database import writing
from patron.engines.outbox_state import Entry, put
from patron.pipeline import open_project
from patron.server.app import create_app
from server_project import empty_project

TOKEN = "s3same"
CALLBACK = "https://crm.shop.example/v1/feedback/texts"
SETTINGS = f"""
destinations:
  texts: {{type: twilio, account_sid: AC{"0" * 32}, auth_token: {TOKEN}, sender: Tea, callback: "{CALLBACK}"}}
  mail: {{type: smtp, host: localhost, sender: news@shop.example}}
"""
TOLD = {"MessageSid": "SM1", "MessageStatus": "delivered", "AccountSid": "AC" + "0" * 32}


@pytest.fixture
def client(tmp_path, database, clock):
    project = empty_project(tmp_path)
    file = project.folder / "patron.yaml"
    file.write_text(file.read_text() + SETTINGS)
    then = clock() - timedelta(days=1)
    entry = Entry(
        delivery_id="d1", destination="texts", kind="message", source="live", customer_id="c1", channel="sms",
        content={"text": "hello"}, made_at=then, due_at=then,
    )  # fmt: skip
    with writing(database.engine) as connection:
        put(connection, [entry])
    app = create_app(open_project(project.folder), state=database, clock=clock, workers_inside=False)
    with AppClient(app) as asking:
        yield asking


def signed(told: dict[str, str], token: str = TOKEN) -> dict[str, str]:
    text = CALLBACK + "".join(name + told[name] for name in sorted(told))
    made = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return {
        "X-Twilio-Signature": base64.b64encode(made).decode(), "Content-Type": "application/x-www-form-urlencoded",
    }  # fmt: skip


def tell(client, told, headers, name="texts"):
    return client.post(f"/v1/feedback/{name}", content=urlencode(told), headers=headers)


def test_what_is_signed_is_taken_and_the_same_again_is_fine(client):
    for _ in range(2):
        answer = tell(client, TOLD, signed(TOLD))
        assert (answer.status_code, answer.content) == (204, b"")


def test_what_is_not_signed_as_it_should_be_is_not_believed(client):
    assert tell(client, TOLD, signed(TOLD, "another")).status_code == 401
    assert tell(client, {**TOLD, "MessageStatus": "failed"}, signed(TOLD)).status_code == 401
    assert tell(client, TOLD, {}).status_code == 401


@pytest.mark.parametrize("name", ["nobody", "mail", "..", "%00", "x" * 500])
def test_who_tells_nothing_is_not_there(client, name):
    assert tell(client, TOLD, signed(TOLD), name).status_code in (400, 404, 405)


def test_more_than_a_megabyte_is_refused(client):
    answer = client.post("/v1/feedback/texts", content=b"x" * 1_100_000, headers=signed(TOLD))
    assert answer.status_code == 413


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=st.one_of(st.binary(max_size=200), st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace"))))
def test_garbage_is_never_a_failure_of_ours(client, body):
    for headers in ({}, {"X-Twilio-Signature": "x", "Content-Type": "application/json"}, signed(TOLD)):
        assert client.post("/v1/feedback/texts", content=body, headers=headers).status_code in (401, 422, 429)
