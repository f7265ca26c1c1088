"""Variants, languages, and one message for one customer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages_shop import SENDER, message, option

from patron.contracts.message import PARTS, VARIANTS
from patron.decisions.messages.languages import language_of, spoken
from patron.decisions.messages.message import Option
from patron.decisions.messages.render import render
from patron.decisions.messages.variants import combinations, many, parts_of, variant_name, variants

NAMES = st.text(alphabet="abcdefghij_-0123456789:", min_size=1, max_size=8)
OPTIONS = st.dictionaries(
    st.sampled_from(PARTS), st.lists(NAMES, min_size=1, max_size=4, unique=True).map(tuple), min_size=1
)
ANN = {"customer_id": "c 1&x", "given_name": "Ann", "country": "Austria", "product": "Mug"}


@given(OPTIONS)
def test_variants_are_all_combinations_and_their_names_tell_them(options: dict[str, tuple[str, ...]]) -> None:
    made = combinations(options)
    names = [variant_name(one) for one in made]
    assert len(set(names)) == len(made) == many(options)
    assert [parts_of(name) for name in names] == [{part: one[part] for part in PARTS if part in one} for one in made]


@pytest.mark.parametrize("name", ["B", "", "headline=", "subject=a", "headline=a/B", "headline"])
def test_names_of_other_systems_tell_no_parts(name: str) -> None:
    assert parts_of(name) == {}


def test_the_table_of_variants_keeps_its_contract() -> None:
    one = message(offer={"none": Option(), "ten": option("10 %", discount=0.1, cost=2.0)})
    table = variants([one], language="en")
    assert VARIANTS.check(__import__("ibis").memtable(table)).count().to_pyarrow().as_py() == 2 * 3
    told = [row for row in table.to_pylist() if row["option"] == "ten"]
    assert {(row["value"], row["discount"], row["cost"], row["languages"]) for row in told} == {
        ("10 %", 0.1, 2.0, "en")
    }


@pytest.mark.parametrize(
    ("told", "country", "language"),
    [("fr", "Austria", "fr"), ("pt_BR", None, "pt-BR"), ("German", "Austria", "de"), (None, "DE", "de"),
     (None, "CH", "en"), (None, "Atlantis", "en"), (None, "XX", "en"), ("", None, "en")],
)  # fmt: skip
def test_a_language_is_told_or_the_countrys_own_or_the_senders(
    told: str | None, country: str | None, language: str
) -> None:
    assert language_of(SENDER, told=told, country=country) == language


def test_the_nearest_words_are_taken() -> None:
    assert spoken("pt-BR", ["pt", "en"], otherwise="en") == "pt"
    assert spoken("fi", ["de", "en-GB"], otherwise="en-GB") == "en-GB"
    assert spoken("fi", ["de"], otherwise="en") is None


def test_a_customer_reads_her_own_language_where_the_whole_message_is_in_it() -> None:
    both = message(
        headline={"one": option("Hi {{ given_name }}", "Hallo {{ given_name }}")},
        copy={"one": option("Off: {{ offer }}, {{ discount }}", "Rabatt: {{ offer }}, {{ discount }}")},
        offer={"ten": option("Ten", "Zehn", discount=0.1)}, time={"09:00": option("09:00")},
    )  # fmt: skip
    made = render(both, combinations(both.options())[0], ANN, sender=SENDER)
    assert (made.language, made.subject, made.text) == ("de", "Hallo Ann", "Rabatt: Zehn, 10\xa0%")
    assert made.footer == "Abmelden: https://mill.example/u?c=c%201%26x"
    assert (made.channel, made.time, made.discount, made.lacking) == ("email", "09:00", 0.1, ())
    half = replace(both, parts={**both.parts, "copy": {"one": option("Only {{ product }}")}})
    made = render(half, combinations(half.options())[0], ANN, sender=SENDER)
    assert (made.language, made.subject, made.text) == ("en", "Hi Ann", "Only Mug")


def test_arabic_is_written_from_right_to_left() -> None:
    one = replace(message(), parts={"copy": {"one": Option(texts={"ar": "مرحبا", "en": "Hi"})}})
    made = render(one, {"copy": "one"}, {**ANN, "language": "ar"}, sender=SENDER)
    assert (made.direction, made.text, made.subject) == ("rtl", "مرحبا", None)


def test_all_that_a_customer_lacks_is_told() -> None:
    one = message(headline={"one": option("Hi {{ family_name }}")}, copy={"one": option("{{ category }}")})
    made = render(one, {"headline": "one", "copy": "one"}, ANN, sender=SENDER)
    assert made.lacking == ("family_name", "category")
    assert (made.subject, made.text) == (None, None)


def test_html_escapes_what_is_filled_in_and_leaves_tags() -> None:
    sender = replace(
        SENDER,
        links={"shop": "https://mill.example/?a=1&c={{ customer_id }}"},
        tags={"unsubscribe_url": "*|U&S|*"},
        footers={},
    )
    one = replace(
        message(copy={"one": option("<p>{{ given_name }} {{ shop_url }} {{ unsubscribe_url }}</p>")}), html=True
    )
    made = render(one, {"copy": "one"}, {**ANN, "given_name": "<b>&"}, sender=sender)
    assert made.text == "<p>&lt;b&gt;&amp; https://mill.example/?a=1&amp;c=c%201%26x *|U&S|*</p>"


def test_a_customers_line_break_never_makes_a_header() -> None:
    one = message(headline={"one": option("Hi {{ given_name }}")})
    made = render(one, {"headline": "one"}, {**ANN, "given_name": "Ann\r\nBcc: all@x.example"}, sender=SENDER)
    assert made.subject == "Hi Ann Bcc: all@x.example"


def test_what_is_no_promotion_has_no_footer() -> None:
    made = render(replace(message(), kind="service"), {"copy": "short"}, ANN, sender=SENDER)
    assert made.footer is None
