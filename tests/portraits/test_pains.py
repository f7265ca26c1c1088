"""Pains: counted to the person and the cent, and given a value only where one is certain."""

from __future__ import annotations

from decimal import Decimal

import ibis
import numpy as np
import pyarrow as pa
from portrait_rows import table

from patron.portraits import Pain, pains, said


def made(*, lost: float, people: int = 800, segments: int = 2, least: int = 5) -> list[Pain]:
    """A third of the customers had tickets; of them less is predicted by a share `lost`, and more was bought."""
    rng = np.random.default_rng(3)
    who = [f"c{place}" for place in range(people)]
    asked = rng.random(people) < 1 / 3
    days = rng.integers(1, 12, people) + 2 * asked  # who buys more asks more
    value = days * rng.gamma(8.0, 2.0, people) * np.where(asked, 1 - lost, 1.0)
    segment = np.array([f"s{place}" for place in rng.integers(1, segments + 1, people)])
    experience = table("experience", [
        {"customer_id": one, "tickets": int(has), "main_topic": "delivery" if has else None,
         "return_rate": 0.2 if place < 50 else 0.0}
        for place, (one, has) in enumerate(zip(who, asked, strict=True))
    ])  # fmt: skip
    profiles = ibis.memtable({"customer_id": who, "purchase_days": days})
    forecasts = ibis.memtable({"customer_id": who, "predicted_value": value})
    back = pa.array([Decimal("1.10") if place < 50 else Decimal(0) for place in range(people)], pa.decimal128(18, 2))
    contribution = ibis.memtable(pa.table({"customer_id": who, "returns": back}))
    members = ibis.memtable({"customer_id": who, "segmentation": ["kind"] * people, "segment": segment.tolist()})
    return pains(said(experience), members, forecasts, profiles, contribution, least=least)


def test_a_planted_loss_is_found_though_those_who_ask_buy_more() -> None:
    found = [one for one in made(lost=0.4) if one.pain == "ticket"]
    assert {one.segment for one in found} == {"s1", "s2"}
    for one in found:
        assert one.basis == "gap"
        assert one.value is not None
        assert one.value_low is not None
        # By group of days, 40 % of what the others' mean of 16 a day makes of about 7 days: a little below 45 a head.
        assert 25 < float(one.value) / one.people < 65
        assert one.value_low < one.value


def test_no_loss_has_no_value() -> None:
    asked = [one for one in made(lost=0.0, people=4_000, segments=20) if one.pain == "ticket"]
    assert len(asked) == 20
    assert sum(one.value is not None for one in asked) <= 2, "20 intervals of 95 %, one-sided"


def test_what_came_back_is_counted_to_the_cent_and_few_people_are_not_told_of() -> None:
    found = made(lost=0.0)
    back = [one for one in found if one.pain == "return"]
    assert sum(one.people for one in back) == 50
    assert sum(one.value or 0 for one in back) == Decimal("55.00")
    assert {one.basis for one in back} == {"sent_back"}
    assert {one.of for one in back} == {one.of for one in found if one.pain == "ticket"}
    assert {one.pain for one in made(lost=0.0, least=40)} == {"ticket"}, "25 of each segment sent something back"


def test_themes_are_pains_where_people_complain() -> None:
    texts = ibis.memtable({"customer_id": ["a", "a", "a", "b"], "theme": ["late", "late", "kind", "kind"]})
    heard = said(table("experience", []), texts, ["late"]).to_pyarrow().to_pylist()
    rows = {(row["customer_id"], row["heard"], row["pain"], row["item"]) for row in heard}
    assert rows == {("a", "texts", "theme", "late"), ("a", "texts", None, None), ("b", "texts", None, None)}


def test_it_compiles_for_spark() -> None:
    assert ibis.pyspark
    assert "SELECT" in ibis.to_sql(said(table("experience", [])), dialect="pyspark")
