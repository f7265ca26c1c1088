"""What is wrong with the words of a message: each check fires on its fault, and not on sound words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from messages_shop import SENDER, message, option

from patron.contracts.message import CONTENT_ERRORS, CONTENT_WARNINGS
from patron.decisions.messages.content import content_findings, sender_findings
from patron.decisions.messages.message import Message, Option
from patron.decisions.messages.words_of_checks import advice, said

CHANNEL_SMS = {"sms": option("sms")}


def checks(one: Message) -> list[tuple[str, str, str]]:
    return [(found.check, found.place, found.detail) for found in content_findings(one, SENDER)]


def headline(text: str, **parts: dict[str, Option]) -> Message:
    return message(headline={"one": option(text)}, **parts)


def copy(text: str, **parts: dict[str, Option]) -> Message:
    return message(copy={"one": option(text)}, **parts)


def test_sound_words_have_no_fault() -> None:
    sound = message(
        headline={"warm": option("Hello {{ given_name | default('there') }}", "Hallo {{ given_name | default('') }}")},
        copy={"next": option("See {{ shop_url }}, or {{ product }}: 100 % yours", "Mehr: {{ shop_url }}")},
        offer={"none": Option(), "ten": option("10 % off", "10 % Rabatt", discount=0.1)},
        image={"shelf": option("https://mill.example/a%20b.png?x=1&y={{ customer_id }}"), "own": option("img/cup.png")},
        channel={"mail": option("email")},
    )
    assert checks(sound) == []


@pytest.mark.parametrize(
    ("one", "found"),
    [
        (headline("{{ given_name"), ("template_syntax", "parts.headline.one")),
        (headline("{{ given_name.x }}"), ("template_unsafe", "parts.headline.one")),
        (headline("{{ gven_name }}"), ("unknown_variable", "parts.headline.one")),
        (headline("{{ discount }}"), ("unknown_variable", "parts.headline.one")),  # there is no offer
        (headline("{{ given_name | shout }}"), ("unknown_filter", "parts.headline.one")),
        (headline("x" * 61), ("subject_long", "parts.headline.one")),
        (headline("{{ given_name }} {{ product }} {{ city }} {{ family_name }} {{ category }}"),
         ("subject_long", "parts.headline.one")),
        (headline("one\ntwo"), ("subject_lines", "parts.headline.one")),
        (headline("LAST CHANCE NOW"), ("shouting", "parts.headline.one")),
        (headline("Really?!"), ("shouting", "parts.headline.one")),
        (copy("see http://x/y"), ("url_broken", "parts.copy.one")),
        (copy("see https://mill.example/{given_name}"), ("url_broken", "parts.copy.one")),
        (copy("see https://mill.example/%zz"), ("url_broken", "parts.copy.one")),
        (copy("Dear {given_name},"), ("placeholder_foreign", "parts.copy.one")),
        (copy("Dear *|FNAME|*,"), ("placeholder_foreign", "parts.copy.one")),
        (copy("Dear %FIRSTNAME%,"), ("placeholder_foreign", "parts.copy.one")),
        (copy("Dear [[name]],"), ("placeholder_foreign", "parts.copy.one")),
        (message(image={"one": option("a picture.png")}), ("url_broken", "parts.image.one")),
        (message(image={"one": option("javascript:alert(1)")}), ("url_broken", "parts.image.one")),
        (copy("x" * 161 + " STOP", channel=CHANNEL_SMS), ("text_long", "parts.copy.one")),
        (copy("Come.", channel=CHANNEL_SMS), ("unsubscribe_missing", "parts.copy.one")),
        (message(copy={"one": option("Come.", "Komm.")}), ("untranslated", "parts.headline.plain")),
        (copy("{{ discount }} off", offer={"none": Option()}), ("value_missing", "parts.copy.one")),
    ],
)  # fmt: skip
def test_each_fault_is_found_where_it_is(one: Message, found: tuple[str, str]) -> None:
    assert found in [one[:2] for one in checks(one)]


def test_every_check_has_its_sentences_and_is_tried_here() -> None:
    tried = {mark.args[0][1] and case[1][0] for mark in test_each_fault_is_found_where_it_is.pytestmark  # type: ignore[attr-defined]
             for case in mark.args[1]}  # fmt: skip
    assert tried | {"subject_missing"} == {*CONTENT_ERRORS, *CONTENT_WARNINGS, "value_missing"}


def test_sentences_tell_what_and_what_to_do() -> None:
    (found,) = content_findings(headline("Hi\n{{ gven_name }}"), SENDER)
    assert said(found) == "The words name gven_name, in line 2 of the text, and there is no such variable."
    assert "Did you mean 'given_name'?" in advice(found)


def test_an_e_mail_needs_a_subject_and_a_way_to_leave() -> None:
    bare = replace(SENDER, footers={})
    unheaded = replace(message(), parts={"copy": {"one": option("Come.")}})
    assert ("subject_missing", "parts", "email") in checks(unheaded)
    assert [one.check for one in content_findings(message(), bare)] == ["unsubscribe_missing"]
    assert content_findings(copy("Come. {{ unsubscribe_url }}"), bare) == []
    assert content_findings(replace(message(), kind="service"), bare) == []
    assert content_findings(replace(message(), by=("push",)), bare) == []


def test_a_footer_without_a_way_to_leave_is_found_in_its_own_language() -> None:
    half = replace(SENDER, footers={"email": {"en": "{{ unsubscribe_url }}", "de": "Tschüss"}})
    german = message(headline={"one": option("Hi", "Hallo")}, copy={"one": option("Come.", "Komm.")})
    assert [one.check for one in content_findings(german, half)] == ["unsubscribe_missing"]
    assert content_findings(german, SENDER) == []


def test_faults_of_the_sender_are_its_own() -> None:
    wrong = replace(SENDER, links={"unsubscribe": "mill.example/u?c={{ email }}", "shop": "https://mill"})
    assert [(one.place, one.check) for one in sender_findings(wrong)] == [
        ("links.unsubscribe", "unknown_variable"), ("links.shop", "url_broken"),
    ]  # fmt: skip
    footers = replace(SENDER, footers={"email": {"en": "{{ leave_url }}"}})
    assert ("footers.email", "unknown_variable") in [
        (one.place, one.check) for one in content_findings(message(), footers)
    ]


def test_where_nothing_may_be_missing_words_must_let_something_stand_in() -> None:
    strict = replace(headline("Hi {{ given_name }}, {{ orders }} orders"), may_lack=False)
    assert checks(strict) == [("value_missing", "parts.headline.one", "given_name")]
    assert checks(replace(headline("Hi {{ given_name | default('you') }}"), may_lack=False)) == []
    assert checks(replace(headline("Hi {{ given_name | default(shop) }}"), may_lack=False)) == []


def test_marks_of_the_sending_system_are_told_as_tags() -> None:
    tagged = replace(SENDER, links={}, tags={"unsubscribe_url": "*|UNSUB|*"})
    assert content_findings(message(), tagged) == []
