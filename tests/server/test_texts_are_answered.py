"""A text leaves in Twilio's format, and what Twilio and the person answer is heard by the server."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import select

from app_client import AppClient
from destination_server import DestinationServer
from patron.activation.delivery import Courier, Terms
from patron.activation.destinations.twilio_told import twilio_signature
from patron.engines.database import writing
from patron.engines.delivery_tables import OUTBOX
from patron.engines.outbox_state import Entry, put
from patron.engines.state import State
from patron.engines.state_tables import CONSENT_STATEMENTS
from patron.server.app import create_app
from server_project import empty_project
from twilio_server import ACCOUNT, TOKEN, twilio

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CALLBACK = "https://crm.example.com/v1/feedback/texts"
SETTINGS = f"""\
destinations:
  texts:
    type: twilio
    account_sid: {ACCOUNT}
    auth_token: {TOKEN}
    sender: "+15005550006"
    callback: {CALLBACK}
    cost: 0.05
    origin: ORIGIN
"""
TEXT = Entry(
    delivery_id="d1", destination="texts", kind="message", source="live", customer_id="ann", channel="sms",
    address="+447700900123", content={"text": "Your basket waits. " * 10}, made_at=NOW, due_at=NOW,
)  # fmt: skip


@pytest.fixture
def sent(tmp_path, database):
    """Hand one text over; give the server, its state, and where Twilio was told to call."""
    state: State = database
    with DestinationServer(otherwise=twilio()) as server:
        project = empty_project(tmp_path, SETTINGS.replace("ORIGIN", server.url))
        section = project.settings.destinations["texts"]
        with writing(state.engine) as connection:
            put(connection, [TEXT])
        destination = section.opened_as("texts")
        courier = Courier(state, destination, terms=Terms(cost_of=section.cost_of), holder="one", clock=lambda: NOW)
        while courier.turn().more:
            pass
        destination.close()
        [request] = server.requests
        app = create_app(project, state=state, clock=lambda: NOW, workers_inside=False)
        with AppClient(app) as client:
            yield client, state, request.form()["StatusCallback"][0]


def tell(client, url, form, *, token=TOKEN):
    place = urlsplit(url)
    signature = twilio_signature(url, {name: [value] for name, value in form.items()}, token=token)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    path = place.path + (f"?{place.query}" if place.query else "")
    return client.post(path, content=urlencode(form), headers=headers)


def statements(state):
    with state.engine.connect() as connection:
        return connection.execute(select(CONSENT_STATEMENTS)).all()


def test_a_text_leaves_once_with_what_it_costs(sent):
    _, state, url = sent
    with state.engine.connect() as connection:
        row = connection.execute(select(OUTBOX)).one()
    assert (row.state, row.receipt, row.cost) == ("delivered", "SM" + "9" * 32, pytest.approx(0.1))  # two parts
    assert (row.address, row.content) == (None, None)
    assert url == f"{CALLBACK}?delivery=d1"


def test_what_twilio_says_of_an_end_is_a_no_at_once(sent):
    client, state, url = sent
    form = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "21610", "To": "+447700900123"}
    assert tell(client, url, form, token="other").status_code == 401
    assert statements(state) == []
    for _ in range(2):  # the same told twice is one
        answer = tell(client, url, form)
        assert (answer.status_code, answer.content) == (204, b"")
    [said] = statements(state)
    assert (said.channel, said.status) == ("sms", "revoked")


def test_what_nobody_can_read_is_said_so_and_harms_nothing(sent):
    client, state, url = sent
    assert tell(client, url, {"AccountSid": ACCOUNT}).status_code == 422
    assert tell(client, CALLBACK, {"MessageSid": "SM2", "From": "+447700900999", "Body": "STOP"}).status_code == 204
    assert client.post("/v1/feedback/texts", content=b"\xff").status_code in (401, 422)
    assert statements(state) == []
