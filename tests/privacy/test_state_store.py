"""After an erasure nothing of the person stands in the operational database: not in rows, and not in bytes."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert, select
from store_conformance import conforms

from patron.engines.database import writing
from patron.engines.state import State
from patron.engines.state_tables import METADATA, REQUESTS
from patron.errors import RunError
from patron.privacy.audit import verify
from patron.privacy.plan import Plan
from patron.privacy.pseudonyms import is_pseudonym
from patron.privacy.requests import Register
from patron.privacy.rights import exercise
from patron.privacy.state_store import KEPT, PAYLOADS, PERSONAL, StateStore, clean
from patron.privacy.stores import Erased, Subject, erase_from

DAY = date(2024, 3, 1)
NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
MARY = Subject("mary-7319", frozenset({"mary-7319", "mary-old-22"}), {"email": frozenset({"mary@poppins.example"})})
JOHN = Subject("john-1", frozenset({"john-1"}), {"email": frozenset({"john@poppins.example"})})
WORDS = (b"mary-7319", b"mary-old-22", b"mary@poppins", b"Cherry Tree Lane", b"Poppins Mary")


def fill(state, person):
    """Write something of a person into every table, by hand and by the register."""
    new, old = person.customer_id, person.ids[-1]
    mail = next(iter(person.values["email"]))
    street = "17 Cherry Tree Lane, Poppins Mary" if person is MARY else "1 Other Road"
    with writing(state.engine) as connection:
        tables = METADATA.tables
        if connection.execute(select(tables["audiences"])).first() is None:
            connection.execute(insert(tables["audiences"]).values(
                name="spring", segmentation="rfm", segment="lost", purpose="marketing", assigned_on=DAY, run_id="r",
                salt="s", holdout=0.1, treated=1, control=1, published=True, file="spring.csv"))  # fmt: skip
            connection.execute(insert(tables["experiments"]).values(
                name="cards", run_id="r", segment="all.all", unit="customer", salt="s", started_on=DAY, ends_on=DAY,
                space_low=0.0, space_high=1.0, promised="{}", published=True))  # fmt: skip
        then = NOW.replace(tzinfo=None)
        rows = {
            "assignments": {"audience": "spring", "customer_id": new, "arm": "treated"},
            "experiment_members": {"experiment": "cards", "customer_id": old, "arm": "card"},
            "audience_events": {"audience": "spring", "customer_id": old, "run_id": "r", "event": "add", "reason": "x",
                                "day": DAY},
            "identity_decisions": {"made_at": NOW.replace(tzinfo=None), "actor": "officer", "action": "merge",
                                   "left_id": f"x{new}", "right_id": new},
            "id_history": {"run_id": "r", "record_id": f"x{new}", "before_id": old, "after_id": f"x{new}", "day": DAY},
            "consent_statements": {"customer_id": old, "purpose": "marketing", "channel": "all", "status": "granted",
                                   "lawful_basis": "consent", "given_at": NOW.replace(tzinfo=None),
                                   "proof": f"form of {mail}"},
            "timers": {"trigger": "cart", "person": f"customer:{new}", "subject": "", "subject_kind": "none",
                       "customer_id": new, "place": 0, "iteration": 1, "occasion": "17", "fired_at": then,
                       "due_at": then, "expires_at": then},
            "sends": {"send_id": f"send of {person.customer_id[:1]}", "customer_id": new, "person": f"customer:{new}",
                      "trigger": "cart", "iteration": 1, "kind": "promotion", "action": "remind", "channel": "email",
                      "subject_kind": "none", "subject": "", "purpose": "marketing", "fired_at": then,
                      "decided_at": then, "expires_at": then, "occasion": "17", "outcome": "waiting"},
            "live_events": {"number": ord(person.customer_id[:1]), "user_id": new, "kind": "track", "event": "search",
                            "occurred_at": then, "gpc": False, "details": f"{{\"seen\": \"{mail}\"}}"},
            "decision_log": {"decision_id": f"decision of {person.customer_id[:1]}", "decided_at": then,
                             "asked_by": "site", "customer_id": new, "placement": "hero", "kind": "message",
                             "outcome": "given", "reason": "best", "propensity": 1.0, "shares": "{}", "given": "{}"},
            "outbox": {"delivery_id": f"delivery of {person.customer_id[:1]}", "destination": "mail", "kind": "message",
                       "source": "live", "customer_id": new, "purpose": "marketing", "address": mail,
                       "content": f'{{"text": "Dear {street}"}}', "state": "waiting", "attempts": 0, "made_at": then,
                       "due_at": then},
            "preferences": {"customer_id": new, "language": "de", "changed_at": then},
            "destination_members": {"destination": "ads", "audience": "lost", "customer_id": old, "keys": "{}",
                                    "state": "member", "changed_at": then},
            "written_profiles": {"destination": "crm", "customer_id": old, "print": "1",
                                 "gone": "", "delivery_id": "d", "written_at": then},
            "corrections": {"customer_id": new, "attribute": "email", "value": mail, "made_on": DAY},
        }  # fmt: skip
        for name, row in rows.items():
            connection.execute(insert(tables[name]).values(**row))
        exercise(connection, new, "restriction", since=DAY)
    register = Register(state, "officer")
    asked = register.open("access", old, known=True, law="gdpr", received_on=DAY, now=NOW)
    register.refuse(asked.request_id, reason="not_identified", on=DAY, now=NOW, note=f"wrote from {mail}")
    answered = register.open("portability", new, known=True, law="gdpr", received_on=DAY, now=NOW)
    register.close(answered.request_id, on=DAY, now=NOW, note=f"sent to {mail}, {street}")


def begin(state, person):
    register = Register(state, "officer")
    request = register.open("erasure", person.customer_id, known=True, law="gdpr", received_on=DAY, now=NOW)
    return register, register.work(request.request_id, Plan(person, (Erased("runs", {"profiles": 2}),)), now=NOW)


@pytest.fixture
def state(tmp_path):
    with State.open(tmp_path / "state.db") as opened:
        fill(opened, MARY)
        fill(opened, JOHN)
        yield opened


def test_every_table_and_every_column_has_a_decision():
    """Fails when a table or column is added: decide in state_store.py what becomes of it when a person is erased."""
    assert sorted([*PERSONAL, *PAYLOADS, *KEPT]) == sorted(METADATA.tables)
    for name, columns in KEPT.items():
        assert set(columns) == set(METADATA.tables[name].columns.keys()), f"{name}: a new column stays after erasure"
    person = re.compile(
        r"(^|_)(customer|record|left|right|before|after|person|subject|owner|member|user|anonymous)(_id)?$|email|phone"
    )
    for name, columns in PERSONAL.items():
        named = {c for c in METADATA.tables[name].columns.keys() if person.search(c) and c != "right"}  # noqa: SIM118
        assert named == set(columns), f"{name}: a column that may name a person is not looked into"


def test_the_database_is_a_store(state):
    erased = conforms(StateStore(state), MARY, [JOHN])
    assert set(erased.rows) == {*PERSONAL, "requests"}
    assert erased.rows["requests"] == 2
    assert erased.rows["pseudonyms"] == 2


def files(tmp_path):
    return {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("state.db")}


def test_not_one_byte_of_her_is_left_in_the_files(state, tmp_path):
    begin(state, MARY)
    before = b"".join(files(tmp_path).values())
    assert all(word in before for word in WORDS)
    StateStore(state).erase(MARY)
    after = files(tmp_path)
    assert {"state.db", "state.db-wal", "state.db-shm"} == set(after)
    for name, content in after.items():
        assert not [word for word in WORDS if word in content], name
    assert b"john@poppins" in after["state.db"]
    state.close()
    assert not [word for word in WORDS if word in b"".join(files(tmp_path).values())]


def test_pages_freed_before_the_erasure_are_cleaned_too(state, tmp_path):
    """As by an older version, or by hand: rows that were deleted without care."""
    with sqlite3.connect(tmp_path / "state.db") as other:
        other.execute("PRAGMA secure_delete = OFF")
        rows = [(f"mary-7319-{n}", "city", "Cherry Tree Lane" * 20, "2024-03-01") for n in range(200)]
        other.executemany("INSERT INTO corrections (customer_id, attribute, value, made_on) VALUES (?, ?, ?, ?)", rows)
        other.commit()
        other.execute("DELETE FROM corrections")
        other.commit()
    other.close()
    assert b"Cherry Tree Lane" in b"".join(files(tmp_path).values())
    StateStore(state).erase(MARY)
    assert b"Cherry Tree Lane" not in b"".join(files(tmp_path).values())


def test_requests_stay_under_her_pseudonym_with_the_reason_of_a_refusal_alone(state):
    StateStore(state).erase(MARY)
    with state.engine.connect() as connection:
        rows = connection.execute(select(REQUESTS).order_by(REQUESTS.c.request_id)).all()
        audited = {row.subject for row in connection.execute(select(METADATA.tables["audit"]))}
        known = {row.pseudonym for row in connection.execute(select(METADATA.tables["pseudonyms"]))}
    hers, his = rows[:2], rows[2:]
    assert all(is_pseudonym(row.subject) for row in hers)
    assert {row.subject for row in hers} <= audited
    assert not {row.subject for row in hers} & known
    assert [row.note for row in hers] == ["not_identified", None]
    assert {row.subject for row in his} == {"john-1"}
    assert "john@poppins.example" in his[0].note
    assert verify(state).intact


def test_the_plan_is_kept_without_her_and_says_that_this_store_is_done(state):
    register, request = begin(state, MARY)
    store = StateStore(state)

    def note(done):
        register.work(request.request_id, Plan(MARY, done), now=NOW)

    plan = Plan.from_json(request.plan)
    erased = erase_from([store], MARY, done=plan.done, note=note)
    (working,) = register.working()
    assert Plan.from_json(working.plan) == Plan(None, erased)
    assert erased[-1].rows["requests"] == 3
    assert is_pseudonym(working.subject)
    closed = register.close(working.request_id, on=DAY, now=NOW, certificate="{}")
    assert (closed.subject, closed.plan) == (working.subject, None)
    assert verify(state).intact


def test_counts_are_not_lost_when_it_is_killed_before_they_are_noted(state):
    """The transaction that deletes notes in the plan what it deleted."""
    register, _ = begin(state, MARY)
    erased = StateStore(state).erase(MARY)
    plan = Plan.from_json(register.working()[0].plan)
    assert plan == Plan(None, (Erased("runs", {"profiles": 2}), erased))


KILLED = """
import os, sys
from patron.engines.state import State
from patron.privacy import state_store
from patron.privacy.plan import Plan
from patron.privacy.requests import Register
if sys.argv[2] == "before":
    state_store._anonymise = lambda *_: os._exit(9)
else:
    state_store.clean = lambda *_: os._exit(9)
with State.open(sys.argv[1]) as state:
    (request,) = Register(state, "officer").working()
    state_store.StateStore(state).erase(Plan.from_json(request.plan).subject)
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_any_point_the_next_start_finishes_it(state, tmp_path, moment):
    begin(state, MARY)
    state.close()
    assert subprocess.run([sys.executable, "-c", KILLED, tmp_path / "state.db", moment], check=False).returncode == 9
    with State.open(tmp_path / "state.db") as again:
        register = Register(again, "officer")
        (request,) = register.working()
        plan = Plan.from_json(request.plan)
        assert (plan.subject is None) == (moment == "after")
        if plan.subject is not None:
            StateStore(again).erase(plan.subject)
        else:
            clean(again)
        assert len(Plan.from_json(register.working()[0].plan).done) == 2
        assert not [word for word in WORDS if word in b"".join(files(tmp_path).values())]


def test_somebody_with_very_many_records_is_erased(state):
    ids = frozenset(f"mary-{n}" for n in range(1300))
    with writing(state.engine) as connection:
        rows = [{"customer_id": one, "attribute": "city", "value": "x", "made_on": DAY} for one in sorted(ids)]
        connection.execute(insert(METADATA.tables["corrections"]), rows)
    erased = StateStore(state).erase(Subject("mary-0", ids))
    assert erased.rows == {"corrections": 1300}


def test_a_reader_that_does_not_let_go_is_told_and_the_erasure_can_be_repeated(state, tmp_path):
    begin(state, MARY)
    with state.engine.connect() as one:
        one.exec_driver_sql("PRAGMA busy_timeout = 100")
    reader = sqlite3.connect(tmp_path / "state.db")
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM audit").fetchone()
    with pytest.raises(RunError, match="could not be cleaned") as error:
        StateStore(state).erase(MARY)
    assert "mary" not in str(error.value)
    reader.close()
    clean(state)
    assert not [word for word in WORDS if word in b"".join(files(tmp_path).values())]


def test_a_database_in_memory_is_cleaned_too():
    with State.open(":memory:") as state:
        fill(state, MARY)
        fill(state, JOHN)
        conforms(StateStore(state), MARY, [JOHN])


def test_the_same_on_postgresql(empty_database):
    with State.open(empty_database) as state:
        fill(state, MARY)
        fill(state, JOHN)
        begin(state, MARY)
        erased = conforms(StateStore(state), MARY, [JOHN])
        assert "recycled" in erased.exempt["write-ahead log"]
        assert verify(state).intact
