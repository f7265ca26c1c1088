"""Between a decision and its delivery somebody says no, is erased, bounces, is held out: then it does not leave."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import event, insert

from outbox_rows import NOON, leaving, put_rows
from patron.engines.database import writing
from patron.engines.state_tables import ASSIGNMENTS, AUDIENCES, REQUESTS, RIGHTS
from patron.engines.suppression_tables import SUPPRESSIONS
from patron.engines.trigger_state import TriggerEvent, remember_trigger_event
from patron.pipeline import open_project
from patron.pipeline.last_check import REASONS, LastCheck
from patron.pipeline.serving import published_of
from patron.privacy.statements import Statement, state_consent
from published_run import publish_run

DAY = date(2026, 3, 1)

SETTINGS = """\
name: Tea
currency: EUR
timezone: Europe/Paris
sources: {customers: {path: customers.csv}}
triggers:
  cart: {signal: cart_abandoned, action: remind, holdout: none, state: scaled}
  half: {signal: cart_abandoned, action: remind, holdout: 50%, state: scaled}
  owed: {signal: cart_abandoned, action: remind, holdout: none, state: scaled, kind: legal, purpose: operations}
"""
PEOPLE = ("ann", "bob", "eve")


@pytest.fixture
def shop(tmp_path):
    """A shop whose run knows three customers; Ann has a second record, and Eve has said no to text messages."""
    folder = tmp_path / "tea"
    folder.mkdir()
    (folder / "customers.csv").write_text("customer_id\nann\n")
    (folder / "patron.yaml").write_text(SETTINGS, encoding="utf-8")
    project = open_project(folder)
    tables = {
        "profiles": [{"customer_id": one} for one in PEOPLE],
        "links": [{"customer_id": one, "record_id": one} for one in PEOPLE]
        + [{"customer_id": "ann", "record_id": "ann-in-shop-2"}],
        "consents": [
            {"customer_id": one, "purpose": "marketing", "channel": "all", "allowed": True, "since": DAY}
            for one in PEOPLE
        ] + [{"customer_id": "eve", "purpose": "marketing", "channel": "sms", "allowed": False, "since": DAY}],
        "raw_consents": [{"file": "f", "row": 1}],
    }  # fmt: skip
    publish_run(project, tables, as_of=DAY)
    return project


@pytest.fixture
def check(shop, database):
    """Return a function that asks of deliveries, and of each says why it does not leave."""
    asking = LastCheck(shop, database, published_of(shop))

    def asked(*deliveries, now=NOON):
        with database.engine.connect() as connection:
            return asking(connection, deliveries, now)

    return asked


def no(customer_id, **said):
    plain = {"purpose": "marketing", "channel": "email", "status": "revoked", "given_at": NOON.replace(tzinfo=None)}
    return Statement(customer_id=customer_id, **{**plain, **said})


def test_what_nothing_speaks_against_leaves(check):
    assert check(leaving("d1"), leaving("d2", customer_id="eve", trigger="cart")) == {}
    assert check() == {}


def test_the_runs_own_consents_hold(check):
    assert check(leaving("d1", customer_id="eve", channel="sms")) == {"d1": "said_no"}
    assert check(leaving("d2", customer_id="nobody-of-the-run")) == {"d2": "no_consent"}
    assert check(leaving("d3", kind="member", purpose="advertising", channel=None)) == {"d3": "no_consent"}


@pytest.mark.parametrize("record", ["ann", "ann-in-shop-2"])
@pytest.mark.parametrize("channel", ["email", "all"])
def test_who_has_said_no_since_is_not_written_to_whichever_record_it_was_said_of(check, database, record, channel):
    state_consent(database, [no(record, channel=channel)], today=NOON.date())
    later = NOON + timedelta(hours=2)
    assert check(leaving("d1"), leaving("d2", customer_id="bob"), now=later) == {"d1": "said_no"}


def test_a_no_on_the_runs_own_day_holds_although_the_run_may_have_been_made_before(check, database):
    state_consent(database, [no("ann", given_at=NOON.replace(tzinfo=None) - timedelta(days=1))], today=NOON.date())
    assert check(leaving("d1")) == {"d1": "said_no"}


@pytest.mark.parametrize(
    ("right", "delivery", "reason"),
    [("restriction", {}, "restricted"), ("objection_marketing", {}, "said_no"),
     ("objection_profiling", {}, None), ("objection_profiling", {"kind": "profile", "purpose": "profiling"}, "said_no"),
     ("restriction", {"trigger": "owed", "purpose": "operations"}, None)],
)  # fmt: skip
def test_rights_hold(check, database, right, delivery, reason):
    with writing(database.engine) as connection:
        connection.execute(insert(RIGHTS), {"customer_id": "ann", "right": right, "since": DAY})
    assert check(leaving("d1", **delivery)) == ({"d1": reason} if reason else {})


@pytest.mark.parametrize(
    ("status", "reason"), [("open", "erasure_asked"), ("working", "erasure_asked"), ("refused", None)]
)
def test_who_has_asked_to_be_erased_is_left_alone_at_once(check, database, status, reason):
    row = {"request_id": "r1", "kind": "erasure", "subject": "ann-in-shop-2", "law": "gdpr", "received_on": DAY,
           "due_on": DAY, "extended": False, "status": status}  # fmt: skip
    with writing(database.engine) as connection:
        connection.execute(insert(REQUESTS), row)
    assert check(leaving("d1"), leaving("d2", customer_id="bob")) == ({"d1": reason} if reason else {})


def test_who_was_erased_is_gone_also_when_it_happens_while_the_check_stands(check, shop):
    assert check(leaving("d1")) == {}
    shop.erased.add("c1", {"customer_id": ["ann-in-shop-2"]}, day=DAY)
    assert check(leaving("d1"), leaving("d2", customer_id="bob")) == {"d1": "erased"}
    shop.erased.add("c2", {"customer_id": ["bob"]}, day=DAY)
    assert check(leaving("d2", customer_id="bob")) == {"d2": "erased"}


def test_nobody_is_written_to_by_a_closed_address(check, database):
    put_rows(database, *({"delivery_id": f"d{number}", "address_hash": f"h{number}"} for number in (1, 2)),
             {"delivery_id": "d3", "address_hash": "h1", "channel": "sms"})  # fmt: skip
    row = {"address_hash": "h1", "channel": "email", "reason": "bounced", "since": NOON.replace(tzinfo=None)}
    with writing(database.engine) as connection:
        connection.execute(insert(SUPPRESSIONS), row)
    assert check(leaving("d1"), leaving("d2"), leaving("d3", channel="sms")) == {"d1": "closed_address"}


def test_the_held_out_get_nothing_of_their_trigger(check):
    names = [f"c{number}" for number in range(40)]
    deliveries = [leaving(one, customer_id=one, trigger="half", purpose="operations") for one in names]
    held = check(*deliveries)
    assert set(held.values()) == {"holdout"}
    assert 5 < len(held) < 35
    assert check(*(leaving(one, customer_id=one, trigger="cart", purpose="operations") for one in names)) == {}


def test_the_control_of_a_list_gets_nothing_of_it(check, database):
    put_rows(database, {"delivery_id": "d1", "audience": "lapsed"}, {"delivery_id": "d2", "audience": "other"},
             {"delivery_id": "d3", "audience": "lapsed", "customer_id": "bob"})  # fmt: skip
    audience = {"name": "lapsed", "segmentation": "stages", "segment": "lapsed", "purpose": "marketing", "salt": "s",
                "assigned_on": DAY, "run_id": "r", "holdout": 0.1, "treated": 1, "control": 1,
                "published": True}  # fmt: skip
    with writing(database.engine) as connection:
        connection.execute(insert(AUDIENCES), audience)
        arms = {"ann": "control", "bob": "treated"}
        connection.execute(
            insert(ASSIGNMENTS), [{"audience": "lapsed", "customer_id": one, "arm": arm} for one, arm in arms.items()]
        )
    assert check(leaving("d1"), leaving("d2"), leaving("d3", customer_id="bob")) == {"d1": "holdout"}


def test_what_a_person_has_paused_stops_at_once(check, database):
    assert check(leaving("d1", trigger="cart")) == {}
    paused = TriggerEvent(trigger_name="cart", event="pause", day=NOON.date(), state="paused", iteration=1)
    remember_trigger_event(database, paused)
    assert check(leaving("d1", trigger="cart"), leaving("d2", trigger="owed", customer_id="bob")) == {
        "d1": "trigger_paused"
    }


def test_a_removal_from_a_list_is_never_kept_back(check, shop):
    shop.erased.add("c1", {"customer_id": ["ann"]}, day=DAY)
    assert check(leaving("d1", kind="removal", purpose="advertising")) == {}


def test_it_asks_as_often_for_hundreds_as_for_one(check, database):
    asked = []

    def counted(*came):
        asked.append(came[2])

    event.listen(database.engine, "before_cursor_execute", counted)
    check(leaving("warm"))
    asked.clear()
    check(leaving("d1"))
    one = len(asked)
    asked.clear()
    check(*(leaving(f"d{number}", customer_id=f"c{number}") for number in range(400)))
    assert len(asked) == one <= 9


def test_every_reason_is_one_of_the_list(check, database, shop):
    shop.erased.add("c1", {"customer_id": ["ann"]}, day=DAY)
    assert set(check(leaving("d1"), leaving("d2", customer_id="x")).values()) <= set(REASONS)
