"""`patron bounce` and `patron suppression`: what a mail server pipes in, and what a person closes and opens."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from patron.cli.main import app
from patron.engines.database import writing
from patron.engines.inbox_tables import INBOX
from patron.engines.outbox_state import Entry, put
from patron.engines.state_tables import AUDIT, CONSENT_STATEMENTS
from patron.engines.suppression_tables import SUPPRESSIONS
from patron.privacy.closed_address import address_hash
from server_project import empty_project

DELIVERY = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
REPORTS = Path(__file__).parents[1] / "activation" / "email" / "reports.txt"


@pytest.fixture
def project(tmp_path):
    """A project that sent one e-mail a while ago."""
    made = empty_project(tmp_path)
    then = datetime.now(UTC) - timedelta(days=2)
    entry = Entry(
        delivery_id=DELIVERY, destination="mail", kind="message", source="live", customer_id="c1", channel="email",
        address="ann@example.org", address_hash=address_hash("email", "ann@example.org"), content={"text": "hello"},
        trigger="left_cart", made_at=then, due_at=then,
    )  # fmt: skip
    with made.state() as state, writing(state.engine) as connection:
        put(connection, [entry])
    return made


def patron(project, *words: str, given: bytes = b""):
    return CliRunner().invoke(app, [*words, "--json", "--project", str(project.folder)], input=given)


def told(project, *words: str, given: bytes = b""):
    result = patron(project, *words, given=given)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout.strip().splitlines()[-1])


def report(name: str) -> bytes:
    found = re.search(rf"(?ms)^=== {re.escape(name)} \|[^\n]*\n(.*?)(?=^=== |\Z)", REPORTS.read_text(encoding="utf-8"))
    assert found is not None
    return found[1].encode()


def rows(project, table):
    with project.state() as state, state.engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(select(table))]


def test_a_bounce_from_a_pipe_is_an_event_and_closes_the_address(project):
    given = report("Postfix, nobody there")
    assert told(project, "bounce", given=given) == {"read": 1, "told": 1, "new": 1, "happened": {"bounced": 1}}
    assert told(project, "bounce", "-", given=given)["new"] == 0
    [closed] = rows(project, SUPPRESSIONS)
    assert (closed["address_hash"], closed["reason"]) == (address_hash("email", "ann@example.org"), "bounced")
    [event] = rows(project, INBOX)
    assert json.loads(event["payload"])["event"] == "Email Bounced"


def test_a_bounce_for_now_leaves_the_address_open(project):
    assert told(project, "bounce", given=report("Postfix, mailbox full"))["new"] == 1
    assert rows(project, SUPPRESSIONS) == []


def test_a_complaint_closes_the_address_and_says_no(project, tmp_path):
    file = tmp_path / "complaint.eml"
    file.write_bytes(report("a complaint by RFC 5965"))
    assert told(project, "bounce", str(file))["happened"] == {"complained": 1}
    assert [row["reason"] for row in rows(project, SUPPRESSIONS)] == ["complained"]
    assert [row["status"] for row in rows(project, CONSENT_STATEMENTS)] == ["revoked"]


def test_who_writes_to_the_unsubscribe_address_is_written_to_no_more(project):
    plain, to = b"Subject: unsubscribe\n\n", f"unsubscribe+{DELIVERY}@b.shop.example"
    assert told(project, "bounce", given=plain)["told"] == 0
    assert told(project, "bounce", "--recipient", to, given=plain)["happened"] == {"unsubscribed": 1}
    [said] = rows(project, CONSENT_STATEMENTS)
    assert (said["customer_id"], said["channel"], said["status"]) == ("c1", "email", "revoked")


def test_what_is_about_no_delivery_of_ours_is_not_kept(project):
    given = report("Postfix, nobody there").replace(DELIVERY.encode(), b"f" * 32)
    assert told(project, "bounce", given=given) == {"read": 1, "told": 1, "new": 0, "happened": {"bounced": 1}}
    assert rows(project, SUPPRESSIONS) == rows(project, INBOX) == []


def test_garbage_and_large_mail_are_no_failure(project):
    assert told(project, "bounce", given=b"\x00\xff" * 1000)["told"] == 0
    given = report("Postfix, nobody there") + b"x" * 3_000_000
    assert told(project, "bounce", given=given)["new"] == 1


def test_where_it_cannot_be_written_down_the_mail_server_keeps_it(project):
    (project.folder / "patron.yaml").write_text("state: postgresql+psycopg://nobody@127.0.0.1:1/none\n")
    result = patron(project, "bounce", given=report("qmail"))
    assert result.exit_code == 75
    assert "ann@" not in result.stdout + result.stderr


def test_a_person_closes_and_opens_an_address_and_only_its_hash_is_kept(project):
    closed = told(project, "suppression", "add", " ANN@example.org ")
    assert closed == {"added": True, "address_hash": address_hash("email", "ann@example.org"), "channel": "email"}
    assert told(project, "suppression", "add", "ann@example.org")["added"] is False
    listed = told(project, "suppression", "list")
    assert listed["counts"] == [{"channel": "email", "reason": "closed", "addresses": 1}]
    assert "example.org" not in json.dumps(listed)
    assert told(project, "suppression", "lift", "ann@example.org")["lifted"] is True
    assert told(project, "suppression", "lift", "ann@example.org")["lifted"] is False
    assert patron(project, "suppression", "add", "ann@example.org", "--channel", "pigeon").exit_code == 2


def test_what_a_person_did_stands_in_the_audit_without_the_address(project):
    told(project, "suppression", "add", "ann@example.org")
    told(project, "suppression", "lift", "ann@example.org")
    entries = rows(project, AUDIT)
    assert [entry["action"] for entry in entries] == ["suppression.added", "suppression.lifted"]
    assert "example.org" not in str(entries)
