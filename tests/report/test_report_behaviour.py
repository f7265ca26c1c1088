"""The report's sections about behaviour segments and stages: what is told, and what is withheld or not there."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from fake_run import AS_OF, empty_run, fake_run, table

from patron import charts
from patron.charts.stages import WAY
from patron.report.blocks import Chart, Note, Table
from patron.report.facts import Facts
from patron.report.sections.behaviour import behaviour
from patron.report.sections.groups import groups
from patron.report.sections.growth import growth
from patron.report.sections.stages import stages
from patron.report.source import Source
from patron.segments import BehaviourSegments

FACTS: dict[str, Any] = {
    "name": "Shop", "currency": "EUR", "as_of": AS_OF, "horizon_days": 365, "run_id": "1", "basis": "margin",
}  # fmt: skip


def source(**tables: Any) -> Source:
    return Source(tables={**fake_run(), **tables}, facts=Facts(**FACTS))


def test_segments_are_drawn_with_their_shares_of_customers_and_money() -> None:
    rows = [row for row in fake_run()["segments"].to_pyarrow().to_pylist() if row["segmentation"] == "behaviour"]
    figure = charts.behaviour(fake_run()["segments"])
    assert len(figure.data) == 3
    assert sorted(figure.data[0].x) == pytest.approx(sorted(row["customer_share"] for row in rows))
    assert list(figure.data[1].x) == sorted(figure.data[1].x, reverse=True)
    assert not any("<script" in label for label in figure.data[0].y)


def test_each_segment_stands_with_its_rule_and_how_sure_it_is() -> None:
    chart, listed = behaviour(source()).blocks[:2]
    assert isinstance(chart, Chart)
    assert isinstance(listed, Table)
    assert "of the customers" in chart.finding
    texts = [[cell.text for cell in row] for row in listed.rows]
    assert {row[0] for row in texts} >= {"Discount hunters, by app (b1)", "All-rounders (b2)"}
    shown = [row for row in texts if row[4] == "stable"]
    assert shown
    assert all(row[3] == "91%" for row in shown)


def test_stages_are_drawn_in_the_order_of_the_way() -> None:
    figure = charts.stages(fake_run()["segments"], currency="EUR")
    titles = list(figure.data[0].y)
    order = [name.replace("_", "-" if name == "first_time" else " ").capitalize() for name in WAY]
    assert [title for title in order if title in titles] == titles
    assert len(set(figure.data[0].marker.color)) == 2


def test_a_stuck_point_is_told_in_customers_and_money() -> None:
    blocks = stages(source()).blocks
    [note] = [block for block in blocks if isinstance(block, Note) and block.tone == "warning"]
    assert "126 customers more" in note.text
    assert "5,040" in note.text
    listed = [block for block in blocks if isinstance(block, Table)][-1]
    assert [row[0].note for row in listed.rows] == ["stuck", "", "", ""]
    calm = [row | {"found": False} for row in fake_run()["stuck_points"].to_pyarrow().to_pylist()]
    texts = [
        block.text
        for block in stages(source(stuck_points=table("stuck_points", calm))).blocks
        if isinstance(block, Note)
    ]
    assert any("no single step holds them up" in text for text in texts)


def test_without_customers_both_say_so() -> None:
    nothing = Source(tables=empty_run(), facts=Facts(**FACTS))
    [note] = [block for block in behaviour(nothing).blocks if isinstance(block, Note)]
    assert "200 customers" in note.text
    assert all(isinstance(block, Note) for block in stages(nothing).blocks)


def test_a_small_segment_is_named_and_its_figures_are_withheld() -> None:
    rows = fake_run()["segments"].to_pyarrow().to_pylist()
    small = [row | {"customers": 3} if row["segment"] in ("b2", "at_risk") else row for row in rows]
    hiding = source(segments=table("segments", small))
    shown = {(row["segmentation"], row["segment"]) for row in hiding.segments}
    assert not shown & {("behaviour", "b2"), ("stage", "at_risk")}
    for section in (behaviour, stages):
        listed = next(block for block in section(hiding).blocks if isinstance(block, Table))
        assert (
            len([row for row in listed.rows if row[1].text not in "0123456789" and not row[1].text[0].isdigit()]) >= 1
        )


def test_they_are_not_told_twice() -> None:
    captions = [block.caption for block in groups(source()).blocks if isinstance(block, Table)]
    assert not {"Behaviour segments", "Stages"} & set(captions)


def test_what_nobody_is_divided_by_is_told_with_the_reason() -> None:
    rng = np.random.default_rng(1)
    customers = pa.table({
        "customer_id": [f"C{place:03d}" for place in range(300)],
        "average_order_value": np.r_[rng.normal(20, 2, 150), rng.normal(200, 20, 150)],
        "evening_share": np.zeros(300),
        "rating": pa.nulls(300, pa.float64()),
    })  # fmt: skip
    model = BehaviourSegments(segments=2).fit(customers)
    saved = [{"name": "behaviour", "description": model.to_json()}]
    texts = [one.text for one in behaviour(source(segment_models=table("segment_models", saved))).blocks
             if isinstance(one, Note)]  # fmt: skip
    assert any(
        "hardly anybody: rating given." in text and "in common: orders in the evening." in text for text in texts
    )
    assert not any("rating given" in one.text for one in behaviour(source()).blocks if isinstance(one, Note))


def test_an_own_segment_that_nobody_is_in_is_told_with_its_condition() -> None:
    rows = fake_run()["segments"].to_pyarrow().to_pylist()
    nobody = dict.fromkeys(rows[0]) | {
        "segmentation": "vip", "segment": "vip", "title": "vip", "meaning": "margin > 1000000", "advice": "Ask.",
        "purpose": "marketing", "position": 1, "customers": 0, "customer_share": 0.0, "orders": 0,
        "net_revenue": Decimal(0), "margin": Decimal(0), "predicted_value": 0.0,
    }  # fmt: skip
    made = groups(source(segments=table("segments", [*rows, nobody])))
    [note] = [one for one in made.blocks if isinstance(one, Note) and "Nobody is in" in one.text]
    assert "margin > 1000000" in note.text
    assert not [one for one in groups(source()).blocks if isinstance(one, Note) and "Nobody is in" in one.text]


def test_categories_stand_beside_their_market_and_small_ones_are_withheld() -> None:
    days = {"before_from": AS_OF, "before_to": AS_OF, "after_from": AS_OF, "after_to": AS_OF}
    rows = [
        days | {"category": name, "customers": many, "revenue_before": Decimal(100), "revenue_after": Decimal(150),
                "growth": 0.5, "market_growth": 0.2, "ahead": ahead}
        for name, many, ahead in (("Tea", 90, 0.25), ("Toys", 80, -0.1), ("Pets", 1, 0.3))
    ]  # fmt: skip
    blocks = growth(source(category_market=table("category_market", rows))).blocks
    [listed] = [one for one in blocks if isinstance(one, Table) and one.caption.startswith("Our categories")]
    assert [row[0].text for row in listed.rows] == ["Toys", "Tea"]
    assert [cell.text for cell in listed.rows[1]][-3:] == ["+50.0%", "+20.0%", "+25.0%"]
    assert any("association" in one.text for one in blocks if isinstance(one, Note))
    assert not [one for one in growth(source()).blocks if isinstance(one, Table) and "categories" in one.caption]
