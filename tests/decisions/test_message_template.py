"""Words of messages: what they may hold, what a customer lacks, and that nothing reaches beyond them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.decisions.messages.template import Lacking, Words, direction, read_words, rendered, written
from patron.decisions.messages.variables import BY_NAME

KNOWN = frozenset({"given_name", "orders", "product", "category"})

ATTACKS = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ given_name.__init__.__globals__ }}",
    "{{ given_name['__class__'] }}",
    "{{ given_name | attr('__class__') }}",
    "{{ given_name | format }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ self._TemplateReference__context }}",
    "{{ config }}",
    "{{ range(10 ** 9) }}",
    "{{ 'a' * 1000000000 }}",
    "{{ 9 ** 99999999 }}",
    "{% for one in given_name %}x{% endfor %}",
    "{% set given_name = 1 %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends given_name %}",
    "{% macro m() %}{% endmacro %}",
    "{% call m() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% block x %}{% endblock %}",
    "{% with x = 1 %}{% endwith %}",
    "{% if given_name.__class__ %}x{% endif %}",
    "{{ given_name | default(given_name.__class__) }}",
    "{{ {'a': 1}.items() }}",
    "{{ [1][0] }}",
    "{{ lipsum }}",
    "{{ given_name is mapping }}",
)


@pytest.mark.parametrize("text", ATTACKS)
def test_words_reach_nothing_but_their_variables(text: str) -> None:
    faults = read_words(text, known=KNOWN)
    assert isinstance(faults, list)
    assert faults


def read(text: str) -> Words:
    words = read_words(text, known=KNOWN)
    assert isinstance(words, Words), words
    return words


@given(st.text())
def test_any_text_is_words_or_has_faults_and_never_breaks(text: str) -> None:
    found = read_words(text, known=KNOWN)
    assert found
    if isinstance(found, Words) and not found.variables and not any(mark in text for mark in ("{%", "{#", "{{", "\r")):
        assert rendered(found, {}) == text


@given(st.text())
def test_what_a_customer_is_called_is_never_read_as_words(name: str) -> None:
    """A name that is itself a template, or HTML, stands as it is."""
    hostile = f"{name}{{{{ orders }}}}{{% if 1 %}}<script>"
    told = written("given_name", hostile, language="en", currency="EUR")
    assert told is not None
    assert rendered(read("Hi {{ given_name }}"), {"given_name": told}) == f"Hi {told}"
    assert "\n" not in told
    assert "<script>" not in rendered(read("Hi {{ given_name }}"), {"given_name": told}, html=True)


def test_what_is_missing_is_told_and_not_left_blank() -> None:
    with pytest.raises(Lacking) as error:
        rendered(read("Hi {{ given_name }}"), {"given_name": None})
    assert error.value.variable == "given_name"
    assert rendered(read("Hi {{ given_name | default('there') }}"), {}) == "Hi there"
    assert rendered(read("Hi{% if given_name %} {{ given_name }}{% endif %}"), {}) == "Hi"
    assert rendered(read("{{ 'again' if orders else 'hello' }}"), {}) == "hello"


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("{{ given_name }}", [{"given_name"}]),
        ("{{ given_name | default('x') }}", []),
        ("{{ product | default(category) }}", [{"product", "category"}]),
        ("{{ given_name | upper | default('x') }}", [{"given_name"}]),
        ("{% if given_name %}{{ given_name }} {{ product }}{% endif %}", [{"product"}]),
        ("{% if orders > 3 %}x{% endif %}", [{"orders"}]),
        ("{% if given_name and not orders > 3 %}x{% endif %}", [{"orders"}]),
        ("{% if product is defined %}x{% endif %}", []),
        ("{{ given_name ~ product }}", [{"given_name"}, {"product"}]),
    ],
)
def test_what_words_need_is_known_before_they_are_sent(text: str, needed: list[set[str]]) -> None:
    words = read(text)
    assert words.needed == {frozenset(one) for one in needed}


@given(st.sets(st.sampled_from(sorted(KNOWN))), st.sampled_from(["{{ given_name }} {{ product | default(category) }}",
       "{% if orders %}{{ orders }}{% endif %}{{ category }}",
       "{{ product ~ given_name | default('x') }}"]))  # fmt: skip
def test_words_can_be_written_exactly_when_one_of_each_need_is_there(there: set[str], text: str) -> None:
    words, values = read(text), dict.fromkeys(there, "x")
    if all(need & there for need in words.needed):
        rendered(words, values)
    else:
        with pytest.raises(Lacking):
            rendered(words, values)


def test_values_are_written_in_the_language_of_the_customer() -> None:
    def de(name: str, value: object) -> str | None:
        return written(name, value, language="de-AT", currency="EUR")

    assert de("average_order_value", 1234.5) == "€\xa01.234,50"
    assert de("first_order_on", "2024-03-01") == "1. März 2024"
    assert de("discount", 0.125) == "12,5\xa0%"
    assert de("given_name", "") is None
    assert de("average_order_value", float("nan")) is None
    assert all(written(name, one.sample, language="ar", currency="EUR") for name, one in BY_NAME.items())
    assert (direction("he"), direction("ar-EG"), direction("fi")) == ("rtl", "rtl", "ltr")


def test_a_text_that_is_too_long_or_too_deep_is_refused() -> None:
    assert isinstance(read_words("x" * 60_000, known=KNOWN), list)
    assert isinstance(read_words("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", known=KNOWN), list)
