"""Tokens: good from the moment they are made, at the latest seconds after their end not any more."""

from __future__ import annotations

import base64
import hmac
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_support import sign_in
from patron.errors import ArgumentError
from patron.privacy import tokens as module
from patron.privacy.roles import ROLES, SCOPES, Permission, of_scopes
from patron.privacy.tokens import create_token, parted, revoke_token, tokens
from patron.privacy.users import users
from patron.server.access.token_book import MISSED, TokenBook
from patron.server.access.write_keys import WriteKeys


def text_of(header):
    return header["Authorization"].partition(" ")[2]


def test_a_token_is_let_in_as_bearer_and_as_basic(ask, token):
    header = token("read", name="nightly")
    assert ask.get("/me", headers=header).json()["name"] == "nightly"
    basic = base64.b64encode(f"{text_of(header)}:".encode()).decode()
    assert ask.get("/me", headers={"Authorization": f"Basic {basic}"}).json()["name"] == "nightly"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic",
        "Basic !!!",
        "Basic w7xfOg==",
        "Digest x",
        "Bearer patron_0_0",
        "\t",
    ],
)
def test_what_is_no_token_is_nobody(ask, header):
    answer = ask.get("/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_one_wrong_letter_is_one_too_many(ask, token):
    text = text_of(token("read"))
    for place in (8, 25, len(text) - 1):
        other = "0" if text[place] != "0" else "1"
        wrong = text[:place] + other + text[place + 1 :]
        assert ask.get("/me", headers={"Authorization": f"Bearer {wrong}"}).status_code == 401


def test_who_sends_a_token_is_judged_by_it_alone(ask, anna, token):
    sign_in(ask)
    assert ask.get("/me", headers={"Authorization": "Bearer x"}).status_code == 401
    assert ask.get("/me", headers=token("write")).json()["kind"] == "token"


def test_a_token_ends_by_its_time_and_by_being_revoked(ask, token, database, clock):
    short, other = token("read", expires_at=clock() + timedelta(days=1)), token("decide")
    assert ask.get("/me", headers=short).status_code == 200
    clock.forward(hours=24)
    assert ask.get("/me", headers=short).status_code == 401
    assert ask.get("/me", headers=other).status_code == 200
    revoke_token(database, "decide", now=clock(), actor="test")
    clock.forward(seconds=2)
    assert ask.get("/me", headers=other).status_code == 401
    assert [one.state(clock()) for one in tokens(database)] == ["revoked", "expired"]


def test_a_new_token_is_good_at_once_but_guessing_costs_no_queries(database, clock, token, monkeypatch):
    book = TokenBook(database, clock)
    assert book.known(text_of(token("read"))) is not None
    assert book.known(text_of(token("write"))) is not None  # made since the page was read
    queries = []
    real = module.tokens
    monkeypatch.setattr("patron.server.access.token_book.tokens", lambda state: queries.append(1) or real(state))
    for number in range(10 * MISSED):
        assert book.known(f"patron_{number:012x}_{'x' * 43}") is None
    assert len(queries) < MISSED  # those looked for in vain, and `write` before


def test_write_keys_name_the_source_of_events(database, clock, token):
    keys = WriteKeys(TokenBook(database, clock))
    assert keys.source_of(text_of(token("write", name="web shop")).encode()) == "web shop"
    assert keys.source_of(text_of(token("admin")).encode()) == "admin"
    for secret in (text_of(token("read")).encode(), b"", b"\xff\xfe", b"web shop"):
        assert keys.source_of(secret) is None


def test_when_a_token_was_last_used_is_written_down(served, ask, database, clock, access, token):
    ask.get("/me", headers=token("read"))
    assert tokens(database)[0].used_at is None
    access.book.write_uses()
    assert tokens(database)[0].used_at == clock()
    access.stop()  # what was not written yet is written at the end


def test_a_name_is_used_once_and_bad_ones_are_told(database, clock, token):
    token("read", name="nightly")
    for bad in (
        {"name": "nightly"},
        {"name": ""},
        {"name": "a\nb"},
        {"name": "x" * 81},
        {"scopes": []},
        {"scopes": ["all"]},
    ):
        with pytest.raises(ArgumentError):
            create_token(database, **{"name": "other", "scopes": ["read"], "now": clock(), "actor": "test"} | bad)
    with pytest.raises(ArgumentError):
        token("read", name="late", expires_at=clock())
    with pytest.raises(ArgumentError, match="nightly"):
        revoke_token(database, "nightyl", now=clock(), actor="test")


@given(st.text() | st.from_regex(r"patron_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", fullmatch=True))
def test_what_is_parted_is_whole_again(text):
    parts = parted(text)
    assert parts is None or "_".join(("patron", *parts)) == text


def test_no_role_and_no_scope_but_admin_may_everything():
    assert of_scopes(["admin"]) == ROLES["admin"] == frozenset(Permission)
    for name, held in {**SCOPES, **ROLES}.items():
        assert (Permission.ADMIN in held) == (name == "admin")
    assert of_scopes(["read", "write"]) == SCOPES["read"] | SCOPES["write"]


def test_however_wrong_a_token_is_its_check_takes_the_same_steps(database, clock, token, monkeypatch):
    """One hash and one comparison in constant time, of texts of one length, whether or not the id is known."""
    book, good = TokenBook(database, clock), text_of(token("read"))
    compared = []
    real = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append((len(a), len(b))) or real(a, b))
    wrong = [good[:-1] + "*", good[:-2] + "zz", f"patron_{'0' * 12}_{'x' * 43}", "", "x" * 10_000, "\ud800"]
    assert [book.known(text) is None for text in (good, *wrong)] == [False] + [True] * len(wrong)
    assert compared == [(64, 64)] * (1 + len(wrong))


@pytest.mark.parametrize(
    "text", ["' OR 1=1 --", "patron_' OR '1'='1_x", "x\x00y", "%00", "{{7*7}}", "../../etc/passwd"]
)
def test_no_text_is_more_than_a_text(ask, anna, token, database, text):
    encoded = base64.b64encode(f"{text}:".encode()).decode()
    assert ask.get("/me", headers={"Authorization": f"Basic {encoded}"}).status_code == 401
    assert ask.get("/me", headers={"Cookie": f"patron_session={encoded}"}).status_code == 401
    assert sign_in(ask, name=text, password=text).status_code == 401
    assert ask.post("/sign-in", json={"link": text}).status_code == 401
    assert [one.name for one in users(database)] == ["anna"]
