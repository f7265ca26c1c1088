"""What a portrait may know: by purpose, never what the law protects, and nothing that is made of chance."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
from portrait_rows import Row, table

from patron.contracts import PURPOSES
from patron.portraits import Known, known_facts


def trait(name: str, value: str, *, who: str = "a", purpose: str = "analytics", sensitive: bool = False) -> Row:
    return {
        "customer_id": who, "trait": name, "value": value, "source": "Panel", "purpose": purpose,
        "sensitive": sensitive, "provenance": "x#1", "confidence": 1.0, "match_rate": 0.5,
    }  # fmt: skip


def profile(who: str, **changes: Any) -> Row:
    return {
        "customer_id": who, "as_of": date(2024, 1, 1), "orders": 3, "purchase_days": 3, "units": 1.0, "net_revenue": 1,
        "margin": 1, "basis": "margin", "products": 1, "categories": 1, "channels": 1, "household_id": "h",
        "household_members": 1, "household_orders": 3, "household_margin": 1, "lapsed": False, "country": "FR",
    } | changes  # fmt: skip


def preference(kind: str, value: str, *, purchases: int, of: int = 10, place: int = 1, within: str = "") -> Row:
    return {
        "customer_id": "a", "kind": kind, "within": within, "value": value, "name": value, "place": place,
        "purchases": purchases, "of_purchases": of, "share": purchases / of, "shrunk": 0.3, "low": 0.1, "high": 0.6,
        "shop_share": 0.2, "lift": 1.5, "loyalty": 0.4,
    }  # fmt: skip


def told(**rows: list[Row]) -> dict[tuple[str, str], str]:
    names = ("traits", "affinity", "experience", "next_products", "replenishments")
    tables = {name: table(name, rows.get(name, [])) for name in names}
    people = table("profiles", rows.get("profiles", [profile("a"), profile("b")]))
    found = known_facts(Known(profiles=people, **tables)).to_pyarrow().to_pylist()
    keys = {(row["customer_id"], row["attribute"]): row["value"] for row in found}
    assert len(keys) == len(found), "an attribute of a customer has one value"
    return keys


def test_traits_are_told_by_what_they_were_given_for_and_never_what_the_law_protects() -> None:
    given = [trait(f"for_{purpose}", "yes", purpose=purpose) for purpose in PURPOSES]
    protected = [trait(name, "yes") for name in ("religion", "HealthStatus", "trade_union_member")]
    found = told(traits=[*given, *protected, trait("marked", "yes", sensitive=True)])
    assert {name for _, name in found if name.startswith("trait:")} == {
        "trait:for_analytics", "trait:for_profiling", "trait:for_marketing",
    }  # fmt: skip


def test_nobody_without_a_profile_is_told_of() -> None:
    assert {who for who, _ in told(traits=[trait("town", "Ulm", who="gone")])} == {"a", "b"}


def test_traits_of_numbers_become_quarters() -> None:
    people = [profile(f"c{place}") for place in range(40)]
    ages = told(profiles=people, traits=[trait("age", str(20 + place), who=f"c{place}") for place in range(40)])
    found = [ages[f"c{place}", "trait:age"] for place in (0, 12, 25, 39)]
    assert found == ["below 30", "30 to 39", "40 to 49", "50 and more"]


def test_what_was_bought_most_often_leads_not_what_sells_best() -> None:
    rows = [preference("category", "Toys", purchases=1), preference("category", "Tea", purchases=6, place=2)]
    found = told(affinity=[*rows, preference("brand_in_category", "Hearth", purchases=9, within="Tea")])
    assert found["a", "category"] == "Tea"
    assert {name for _, name in found} == {"category", "country"}


def test_one_order_has_no_weekday_and_a_spread_of_days_is_none() -> None:
    rows = [
        {**preference("weekday", "monday", purchases=purchases, of=of), "customer_id": who}
        for who, purchases, of in (("a", 1, 1), ("b", 3, 10), ("c", 6, 10))
    ]
    found = told(affinity=[*rows, preference("hour", "19", purchases=4)], profiles=[profile(who) for who in "abc"])
    assert ("a", "weekday") not in found
    assert [found[who, "weekday"] for who in "bc"] == ["none", "monday"]
    assert found["a", "part_of_day"] == "evening"


def test_shares_of_price_are_none_some_or_much() -> None:
    rates = {"a": 0.0, "b": 0.01, "c": 0.05, "d": 0.3}
    found = told(profiles=[profile(who, discount_rate=rate, return_rate=rate) for who, rate in rates.items()])
    for attribute in ("discount", "returns"):
        assert [found[who, attribute] for who in rates] == ["none", "none", "some", "much"]


def test_what_no_source_tells_is_not_known() -> None:
    found = told(profiles=[profile("a", orders=0, discount_rate=0.0, country=None)])
    assert found == {}


def test_what_they_said_is_told_in_words() -> None:
    said = {
        "customer_id": "a",
        "nps_group": "promoter",
        "ces_score": 2.0,
        "csat_score": 4.0,
        "rating": 3.0,
        "tickets": 2,
        "referrals_made": 0,
    }
    found = told(experience=[said])
    assert {key[1]: value for key, value in found.items() if key[0] == "a"} == {
        "country": "FR", "nps_group": "promoter", "effort": "hard", "content": "content", "rating": "middle",
        "tickets": "several", "referred": "no",
    }  # fmt: skip


def test_it_compiles_for_spark() -> None:
    assert ibis.pyspark
    tables = {
        name: table(name, [])
        for name in ("profiles", "traits", "affinity", "experience", "next_products", "replenishments")
    }
    assert "SELECT" in ibis.to_sql(known_facts(Known(**tables)), dialect="pyspark")
