"""A link of a message can be used by whoever got it, and by nobody who guesses, changes or reads it."""

from __future__ import annotations

import stat
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import patron
from patron.errors import RunError, SettingsError
from patron.pipeline.public_links import links_of
from patron.privacy.signed_links import LONGEST, LinkSigner, SignedLink, link_key

KEY = bytes(range(32))
NOW = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)

LINKS = st.builds(
    SignedLink,
    customer_id=st.text(min_size=1, max_size=60),
    what_for=st.sampled_from(["unsubscribe", "preferences"]),
    made_on=st.dates(),
    delivery_id=st.text(max_size=60),
    channel=st.sampled_from([None, "email", "sms", "push"]),
)


@given(LINKS)
def test_a_token_says_what_was_put_into_it_and_shows_nothing_of_it(link: SignedLink) -> None:
    signer = LinkSigner(KEY)
    token = signer.token(link)
    assert signer.read(token) == link
    assert signer.token(link) == token
    assert token.replace("-", "").replace("_", "").isalnum()
    assert token.isascii()
    assert len(link.customer_id) < 4 or link.customer_id not in token


@given(LINKS, st.data())
def test_no_other_text_is_a_token(link: SignedLink, data: st.DataObject) -> None:
    signer = LinkSigner(KEY)
    token = signer.token(link)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCxyz019-_").filter(lambda one: one != token[place]))
    assert signer.read(token[:place] + letter + token[place + 1 :]) is None
    assert signer.read(token[:place]) is None
    assert signer.read(token + letter) is None
    assert signer.read(token + "=") is None


@given(LINKS)
def test_another_key_reads_nothing(link: SignedLink) -> None:
    assert LinkSigner(bytes(32)).read(LinkSigner(KEY).token(link)) is None


@given(st.text(max_size=200))
def test_what_is_no_token_is_none(text: str) -> None:
    assert LinkSigner(KEY).read(text) is None


def test_a_text_that_is_too_long_is_not_looked_at() -> None:
    assert LinkSigner(KEY).read("A" * (LONGEST + 1)) is None


def test_who_gets_two_links_cannot_tell_whether_they_are_of_one_person() -> None:
    signer = LinkSigner(KEY)
    tokens = [
        signer.token(SignedLink(customer_id=who, what_for="preferences", made_on=date(2026, 3, 1), delivery_id=what))
        for who, what in (("ann", "d1"), ("ann", "d2"), ("bob", "d3"))
    ]
    assert len({token[:16] for token in tokens}) == len({token[-16:] for token in tokens}) == 3


def test_the_key_is_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    key = link_key(tmp_path)
    assert link_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "link_key").stat().st_mode) == 0o600
    (tmp_path / "link_key").write_text("00" * 31)
    with pytest.raises(RunError, match="links in messages") as caught:
        link_key(tmp_path)
    assert "0000" not in str(caught.value)
    assert "0" * 8 not in repr(LinkSigner(bytes(32)))


@pytest.mark.parametrize(
    ("url", "begins"),
    [
        ("https://shop.example", "https://shop.example/u/"),
        ("https://shop.example/", "https://shop.example/u/"),
        ("https://shop.example/patron/", "https://shop.example/patron/u/"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/u/"),
    ],
)
def test_links_lead_to_the_public_address(tmp_path: Path, url: str, begins: str) -> None:
    project = _project(tmp_path, f"server: {{public_url: '{url}'}}")
    link = links_of(project, now=NOW).unsubscribe("ann", channel="email", delivery_id="d1")
    assert link.startswith(begins)
    said = LinkSigner(link_key(project.own)).read(link.removeprefix(begins))
    # In Auckland the next day has begun.
    assert said == SignedLink(
        customer_id="ann", what_for="unsubscribe", made_on=date(2026, 3, 2), delivery_id="d1", channel="email"
    )


def test_links_are_the_same_after_the_server_was_started_anew(tmp_path: Path) -> None:
    project = _project(tmp_path, "server: {public_url: https://shop.example}")
    first, again = (links_of(patron.open(project.folder), now=NOW).preferences("ann", delivery_id="d1") for _ in "12")
    assert first == again
    assert "/preferences/" in first


def test_without_a_public_address_there_are_no_links(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"server\.public_url"):
        links_of(_project(tmp_path, ""), now=NOW)


@pytest.mark.parametrize(
    "url", ["http://shop.example", "shop.example", "ftp://shop.example", "https://shop.example?a=1", "https://a b"]
)
def test_an_address_that_mail_programs_cannot_call_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="no address under which the server can be reached"):
        _project(tmp_path, f"server: {{public_url: '{url}'}}")


def _project(folder: Path, more: str) -> patron.Project:
    (folder / "customers.csv").write_text("customer_id,country\nann,DE\n")
    (folder / "patron.yaml").write_text(
        f"name: Tea\ncurrency: EUR\ntimezone: Pacific/Auckland\n{more}\n"
        "sources: {customers: {path: customers.csv}}\n"
    )
    return patron.open(folder)
