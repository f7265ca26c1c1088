"""The people behind the simulated records: drawn apart, true to their truth, and as hard to know again as stated."""

from __future__ import annotations

import hashlib
import io
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.raw import FIELDS
from patron.simulate import Shop, shop
from patron.simulate.persons import addresses, emails, name_ways, phones
from patron.simulate.persons.second_accounts import SECOND, first_accounts
from patron.simulate.persons.slips import slips
from patron.simulate.persons.towns import LANDS

BEFORE = ("order_lines", "customers", "products", "spend")
NEW = ("identifiers", "events", "households", "consents", "traits")

FORMER = {
    "order_lines": "9a1d242d4534ebc7300b1f4684048c2f9582c699125dac623102c9591f22de39",
    "customers": "0450f8e7a7c4a54c8d15d4ae51d8a32899e540a7db962872072dd3370f92e0c7",
    "products": "338283528bf09d6f7a6aee24ca2796b03197365e8317fca1a6dca96937eee3ec",
    "spend": "be70f54cf92d9416110b23e26c1dee331ac49a907f338540480957d4fc01758f",
    "truth": "a610611ca5a0981c181eb1d990f3d1078706ac9104e056a2f3f864c5e3abff91",
}
"""What the shop of 300 customers and seed 5 was before its people were known: SHA-256 of each table as CSV."""

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def known() -> Shop:
    return shop(customers=20_000, seed=3, identity=True)


@pytest.fixture(scope="module")
def people(known: Shop) -> Rows:
    rows: Rows = known.truth["people"].to_pylist()
    return rows


@pytest.fixture(scope="module")
def written(known: Shop) -> Rows:
    rows: Rows = known.customers.to_pylist()
    return rows


def fingerprint(table: pa.Table) -> str:
    out = io.BytesIO()
    csv.write_csv(table, out)
    return hashlib.sha256(out.getvalue()).hexdigest()


def whole_name(row: dict[str, Any]) -> tuple[str, str] | None:
    return (row["given_name"], row["family_name"]) if row["given_name"] else None


def test_what_was_there_stays_as_it_was() -> None:
    for identity in (False, True):
        small = shop(customers=300, seed=5, identity=identity)
        tables = {name: getattr(small, name) for name in BEFORE} | {"truth": small.truth["customers"]}
        tables["products"] = small.products.drop_columns("own_label")
        tables["customers"] = small.customers.select(["customer_id", "acquired_on", "acquisition_channel", "country"])
        assert {name: fingerprint(table) for name, table in tables.items()} == FORMER


def test_nothing_is_known_unless_asked_for(tmp_path: Path) -> None:
    small = shop(customers=30, seed=1)
    assert [getattr(small, name).num_columns for name in NEW] == [0] * len(NEW)
    assert set(small.truth) == {"customers", "types"}
    asked = shop(customers=30, seed=1, identity=True).write(tmp_path)
    assert {file.stem for file in (asked / "data").iterdir()} == {*BEFORE, *NEW}


def test_the_same_seed_gives_the_same_people() -> None:
    first, again, other = (shop(customers=200, seed=seed, identity=True) for seed in (4, 4, 5))
    for name in (*BEFORE, *NEW):
        assert getattr(first, name).equals(getattr(again, name))
        assert not getattr(first, name).equals(getattr(other, name))
    assert all(table.equals(again.truth[name]) for name, table in first.truth.items())


def test_faults_of_the_extract_leave_the_people_alone() -> None:
    clean, messy = (shop(customers=200, seed=4, identity=True, mess=mess) for mess in (False, True))
    assert all(getattr(clean, name).equals(getattr(messy, name)) for name in ("customers", *NEW))
    assert all(table.equals(messy.truth[name]) for name, table in clean.truth.items())


@pytest.mark.parametrize("name", ["customers", *NEW])
def test_columns_are_the_source_fields(known: Shop, name: str) -> None:
    fields = {column.name: column for column in FIELDS[name]}
    table = getattr(known, name)
    schema = ibis.Schema.from_pyarrow(table.schema)
    assert set(schema) <= set(fields)
    assert [column for column in schema if not fields[column].accepts(schema[column])] == []
    for column in fields.values():
        assert column.nullable or table[column.name].null_count == 0


# Second accounts


def test_some_records_are_second_accounts_of_an_earlier_one(known: Shop, people: Rows) -> None:
    assert [row["record_id"] for row in people] == known.customers["customer_id"].to_pylist()
    of = defaultdict(list)
    for row in people:
        of[row["person_id"]].append(row)
    assert all(rows[0]["first_account"] for rows in of.values())
    assert sum(row["first_account"] for row in people) == len(of)
    again = known.truth["duplicates"].to_pylist()
    assert {row["record_id"] for row in again} == {row["record_id"] for row in people if not row["first_account"]}
    assert all(
        of[people[int(row["record_id"][1:]) - 1]["person_id"]][0]["record_id"] == row["first_record_id"]
        for row in again
    )
    error = (SECOND * (1 - SECOND) / len(people)) ** 0.5
    assert len(again) / len(people) == pytest.approx(SECOND, abs=4.5 * error)


def test_the_records_of_a_person_are_of_one_type_and_country(known: Shop, people: Rows, written: Rows) -> None:
    kinds = known.truth["customers"]["type"].to_pylist()
    seen: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for row, kind, record in zip(people, kinds, written, strict=True):
        seen[row["person_id"]].add((kind, record["country"], row["household_id"]))
    assert all(len(group) == 1 for group in seen.values())


@pytest.mark.parametrize(
    ("column", "ways", "shares"),
    [
        ("email", emails.WAYS, emails.OF_SECOND),
        ("phone", phones.WAYS, phones.OF_SECOND),
        ("name", name_ways.WAYS, name_ways.OF_SECOND),
        ("address", addresses.WAYS, addresses.OF_SECOND),
        ("birth_date", name_ways.BIRTH_WAYS, name_ways.BIRTHS_OF_SECOND),
    ],
)
def test_second_accounts_differ_at_the_stated_rates(
    known: Shop, column: str, ways: tuple[str, ...], shares: tuple[float, ...]
) -> None:
    found = Counter(known.truth["duplicates"][column].to_pylist())
    total = sum(found.values())
    assert sum(shares) == pytest.approx(1)
    for way, share in zip(ways, shares, strict=True):
        assert found[way] / total == pytest.approx(share, abs=4.5 * (share * (1 - share) / total) ** 0.5)


def test_the_ways_are_what_they_say(known: Shop, people: Rows, written: Rows) -> None:
    record = {row["customer_id"]: row for row in written}
    plain = {row["record_id"] for row in people if row["trap"] is None}
    pairs = [
        (row, record[row["first_record_id"]], record[row["record_id"]])
        for row in known.truth["duplicates"].to_pylist()
        if {row["record_id"], row["first_record_id"]} <= plain
    ]
    same = defaultdict(list)
    for ways, first, second in pairs:
        if first["email"] and second["email"]:
            same[ways["email"]].append(second["email"].strip().lower() == first["email"].strip().lower())
        assert (second["phone"] is None) == (ways["phone"] == "missing")
        assert (second["street"] is None) == (ways["address"] == "missing")
        assert (second["birth_date"] is None) == (ways["birth_date"] == "missing")
    shares = {way: sum(group) / len(group) for way, group in same.items()}
    assert min(shares["same"], shares["rewritten"]) > 0.95  # a first address may be mistyped itself
    assert max(shares["alias"], shares["mistyped"], shares["changed"]) < 0.05


@given(seed=st.integers(0, 2**32 - 1), group=st.lists(st.integers(0, 3), min_size=1, max_size=200))
@settings(max_examples=40, deadline=None)
def test_a_first_account_is_its_own_and_earlier(seed: int, group: list[int]) -> None:
    kinds = np.array(group)
    first = first_accounts(np.random.default_rng(seed), group=kinds)
    assert (first[first] == first).all()
    assert (first <= np.arange(len(first))).all()
    assert (kinds[first] == kinds).all()


# What is written


def test_every_address_is_at_a_reserved_domain(known: Shop) -> None:
    ends = ("example.com", "example.org", "example.net", "example.con", "example,com")
    for address in known.customers["email"].drop_null().to_pylist():
        clean = address.strip().lower()
        assert clean in emails.JUNK or clean.endswith(ends), "an address that may be somebody's"


def test_nobody_has_the_address_of_another(people: Rows, written: Rows) -> None:
    owners = defaultdict(set)
    for row, record in zip(people, written, strict=True):
        address = (record["email"] or "").strip().lower()
        if "@" in address and address not in (*emails.JUNK, emails.TILL):
            owners[address].add(row["person_id"])
    assert sum(len(group) > 1 for group in owners.values()) <= 3  # a slip may land on somebody else's


def test_numbers_are_possible_and_belong_to_a_person_or_a_household(people: Rows, written: Rows) -> None:
    homes, count = defaultdict(set), 0
    for row, record in zip(people, written, strict=True):
        if record["phone"] is None or record["phone"] in phones.JUNK:
            continue
        number = phonenumbers.parse(record["phone"], record["country"])
        assert phonenumbers.is_possible_number(number)
        count += 1
        if number.country_code not in (1, 44):
            homes[number.country_code, number.national_number].add(row["household_id"])
    assert count > 0.7 * len(written)
    assert all(len(group) == 1 for group in homes.values())


def test_postal_codes_have_the_form_of_their_country(written: Rows) -> None:
    forms = {
        "DE": r"\d{5}",
        "AT": r"\d{4}",
        "CH": r"\d{4}",
        "FR": r"\d{5}",
        "NL": r"\d{4} ?[A-Z]{2}",
        "PL": r"\d{2}-?\d{3}",
    }
    assert set(forms) == set(LANDS)
    for country, form in forms.items():
        codes = pa.array([row["postal_code"] for row in written if row["country"] == country]).drop_null()
        assert len(codes) > 100
        assert pc.all(pc.match_substring_regex(codes, f"^{form}$")).as_py()


def test_names_come_from_several_cultures_and_scripts(written: Rows) -> None:
    text = [f"{row['given_name']} {row['family_name']}" for row in written if row["given_name"]]
    assert any("а" <= letter <= "я" for name in text for letter in name.lower())
    for sample in ("ü", "ł", "é", "van ", "zadeh", "ova"):
        assert sum(sample in name for name in text) > 10, sample
    assert Counter(text).most_common(1)[0][1] < 0.002 * len(text)


def test_days_of_birth_are_those_of_customers(written: Rows) -> None:
    born = [row["birth_date"] for row in written if row["birth_date"]]
    assert 0.5 < len(born) / len(written) < 0.62
    assert max(born) < date(2010, 1, 1)
    assert min(born) == date(1900, 1, 1)  # what is filled in where somebody would not say


@given(st.lists(st.text("abcdefgh", min_size=0, max_size=12), min_size=1, max_size=20), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_a_slip_is_one_slip(texts: list[str], seed: int) -> None:
    for text, slipped in zip(texts, slips(np.random.default_rng(seed), pa.array(texts)).to_pylist(), strict=True):
        if len(text) < 4:
            assert slipped == text
            continue
        assert slipped != text
        assert slipped[0] == text[0]
        swapped = [text[:at] + text[at + 1] + text[at] + text[at + 2 :] for at in range(len(text) - 1)]
        assert slipped in swapped or _one_change(text, slipped)


def _one_change(text: str, slipped: str) -> bool:
    start = next(
        (at for at, pair in enumerate(zip(text, slipped, strict=False)) if pair[0] != pair[1]),
        min(len(text), len(slipped)),
    )
    return any(text[start + old :] == slipped[start + new :] for old, new in ((1, 1), (1, 0), (0, 1)))


# Households and traps


def test_a_household_shares_what_households_share(known: Shop, people: Rows, written: Rows) -> None:
    homes = defaultdict(dict)
    for row, record in zip(people, written, strict=True):
        if row["first_account"]:
            homes[row["household_id"]][row["person_id"]] = (row, record)
    sizes = Counter(len(home) for home in homes.values())
    assert max(sizes) == 5
    assert sizes[1] > 0.6 * len(homes)
    named, same, streets = 0, 0, 0
    for home in homes.values():
        kinds = {row["household"] for row, _ in home.values()}
        assert len(kinds) == 1
        assert ("alone" in kinds) == (len(home) == 1)
        assert len({record["country"] for _, record in home.values()}) == 1
        assert len({record["region"] for _, record in home.values()} - {None}) <= 1
        if len(home) > 1:
            streets += len({record["postal_code"][:2] for _, record in home.values() if record["postal_code"]}) > 1
        if kinds == {"flat"}:
            families = [record["family_name"] for _, record in home.values() if record["family_name"]]
            named += len(families) > 1
            same += len(set(families)) < len(families)
    assert streets == 0
    assert named > 100
    assert same < 0.1 * named
    kin = sum(row["household"] in ("couple", "family") for row in people)
    assert 0.1 < known.households.num_rows / kin < 0.3


def test_the_traps_are_there(people: Rows, written: Rows) -> None:
    trapped = defaultdict(list)
    for row, record in zip(people, written, strict=True):
        trapped[row["trap"]].append((row, record))
    till = [record for _, record in trapped["till_email"] if record["email"] == emails.TILL]
    assert len(till) >= 0.9 * emails.TILL_RECORDS
    assert sum(record["email"] == emails.TILL for record in written) == emails.TILL_RECORDS
    assert {record["email"] for record in written} >= set(emails.JUNK)
    juniors = {row["household_id"] for row, _ in trapped["junior"]}
    assert 3 <= len(juniors) < 0.003 * len(people)
    for home in juniors:
        rows = [(row, record) for row, record in trapped["junior"] if row["household_id"] == home]
        assert len({row["person_id"] for row, _ in rows}) >= 2
    names = [whole_name(record) for row, record in trapped["namesake"] if row["first_account"] and whole_name(record)]
    assert len(names) > 20
    assert sum(count > 1 for count in Counter(names).values()) > 0.3 * len(set(names))  # both known in two fields
    born = defaultdict(dict)
    for row, record in trapped["twin"]:
        if record["birth_date"] and row["first_account"]:
            born[row["household_id"]][row["person_id"]] = record["birth_date"]
    assert any(len(days) == 2 and len(set(days.values())) == 1 for days in born.values())


@pytest.mark.parametrize("customers", [1, 2, 5, 30])
@pytest.mark.parametrize("days", [1, 40])
def test_small_shops_know_their_people_too(customers: int, days: int) -> None:
    first = date(2024, 2, 29)
    last = first + timedelta(days - 1)
    small = shop(customers=customers, seed=1, first_day=first, last_day=last, identity=True)
    assert small.truth["people"].num_rows == small.customers.num_rows == customers
    assert 1 <= small.truth["requests"].num_rows <= customers
    assert pc.max(pc.cast(small.events["occurred_at"], pa.date32())).as_py() <= last
    assert pc.max(pc.cast(small.consents["given_at"], pa.date32())).as_py() <= last
