"""Raw customers and identifiers become one row per value of a record, whatever engine, order or batch."""

from datetime import date

import ibis
import pyarrow as pa
import pytest

from patron.contracts.person import IDENTIFIERS
from patron.contracts.raw import RAW_CUSTOMERS
from patron.contracts.raw_people import RAW_IDENTIFIERS
from patron.errors import ArgumentError
from patron.identity.identifiers import identifiers, record_identifiers, together
from patron.identity.keep import in_memory
from patron.identity.normalise import distinct, email, name, phone, postal_code
from patron.identity.normalise.address_rows import put_together as addresses
from patron.identity.normalise.name_rows import put_together as names

DAY, LATER = date(2020, 1, 1), date(2021, 1, 1)


def table(contract, rows):
    schema = contract.schema.to_pyarrow()
    return ibis.memtable(pa.Table.from_pylist([{c: row.get(c) for c in schema.names} for row in rows], schema=schema))


def customers(*rows):
    return table(RAW_CUSTOMERS, rows)


def listed(*rows):
    return table(RAW_IDENTIFIERS, rows)


ANNA = {
    "customer_id": "a", "email": "Anna.Lee+x@GoogleMail.com", "phone": "030 901820", "country": "Germany",
    "name": "Dr. Lee, Anna", "street": "Hauptstr. 5", "postal_code": "1067", "city": "Dresden", "region": "Sachsen",
    "birth_date": date(1980, 1, 2), "acquired_on": DAY, "updated_on": LATER, "person_id": "P 1",
}  # fmt: skip
YULIA = {"customer_id": "b", "email": "юля@пример.рф", "given_name": "Юлия", "family_name": "van der Berg",
         "phone": "020 7183 8750"}  # fmt: skip


def made(raw, *, country=None):
    result = IDENTIFIERS.check(identifiers(raw, country=country, keep=in_memory))
    return {
        (row["source"], row["record_id"], row["kind"], row["value"]): row for row in result.to_pyarrow().to_pylist()
    }


def test_everything_that_a_customer_says():
    rows = made({"customers": customers(ANNA)})
    assert {key[2:] for key in rows} == {
        ("email", "annalee@gmail.com"), ("phone", "+4930901820"), ("name", "ana le"), ("given_name", "ana"),
        ("family_name", "le"), ("birth_date", "1980-01-02"), ("street", "haupt str 5"), ("city", "dresden"),
        ("region", "sachsen"), ("postal_code", "01067"), ("country", "DE"), ("address", "haupt str 5, 01067"),
        ("person_id", "P 1"),
    }  # fmt: skip
    beside = {(row["source"], row["record_id"], row["seen_on"], row["changed_on"]) for row in rows.values()}
    assert beside == {("customers", "a", DAY, LATER)}
    assert {row["status"] for row in rows.values()} == {"used"}
    given = {key[2]: row["given"] for key, row in rows.items()}
    assert given["email"] == "Anna.Lee+x@GoogleMail.com"
    assert (given["name"], given["given_name"], given["family_name"]) == ("Dr. Lee, Anna", "Anna", "Dr. Lee")
    assert given["address"] == "Hauptstr. 5, 1067, Dresden"


def test_the_country_says_how_a_number_is_read():
    assert ("customers", "b", "phone", "020 7183 8750") in made({"customers": customers(YULIA)})
    assert ("customers", "b", "phone", "+442071838750") in made({"customers": customers(YULIA)}, country="GB")
    assert ("customers", "b", "phone", "+442071838750") in made(
        {"customers": customers(YULIA)}, country="United Kingdom"
    )
    own = customers({**YULIA, "country": "de"})
    assert ("customers", "b", "phone", "+492071838750") in made({"customers": own}, country="GB")


def test_identifiers_in_rows_take_the_country_of_their_customer():
    rows = made({
        "raw_customers": customers(ANNA),
        "raw_identifiers": listed(
            {"customer_id": "a", "kind": "phone", "value": "(030) 90 18 20"},
            {"customer_id": "nobody", "kind": "phone", "value": "(030) 90 18 20"},
        ),
    })  # fmt: skip
    assert rows["identifiers", "a", "phone", "+4930901820"]["status"] == "used"
    assert rows["identifiers", "nobody", "phone", "(030) 90 18 20"]["status"] == "invalid"


def test_spellings_of_one_value_are_one_row():
    rows = made({"identifiers": listed(
        {"customer_id": "a", "kind": "email", "value": "b.a@gmail.com", "seen_on": LATER},
        {"customer_id": "a", "kind": "email", "value": "A.B@gmail.com", "seen_on": LATER},
        {"customer_id": "a", "kind": "email", "value": "ab@gmail.com", "seen_on": DAY},
        {"customer_id": "a", "kind": "email", "value": "a.b@gmail.com"},
    )})  # fmt: skip
    assert {key[3]: (row["given"], row["seen_on"]) for key, row in rows.items()} == {
        "ab@gmail.com": ("A.B@gmail.com", DAY), "ba@gmail.com": ("b.a@gmail.com", LATER),
    }  # fmt: skip


def test_nothing_is_lost_but_nothing():
    rows = made({"identifiers": listed(
        {"customer_id": "a", "kind": "device_id", "value": "00000000-0000-0000-0000-000000000000"},
        {"customer_id": "a", "kind": "device_id", "value": "6BA7B810-9DAD-11D1-80B4-00C04FD430C8"},
        {"customer_id": "a", "kind": "loyalty_id", "value": "ab-12 34 5"},
        {"customer_id": "a", "kind": "loyalty_id", "value": "ü 1"},
        {"customer_id": "a", "kind": "CRM ", "value": " x Y"},
        {"customer_id": "a", "kind": "email", "value": "nobody"},
        {"customer_id": "a", "kind": "name", "value": "Anna Lee"},
        {"customer_id": "a", "kind": "birth_date", "value": "1900-01-01"},
        {"customer_id": "a", "kind": "phone", "value": "   "},
        {"customer_id": "a", "kind": "phone", "value": "\u00a0"},
    )})  # fmt: skip
    assert {(*key[2:], row["status"]) for key, row in rows.items()} == {
        ("device_id", "00000000-0000-0000-0000-000000000000", "blocked"),
        ("device_id", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "used"), ("loyalty_id", "AB12345", "used"),
        ("loyalty_id", "Ü1", "used"), ("crm", "x Y", "used"), ("email", "nobody", "blocked"),
        ("name", "ana le", "used"), ("given_name", "ana", "used"), ("family_name", "le", "used"),
        ("birth_date", "1900-01-01", "blocked"),
    }  # fmt: skip


def test_nobody_is_born_after_she_was_seen():
    born = [{"customer_id": "a", "birth_date": LATER, "acquired_on": DAY}, {"customer_id": "b", "birth_date": LATER}]
    rows = made({"customers": customers(*born)})
    assert [row["status"] for _, row in sorted(rows.items())] == ["invalid", "used"]


@pytest.mark.parametrize(
    ("told", "kinds"),
    [
        ({"given_name": "Anna", "family_name": "Lee"}, {"name", "given_name", "family_name"}),
        ({"given_name": "Anna", "family_name": "Lee", "name": "A. Lee"}, {"name", "given_name", "family_name"}),
        ({"given_name": "Anna", "name": "Anna Lee"}, {"name", "given_name", "family_name"}),
        ({"given_name": "Anna"}, {"given_name"}),
        ({"family_name": "Lee"}, {"family_name"}),
        ({"city": "Bonn", "postal_code": "53111"}, {"city", "postal_code"}),
        ({"street": "Weg 1"}, {"street", "address"}),
        ({}, set()),
    ],
)
def test_what_is_made_of_what(told, kinds):
    rows = made(
        {"customers": customers({"customer_id": "a", **told}, {"customer_id": "other", "email": "a@b.example"})}
    )
    assert {key[2] for key in rows if key[1] == "a"} == kinds


def test_a_name_in_parts_is_the_name_in_one():
    whole = customers({"customer_id": "a", "name": "Иванова, Юлия"}, {"customer_id": "b", "name": "Cash Sale"})
    parts = customers({"customer_id": "a", "given_name": "Yulia", "family_name": "Ivanova"},
                      {"customer_id": "b", "given_name": "Cash", "family_name": "Sale"})  # fmt: skip
    as_whole, in_parts = made({"customers": whole}), made({"customers": parts})
    assert {(key, row["status"]) for key, row in as_whole.items()} == {
        (key, row["status"]) for key, row in in_parts.items()
    }
    assert as_whole["customers", "b", "name", "cash sale"]["status"] == "blocked"


def people(count):
    for i in range(count):
        yield {
            "customer_id": f"c{i}", "email": f"Per.Son{i}@gmail.com", "phone": f"0151 {i:08d}", "country": "DE",
            "name": f"Anna-{i} Müller", "street": f"Dorfstr. {i % 7 + 1}{'a' if i % 2 else ''}", "city": f"Ort {i % 3}",
            "postal_code": f"{10115 + i}", "birth_date": date(1980, 1, 1 + i % 28),
        }  # fmt: skip


def test_batches_change_nothing(monkeypatch):
    raw = {"customers": customers(*people(40))}
    once = made(raw)
    monkeypatch.setattr(distinct, "BATCH", 7)
    assert made(raw) == once


def test_the_table_says_what_the_functions_say():
    rows = made({"customers": customers(*people(40))})
    said = {(key[1], key[2]): (key[3], row["status"]) for key, row in rows.items()}
    for person in people(40):
        own = person["customer_id"]
        assert said[own, "email"] == email(person["email"])
        assert said[own, "phone"] == phone(person["phone"], country="DE")
        assert said[own, "name"] == name(person["name"])
        assert said[own, "postal_code"] == postal_code(person["postal_code"], country="DE")


def test_a_wide_table_of_ones_own():
    schema = {"record_id": "string", "source": "string", "email": "string", "crm": "string", "seen_on": "date"}
    records = ibis.memtable({
        "record_id": ["1", "1", "2"], "source": ["shop", "shop", "till"], "email": ["A@b.example", "a@B.example", None],
        "crm": ["x", "x", "y"], "seen_on": [LATER, DAY, None],
    }, schema=schema)  # fmt: skip
    result = IDENTIFIERS.check(record_identifiers(records, country=None, keep=in_memory, own=["crm"]))
    rows = sorted(
        (r["source"], r["kind"], r["value"], r["given"], r["seen_on"]) for r in result.to_pyarrow().to_pylist()
    )
    assert rows == [
        ("shop", "crm", "x", "x", DAY), ("shop", "email", "a@b.example", "A@b.example", DAY),
        ("till", "crm", "y", "y", None),
    ]  # fmt: skip


def test_no_records_are_no_identifiers():
    assert made({"customers": customers()}) == {}
    assert made({"identifiers": listed()}) == {}
    assert made({"customers": customers({"customer_id": "a"})}) == {}


def test_what_cannot_be_asked():
    with pytest.raises(ArgumentError, match="raw_orders"):
        identifiers({"raw_orders": customers()}, country=None, keep=in_memory)
    with pytest.raises(ArgumentError, match="Atlantis"):
        identifiers({"customers": customers()}, country="Atlantis", keep=in_memory)


def test_what_needs_no_python_is_for_spark_too():
    ibis.pyspark  # noqa: B018 - loads the dialect
    people = ["source", "record_id", "seen_on", "changed_on"]

    def unbound(title, *columns):
        return ibis.table(dict.fromkeys(columns, "string") | {"seen_on": "date", "changed_on": "date"}, name=title)

    def known(title, *columns):
        return ibis.table(dict.fromkeys(columns, "string"), name=title)

    told = unbound("told", *people, "given_name_text", "family_name_text")
    parts = names(told, known("g", "asked_given", "given_name_value", "given_name_status"),
                  known("f", "asked_family", "family_name_value", "family_name_status"))  # fmt: skip
    placed = unbound("placed", *people, "land", "street_text", "postal_code_text", "city_text", "house", "street_value",
                     "street_status")  # fmt: skip
    made_of = addresses(placed, known("c", "asked_code", "asked_land", "postal_code_value", "postal_code_status"),
                        known("t", "asked_city", "city_value", "city_status"))  # fmt: skip
    for expression in (parts, made_of, together(IDENTIFIERS.unbound())):
        assert "SELECT" in ibis.to_sql(expression, dialect="pyspark")
