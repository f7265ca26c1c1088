"""Every read of a person stands in the audit before it is answered; those that come together share one commit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from patron.engines.state_tables import AUDIT, PSEUDONYMS
from patron.privacy.audit import verify
from patron.privacy.roles import ROLES
from patron.server.access import Who, audit_read
from patron.server.access.read_log import ReadLog
from patron.server.refused import Refused

ANNA = Who(name="anna", kind="user", role="analyst", permissions=ROLES["analyst"])


@pytest.fixture
def database(database_of_both):
    """An empty operational database on each of both."""
    return database_of_both


def entries(database):
    with database.engine.connect() as connection:
        rows = connection.execute(select(AUDIT).order_by(AUDIT.c.number)).all()
        names = dict(connection.execute(select(PSEUDONYMS.c.pseudonym, PSEUDONYMS.c.customer_id)).all())
    return [(row.actor, row.action, names.get(row.subject), row.facts) for row in rows]


def test_a_read_is_written_down_under_a_pseudonym(served, ask, database):
    audit_read(served.services, ANNA, "c1", "profile")
    audit_read(served.services, ANNA, ["c1", "c2", "c1"], "list")
    expected = [("profile", "c1"), ("list", "c1"), ("list", "c2")]
    assert entries(database) == [
        ("user:anna", "customer.read", customer, f'{{"what":"{what}"}}') for what, customer in expected
    ]
    assert verify(database).intact
    with database.engine.connect() as connection:
        assert {row.subject for row in connection.execute(select(AUDIT))}.isdisjoint({"c1", "c2"})


def test_reads_that_come_together_share_commits(served, ask, access, database, monkeypatch):
    """While one commit is held up, all others gather behind it: three commits in all, whatever their number."""
    begun, go, sizes = Event(), Event(), []
    real = ReadLog._write

    def slow(self, reads):
        sizes.append(len(reads))
        begun.set()
        assert go.wait(30)
        real(self, reads)

    monkeypatch.setattr(ReadLog, "_write", slow)
    with ThreadPoolExecutor(30) as pool:
        first = pool.submit(audit_read, served.services, ANNA, "c0", "profile")
        assert begun.wait(30)
        rest = [pool.submit(audit_read, served.services, ANNA, f"c{one}", "profile") for one in range(1, 30)]
        while len(access.reads._waiting) < 29:
            begun.wait(0.01)
        assert not first.done()  # nothing is answered before it is written
        go.set()
        for one in (first, *rest):
            one.result(30)
    assert sizes == [1, 29]
    assert len(entries(database)) == 30
    assert verify(database).intact


def test_what_cannot_be_written_down_is_not_read(served, ask, database, monkeypatch):
    def failing(_self, _reads):
        raise SQLAlchemyError

    monkeypatch.setattr(ReadLog, "_write", failing)
    with pytest.raises(SQLAlchemyError):
        audit_read(served.services, ANNA, "c1", "profile")
    monkeypatch.undo()
    audit_read(served.services, ANNA, "c1", "profile")  # the next one is written again
    assert len(entries(database)) == 1


def test_before_the_start_and_after_the_end_reads_are_written_at_once(served, access, database):
    audit_read(served.services, ANNA, "c1", "profile")
    access.start()
    assert access.alive()
    access.stop()
    assert not access.alive()
    audit_read(served.services, ANNA, "c1", "profile")
    with database.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(AUDIT)).scalar_one() == 2


def test_a_read_that_cannot_be_written_in_time_is_not_answered(served, ask, access, monkeypatch):
    go = Event()
    monkeypatch.setattr("patron.server.access.read_log.PATIENCE_S", 0.05)
    monkeypatch.setattr(ReadLog, "_write", lambda _self, _reads: go.wait(30))
    with pytest.raises(Refused) as refusal:
        audit_read(served.services, ANNA, "c1", "profile")
    go.set()
    assert refusal.value.status == 503


def test_what_goes_wrong_beside_the_reads_does_not_end_their_thread(served, ask, access, database, monkeypatch):
    monkeypatch.setattr(type(access.book), "write_uses", lambda _self: 1 / 0)
    for _ in range(2):
        audit_read(served.services, ANNA, "c1", "profile")
    assert access.alive()
    assert len(entries(database)) == 2
