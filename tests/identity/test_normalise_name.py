"""Names: what many scripts, spellings and orders write is one key, and different people stay different."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.identity.normalise.latin import fold
from patron.identity.normalise.name import family_name, given_name, name, split_name

SAME = [
    ("Anna Schmidt", "Schmidt, Anna", "SCHMIDT ANNA", "Frau Dr. Anna Schmidt", "Schmidt, Dr. Anna", "anna  schmidt"),
    ("Anna Müller", "Anna Mueller", "Anna Muller", "Anna Mu\u0308ller", "Müller, Anna"),
    ("Søren Kierkegaard", "Soeren Kierkegård", "Soren Kierkegard"),
    ("Юлия Иванова", "Yulia Ivanova", "Iuliia Ivanova", "Julia Iwanowa", "Yuliya Ivanova"),
    ("Дмитрий Щукин", "Dmitry Shchukin", "Dmitrij Shchukin", "Dmitri Shchukin", "Dmitriy Shchukin"),
    ("Сергей Александров", "Sergey Aleksandrov", "Sergei Alexandrov", "Sergej Aleksandrov"),
    ("محمد علي", "Mohammed Ali", "Muhammad Aly", "Mohamed Ali", "Muhammed Ali"),
    ("王小明", "Wang Xiaoming", "Xiaoming Wang", "王 小明"),
    ("김민수", "Minsu Kim", "Kim, Minsu"),
    ("欧阳娜", "Na Ouyang"),
    ("Seán O'Brien", "Sean OBrien", "Sean O Brien", "O’Brien, Sean", "SEAN O´BRIEN"),
    ("Robert (Bob) Smith Jr.", "Robert Smith", "Smith, Robert, Jr.", "Mr. Robert F. Smith, PhD", "Smith Robert III"),
    ("Ludwig van Beethoven", "Beethoven, Ludwig van", "van Beethoven, Ludwig", "van Beethoven Ludwig",
     "Ludwig Beethoven"),
    ("Maria de la Cruz", "de la Cruz, María", "Maria Cruz"),
    ("Ahmed al-Rashid", "Ahmad Al Rashid", "Rashid, Ahmed al"),
    ("Van Morrison", "Morrison, Van", "Morrison Van"),
    ("Heinz Müller-Lüdenscheid", "Heinz Mueller Luedenscheid", "Müller Lüdenscheid, Heinz"),
    ("Διονύσης Παπαδόπουλος", "Dionysis Papadopoulos"),
    ("İsmail Işık", "Ismail Isik", "ISMAIL ISIK"),
    ("Peter McDonald", "Peter Mc Donald"),
    ("Łukasz Żółć", "Lukasz Zolc"),
    ("Straße Groß", "Strasse Gross"),
    ("J. Smith", "Smith J"),
]  # fmt: skip


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0])
def test_one_name(spellings):
    assert {name(text) for text in spellings} == {(name(spellings[0]).value, "used")}


DIFFERENT = ["Anna Schmidt", "Anne Schmidt", "Anna Schmitt", "Hanna Schmidt", "Ian Schmidt", "Jan Schmidt",
             "Anna Maria Schmidt", "Omar Lee", "Ali Lee", "Li Wang", "Ali Wang", "J. Lee", "Maria Lee", "Mario Lee",
             "Paul Braun", "Paula Braun", "Иван Петров", "Иванна Петрова"]  # fmt: skip


def test_different_names_stay_different():
    assert len({name(text).value for text in DIFFERENT}) == len(DIFFERENT)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("unknown", "blocked"), ("Test Test", "blocked"), ("Guest Customer", "blocked"), ("N/A N/A", "blocked"),
        ("Cash Sale", "blocked"), ("Vorname Nachname", "blocked"), ("null", "blocked"), ("-", "blocked"),
        ("Anna", "invalid"), ("Mr Lee", "invalid"), ("12345 678", "invalid"), ("", "invalid"),
        ("Johnny Cash", "used"), ("Anna Gast", "used"), ("Anna Kunde", "used"), ("Jack Lord", "used"),
    ],
)  # fmt: skip
def test_no_name_links_nobody(text, status):
    assert name(text).status == status


@pytest.mark.parametrize(
    ("text", "given", "family"),
    [
        ("Dr. Anna Maria van der Berg", "Dr. Anna Maria", "van der Berg"),
        ("Schmidt, Anna", "Anna", "Schmidt"),
        ("李小龙", "小龙", "李"),
        ("司马相如", "相如", "司马"),
        ("Mr Lee", "", "Lee"),
        ("Anna", "", ""),
        ("Smith, Jr.", "", ""),
        ("Robert Smith Jr.", "Robert", "Smith Jr."),
        ("", "", ""),
    ],
)
def test_given_and_family_name_are_told_apart(text, given, family):
    assert split_name(text) == (given, family)


def test_parts_normalise_alone():
    assert given_name("Dr. Hans-Jürgen F.").value == given_name("hans juergen").value
    assert given_name("Ludwig van").value == "ludvig"
    assert given_name("Mr").status == "invalid"
    assert family_name("van der Berg") == family_name("Berg")
    assert family_name("Le") == ("le", "used")
    assert family_name("Customer").status == "blocked"
    assert family_name("Cash").status == "used"


@given(st.text(max_size=30))
def test_any_text_has_an_answer(text):
    for function in (name, given_name, family_name):
        value, status = function(text)
        assert status in ("used", "blocked", "invalid")
        assert value or status == "invalid"
        if status == "used":
            assert value.isascii()


@given(st.lists(st.sampled_from(["anna", "otto", "smith", "muler", "petrov", "ivan"]), min_size=2, max_size=3))
def test_order_does_not_matter(words):
    assert name(" ".join(words)).value == name(" ".join(reversed(words))).value


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12))
def test_folding_knows_no_case(word):
    assert fold(word) == fold(word.upper())
