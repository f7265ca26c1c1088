"""The step `prices` on a shop whose elasticities are known: what it finds, proposes, and does not say."""

from __future__ import annotations

from typing import Any

import pytest
from price_shop import COST, TRUE, lines, made_of
from pydantic import ValidationError

from patron.contracts import TABLES
from patron.pipeline.price_settings import PriceSettings
from patron.pipeline.segment_settings import OwnSegment

Row = dict[str, Any]


@pytest.fixture(scope="module")
def made() -> dict[str, list[Row]]:
    return made_of(lines(later=True), settings=PriceSettings(fences=["country"]))


def rows(made: dict[str, list[Row]], name: str, **where: str) -> list[Row]:
    return [row for row in made[name] if all(row[key] == value for key, value in where.items())]


def test_elasticities_of_categories_are_found(made: dict[str, list[Row]]) -> None:
    found = {row["category"]: row for row in rows(made, "elasticities", level="category", segmentation="all")}
    for name, truth in TRUE.items():
        assert found[name]["status"] == "learned"
        assert found[name]["low"] < truth < found[name]["high"]
        assert found[name]["customers"] == 120


def test_dear_tea_is_made_cheaper_and_cheap_rice_dearer(made: dict[str, list[Row]]) -> None:
    """At e = -3 the best price of what costs 6 is 9; at -0.8 there is no best price within reach but a higher one."""
    found = {row["category"]: row for row in rows(made, "price_offers", level="category", segmentation="all")}
    assert found["tea"]["change"] in (pytest.approx(-0.05), pytest.approx(-0.1))
    assert found["rice"]["status"] == "raise"
    assert found["rice"]["bound"] == "most_change"
    for row in found.values():
        assert row["gain_low"] <= row["gain"] <= row["gain_high"]
        assert float(row["cost"]) == COST * row["units"]
        assert row["best_margin_rate"] >= 0.10


def test_tiers_that_share_a_country_get_one_price(made: dict[str, list[Row]]) -> None:
    for category in (*TRUE, "all"):
        tiers = rows(made, "price_offers", category=category, segmentation="tier")
        assert len(tiers) == 2
        assert len({row["change"] for row in tiers}) == 1
        assert {row["same_price"] for row in tiers} == {"basic"}
        assert all(row["change"] is None or row["change"] <= 0 for row in tiers)


def test_what_is_bought_after_the_runs_day_changes_nothing(made: dict[str, list[Row]]) -> None:
    assert made_of(lines(), settings=PriceSettings(fences=["country"])) == made


def test_prices_that_stand_still_tell_nothing() -> None:
    found = made_of(lines(moving=False), settings=PriceSettings(segmentations=[]))
    assert {row["status"] for row in found["elasticities"]} == {"moved_too_little"}
    assert {row["status"] for row in found["price_offers"]} == {"moved_too_little"}
    assert all(row["change"] is None for row in found["price_offers"])
    assert found["price_changes"] == []


def test_without_costs_no_price_is_proposed() -> None:
    found = made_of(lines(cost=False), settings=PriceSettings(segmentations=[]))
    assert {row["status"] for row in found["elasticities"] if row["level"] == "category"} == {"learned"}
    assert {row["status"] for row in found["price_offers"] if row["level"] == "category"} == {"no_cost"}


def test_a_shop_without_sales_has_empty_tables_and_no_error() -> None:
    found = made_of(TABLES["raw_order_lines"].empty())
    assert not any(found.values())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"segmentations": ["gender"]}, "not who they are"), ({"fences": ["age"]}, "prices.fences.*not who they are"),
        ({"fences": ["country"], "protected": ["country"]}, "declared"), ({"fences": ["contry"]}, "country"),
        ({"step": 0.5}, "at most"), ({"margin_floor": 1.0}, "less than 1"), ({"most_change": 0}, "greater than 0"),
    ],
)  # fmt: skip
def test_settings_that_may_not_be_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        PriceSettings(**wrong)


def test_an_own_segment_that_rests_on_a_protected_attribute_is_refused() -> None:
    own = {"grey": OwnSegment(where="answers.age_group = '60+'"), "big": OwnSegment(where="orders > 3")}
    assert PriceSettings(segmentations=["big"]).among(own)
    with pytest.raises(ValueError, match=r"segmentations\.grey.*age_group"):
        PriceSettings(segmentations=["grey"]).among(own)
    with pytest.raises(ValueError, match="tier"):
        PriceSettings(segmentations=["tiers"]).among(own)
