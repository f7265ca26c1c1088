"""Audiences at ad platforms: who is told, who never is, who leaves again, and what stays of somebody who is erased."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from ad_platforms import Google, Meta, account_file
from destination_server import DestinationServer, answer
from patron.activation.match_keys import hashed
from patron.decisions.holdouts import Holdout, holds
from patron.engines.database import writing
from patron.engines.delivery_tables import DESTINATION_STATES, OUTBOX
from patron.engines.destination_tables import DESTINATION_MEMBERS
from patron.engines.member_state import FORGOTTEN
from patron.engines.state_tables import RIGHTS
from patron.engines.suppression_tables import SUPPRESSIONS
from patron.errors import ConditionError, SettingsError
from patron.pipeline import open_project
from patron.pipeline.activating import activate_once, rehearse
from patron.pipeline.erased_elsewhere import DestinationsStore
from patron.pipeline.filling.ad_audiences import ad_audiences
from patron.privacy.closed_address import address_hash
from patron.privacy.state_store import StateStore
from patron.privacy.statements import Statement, state_consent
from patron.privacy.stores import Subject
from published_run import publish_run

DAY = date(2026, 3, 1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PEOPLE = ("ann", "bob", "eve", "ida", "joe")
LIST, OTHER = "23850001", "7001"

SETTINGS = """\
name: Tea
currency: EUR
timezone: Europe/Paris
sources: {{customers: {{path: customers.csv}}}}
holdouts: {{triggers: {{spring: {{programme: growth, share: 50%}}}}}}
destinations:
  meta:
    type: meta_ads
    token: meta-t0ken
    app_secret: s3cret
    origin: {meta}
    audiences:
      vips: {{id: "23850001", use: lookalike, condition: orders > 2, by_value: true{more}}}
  google:
    type: google_ads
    account: 123-456-7890
    service_account: {key}
    origin: {google}
    audiences:
      everybody: {{id: "7001", use: suppress, condition: orders >= 0, emails_only: true}}
"""


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What the database is, makes no difference here; those that are not marked so run on both."""


@pytest.fixture
def meta():
    return Meta(secret="s3cret")


@pytest.fixture
def google():
    return Google()


@pytest.fixture
def servers(meta, google):
    with (
        DestinationServer(otherwise=lambda request: meta(request)) as theirs,
        DestinationServer(otherwise=lambda request: google(request)) as others,
    ):
        yield theirs, others
    assert meta.faults == []
    assert google.faults == []


@pytest.fixture
def shop(tmp_path, servers):
    """A shop of five: Eve said no to ads, Ida said nothing."""
    folder = tmp_path / "tea"
    folder.mkdir()
    (folder / "customers.csv").write_text("customer_id\nann\n")
    write_settings(folder, servers)
    project = open_project(folder)
    publish(project)
    return project


def write_settings(folder, servers, more="", *, named=True, swap=("", "")):
    theirs, others = servers
    key = json.dumps(account_file(f"{others.url}/token"))
    text = SETTINGS.format(meta=theirs.url, google=others.url, key=key, more=more)
    text = text.replace(*swap)
    if not named:
        text = re.sub(r" +audiences:\n +vips: .*\n", "", text)
    (folder / "patron.yaml").write_text(text, encoding="utf-8")


def publish(project, *, orders=None, emails=None, day=DAY):
    counts, emails = dict.fromkeys(PEOPLE, 5) | (orders or {}), emails or {}
    yes = [one for one in PEOPLE if one not in ("eve", "ida")]
    publish_run(project, {
        "profiles": [{"customer_id": one, "orders": counts[one]} for one in PEOPLE],
        "forecasts": [{"customer_id": one, "predicted_value": 123.4} for one in PEOPLE],
        "memberships": [{"customer_id": one, "segmentation": "rfm", "segment": "champions"} for one in PEOPLE],
        "links": [{"customer_id": one, "record_id": record} for one in PEOPLE for record in (one, f"{one}-2")],
        "golden_records": [
            {"customer_id": one, "attribute": attribute, "value": value}
            for one in PEOPLE
            for attribute, value in (("email", emails.get(one, email(one))), ("phone", f"07700 9001{len(one)}7"),
                                     ("country", "United Kingdom"), ("city", "Zürich"))
        ],
        "consents": [
            {"customer_id": one, "purpose": "advertising", "channel": "all", "allowed": one in yes, "since": DAY}
            for one in PEOPLE
            if one != "ida"
        ],
        "raw_consents": [{"file": "f", "row": 1}],
    }, as_of=day)  # fmt: skip


def email(one):
    return f"{one}@example.org"


@pytest.fixture
def activate(shop, database):
    """Return a function that fills and delivers once, as `patron activate` does."""

    def once(now=NOON):
        return activate_once(shop, database, clock=lambda: now)

    return once


def at_meta(meta, audience=LIST):
    """Return who is in the audience, of those whom we know."""
    found = {value for row in meta.rows.get(audience, {}) for _, value in row}
    return {one for one in PEOPLE if hashed(email(one)) in found}


def at_google(google):
    told = "".join(google.members.get(OTHER, ()))
    return {one for one in PEOPLE if hashed(email(one)) in told}


def states(database):
    with database.engine.connect() as connection:
        rows = connection.execute(select(DESTINATION_MEMBERS)).all()
    return {(row.destination, row.customer_id): row.state for row in rows}


def test_only_who_said_yes_to_advertising_is_told(shop, activate, meta, google, database):
    activate()
    assert at_meta(meta) == at_google(google) == {"ann", "bob", "joe"}
    assert set(meta.rows[LIST].values()) == {"120.00"}
    activate(NOON + timedelta(hours=1))
    assert set(states(database).values()) == {"member"}


@pytest.mark.slow
@on_sqlite
def test_what_is_known_is_not_told_again(shop, activate, servers):
    activate()
    theirs, others = servers
    before = len(theirs.requests), len(others.requests)
    publish(shop, day=DAY + timedelta(days=1))
    activate(NOON + timedelta(days=1))
    assert (len(theirs.requests), len(others.requests)) == before


@pytest.mark.slow
@on_sqlite
def test_who_does_not_belong_to_it_any_more_leaves(shop, activate, meta, google):
    activate()
    publish(shop, orders={"bob": 1}, day=DAY + timedelta(days=1))
    activate(NOON + timedelta(days=1))
    assert at_meta(meta) == {"ann", "joe"}
    assert at_google(google) == {"ann", "bob", "joe"}


@on_sqlite
@pytest.mark.parametrize("record", ["ann", "ann-2"])
def test_who_says_no_leaves_at_the_next_filling(shop, activate, meta, google, database, record):
    activate()
    said = Statement(
        customer_id=record, purpose="advertising", channel="all", status="revoked", given_at=NOON.replace(tzinfo=None)
    )
    state_consent(database, [said], today=NOON.date())
    activate(NOON + timedelta(hours=2))
    assert at_meta(meta) == at_google(google) == {"bob", "joe"}


@on_sqlite
def test_a_restriction_ends_it_too(shop, activate, meta, google, database):
    activate()
    with writing(database.engine) as connection:
        connection.execute(insert(RIGHTS), {"customer_id": "bob", "right": "restriction", "since": NOON.date()})
    activate(NOON + timedelta(hours=2))
    assert at_meta(meta) == at_google(google) == {"ann", "joe"}


@on_sqlite
def test_hold_outs_are_never_told(shop, activate, meta, google, servers):
    write_settings(shop.folder, servers, more=", trigger: spring")
    held = {one for one in PEOPLE if holds(one, [Holdout(name="trigger:spring", share=0.5)])}
    activate()
    assert held & {"ann", "bob", "joe"}, "the draw holds somebody out who may be told"
    assert at_meta(meta) == {"ann", "bob", "joe"} - held
    assert at_google(google) == {"ann", "bob", "joe"}


@on_sqlite
def test_a_closed_address_is_no_key(shop, activate, meta, google, database):
    row = {"address_hash": address_hash("email", email("joe")), "channel": "email", "reason": "bounced",
           "since": NOON.replace(tzinfo=None)}  # fmt: skip
    with writing(database.engine) as connection:
        connection.execute(insert(SUPPRESSIONS), row)
    done = activate()
    assert at_meta(meta) == at_google(google) == {"ann", "bob"}
    assert done.filled.filled.left_out["no_match_key"] == 1  # at Google, which gets addresses alone
    assert len(meta.rows[LIST]) == 6  # two spellings of the town each; Joe is told by his number


@pytest.mark.slow
@on_sqlite
def test_new_keys_take_the_place_of_the_old_ones(shop, activate, meta, google):
    activate()
    publish(shop, emails={"bob": "robert@example.org"}, day=DAY + timedelta(days=1))
    for hours in range(1, 4):
        activate(NOON + timedelta(days=1, hours=hours))
    told = "".join(google.members[OTHER])
    assert hashed("robert@example.org") in told
    assert at_google(google) == at_meta(meta) == {"ann", "joe"}


@pytest.mark.slow
@on_sqlite
def test_an_audience_that_is_not_named_any_more_ends(shop, activate, meta, google, servers):
    activate()
    write_settings(shop.folder, servers, named=False)
    activate(NOON + timedelta(hours=1))
    assert at_meta(meta) == set()
    assert at_google(google) == {"ann", "bob", "joe"}


def test_who_is_erased_leaves_the_platform_and_her_keys_go_when_she_has(
    shop, activate, meta, google, servers, database
):
    activate()
    activate(NOON + timedelta(minutes=1))
    subject = Subject("ann", frozenset({"ann-2"}))
    store = DestinationsStore(database, NOON)
    assert store.find(subject).rows == {"meta": 1, "google": 1}
    erased = store.erase(subject)
    assert erased.rows == {"meta": 1, "google": 1}
    assert set(erased.exempt) == {"meta", "google"}
    assert store.find(subject).total == 0
    StateStore(database).erase(subject)
    assert sum(customer.startswith(FORGOTTEN) for _, customer in states(database)) == 2

    servers[0].otherwise = lambda _request: answer(500)  # Meta is out of order; her keys stay until it is back
    activate(NOON + timedelta(hours=1))
    assert at_google(google) == {"bob", "joe"}
    assert at_meta(meta) == {"ann", "bob", "joe"}
    servers[0].otherwise = lambda request: meta(request)
    for days in range(1, 4):
        activate(NOON + timedelta(days=days))
    assert at_meta(meta) == {"bob", "joe"}
    assert not any(customer.startswith(FORGOTTEN) for _, customer in states(database))
    assert not kept_of(database, "ann")


def kept_of(database, one):
    """Return what the database still has of the hash of an address."""
    with database.engine.connect() as connection:
        kept = [*connection.execute(select(OUTBOX.c.content)).scalars(),
                *connection.execute(select(DESTINATION_MEMBERS.c["keys"])).scalars()]  # fmt: skip
    return [text for text in kept if text and hashed(email(one)) in text]


@on_sqlite
def test_nothing_in_the_outbox_names_anybody(shop, database):
    ad_audiences(shop, database, now=NOON)
    with database.engine.connect() as connection:
        kept = connection.execute(select(OUTBOX.c.content, OUTBOX.c.address)).all()
    assert len(kept) == 6
    assert all(row.address is None and "example.org" not in row.content and "7700" not in row.content for row in kept)


@on_sqlite
def test_who_says_no_before_it_left_is_never_told(shop, activate, meta, database, servers):
    assert ad_audiences(shop, database, now=NOON).made == {"meta": 3, "google": 3}
    said = Statement(
        customer_id="ann", purpose="advertising", channel="all", status="revoked", given_at=NOON.replace(tzinfo=None)
    )
    state_consent(database, [said], today=NOON.date())
    activate(NOON + timedelta(hours=1))
    told = b"".join(one.body for server in servers for one in server.requests)
    assert hashed(email("ann")).encode() not in told
    assert hashed(email("bob")).encode() in told


@pytest.mark.parametrize(
    ("more", "error"),
    [(", trigger: sprung", SettingsError), (", programme: grwth", SettingsError)],
)  # fmt: skip
def test_a_hold_out_that_is_not_there_is_refused(shop, servers, more, error):
    write_settings(shop.folder, servers, more=more)
    with pytest.raises(error, match="Did you mean"):
        _ = shop.settings


def test_a_condition_that_cannot_be_asked_is_refused(shop, servers):
    text = (shop.folder / "patron.yaml").read_text(encoding="utf-8")
    (shop.folder / "patron.yaml").write_text(text.replace("orders > 2", "ordres > 2"), encoding="utf-8")
    with pytest.raises(ConditionError):
        _ = shop.settings


@on_sqlite
def test_without_a_run_nothing_is_told(tmp_path, servers, database):
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "customers.csv").write_text("customer_id\nann\n")
    write_settings(folder, servers)
    project = open_project(folder)
    assert ad_audiences(project, database, now=NOON).made == {}


@on_sqlite
def test_a_rehearsal_counts_and_tells_nobody(shop, database, servers):
    would = rehearse(shop, database, now=NOON)
    assert {name: dict(came) for name, came in would.came.items()} == {"meta": {"waiting": 3}, "google": {"waiting": 3}}
    assert not any(server.requests for server in servers)
    assert states(database) == {}


@on_sqlite
def test_a_destination_that_is_drained_gets_nothing_new(shop, activate, database, meta, google):
    row = {"destination": "meta", "paused": False, "draining": True, "breaker": "closed", "failures": 0,
           "changed_at": NOON.replace(tzinfo=None)}  # fmt: skip
    with writing(database.engine) as connection:
        connection.execute(insert(DESTINATION_STATES), row)
    activate()
    assert at_meta(meta) == set()
    assert at_google(google) == {"ann", "bob", "joe"}


@on_sqlite
def test_a_segment_makes_an_audience_as_a_condition_does(shop, activate, meta, servers):
    write_settings(shop.folder, servers, swap=("condition: orders > 2", "segment: rfm.champions"))
    activate()
    assert at_meta(meta) == {"ann", "bob", "joe"}


@on_sqlite
def test_keys_at_rest_are_sealed_where_there_is_a_key(shop, activate, database, meta, monkeypatch):
    monkeypatch.setenv("PATRON_KEY", base64.b64encode(bytes(range(32))).decode())
    activate()
    with database.engine.connect() as connection:
        kept = connection.execute(select(DESTINATION_MEMBERS.c["keys"])).scalars().all()
    assert kept
    assert all(text.startswith("sealed_") for text in kept)
    assert at_meta(meta) == {"ann", "bob", "joe"}
    publish(shop, orders={"bob": 1}, day=DAY + timedelta(days=1))
    activate(NOON + timedelta(days=1))
    assert at_meta(meta) == {"ann", "joe"}


@on_sqlite
def test_a_removal_that_was_given_up_is_made_again_a_day_later(shop, activate, database, meta, servers):
    activate()
    publish(shop, orders={"bob": 1}, day=DAY + timedelta(days=1))
    servers[0].otherwise = lambda _request: answer(400, body={"error": {"code": 100}})  # it takes no removal
    activate(NOON + timedelta(days=1))
    activate(NOON + timedelta(days=1, hours=1))
    assert states(database)["meta", "bob"] == "stuck"
    servers[0].otherwise = lambda request: meta(request)
    activate(NOON + timedelta(days=1, hours=2))
    assert at_meta(meta) == {"ann", "bob", "joe"}
    activate(NOON + timedelta(days=2, hours=2))
    assert at_meta(meta) == {"ann", "joe"}
