"""RFC 8058: one POST unsubscribes; whatever else opens the link does not."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from patron.engines.inbox_tables import INBOX
from patron.engines.state import State
from patron.privacy.tombstones import CUSTOMER_ID
from signed_link_pages import Asked

BODY = "List-Unsubscribe=One-Click"
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def shop(tmp_path):
    with State.open(tmp_path / "state.db") as state, Asked(tmp_path, state) as asked:
        asked.delivered()
        yield asked


@pytest.fixture
def on_both(tmp_path, database):
    """The same on SQLite and on PostgreSQL."""
    with Asked(tmp_path, database) as asked:
        asked.delivered()
        yield asked


def events(shop):
    with shop.state.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(INBOX)).scalar_one()


def test_one_click_unsubscribes_at_once_and_once(on_both):
    shop = on_both
    link = shop.unsubscribe()
    for _ in range(3):
        answer = shop.client.post(link, content=BODY, headers=URLENCODED)
        assert answer.status_code == 200
        assert not answer.history
        assert "set-cookie" not in answer.headers
    (said,) = shop.said()
    told = {name: said[name] for name in ("customer_id", "purpose", "channel", "status", "source", "proof")}
    assert told == {
        "customer_id": "ann", "purpose": "marketing", "channel": "email", "status": "denied", "source": "one_click",
        "proof": "d1",
    }  # fmt: skip
    assert said["given_at"].isoformat() == "2026-03-02T13:00:00", "in the project's time zone"
    (entry,) = shop.audit()
    assert (entry["actor"], entry["action"]) == ("one_click", "consent.stated")
    assert entry["subject"].startswith("p-")
    assert '"ann"' not in entry["facts"]
    assert events(shop) == 1, "runs learn that the message made her leave"


def test_one_click_by_multipart(shop):
    answer = shop.client.post(shop.unsubscribe(), files={"List-Unsubscribe": (None, "One-Click")})
    assert answer.status_code == 200
    assert len(shop.said()) == 1


@pytest.mark.parametrize("ask", ["get", "head", "options"])
def test_opening_the_link_changes_nothing(shop, ask):
    answer = getattr(shop.client, ask)(shop.unsubscribe())
    assert answer.status_code == (405 if ask == "options" else 200)
    assert (shop.said(), shop.audit(), events(shop)) == ([], [], 0)


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"", {}),
        (b"", URLENCODED),
        (b"{}", {"Content-Type": "application/json"}),
        (b"List-Unsubscribe=Later", URLENCODED),
        (b"a=1", URLENCODED),
        (b"\xff\xfe=1&List-Unsubscribe", URLENCODED),
        (b"--x\r\n\r\nOne-Click", {"Content-Type": "multipart/form-data; boundary=x"}),
        (b"List-Unsubscribe=One-Click", {"Content-Type": "text/plain"}),
        (b"List-Unsubscribe=One-Click&" + b"a=1&" * 10_000, URLENCODED),
    ],
)
def test_a_scanner_that_posts_something_else_does_not_unsubscribe(shop, content, headers):
    answer = shop.client.post(shop.unsubscribe(), content=content, headers=headers)
    assert answer.status_code == 400
    assert 'value="One-Click"' in answer.text, "a person gets the button"
    assert shop.said() == []


def test_the_page_has_a_button_that_unsubscribes_and_nothing_else(shop):
    link = shop.unsubscribe(channel="sms")
    page = shop.client.get(link)
    assert page.text.count("<form") == page.text.count("<button") == 1
    assert "<script" not in page.text
    assert 'name="List-Unsubscribe" value="One-Click"' in page.text
    done = shop.client.post(link, data={"List-Unsubscribe": "One-Click"})
    assert "no more text messages" in done.text
    assert shop.said()[0]["channel"] == "sms"


def test_a_link_without_a_channel_ends_all(shop):
    shop.client.post(shop.unsubscribe(channel=None), content=BODY, headers=URLENCODED)
    assert shop.said()[0]["channel"] == "all"


def test_a_link_of_years_ago_still_unsubscribes(shop):
    link = shop.unsubscribe()
    shop.clock.forward(days=3000)
    assert shop.client.post(link, content=BODY, headers=URLENCODED).status_code == 200
    assert len(shop.said()) == 1


def test_of_a_message_that_is_no_longer_known_the_statement_stands_all_the_same(shop):
    shop.client.post(shop.unsubscribe(delivery_id="gone"), content=BODY, headers=URLENCODED)
    assert [one["proof"] for one in shop.said()] == ["gone"]
    assert events(shop) == 0


def test_of_the_erased_nothing_is_written(shop):
    shop.project.erased.add("c1", {CUSTOMER_ID: ["ann"]}, day=shop.clock().date())
    assert shop.client.post(shop.unsubscribe(), content=BODY, headers=URLENCODED).status_code == 200
    assert shop.said() == []
    assert shop.audit() == []


def test_no_other_link_is_taken_and_who_tries_is_slowed_down(shop):
    link = shop.unsubscribe()
    other = shop.preferences().removeprefix("/preferences/")
    for path in (link[:-1], link + "A", f"/u/{other}", "/u/x", "/u/" + "A" * 3000):
        assert shop.client.post(path, content=BODY, headers=URLENCODED).status_code in (404, 422)
    assert shop.said() == []
    tried = [shop.client.get(f"/u/try{number}") for number in range(80)]
    assert tried[-1].status_code == 429
    assert int(tried[-1].headers["retry-after"]) >= 1
    shop.clock.forward(minutes=5)
    assert shop.client.get(link).status_code == 200


def test_one_link_is_not_hammered_and_hinders_no_other(shop):
    first, other = shop.unsubscribe(), shop.unsubscribe("bob", delivery_id="d2")
    codes = [shop.client.get(first).status_code for _ in range(40)]
    assert (codes[0], codes[-1]) == (200, 429)
    assert shop.client.post(other, content=BODY, headers=URLENCODED).status_code == 200


def test_pages_are_kept_to_themselves_and_the_log_holds_no_token(shop, caplog):
    link = shop.unsubscribe()
    with caplog.at_level(logging.DEBUG):
        answer = shop.client.get(link)
        shop.client.post(link, content=BODY, headers=URLENCODED)
        shop.client.get(link[:-1] + "A")
    headers = answer.headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert "script-src" not in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("patron")]
    assert any("/u/{token}" in line for line in ours)
    token = link.removeprefix("/u/")
    assert not any(token[:20] in line or "ann" in line for line in ours)


def test_who_unsubscribes_again_after_a_yes_is_heard(shop):
    from patron.privacy.statements import Statement, state_consent

    link = shop.unsubscribe()
    shop.client.post(link, content=BODY, headers=URLENCODED)
    shop.clock.forward(hours=1)
    at = (shop.clock() + timedelta(hours=1)).replace(tzinfo=None)
    yes = Statement(customer_id="ann", purpose="marketing", channel="email", status="granted", given_at=at)
    state_consent(shop.state, [yes], today=at.date())
    shop.clock.forward(hours=1)
    shop.client.post(link, content=BODY, headers=URLENCODED)
    assert [one["status"] for one in shop.said()] == ["denied", "granted", "denied"]
