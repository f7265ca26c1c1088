"""The header of a file proposes its mapping; what is unclear is said, not guessed."""

from __future__ import annotations

import pytest

from patron.contracts.raw import FIELDS
from patron.sources.recognise import WORDS, recognise

SHOPS = {
    "online retail": (
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
        "order_id product_id product_name quantity ordered_at unit_price customer_id country",
    ),
    "cdnow": ("customer_id,date,number_of_cds,dollar_value", "customer_id ordered_at quantity amount"),
    "olist": (
        "order_id,customer_unique_id,order_purchase_timestamp,product_id,price",
        "order_id customer_id ordered_at product_id unit_price",
    ),
    "complete journey": (
        "household_id,basket_id,product_id,quantity,sales_value,retail_disc,transaction_timestamp",
        "customer_id order_id product_id quantity amount discount ordered_at",
    ),
}


@pytest.mark.parametrize(("header", "fields"), SHOPS.values(), ids=list(SHOPS))
def test_the_headers_of_public_shops(header, fields):
    proposal = recognise(header.split(","))
    assert proposal.columns == dict(zip(fields.split(), header.split(","), strict=True)) or dict(
        sorted(proposal.columns.items())
    ) == dict(sorted(zip(fields.split(), header.split(","), strict=True)))
    assert proposal.missing == ()
    assert proposal.unused == ()


def test_what_is_unclear_is_said():
    proposal = recognise(["customer_id", "user_id", "date", "total", "mood"])
    assert proposal.columns["customer_id"] == "customer_id"
    assert proposal.ambiguous == {"customer_id": ("user_id",)}
    assert proposal.unused == ("user_id", "mood")


def test_what_is_missing_is_said():
    assert recognise([]).missing == ("customer_id", "ordered_at", "unit_price")
    assert recognise(["customer", "amount"]).missing == ("ordered_at",)


def test_every_word_proposes_its_field_and_no_column_two_fields():
    assert set(WORDS) == {field.name for field in FIELDS["order_lines"]}
    words = [word for known in WORDS.values() for word in known]
    assert len(set(words)) == len(words)
    for field, known in WORDS.items():
        for word in known:
            assert recognise([word.upper()]).columns == {field: word.upper()}
