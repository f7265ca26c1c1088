"""What is quoted holds nothing that names or reaches anybody."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.voice.themes_quotes import HIDDEN, Example, masked, quotes
from patron.voice.themes_words import words

COMMON = frozenset(words("the parcel was late again and my order is call me at or to nao chegou o produto 快递太慢了"))

SECRETS = [
    ("my order 4711-0815 is late", "4711"),
    ("call me at +49 (0)151 234 567 89", "151"),
    ("call me at 0171/2345678 or 030 12345", "2345678"),
    ("call me at ٠١٢٣٤٥٦٧٨", "٠١٢"),
    ("to ann.smith+x@example.co.uk the parcel", "smith"),
    ("to ann(at)example(dot)com the parcel", "example"),
    ("https://shop.example.com/o/77?mail=ann the parcel was late", "ann"),
    ("the parcel www.example.com/ann", "ann"),
    ("shop.example.de/ann the parcel", "ann"),
    ("the parcel @ann_smith", "ann"),
    ("my order is AB12CD34", "AB12"),
    ("the parcel was late Annegret", "Annegret"),
    ("the parcel was late, annegret o'neil", "neil"),
    ("Иванов 快递太慢了", "Иванов"),
    ("王小明快递太慢了", "王"),
    ("the\u202eparcel\x00 was late DE89 3704 0044 0532 0130 00", "3704"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_what_tells_of_a_person_is_hidden(text: str, secret: str) -> None:
    shown = masked(text, common=COMMON)
    assert secret not in shown
    assert HIDDEN in shown
    assert "\x00" not in shown


def test_what_many_write_is_left_as_it_was() -> None:
    assert masked("The parcel was LATE, again!", common=COMMON) == "The parcel was LATE, again!"
    assert masked("Não chegou o produto", common=COMMON) == "Não chegou o produto"
    assert masked("快递太慢了", common=COMMON) == "快递太慢了"
    assert masked("2 parcel", common=COMMON) == "2 parcel"


@given(st.text(max_size=300))
@settings(max_examples=80, deadline=None)
def test_no_quote_holds_a_word_that_is_not_common(text: str) -> None:
    shown = masked(text, common=COMMON)
    assert set(words(shown.replace(HIDDEN, " "))) <= COMMON
    assert "@" not in shown.replace("@ ", "").rstrip("@") or not any(one.isalnum() for one in shown)


def example(number: int, text: str, *, who: str | None = None, near: float = 0.5) -> Example:
    return Example(
        text_id=f"t{number}", customer_id=who or f"c{number}", theme="late", closeness=near - number / 1000, text=text
    )


def test_the_nearest_without_a_gap_comes_first_and_each_customer_once() -> None:
    said = [
        example(0, "the parcel was late Annegret"),
        example(1, "the parcel was late again"),
        example(2, "THE PARCEL, was late: again"),  # the same words
        example(3, "my order is late again", who="c1"),  # the same customer
        example(4, "call me"),  # too short
        example(5, "Annegret Oneil Smith the parcel"),  # too little is left
        example(6, "my parcel was late and late"),
    ]
    chosen = quotes(said, common=COMMON)
    assert list(chosen) == ["t1", "t6", "t0"]
    assert chosen["t0"] == f"the parcel was late {HIDDEN}"


def test_a_long_text_is_cut_after_a_word() -> None:
    (shown,) = quotes([example(0, "the parcel was late " * 1000)], common=COMMON).values()
    assert len(shown) <= 242
    assert shown.endswith(("late …", "was …", "parcel …", "the …"))
