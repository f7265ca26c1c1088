"""Micro-segments in a run: settings, where customers were before, and what other tables are spared."""

from __future__ import annotations

from datetime import timedelta

import pytest

from patron.errors import SettingsError
from patron.pipeline import Project
from patron.pipeline.micro_steps import LEAST_DAYS
from patron.pipeline.settings import Settings, read_settings

SHOP = {"name": "Shop", "currency": "EUR", "sources": {"order_lines": {"path": "lines.csv"}}}


def test_a_run_says_which_axes_are_missing_and_keeps_where_customers_were(ran_project: Project) -> None:
    axes = {row["axis"]: row for row in ran_project.table("micro_axes").to_pyarrow().to_pylist()}
    assert list(axes) == Settings.model_validate(SHOP).micro_segments.axes
    used = [row for row in axes.values() if row["used"]]
    cells = ran_project.table("micro_segments").to_pyarrow().to_pylist()
    members = ran_project.table("memberships")
    placed = members.filter(members.segmentation == "micro").count().to_pyarrow().as_py()
    people = ran_project.table("profiles").count().to_pyarrow().as_py()
    assert placed == (people if used else 0)
    assert sum(row["customers"] for row in cells if row["merged_into"] is None) == placed
    before = ran_project.table("memberships_before")
    as_of = ran_project.last().manifest.as_of
    days = set(before.as_of.to_pyarrow().to_pylist())
    assert all(as_of - day >= timedelta(days=LEAST_DAYS) for day in days)
    assert len(days) == 1
    assert "rfm" in set(before.segmentation.to_pyarrow().to_pylist())
    for name in ("segments", "kpis", "movements"):
        table = ran_project.table(name)
        assert "micro" not in set(table.segmentation.to_pyarrow().to_pylist()), name


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("axes: [rfm, behavior]", "behaviour"),
        ("axes: [rfm, rfm]", "rfm"),
        ("axes: [micro]", "micro"),
        ("holdout: 1.0", "holdout"),
        ("detectable: 0", "detectable"),
        ("axis: [rfm]", "axes"),
    ],
)
def test_a_setting_that_cannot_be_names_its_line(tmp_path, given: str, told: str) -> None:  # type: ignore[no-untyped-def]
    text = (
        "name: Shop\ncurrency: EUR\nsources:\n  order_lines:\n    path: lines.csv\nmicro_segments:\n  " + given + "\n"
    )
    (tmp_path / "patron.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=told) as error:
        read_settings(tmp_path)
    assert error.value.data["line"] in (6, 7)


def test_own_segments_are_axes_and_no_axes_are_no_micro_segments() -> None:
    own = {"segments": {"abroad": {"where": "country <> 'DE'"}}, "micro_segments": {"axes": ["abroad", "country"]}}
    assert Settings.model_validate({**SHOP, **own}).micro_segments.axes == ["abroad", "country"]
    assert Settings.model_validate({**SHOP, "micro_segments": {"axes": []}}).micro_segments.axes == []
