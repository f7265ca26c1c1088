"""Reviews, surveys, referrals, loyalty and the market: the shape of their contracts, and what the shop delivers."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from shop_files import load

from patron.contracts.raw import FIELDS
from patron.contracts.raw_experience import CONTRACTS
from patron.simulate import shop

SOURCES = ("reviews", "surveys", "referrals", "loyalty", "market", "invitations")
TOLD = {
    "reviews": {"review_id", "customer_id"}, "surveys": {"survey_id", "customer_id", "kind"},
    "referrals": {"referral_id"}, "invitations": {"invitation_id"},
}  # fmt: skip
"""Fields that a source need not tell and its table always has, or may have from elsewhere."""


def test_what_the_simulated_shop_delivers_is_kept_whole_and_nothing_that_is_later() -> None:
    with tempfile.TemporaryDirectory() as place:
        shop(customers=200, seed=2, experience=True).write(place)
        sources = {name: {"path": f"data/{name}.parquet"} for name in ("customers", *SOURCES)}
        whole = load(Path(place), sources, today=date(2025, 1, 15), as_of=date(2024, 12, 31))
        earlier = load(Path(place), sources, today=date(2025, 1, 15), as_of=date(2023, 6, 30))
        for name in SOURCES:
            counts, before = whole.counts(name), earlier.counts(name)
            assert counts["read"] == counts["kept"] > 0
            assert before.get("kept", 0) + before["later"] == before["read"]
            assert before["later"] > 0
        won = [row["converted_on"] for row in earlier.rows["raw_referrals"] if row["referred_id"] is not None]
        assert won
        assert max(won) <= date(2023, 6, 30)


def test_every_source_has_one_contract_of_the_columns_that_it_may_map() -> None:
    assert [contract.name for contract in CONTRACTS] == [f"raw_{name}" for name in SOURCES]
    for contract in CONTRACTS:
        source = contract.name.removeprefix("raw_")
        fields = {field.name: field for field in FIELDS[source]}
        assert [name for name in contract.names if name != "series"] == list(fields)
        for column in contract.columns:
            if column.name in fields:
                field = fields[column.name]
                assert (column.type, column.direct) == (field.type, field.direct)
                assert column.nullable == field.nullable or column.name in TOLD[source]
