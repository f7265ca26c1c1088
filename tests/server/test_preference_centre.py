"""What somebody chooses behind her link is written, shown again, and hers alone."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from patron.engines.preference_state import Preference, preference_of
from patron.engines.state import State
from patron.engines.state_tables import REQUESTS, RIGHTS
from patron.privacy.audit import verify
from patron.privacy.statements import Statement, state_consent
from patron.privacy.tombstones import CUSTOMER_ID
from signed_link_pages import Asked


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


def form_of(page):
    """Return the fields of the page's first form as a browser sends them."""
    form = page[page.index("<form") : page.index("</form>")]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        facts = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        ticked = "checked" in tag and "disabled" not in tag
        if facts["type"] == "hidden" or ticked:
            fields[facts["name"]] = facts["value"]
    for name, options in re.findall(r'<select id="(\w+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return fields | {"act": "save"}


def save(shop, link, page=None, *, without=(), **changes):
    fields = form_of(page or shop.client.get(link).text)
    fields = {name: value for name, value in fields.items() if name not in without}
    return shop.client.post(link, data=fields | changes)


def chosen(shop, who="ann"):
    with shop.state.engine.connect() as connection:
        return preference_of(connection, [who])


def told(shop):
    return [(one["purpose"], one["channel"], one["status"]) for one in shop.said()]


def test_a_no_and_a_yes_are_equally_easy(on_both):
    shop, link = on_both, on_both.preferences()
    assert "checked" in shop.client.get(link).text
    answer = save(shop, link, without=["marketing.email", "profiling.all"])
    assert 'role="status">Your choices are saved' in answer.text
    assert told(shop) == [("marketing", "email", "denied"), ("profiling", "all", "denied")]
    assert {one["source"] for one in shop.said()} == {"preference_centre"}
    assert {one["proof"] for one in shop.said()} == {"d1"}
    versions = [one["text_version"] for one in shop.said()]
    assert all(re.fullmatch(r"preferences:en:[0-9a-f]{12}", one) for one in versions)
    assert len(set(versions)) == 2
    assert 'id="marketing.email" name="marketing.email" value="yes" aria' in answer.text, "shown as she chose"
    shop.clock.forward(minutes=1)
    back = save(shop, link, **{"marketing.email": "yes"})
    assert told(shop)[2:] == [("marketing", "email", "granted")]
    assert 'id="marketing.email" name="marketing.email" value="yes" checked' in back.text
    assert shop.said()[2]["confirmed_at"] is not None, "the link came by e-mail: the address is hers"
    assert [entry["action"] for entry in shop.audit()] == ["preferences.changed"] * 2
    assert verify(shop.state).intact


def test_by_a_link_from_a_text_message_no_e_mail_address_is_confirmed(shop):
    shop.delivered("d2", channel="sms")
    link = shop.preferences(delivery_id="d2")
    save(shop, link, without=["marketing.email"])
    shop.clock.forward(minutes=1)
    save(shop, link, **{"marketing.email": "yes"})
    assert shop.said()[-1]["confirmed_at"] is None


def test_how_she_is_written_to_is_kept(on_both):
    shop, link = on_both, on_both.preferences()
    page = save(shop, link, most="2", channel="sms", pause="yes").text
    kept = chosen(shop)
    assert (kept.most, kept.channel, kept.language) == (2, "sms", None)
    assert kept.paused_until.isoformat() == "2026-04-01"
    assert "up to and including 1 April 2026" in page
    assert '<option value="2" selected>At most 2 messages in 7 days' in page
    save(shop, link, without=["pause"], most="")
    assert chosen(shop) == Preference(channel="sms")


def test_opening_the_page_changes_nothing(shop):
    link = shop.preferences()
    assert shop.client.get(link).status_code == shop.client.head(link).status_code == 200
    assert shop.client.post(link).status_code == 400
    assert shop.client.post(link, data={"act": "nonsense"}).status_code == 400
    assert "as you chose before" in save(shop, link).text
    assert (shop.said(), shop.audit(), chosen(shop)) == ([], [], Preference())


def test_a_page_that_lay_open_takes_nothing_back(shop):
    link = shop.preferences()
    old = shop.client.get(link).text
    save(shop, link, without=["marketing.email"], most="1")
    shop.clock.forward(hours=1)
    save(shop, link, old, without=["profiling.all"])
    assert told(shop) == [("marketing", "email", "denied"), ("profiling", "all", "denied")]
    assert chosen(shop).most == 1


def test_sent_again_it_is_said_once(shop):
    link = shop.preferences()
    old = shop.client.get(link).text
    for _ in range(3):
        save(shop, link, old, without=["marketing.email"], most="3")
    assert len(shop.said()) == len(shop.audit()) == 1


def test_what_the_page_does_not_offer_cannot_be_chosen(shop):
    link = shop.preferences()
    answer = save(
        shop, link, most="40", channel="fax", language="xx", shown="operations.all marketing.web marketing.email",
        before_on="operations.all marketing.email", **{"marketing.email": "yes"},
    )  # fmt: skip
    assert answer.status_code == 200
    assert (shop.said(), chosen(shop)) == ([], Preference())


def test_one_button_stops_everything(shop):
    link = shop.preferences()
    answer = shop.client.post(link, data={"act": "stop"})
    assert "no advertising elsewhere" in answer.text
    assert told(shop) == [("advertising", "all", "denied"), ("marketing", "all", "denied")]
    assert 'id="marketing.email" name="marketing.email" value="yes" aria' in answer.text


def test_what_she_asks_for_is_a_request_that_somebody_answers(shop):
    link = shop.preferences()
    for _ in range(2):
        answer = shop.client.post(link, data={"act": "erasure"})
    shop.client.post(link, data={"act": "access"})
    with shop.state.engine.connect() as connection:
        kept = [(row.kind, row.subject, row.status) for row in connection.execute(select(REQUESTS))]
    assert kept == [("erasure", "ann", "open"), ("access", "ann", "open")]
    assert "number is R-1. We answer by 1 April 2026" in answer.text
    assert "the erasure of your data (number R-1)" in shop.client.get(link).text


def test_a_right_stands_above_what_is_chosen(shop):
    from patron.engines.database import writing

    with writing(shop.state.engine) as connection:
        row = {"customer_id": "ann", "right": "objection_profiling", "since": shop.clock().date()}
        connection.execute(RIGHTS.insert().values(**row))
    link = shop.preferences()
    page = shop.client.get(link).text
    assert "You objected to this" in page
    save(shop, link, **{"profiling.all": "yes"})
    assert shop.said() == []


def test_of_another_nothing_is_shown_or_changed(shop):
    save(shop, shop.preferences(), without=["marketing.email"], most="1")
    assert '<option value="1" selected' not in shop.client.get(shop.preferences("bob")).text
    assert chosen(shop, "bob") == Preference()
    assert shop.client.get(shop.unsubscribe().replace("/u/", "/preferences/")).status_code == 404


def test_an_old_link_shows_nothing_and_still_stops_messages(shop):
    link = shop.preferences()
    shop.clock.forward(days=200)
    page = shop.client.get(link)
    assert page.status_code == 410
    assert "What we hold" not in page.text
    assert shop.client.post(link, data={"act": "erasure"}).status_code == 410
    assert "no more offers and news" in shop.client.post(link, data={"act": "stop"}).text
    assert len(shop.said()) == 2


def test_of_the_erased_nothing_is_shown_or_written(shop):
    shop.project.erased.add("c1", {CUSTOMER_ID: ["ann"]}, day=shop.clock().date())
    link = shop.preferences()
    assert shop.client.get(link).status_code == 410
    assert shop.client.post(link, data={"act": "stop"}).status_code == 200
    assert (shop.said(), shop.audit()) == ([], [])


def test_what_is_held_and_why_stands_on_the_page(shop):
    page = shop.client.get(shop.preferences()).text
    for words in (
        "Who you are: name, address", "What you looked at and did on our site", "What we conclude from it",
        "in the shop&#39;s legitimate interest, to which you may object", "to fulfil what you ordered",
        "only with your consent", "See what you hold of me", "Erase my data",
    ):  # fmt: skip
        assert words in page, words
    assert "<script" not in page
    assert "ann" not in re.sub(r"\w*(ann)\w+|\w+(ann)\w*", "", page), "her id is not shown to whoever sees the page"


def test_a_single_no_does_not_make_the_shop_ask_everybody_for_consent(shop):
    """Soft opt-in stays what it is when somebody leaves: an answer to a message is no sign that consents are kept."""
    save(shop, shop.preferences(), without=["marketing.email"])
    shop.client.post(shop.unsubscribe("ann"), data={"List-Unsubscribe": "One-Click"})
    assert 'name="marketing.email" value="yes" checked' in shop.client.get(shop.preferences("bob")).text
    at = shop.clock().replace(tzinfo=None)
    yes = Statement(customer_id="eve", purpose="marketing", channel="email", status="granted", given_at=at)
    state_consent(shop.state, [yes], today=at.date())
    assert 'name="marketing.email" value="yes" checked' not in shop.client.get(shop.preferences("bob")).text


def test_an_access_request_holds_what_she_chose(shop):
    from datetime import date

    from patron.pipeline.held import held
    from published_run import publish_run

    save(shop, shop.preferences(), most="1")
    publish_run(shop.project, {"profiles": [{"customer_id": "ann"}], "links": []}, as_of=date(2026, 3, 1))
    with shop.project.state() as own:  # the project's own database, as `patron privacy access` opens it
        from patron.engines.database import writing
        from patron.engines.preference_state import keep_preference

        with writing(own.engine) as connection:
            keep_preference(connection, "ann", Preference(most=1), now=shop.clock())
    found = held(shop.project, "ann", made_on=date(2026, 3, 2))
    (rows,) = [table.rows for table in found.tables if table.name == "state_preferences"]
    assert rows[0]["most"] == 1
