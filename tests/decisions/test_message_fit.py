"""How messages fit those whom they are for: on a few customers, counted by hand."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from messages_shop import SENDER, message, option, rows

from patron.contracts.message import MESSAGE_CHECKS
from patron.decisions.messages.facts import NEEDS, message_facts
from patron.decisions.messages.fit import Audience, fit
from patron.decisions.messages.message import Message

PEOPLE = pa.table({
    "trigger": ["second"] * 4, "customer_id": ["ann", "bo", "cy", "dee"],
    "subject_kind": ["product", "none", "category", "brand"], "subject": ["p1", "", "Tea", "Hearth"],
})  # fmt: skip


def tables() -> dict[str, ir.Table]:
    made = {name: rows(name) for name in NEEDS}
    made["profiles"] = rows("profiles", *(
        {"customer_id": who, "country": country, "orders": 2, "average_order_value": value}
        for who, country, value in [
            ("ann", "Austria", 10.0), ("bo", "GB", 30.0), ("cy", "FR", 50.0), ("dee", None, None),
        ]
    ))  # fmt: skip
    made["golden_records"] = rows(
        "golden_records", {"customer_id": "ann", "attribute": "given_name", "value": "Ann"},
        {"customer_id": "bo", "attribute": "given_name", "value": "Bo"},
        {"customer_id": "bo", "attribute": "email", "value": "bo@x.example"},
    )  # fmt: skip
    made["traits"] = rows("traits", {"customer_id": "bo", "trait": "language", "value": "de"})
    made["next_products"] = rows(
        "next_products", {"customer_id": "bo", "rank": 1, "product_id": "p2", "product_name": "Pot", "category": "Tea"},
        {"customer_id": "bo", "rank": 2, "product_id": "p1", "product_name": "Mug"},
    )  # fmt: skip
    made["product_cycles"] = rows("product_cycles", {"product_id": "p1", "product_name": "Mug"})
    made["raw_products"] = rows(
        "raw_products", {"product_id": "p2", "product_name": "Tea pot", "category": "Ware", "brand": "Mill"}
    )
    return made


def facts() -> ir.Table:
    return ibis.memtable(message_facts(ibis.memtable(PEOPLE), tables()).to_pyarrow())


def test_facts_are_of_the_signals_subject_else_of_what_comes_next() -> None:
    told = {row["customer_id"]: row for row in facts().to_pyarrow().to_pylist()}
    assert len(told) == 4
    assert (told["ann"]["product"], told["ann"]["product_id"], told["ann"]["given_name"]) == ("Mug", "p1", "Ann")
    assert (told["bo"]["product"], told["bo"]["category"], told["bo"]["brand"]) == ("Tea pot", "Ware", "Mill")
    assert (told["cy"]["category"], told["cy"]["product"]) == ("Tea", None)
    assert (told["dee"]["brand"], told["dee"]["country"], told["dee"]["orders"]) == ("Hearth", None, 2)
    assert (told["bo"]["language"], told["ann"]["language"]) == ("de", None)


def found(one: Message, **changes: Any) -> list[tuple[Any, ...]]:
    usual = {
        "facts": facts(), "basis": {"second": "fired"}, "open_to": {("second", "email"): 4},
        "bought": ibis.memtable({"customer_id": ["ann", "bo", "zoe"], "category": ["Tea", "Tea", "Tea"]}), "stock": {},
    }  # fmt: skip
    made = fit([one], SENDER, Audience(**{**usual, **changes}))
    MESSAGE_CHECKS.check(ibis.memtable(made))
    return [(row["check"], row["detail"], row["customers"], row["severity"]) for row in made.to_pylist()]


def test_a_message_that_all_can_read_and_use_fits() -> None:
    assert found(message(headline={"a": option("Hi", "Hallo")}, copy={"a": option("x", "x")})) == [
        ("language", "fr", 1, "warning"),
    ]  # fmt: skip


def test_who_lacks_a_value_is_counted_by_what_the_words_need() -> None:
    lacking = message(
        headline={"a": option("{{ given_name }}", "{{ given_name | default('x') }}")},
        copy={"a": option("{{ product | default(category) }}", "{{ orders }}")},
    )
    assert ("value_missing", "given_name", 2, "warning") in found(lacking)
    assert ("value_missing", "category / product", 1, "warning") in found(lacking)


def test_language_price_category_and_consent_are_counted() -> None:
    dear = message(copy={"a": option("x", price=40.0, category="Tea")})
    told = found(dear, open_to={("second", "email"): 1})
    assert ("language", "de", 2, "warning") in told  # Austria, and whom a source says it of
    assert ("price_band", "40", 2, "warning") in told
    assert ("category", "Tea", 2, "warning") in told
    assert ("consent", "email", 3, "warning") in told


def test_goods_that_are_sold_out_are_an_error_and_too_few_a_warning() -> None:
    shown = message(copy={"a": option("x", product="p9")})
    assert ("stock", "p9", 4, "error") in found(shown, stock={"p9": 0.0})
    assert ("stock", "p9", 1, "warning") in found(shown, stock={"p9": 3.0})
    assert not [one for one in found(shown, stock={"p9": 4.0}) if one[0] == "stock"]
    assert not [one for one in found(shown) if one[0] == "stock"]


def test_nobody_to_write_to_is_no_finding() -> None:
    assert found(message(), facts=facts().filter(lambda table: table.customer_id == "nobody")) == []
