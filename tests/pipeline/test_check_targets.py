from __future__ import annotations

from pathlib import Path

import pytest

from patron.errors import SettingsError
from patron.pipeline import open_project

HEAD = """\
name: Shop
currency: EUR
sources: {order_lines: {path: orders.csv}}
segments: {abroad: {where: country <> 'DE'}}
tiers: {gold: .2, rest: .8}
targets:
"""

CASES = """
    segmentation  segment    key                      hint
    rmf           at_risk    targets.1.segmentation   rfm
    rfm           at_rsik    targets.1.segment        at_risk
    tier          platinum   targets.1.segment        gold
    all           everybody  targets.1.segment        all
    abroad        home       targets.1.segment        abroad
"""


def target(segmentation: str, segment: str) -> str:
    return f"  - {{metric: revenue, target: 1, segmentation: {segmentation}, segment: {segment}}}\n"


@pytest.mark.parametrize("case", CASES.strip().splitlines()[1:], ids=lambda case: " ".join(case.split()[:2]))
def test_a_target_of_an_unknown_segment_is_refused_with_its_line(case: str, tmp_path: Path) -> None:
    segmentation, segment, key, hint = case.split()
    (tmp_path / "patron.yaml").write_text(HEAD + target("rfm", "at_risk") + target(segmentation, segment))
    with pytest.raises(SettingsError) as caught:
        open_project(tmp_path)
    assert caught.value.data["key"] == key
    assert caught.value.data["line"] == 8
    assert hint in (caught.value.remedy or "")


@pytest.mark.parametrize(
    "known", [("all", "all"), ("rfm", "champions"), ("past_tier", "rest"), ("abroad", "abroad"), ("value_map", "stars")]
)
def test_segments_that_may_have_no_member_today_are_accepted(known: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "patron.yaml").write_text(HEAD + target(*known))
    assert open_project(tmp_path).settings.targets[0].segment == known[1]


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ("metric: retention_rate, segmentation: rfm, segment: at_risk, change: 0.1", "past says nothing of it"),
        ("metric: revenue, change: 0.1, target: 5", "either target or change"),
        ("metric: revenue", "either target or change"),
    ],
)
def test_a_change_needs_a_past_that_tells(facts: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "patron.yaml").write_text(HEAD + target("rfm", "at_risk") + f"  - {{{facts}}}\n")
    with pytest.raises(SettingsError, match=told) as caught:
        open_project(tmp_path)
    assert caught.value.data["line"] == 8


def test_a_change_of_what_an_order_is_like_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "patron.yaml").write_text(
        HEAD + "  - {metric: average_order_value, segmentation: rfm, segment: loyal, change: -0.05}\n"
    )
    assert open_project(tmp_path).settings.targets[0].change == -0.05
