"""Streets, towns, postal codes and countries: one house has one key, and the engine says what the function says."""

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.identity.keep import in_memory
from patron.identity.normalise import address, city, country, postal_code, region, street
from patron.identity.normalise.distinct import Asker
from patron.identity.normalise.houses import with_house
from patron.identity.normalise.street import house

SAME_HOUSE = [
    ("Hauptstraße 12a", "Hauptstr. 12 A", "Haupt-Strasse 12a", "HAUPTSTRASSE 12 a", "Haupt Str 12a, Whg. 3"),
    ("Münchner Straße 5", "Muenchner Str. 5", "Munchner Str 5"),
    ("12 High Street", "12, High St.", "12 High St, Flat 3", "Flat 3, 12 High Street", "Apt 4b 12 High St",
     "12 High Street, 2nd floor"),
    ("5 St Johns Rd", "5, Saint John's Road", "St. John's Road 5"),
    ("12 bis, rue de la Paix", "12bis rue Paix", "12 BIS RUE DE LA PAIX"),
    ("Calle Mayor 5, 3º B", "C/ Mayor, 5", "calle Mayor nº 5"),
    ("ul. Długa 12/3", "ulica Dluga 12 m. 3", "Dluga 12"),
    ("улица Ленина 5", "ul. Lenina 5"),
    ("Straße des 17. Juni 135", "Strasse des 17 Juni 135"),
    ("5 Rue du 8 Mai 1945", "5, rue du 8 mai 1945"),
    ("123 N Main St", "123 North Main Street", "123 N. Main St. #4"),
    ("123 Main St NW", "123 Main Street Northwest"),
    ("Kerkstraat 10-2", "Kerkstr. 10-2"),
    ("Via Roma, 12", "Via Roma n. 12", "V. Roma 12"),
    ("Av. Paulista, 1578", "Avenida Paulista 1578"),
    ("Mozartgasse 3", "Mozart Gasse 3"),
    ("Marktpl. 1", "Marktplatz 1"),
    ("Rose Cottage, Church Lane", "rose cottage, church ln"),
    ("Postfach 10 20 30", "Postfach 102030"),
]  # fmt: skip


@pytest.mark.parametrize("spellings", SAME_HOUSE, ids=lambda spellings: spellings[0])
def test_one_house(spellings):
    keys = {house(text).key for text in spellings}
    assert len(keys) == 1
    assert keys != {""}


DIFFERENT = ["12 High Street", "12a High Street", "112 High Street", "12 High Road", "12 N High Street",
             "High Street 21", "350 5th Ave", "350 6th Ave", "Postfach 10", "Postfach 102"]  # fmt: skip


def test_different_houses_stay_different():
    assert len({house(text).key for text in DIFFERENT}) == len(DIFFERENT)


@pytest.mark.parametrize(
    ("text", "status"),
    [("n/a", "blocked"), ("unknown", "blocked"), ("Test 1", "blocked"), ("-", "blocked"), ("", "invalid"),
     ("12", "invalid"), ("High Street", "used"), ("High Street 1", "used")],
)  # fmt: skip
def test_what_is_no_street(text, status):
    assert street(text).status == status


def test_an_address_needs_a_house_and_a_place():
    assert address("High Street 1", postal_code="AB12CD") == ("high str 1, AB12CD", "used")
    assert address("High Street 1", city="london") == ("high str 1, london", "used")
    assert address("High Street 1").status == "invalid"
    assert address("High Street", city="london").status == "invalid"
    assert address("unknown", city="london").status == "blocked"
    assert street("12 High St, Flat 3").value == "high str 12 unit 3"


PARTS = st.sampled_from(["Hauptstr.", "High", "St", "rue", "de", "Whg", "Flat", "#", "no", "Postfach", "test", "bis",
                         "N", "e", "12", "5", "7357", "12a", "3 b", "12/3", "17.", "5th", ",", "-", "Käthe", "ß", "og",
                         "улица", "٣", "½", "null", "1234567", "0"])  # fmt: skip


@settings(max_examples=25)
@given(st.lists(st.lists(PARTS, min_size=1, max_size=5).map(" ".join), min_size=40, max_size=80))
def test_the_number_that_the_engine_takes_out_changes_nothing(texts):
    table = ibis.memtable({"street_text": texts}, schema={"street_text": "string"})
    found = with_house(table, asker=Asker(in_memory, rows=len(texts))).to_pyarrow().to_pylist()
    assert len(found) == len(texts)
    for row in found:
        expected = house(row["street_text"])
        assert (row["house"], row["street_value"], row["street_status"]) == (
            expected.key, expected.value, expected.status
        ), row["street_text"]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "land", "value", "status"),
    [
        ("94035-1234", "US", "94035", "used"), ("940351234", "US", "94035", "used"),
        ("sw1a 1aa", "GB", "SW1A1AA", "used"),
        ("00-950", "PL", "00950", "used"), ("D-10115", "DE", "10115", "used"), ("1067", "DE", "01067", "used"),
        ("1234 ab", "NL", "1234AB", "used"), ("1012", "NL", "1012", "used"), ("K1A 0B1", "CA", "K1A0B1", "used"),
        ("SE-123 45", "SE", "12345", "used"), ("100-0001", "JP", "1000001", "used"),
        ("75001 Cedex", "FR", "75001", "used"),
        ("D02 X285", "IE", "D02X285", "used"), ("1000-205", "PT", "1000205", "used"), ("33333", "DE", "33333", "used"),
        ("1234", "FR", "01234", "used"), ("123", "DE", "123", "invalid"), ("XYZ", "GB", "XYZ", "invalid"),
        ("00000", "DE", "00000", "blocked"), ("99999", None, "99999", "blocked"), ("n/a", "DE", "NA", "blocked"),
        ("ab 12", None, "AB12", "used"), ("", "DE", "", "invalid"),
    ],
)  # fmt: skip
def test_postal_codes(text, land, value, status):
    assert postal_code(text, country=land) == (value, status)


@pytest.mark.parametrize(
    ("text", "value"),
    [("gb", "GB"), ("GBR", "GB"), ("826", "GB"), ("UK", "GB"), ("United Kingdom", "GB"), ("EIRE", "IE"), ("USA", "US"),
     ("U.S.A.", "US"), ("Deutschland", "DE"), ("Österreich", "AT"), ("España", "ES"), ("Россия", "RU"),
     ("Czech Republic", "CZ"), ("Türkiye", "TR"), ("Turkey", "TR"), ("Côte d’Ivoire", "CI"), ("RSA", "ZA"),
     ("Hong Kong", "HK"), ("South Korea", "KR")],
)  # fmt: skip
def test_countries(text, value):
    assert country(text) == (value, "used")


@pytest.mark.parametrize(("text", "status"), [("Atlantis", "invalid"), ("ZZ", "invalid"), ("unknown", "blocked"),
                                              ("-", "blocked"), ("", "invalid")])  # fmt: skip
def test_what_is_no_country(text, status):
    assert country(text).status == status


@pytest.mark.parametrize(
    "names",
    [("München", "Muenchen", "MUNICH"), ("Москва", "Moscow", "Moskau"), ("Αθήνα", "Athens"), ("Київ", "Kyiv", "Kiev"),
     ("St. Gallen", "Sankt Gallen"), ("Frankfurt am Main", "Frankfurt a.M.", "Frankfurt (Main)"),
     ("Paris 11e", "PARIS", "Paris, France"), ("Zürich", "Zurich")],
)  # fmt: skip
def test_one_town(names):
    assert len({city(text) for text in names}) == 1
    assert city(names[0]).status == "used"


def test_towns_and_regions_that_are_none():
    assert city("n/a").status == "blocked"
    assert city("1234").status == "invalid"
    assert region("Île-de-France") == region("ILE DE FRANCE")
    assert region("unknown").status == "blocked"


@given(st.text(max_size=30))
def test_any_text_has_an_answer(text):
    for function in (street, city, region, country, postal_code):
        value, status = function(text)
        assert status in ("used", "blocked", "invalid")
        assert value or status == "invalid"
