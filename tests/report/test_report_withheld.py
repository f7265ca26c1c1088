"""A report shows nothing about fewer than five people, and two reports compared do not reveal one."""

from __future__ import annotations

import re
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import ibis.expr.types as ir
import pytest
from fake_run import AS_OF, fake_run

from patron.charts.records import records
from patron.errors import ArgumentError
from patron.language import day
from patron.privacy.sharing import Sharing
from patron.report import Facts, report
from patron.report.source import Source

DRAWN = ("gaps", "backtest", "targets", "movements")
"""Tables that an invented run draws by lot, so that they differ with any change."""


def words(page: Path) -> str:
    text = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def figures(page: Path) -> str:
    """Return everything that a report says, its charts too, but for the script that draws them."""
    text = page.read_text(encoding="utf-8")
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text)
    assert data
    return words(page) + data.group(1)


@pytest.fixture(scope="module")
def small() -> dict[str, ir.Table]:
    return fake_run(customers=60)


@pytest.fixture(scope="module")
def without_one(run: dict[str, ir.Table]) -> dict[str, ir.Table]:
    return fake_run(customers=249) | {name: run[name] for name in DRAWN}


def test_what_is_shown_is_about_five_people_or_more(small: dict[str, ir.Table], facts: Facts) -> None:
    source = Source(small, facts)
    withheld = {row["segment"] for row in source.withheld("segments")}
    assert {row["segment"] for row in records(small["segments"]) if 0 < row["customers"] < 5} <= withheld
    assert all(row["customers"] >= 5 for row in source.segments)
    assert all(row["active"] == 0 or row["active"] >= 5 for row in source.rows("cohorts"))
    for segmentation in ("rfm", "value_map", "tier"):
        hidden = [row for row in records(small["segments"]) if row["segment"] in withheld]
        alone = [row for row in hidden if row["segmentation"] == segmentation]
        assert sum(row["customers"] for row in alone) >= 5 or not alone


def test_a_small_shop_has_a_whole_report(small: dict[str, ir.Table], facts: Facts, tmp_path: Path) -> None:
    text = words(report(small, facts, to=tmp_path / "report.html"))
    assert "withheld" in text
    assert "Figures about fewer than 5 people are withheld" in text
    assert not re.search(r"\b(nan|None|inf)\b|\{[a-z_]+\}", text)


def test_too_few_customers_have_no_figures(small: dict[str, ir.Table], facts: Facts, tmp_path: Path) -> None:
    text = words(report(small, facts, to=tmp_path / "report.html", least=61))
    assert "There are fewer than 61 customers" in text
    assert "Revenue, last 12 months" not in text


def test_a_larger_smallest_cell_withholds_more(small: dict[str, ir.Table], facts: Facts) -> None:
    counts = [
        len(Source(small, facts, Sharing(small, as_of=AS_OF, least=least)).withheld("segments")) for least in (2, 5, 20)
    ]
    assert counts[0] < counts[1] < counts[2]
    with pytest.raises(ArgumentError, match="smallest cell"):
        Sharing(small, as_of=AS_OF, least=1)


def test_after_an_erasure_the_report_says_the_same(
    run: dict[str, ir.Table], without_one: dict[str, ir.Table], facts: Facts, tmp_path: Path
) -> None:
    memory = tmp_path / "shared" / "one.json"
    first = report(run, facts, to=tmp_path / "first.html", memory=memory)
    assert stat.S_IMODE(memory.stat().st_mode) == 0o600
    second = report(without_one, facts, to=tmp_path / "second.html", memory=memory)
    again = report(run, facts, to=tmp_path / "again.html", memory=memory)
    note = re.compile(r"\s*Some figures are those of an earlier report: [^.]*\.")
    assert "Some figures are those of an earlier report" in words(second)
    assert note.sub("", figures(second)) == figures(first)
    assert figures(again) == figures(first)
    forgetful = report(without_one, facts, to=tmp_path / "forgetful.html")
    assert figures(forgetful) != figures(first), "without a memory the difference is one person's"


def test_one_customer_and_a_day_later_no_figure_tells_who(
    run: dict[str, ir.Table], without_one: dict[str, ir.Table], facts: Facts, tmp_path: Path
) -> None:
    memory = tmp_path / "one.json"
    before = report(without_one, facts, to=tmp_path / "before.html", memory=memory)
    tomorrow = replace(facts, as_of=AS_OF + timedelta(days=1))
    after = report(run, tomorrow, to=tmp_path / "after.html", memory=memory)
    note = re.compile(r"\s*Some figures are those of an earlier report: [^.]*\.")
    assert note.sub("", figures(after)).replace(day(tomorrow.as_of), day(AS_OF)) == figures(before)


def test_a_month_of_business_is_shown(run: dict[str, ir.Table], facts: Facts) -> None:
    """What five people or more bought after the last report makes its figures new."""
    early = Sharing(run, as_of=AS_OF - timedelta(days=60))
    Source(fake_run(customers=240), facts, early).shared("totals")
    now = Sharing(run, as_of=AS_OF, memory=early.remembered())
    assert Source(run, facts, now).totals.customers == 250
    assert not now.repeats
