"""E-mail addresses: the same box has one form, and the engine says what the function says."""

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.identity.normalise.email import email, email_status, email_value
from patron.identity.normalise.rows import PLAIN

CASES = [
    # the forms that Google publishes for matching customers
    ("cloudy.sanfrancisco+shopping@gmail.com", "cloudysanfrancisco@gmail.com", "used"),
    ("user.name+NYC@Example.com", "user.name+nyc@example.com", "used"),
    ("Jane.Doe+x@gmail.com", "janedoe@gmail.com", "used"),
    ("john_smith@gmail.com", "john_smith@gmail.com", "used"),
    # one box
    ("a.b.c@googlemail.com", "abc@gmail.com", "used"),
    (" Anna . Lee @ Example.org ", "anna.lee@example.org", "used"),
    ("anna@notgmail.com", "anna@notgmail.com", "used"),
    ("a.n@gmail.com.br", "a.n@gmail.com.br", "used"),
    # beyond ASCII: composed, and the domain as it stands
    ("vale\u0301ry@example.fr", "valéry@example.fr", "used"),
    ("Anna@MÜNCHEN.example", "anna@münchen.example", "used"),
    ("anna@xn--mnchen-3ya.example", "anna@xn--mnchen-3ya.example", "used"),
    ("anna\u00a0@example.org\u200b", "anna@example.org", "used"),
    # the hash of an address, in its place
    ("A" * 64, "a" * 64, "blocked"),
    ("62A14E44F765419D10FEA99367361A727C12365E2520F32218D505ED9AA0F62F", None, "used"),
    # no address
    ("anna", "anna", "invalid"),
    ("anna@shop", "anna@shop", "invalid"),
    ("anna@@example.org", "anna@@example.org", "invalid"),
    ("anna@-example.org", "anna@-example.org", "invalid"),
    ("+tag@gmail.com", "@gmail.com", "invalid"),
    ("anna@example.org;otto@example.org", "anna@example.org;otto@example.org", "invalid"),
    (f"{'a' * 250}b@example.org", None, "invalid"),
    # nobody's
    ("NULL", "null", "blocked"),
    ("n/a", "n/a", "blocked"),
    ("noreply@shop.example", "noreply@shop.example", "blocked"),
    ("no-reply@shop.example", None, "blocked"),
    ("test@test.com", "test@test.com", "blocked"),
    ("anybody@test.com", "anybody@test.com", "blocked"),
    ("a@a.com", "a@a.com", "blocked"),
    ("aaaaa@gmail.com", "aaaaa@gmail.com", "blocked"),
    ("anonymous@shop.example", None, "blocked"),
    ("17@orders.invalid", None, "blocked"),
    # somebody's, however much it looks like it
    ("nora@example.com", "nora@example.com", "used"),
    ("mueller@mueller.de", "mueller@mueller.de", "used"),
    ("testarossa@example.org", "testarossa@example.org", "used"),
    ("info@shop.example", "info@shop.example", "used"),
    ("x@x-ray.example", "x@x-ray.example", "used"),
    # nothing
    (" \t", "", "invalid"),
]


@pytest.mark.parametrize(("text", "value", "status"), CASES)
def test_cases(text, value, status):
    found = email(text)
    assert found.status == status
    if value is not None:
        assert found.value == value


def in_engine(texts):
    table = ibis.memtable({"text": texts}, schema={"text": "string"})
    made = table.mutate(value=email_value(table.text))
    made = made.mutate(status=email_status(made.value)).to_pyarrow().to_pydict()
    return list(zip(made["text"], made["value"], made["status"], strict=True))


def test_the_engine_agrees_on_the_cases():
    plain = [text for text, *_ in CASES if text.strip() and all(" " <= mark <= "~" for mark in text)]
    assert len(plain) > 30
    for text, value, status in in_engine(plain):
        assert (value, status) == tuple(email(text)), text


PIECES = st.sampled_from(
    ["anna", "a.b", "Null", "test", "+x", "@", "gmail.com", "googlemail.com", ".", " ", "example", "-", "000", "aaa",
     "noreply", "invalid", "N/A", "_", "com", "mail.de", "x", "/", "%", "(", "1234567890", "\\", "'", '"', "?",
     "a" * 64],
)  # fmt: skip


@settings(max_examples=25)
@given(st.lists(st.lists(PIECES | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=4), min_size=1,
                         max_size=6).map("".join), min_size=20, max_size=60))  # fmt: skip
def test_the_engine_agrees_on_any_plain_text(texts):
    for text, value, status in in_engine([text for text in texts if text.strip()]):
        assert (value, status) == tuple(email(text)), text


@given(st.text(max_size=30) | st.lists(PIECES, max_size=6).map("".join))
def test_what_is_normal_stays_so(text):
    once = email(text)
    if once.status == "used":
        assert email(once.value) == once


def test_the_expression_is_for_spark_too():
    ibis.pyspark  # noqa: B018 - loads the dialect
    table = ibis.table({"text": "string"}, name="t")
    made = table.mutate(value=email_value(table.text))
    assert "RLIKE" in ibis.to_sql(made.mutate(status=email_status(made.value)).filter(table.text.re_search(PLAIN)),
                                  dialect="pyspark")  # fmt: skip
