"""What several do at once, on SQLite and on PostgreSQL: each attempt counts, each link and each cookie serves once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from access_support import PASSWORD
from access_support import sign_in as signed_in
from patron.engines.access_tables import SESSIONS, SIGN_IN_FAILURES, SIGN_IN_LINKS, TOKENS, USERS
from patron.errors import ArgumentError
from patron.privacy.audit import verify
from patron.privacy.tokens import hashed
from patron.privacy.users import Change, add_user, change_user, users
from patron.server.access.links import first_link, make_link
from patron.server.access.lockout import LONGEST_S
from patron.server.access.sign_in import sign_in, sign_in_by_link
from patron.server.refused import Refused


@pytest.fixture
def database(database_of_both):
    """An empty operational database on each of both."""
    return database_of_both


def test_attempts_at_once_count_each(served, anna, access, database):
    def guess(_number):
        try:
            sign_in(access, name="anna", password="guess", address="192.0.2.1")
        except Refused as error:
            return error.status
        return 200

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(guess, range(24)))
    assert told.count(401) == 5
    assert told.count(429) == 19


def test_of_requests_at_once_one_changes_the_cookie(access, ask, anna, clock):
    cookie = signed_in(ask).cookies["patron_session"]
    clock.forward(minutes=16)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(access.sessions.of, [cookie] * 8))
    assert all(found)
    assert sum(one.cookie is not None for one in found) == 1


def test_a_link_is_used_once_by_many_at_once(access, anna, database, clock):
    secret = make_link(database, "anna", now=clock(), actor="test").partition("=")[2]

    def used(_number):
        try:
            return sign_in_by_link(access, secret=secret).user.name
        except Refused as error:
            return error.status

    with ThreadPoolExecutor(6) as pool:
        assert sorted(map(str, pool.map(used, range(6)))) == ["401"] * 5 + ["anna"]


def test_no_secret_is_in_the_database(ask, anna, database, token, clock):
    text = token("read")["Authorization"].partition(" ")[2]
    session = signed_in(ask).cookies["patron_session"]
    link = make_link(database, "anna", now=clock(), actor="test").partition("=")[2]
    signed_in(ask, name="typed-into-the-wrong-box", password="x")
    with database.engine.connect() as connection:
        stored = " ".join(
            str(tuple(row))
            for table in (TOKENS, USERS, SESSIONS, SIGN_IN_LINKS, SIGN_IN_FAILURES)
            for row in connection.execute(select(table))
        )
    for secret in (text, text.rpartition("_")[2], session, link, PASSWORD, "typed-into-the-wrong-box"):
        assert secret not in stored
    assert "$argon2id$" in stored


def test_a_clock_set_back_does_not_bar_for_long(ask, anna, clock):
    for _ in range(6):
        signed_in(ask, password="wrong")
    clock.forward(days=-300)
    assert int(signed_in(ask).headers["Retry-After"]) <= LONGEST_S


def test_a_link_runs_out_and_a_new_one_ends_the_one_before(ask, database, clock):
    first = first_link(database, now=clock()).partition("=")[2]
    second = first_link(database, now=clock()).partition("=")[2]
    assert ask.post("/sign-in", json={"link": first}).status_code == 401
    clock.forward(minutes=16)
    assert ask.post("/sign-in", json={"link": second}).status_code == 401
    third = make_link(database, "admin", now=clock(), actor="test").partition("=")[2]
    clock.forward(days=-1)  # a clock set back does not lengthen its life
    assert ask.post("/sign-in", json={"link": third}).status_code == 401


def test_servers_that_start_at_once_make_one_administrator(database, clock):
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda _number: first_link(database, now=clock()), range(4)))
    assert all(paths)
    assert [one.name for one in users(database)] == ["admin"]
    with database.engine.connect() as connection:
        (link,) = connection.execute(select(SIGN_IN_LINKS)).all()
    assert link.secret_hash in {hashed(path.partition("=")[2]) for path in paths}
    assert verify(database).intact


def test_the_last_administrator_stays_whatever_two_do_at_once(database, clock):
    for name in ("ann", "bob"):
        add_user(database, name=name, role="admin", password_hash=None, now=clock(), actor="test")

    def locked(name):
        try:
            return change_user(database, name, Change(locked=True), now=clock(), actor="test").name
        except ArgumentError:
            return "refused"

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(locked, ("ann", "bob")))
    assert told.count("refused") == 1
    assert [one.locked for one in users(database)].count(False) == 1
