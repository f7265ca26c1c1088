"""An ideal segment that is misspelt is refused before a run, with what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from patron.errors import SettingsError
from patron.pipeline import open_project

YAML = "name: shop\ncurrency: EUR\nsources: {order_lines: {path: lines.csv}}\nsegments: {big: {where: margin > 500}}\n"


@pytest.mark.parametrize(
    ("segmentation", "segment", "key", "hint"),
    [
        ("rmf", "champions", "market.ideal.segmentation", "rfm"),
        ("rfm", "champion", "market.ideal.segment", "champions"),
        ("bigg", "big", "market.ideal.segmentation", "big"),
        ("all", "all", "market.ideal.segmentation", "rfm"),
    ],
)
def test_a_misspelt_ideal_segment_is_refused(
    tmp_path: Path, segmentation: str, segment: str, key: str, hint: str
) -> None:
    market = f"market: {{ideal: {{segmentation: {segmentation}, segment: {segment}}}}}\n"
    (tmp_path / "patron.yaml").write_text(YAML + market)
    with pytest.raises(SettingsError) as caught:
        open_project(tmp_path)
    assert caught.value.data["key"] == key
    assert hint in str(caught.value)


@pytest.mark.parametrize(("segmentation", "segment"), [("rfm", "champions"), ("big", "big"), ("behaviour", "b3")])
def test_a_segment_that_can_be_is_taken(tmp_path: Path, segmentation: str, segment: str) -> None:
    market = f"market: {{ideal: {{segmentation: {segmentation}, segment: {segment}}}}}\n"
    (tmp_path / "patron.yaml").write_text(YAML + market)
    assert open_project(tmp_path).settings.market.ideal is not None
