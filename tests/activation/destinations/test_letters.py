"""A print file: addresses as post offices read them, one letter a household, and why some are left out."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from conformance import CONTENT, NOW, Conformance, message

from patron.activation.destinations.folder import Folder
from patron.activation.destinations.letters import COLUMNS, Letters
from patron.activation.destinations.postal_address import PostalAddress, postal_address

CASES = [
    line.rpartition("=>")[::2]
    for line in (Path(__file__).parent / "addresses.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
NAMES = ("home", "name", "street", "postal_code", "city", "region", "country")


@pytest.mark.parametrize(("told", "wanted"), CASES, ids=[told.strip() for told, _ in CASES])
def test_an_address_stands_as_its_country_writes_it(told, wanted):
    facts = dict(zip(NAMES, (part.strip() for part in told.split(";")), strict=True))
    found = postal_address(facts, home=facts["home"])
    if wanted.strip().startswith("!"):
        assert found == wanted.strip(" !")
    else:
        assert isinstance(found, PostalAddress)
        assert list(found.lines) == [line.strip() for line in wanted.split(" / ")]


def test_an_address_is_not_shown_by_accident():
    facts = {"name": "Ann", "street": "12 High St", "postal_code": "LS1 4AP", "city": "Leeds"}
    assert "High" not in repr(postal_address(facts, home="GB"))


def test_what_cannot_be_seen_is_not_printed():
    """A line feed within a street would move all lines below it; a soft hyphen would be printed by some machines."""
    facts = {"name": "Ann\u00adSmith", "street": "12\nHigh\u200b Street,", "postal_code": "LS1 4AP", "city": "Leeds "}
    found = postal_address(facts, home="GB")
    assert isinstance(found, PostalAddress)
    assert found.lines == ("AnnSmith", "12 High Street", "LEEDS", "LS1 4AP")


class TestConformance(Conformance):
    channel = "post"

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        self.folder = tmp_path

    def opened(self):
        return Letters("post", Folder(str(self.folder)), home="GB")

    def delivery(self, number):
        return letter(number)


def letter(number=1, *, household=None, facts=None, **more):
    """Return a letter to somebody who lives alone, unless a household is said."""
    of_whom = dict(CONTENT["facts"]) | {"household_id": household or f"h{number}"} | (facts or {})
    return message(number, channel="post", content=dict(CONTENT) | {"facts": of_whom}, **more)


def rows(folder: Path) -> list[dict[str, str]]:
    return [
        row
        for file in sorted(folder.glob("*.csv"))
        for row in csv.DictReader(io.StringIO(file.read_bytes().decode(), newline=""))
    ]


@pytest.fixture
def post(tmp_path):
    return Letters("post", Folder(str(tmp_path)), home="GB")


def test_a_row_has_what_a_printer_needs(post, tmp_path):
    post.deliver([letter()], now=NOW)
    [row] = rows(tmp_path)
    assert list(row) == list(COLUMNS)
    assert [row[f"line_{place}"] for place in range(1, 7)] == [
        "Annabel Smith", "221B Baker Street", "LONDON", "NW1 6XE", "", "",
    ]  # fmt: skip
    assert (row["delivery_id"], row["customer_id"], row["campaign"]) == (letter().delivery_id, "c1", "left_cart")
    assert row["text"] == "Annabel, your basket waits."
    [file] = tmp_path.glob("*.csv")
    assert file.name.startswith("post-left_cart-20260301-")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_household_gets_one_letter_of_a_campaign(post, tmp_path):
    many = [letter(1, household="h"), letter(2, household="h"), letter(3), letter(4, household="h", trigger="other")]
    outcomes = post.deliver(many, now=NOW)
    assert [(one.status, one.reason) for one in outcomes] == [
        ("accepted", None), ("rejected", "same_household"), ("accepted", None), ("accepted", None),
    ]  # fmt: skip
    assert len(rows(tmp_path)) == 3


def test_a_household_gets_one_letter_over_several_batches(post, tmp_path):
    post.deliver([letter(1, household="h")], now=NOW)
    assert post.deliver([letter(2, household="h")], now=NOW)[0].reason == "same_household"
    assert len(rows(tmp_path)) == 1


def test_a_campaign_that_comes_again_in_autumn_writes_again(post, tmp_path):
    post.deliver([letter(1, household="h", made_at=NOW)], now=NOW)
    soon, later = NOW + timedelta(days=6), NOW + timedelta(days=60)
    assert post.deliver([letter(2, household="h", made_at=soon)], now=soon)[0].reason == "same_household"
    assert post.deliver([letter(3, household="h", made_at=later)], now=later)[0].status == "accepted"


def test_two_campaigns_whose_files_are_called_alike_are_two(post, tmp_path):
    outcomes = post.deliver(
        [letter(1, household="h", trigger="Win!"), letter(2, household="h", trigger="win")], now=NOW
    )
    again = post.deliver([letter(3, household="h", trigger="win")], now=NOW)
    assert [one.status for one in (*outcomes, *again)] == ["accepted", "accepted", "rejected"]


def test_where_no_household_is_known_house_and_family_name_make_one(post, tmp_path):
    unknown = {"household_id": None}
    flats = [
        letter(1, facts=unknown | {"street": "221B Baker Street"}),
        letter(2, facts=unknown | {"street": "221 b Baker St.", "given_name": "Bob", "name": "Bob SMITH",
                                   "family_name": "SMITH"}),
        letter(3, facts=unknown | {"name": "Cy Young", "family_name": "Young"}),
        letter(4, facts=unknown | {"street": "222 Baker Street"}),
    ]  # fmt: skip
    assert [one.status for one in post.deliver(flats, now=NOW)] == ["accepted", "rejected", "accepted", "accepted"]


def test_an_address_that_no_post_office_could_read_is_left_out_with_the_reason(post, tmp_path):
    outcomes = post.deliver([letter(1, facts={"postal_code": "99999"}), letter(2, facts={"street": ""})], now=NOW)
    assert [(one.status, one.reason) for one in outcomes] == [
        ("rejected", "wrong_postal_code"), ("rejected", "no_street"),
    ]  # fmt: skip
    assert not list(tmp_path.iterdir())


def test_the_same_letters_again_take_the_files_own_place(post, tmp_path):
    many = [letter(number) for number in range(3)]
    post.deliver(many, now=NOW)
    [before] = tmp_path.iterdir()
    content = before.read_bytes()
    post.deliver([replace(one, attempt=2) for one in many], now=NOW)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [content]


def test_a_letter_that_comes_again_among_others_is_printed_once(post, tmp_path):
    post.deliver([letter(1), letter(2)], now=NOW)
    again = [replace(letter(2), attempt=2), letter(3)]
    assert [one.status for one in post.deliver(again, now=NOW)] == ["accepted"] * 2
    assert sorted(row["customer_id"] for row in rows(tmp_path)) == ["c1", "c2", "c3"]
