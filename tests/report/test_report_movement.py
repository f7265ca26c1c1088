"""Flows show the interval of their rate, and whether too few are behind it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from patron import charts
from patron.report.sections.movement import _rate
from patron.report.source import as_table

FLOW = {
    "segmentation": "value_map", "from_segment": "stars", "to_segment": "fading", "compared_with": "month",
    "from_day": date(2024, 5, 31), "to_day": date(2024, 6, 30), "customers": 6, "share": 0.6,
    "margin_between": Decimal(10), "predicted_before": 9.0, "predicted_after": 3.0, "worth": -6.0,
}  # fmt: skip
NEW = {"from_customers": 10, "share_low": 0.31, "share_high": 0.83, "few": True}


def hover(row):
    (trace,) = charts.movement(as_table("movements", [row]), currency="EUR").data
    return trace.hovertext[0][0]


def test_a_rate_is_shown_with_its_interval_and_a_warning_where_few_are_behind_it():
    assert _rate(FLOW | NEW) == "60% (31% to 83%; few customers)"
    assert _rate(FLOW | NEW | {"few": False}) == "60% (31% to 83%)"
    assert "interval 31% to 83%" in hover(FLOW | NEW)


def test_a_cell_that_is_repeated_from_an_older_report_knows_no_interval():
    assert _rate(FLOW) == "60.0%"
    assert "interval – to –" in hover(FLOW)
