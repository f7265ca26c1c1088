"""Signing in: one answer to every failure, cookies that no other site can use, sessions that end."""

from __future__ import annotations

import base64
import re
from hashlib import sha256

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from access_support import CHEAP, PASSWORD, hidden, sign_in
from app_client import AppClient
from patron.engines.access_tables import SESSIONS
from patron.privacy.audit import verify
from patron.privacy.users import Change, change_user, remove_user, users
from patron.server.access.links import first_link
from patron.server.access.lockout import LONGEST_S, delay_s
from patron.server.access.passwords import AT_ONCE, Passwords
from patron.server.access.sign_in import sign_in as by_password
from patron.server.web.page import local_path

LOGIN = {"name": "anna", "password": PASSWORD}


def me(client):
    return client.get("/me")


def test_who_signs_in_is_known_until_she_signs_out(ask, anna):
    assert me(ask).status_code == 401
    csrf = sign_in(ask).json()["csrf"]
    told = me(ask).json()
    assert (told["name"], told["role"], told["csrf"]) == ("anna", "analyst", csrf)
    assert told["permissions"] == ["read:figures", "read:people"]
    assert ask.post("/logout", headers={"X-CSRF-Token": csrf}).status_code == 204
    assert me(ask).status_code == 401


def test_the_form_leads_in_and_the_page_says_who_one_is(ask, anna):
    form = ask.get("/login", params={"next": "/me"}).text
    answer = ask.post("/login", data=LOGIN | {"csrf": hidden(form, "csrf"), "next": hidden(form, "next")})
    assert (answer.status_code, answer.headers["location"]) == (303, "/me")
    home = ask.get("/")
    assert "anna" in home.text
    assert ask.post("/logout", data={"csrf": hidden(home.text, "csrf")}).headers["location"] == "/login"
    assert ask.get("/").headers["location"] == "/login"


def test_every_failure_reads_the_same(ask, anna, database, clock):
    """Whether a user is there, is locked or has no password: nobody learns it by trying."""
    answers = [sign_in(ask, password="wrong"), sign_in(ask, name="nobody"), sign_in(ask, name="no name \x00")]
    change_user(database, "anna", Change(locked=True), now=clock(), actor="test")
    answers.append(sign_in(ask))
    told = [{**answer.json(), "request_id": ""} for answer in answers]
    assert [answer.status_code for answer in answers] == [401] * 4
    assert all(one == told[0] for one in told)
    assert me(ask).status_code == 401


def test_a_failure_costs_the_same_work_whoever_it_is(access, anna, monkeypatch):
    """Every path through a failed attempt verifies one hash."""
    seen = []
    fits = type(access.passwords).fits

    def counted(self, password, password_hash):
        seen.append(password_hash is None)
        return fits(self, password, password_hash)

    monkeypatch.setattr(type(access.passwords), "fits", counted)
    for name in ("anna", "nobody"):
        with pytest.raises(Exception, match="wrong"):
            by_password(access, name=name, password="guess", address="192.0.2.1")
    assert seen == [False, True]


def test_what_stands_for_nobodys_hash_is_a_whole_one(access):
    """Checked with the settings of all others, and never with success; an unreadable one would be quick to refuse."""
    stand_in = access.passwords._nobodys
    assert extract_parameters(stand_in) == extract_parameters(CHEAP.hash("x"))
    assert not access.passwords.fits("x", None)
    with pytest.raises(VerifyMismatchError):
        CHEAP.verify(stand_in, "x")


def test_guessing_makes_the_next_attempt_wait_longer_and_longer(ask, anna, clock):
    for _ in range(4):
        assert sign_in(ask, password="wrong").status_code == 401
    waits = []
    for _ in range(4):
        assert sign_in(ask, password="wrong").status_code == 401
        barred = sign_in(ask)  # the right one: it is not looked at
        assert barred.status_code == 429
        waits.append(int(barred.headers["Retry-After"]))
        clock.forward(seconds=waits[-1])
    assert waits == sorted(waits)
    assert waits[-1] > 2 * waits[0]
    assert sign_in(ask).status_code == 200
    assert sign_in(ask, password="wrong").status_code == 401  # all is forgotten with a good one
    assert sign_in(ask).status_code == 200


def test_names_that_nobody_has_are_barred_alike(ask, anna):
    for _ in range(6):
        sign_in(ask, name="nobody", password="wrong")
    assert sign_in(ask, name="nobody").status_code == 429


def test_an_address_that_tries_many_names_is_barred(ask, anna):
    for number in range(20):
        assert sign_in(ask, name=f"user{number}").status_code == 401
    assert sign_in(ask).status_code == 429


def test_a_weaker_hash_is_made_anew_when_the_password_is_at_hand(ask, anna, access, database):
    access.passwords = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    assert sign_in(ask).status_code == 200
    (now,) = users(database)
    assert now.password_hash != anna.password_hash
    assert "m=16,t=2" in now.password_hash
    assert sign_in(ask).status_code == 200
    assert users(database)[0].password_hash == now.password_hash


def test_too_many_at_once_are_told_to_come_again(ask, anna, access, monkeypatch):
    monkeypatch.setattr("patron.server.access.passwords.PATIENCE_S", 0.01)
    for _ in range(AT_ONCE):
        access.passwords.turns.acquire()
    assert sign_in(ask).status_code == 503
    access.passwords.turns.release()
    assert sign_in(ask).status_code == 200


@pytest.mark.parametrize("written", ["Ame\u0301lie sings a song", "Am\u00e9lie sings a song"])
def test_a_password_is_the_same_however_a_keyboard_composes_it(access, written):
    assert access.passwords.fits(written, access.passwords.hash("Am\u00e9lie sings a song"))


def test_an_address_that_goes_on_is_refused_before_anything_is_looked_up(ask, anna, access, monkeypatch):
    access.strangers.burst = 3
    assert [sign_in(ask, name=f"user{number}").status_code for number in range(3)] == [401] * 3
    monkeypatch.setattr("patron.server.routes.sign_in.sign_in", None)  # it is not called any more
    assert sign_in(ask).status_code == 429
    monkeypatch.undo()


@given(st.integers(0, 10_000), st.integers(0, 50))
def test_waits_only_grow(failures, free):
    now, then = delay_s(failures, free), delay_s(failures + 1, free)
    assert 0 <= now <= then <= LONGEST_S
    assert (now == 0) == (failures < free)


def test_cookies_are_out_of_reach(ask, anna):
    header = sign_in(ask).headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in header.split(";")}
    assert "Secure" not in header
    assert "Domain" not in header


def test_behind_tls_cookies_are_secure_and_the_hosts_own(served, anna):
    with AppClient(served) as client:
        client.base_url = "https://127.0.0.1:8000"
        header = sign_in(client).headers["set-cookie"]
        assert header.startswith("__Host-patron_session=")
        assert "Secure" in header
        assert me(client).json()["name"] == "anna"
        plain = client.cookies.get("__Host-patron_session")
        client.cookies.clear()
        client.cookies.set("patron_session", plain)  # as a neighbouring host could plant it
        assert me(client).status_code == 401


def test_a_planted_cookie_is_not_taken_over(ask, anna):
    ask.cookies.set("patron_session", "planted", domain="127.0.0.1", path="/")
    sign_in(ask)
    assert "planted" not in [cookie.value for cookie in ask.cookies.jar]
    again = sign_in(ask)
    assert again.cookies["patron_session"] != "planted"


def test_signing_in_again_ends_the_session_before(ask, anna):
    before = sign_in(ask).cookies["patron_session"]
    sign_in(ask)
    ask.cookies.clear()
    ask.cookies.set("patron_session", before)
    assert me(ask).status_code == 401


def test_changes_need_the_csrf_token(ask, anna):
    csrf = sign_in(ask).json()["csrf"]
    assert ask.post("/logout").status_code == 403
    assert ask.post("/logout", headers={"X-CSRF-Token": "x" + csrf[1:]}).status_code == 403
    elsewhere = {"X-CSRF-Token": csrf, "Sec-Fetch-Site": "cross-site"}
    assert ask.post("/logout", headers=elsewhere).status_code == 403
    assert me(ask).status_code == 200


def test_another_site_cannot_sign_a_browser_in(ask, anna):
    """Without the cookie that came with the form, and the same word in it, the form is not taken."""
    assert ask.post("/login", data=LOGIN).status_code == 403
    form = ask.get("/login").text
    assert ask.post("/login", data=LOGIN | {"csrf": "other"}).status_code == 403
    ask.cookies.clear()
    assert ask.post("/login", data=LOGIN | {"csrf": hidden(form, "csrf")}).status_code == 403
    assert ask.post("/login", content="{}", headers={"content-type": "text/plain"}).status_code == 415


def test_an_idle_session_ends(ask, anna, clock):
    sign_in(ask)
    clock.forward(minutes=59)
    assert me(ask).status_code == 200
    clock.forward(minutes=61)
    assert me(ask).status_code == 401


def test_a_busy_session_ends_with_its_day(ask, anna, clock):
    sign_in(ask)
    for _ in range(24):
        clock.forward(minutes=30)
        assert me(ask).status_code == 200
    clock.forward(minutes=1)
    assert me(ask).status_code == 401


def test_cookies_are_changed_and_a_copied_one_ends_the_session(ask, anna, clock):
    first = sign_in(ask).cookies["patron_session"]
    clock.forward(minutes=16)
    second = me(ask).cookies["patron_session"]
    assert second != first
    ask.cookies.clear()
    stolen = {"Cookie": f"patron_session={first}"}
    assert ask.get("/me", headers=stolen).status_code == 200  # a request that was on its way
    clock.forward(minutes=2)
    assert ask.get("/me", headers=stolen).status_code == 401
    assert ask.get("/me", headers={"Cookie": f"patron_session={second}"}).status_code == 401


@pytest.mark.parametrize("change", [Change(role="viewer"), Change(locked=True), Change(rows="country = 'DE'")])
def test_a_change_of_the_user_ends_her_sessions(ask, anna, database, clock, change):
    sign_in(ask)
    change_user(database, "anna", change, now=clock(), actor="test")
    assert me(ask).status_code == 401


def test_a_removed_user_is_nobody(ask, anna, database, clock):
    sign_in(ask)
    remove_user(database, "anna", now=clock(), actor="test")
    assert me(ask).status_code == 401
    assert sign_in(ask).status_code == 401


def test_a_password_is_changed_with_the_one_before(ask, anna):
    headers = {"X-CSRF-Token": sign_in(ask).json()["csrf"]}
    new = {"before": "guess", "password": "another long password"}
    assert ask.post("/me/password", json=new, headers=headers).status_code == 401
    assert ask.post("/me/password", json={"before": PASSWORD, "password": "short"}, headers=headers).status_code == 422
    assert ask.post("/me/password", json=new | {"before": PASSWORD}, headers=headers).status_code == 204
    assert me(ask).status_code == 200  # in a new session
    assert sign_in(ask).status_code == 401
    assert sign_in(ask, password="another long password").status_code == 200


def test_the_first_link_signs_the_administrator_in_once(ask, database, clock):
    path = first_link(database, now=clock())
    opened = ask.get(path)
    assert ask.get(path).status_code == 200  # opening it, as mail programs do, does not use it up
    form = {name: hidden(opened.text, name) for name in ("link", "csrf")}
    assert ask.post("/sign-in", data=form).headers["location"] == "/"
    assert (me(ask).json()["name"], me(ask).json()["role"]) == ("admin", "admin")
    assert ask.post("/sign-in", data=form).status_code == 401
    assert first_link(database, now=clock()) is None  # never again by itself
    home = ask.get("/").text
    new = {"csrf": hidden(home, "csrf"), "password": "a password of her own"}
    assert "kept" in ask.post("/me/password", data=new).text
    assert sign_in(ask, name="admin", password="a password of her own").status_code == 200


def test_sessions_and_users_stand_in_an_audit_that_holds(ask, anna, database):
    sign_in(ask)
    assert verify(database).intact
    with database.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(SESSIONS)).scalar_one() == 1


@pytest.mark.parametrize(
    "to",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/\tx", "/a\r\nX-Evil: 1"],
)
def test_signing_in_leads_nowhere_else(ask, anna, to):
    form = ask.get("/login", params={"next": to}).text
    answer = ask.post("/login", data=LOGIN | {"csrf": hidden(form, "csrf"), "next": to})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "x-evil" not in answer.headers


@given(st.text() | st.text("/\\:.@?#a\t\r\n", max_size=8))
def test_a_local_path_is_one(text):
    path = local_path(text)
    assert re.fullmatch(r"/([!-\[\]-~][ -~]*)?", path)
    assert not path.startswith("//")


@pytest.mark.parametrize("place", ["link", "next"])
def test_what_came_is_escaped(ask, place):
    evil = '"><script>alert(1)</script>{{ 7 * 7 }}'
    page = ask.get("/sign-in" if place == "link" else "/login", params={place: evil})
    assert "<script" not in page.text
    assert "49" not in re.sub(r'value="[A-Za-z0-9_-]{40,}"', "", page.text)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_page_has_the_one_style_that_its_policy_allows(ask):
    page = ask.get("/login")
    style = re.search(r"<style>(.*)</style>", page.text, re.DOTALL)[1]
    assert base64.b64encode(sha256(style.encode()).digest()).decode() in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"[" * 100_000, "application/json", 413),
        (b"[" * 5_000, "application/json", 422),
        (b'{"name": 1}', "application/json", 422),
        (b"\xff\xfe", "application/json", 422),
        (b"name=%ff&password=x", "application/x-www-form-urlencoded", 403),
        (b"&".join([b"a=1"] * 30), "application/x-www-form-urlencoded", 422),
        (b"", "", 415),
        (b'{"name": "' + b"\\ud800" + b'", "password": "\\ud800"}', "application/json", 401),
        (b'{"name": "a", "password": "' + b"x" * 5000 + b'"}', "application/json", 401),
    ],
)
def test_bodies_that_are_no_form(ask, body, kind, status):
    assert ask.post("/login", content=body, headers={"content-type": kind}).status_code == status
