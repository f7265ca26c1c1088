"""The step `propensities`: a shop that is large enough, one that is not, and what comes with other sources."""

# ruff: noqa: DTZ001 - moments are in the project's time zone and carry none

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from patron.cli.demo import SETTINGS
from patron.contracts.outcome import BACKTEST
from patron.contracts.propensity import MODEL_CARDS, PROPENSITIES, TESTED
from patron.errors import LeakError
from patron.pipeline import Project, open_project
from patron.pipeline.propensities import MIN_CUSTOMERS, left_out, propensities, propensity_tests
from patron.pipeline.propensity_settings import PropensityTarget
from patron.pipeline.step import Context, Earlier, Made
from patron.simulate import shop
from tests_support import TODAY, lean

LAST = date(2024, 12, 31)
NEEDS = ("raw_order_lines", "raw_customers", "raw_events", "links", "households", "history")
SHORT = [PropensityTarget(target="buys", horizon=90)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("large") / "shop"
    shop(customers=2_000, seed=11).write(home)
    wanted = (
        "\npropensities:\n  - {target: buys, horizon: 90d}\n  - {target: lapses}\n  - {target: buys, horizon: 700d}\n"
    )
    (home / "patron.yaml").write_text(SETTINGS + wanted + lean("propensities", "backtest"), encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def project(folder: Path) -> Project:
    opened = open_project(folder)
    opened.run(today=TODAY)
    return opened


def context(project: Project, keep: Callable[[str, ir.Table], ir.Table] | None = None, **changes: Any) -> Context:
    settings = project.settings.model_copy(update={"propensities": SHORT} | changes.pop("settings", {}))
    tables = {name: project.table(name) for name in NEEDS} | changes.pop("tables", {})
    written = keep or (lambda _name, table: ibis.memtable(table.to_pyarrow()))
    return replace(
        Context(settings=settings, as_of=LAST, tables=tables, keep=written, earlier=None, kept=None),  # type: ignore[arg-type]
        **changes,
    )


def made_of(made: Made) -> dict[str, pa.Table]:
    contracts = {"propensities": PROPENSITIES, "model_cards": MODEL_CARDS}
    return {name: contracts[name].check(table).to_pyarrow() for name, table in made.tables.items()}


def targets(table: pa.Table) -> set[tuple[str, int]]:
    return set(zip(table["target"].to_pylist(), table["horizon_days"].to_pylist(), strict=True))


@pytest.fixture(scope="module")
def by_hand(project: Project) -> Made:
    return propensities(context(project))


def test_a_run_foretells_what_was_asked_for_and_says_what_not(project: Project) -> None:
    table = project.table("propensities").to_pyarrow()
    assert targets(table) == {("buys", 90), ("lapses", 90)}
    buyers = project.table("history").count().to_pyarrow().as_py()
    of_buys = table.filter(pc.equal(table["target"], "buys"))
    assert of_buys.num_rows == buyers
    assert of_buys["reason_1"].null_count == 0
    assert set(table["grade"].to_pylist()) <= {"A", "B", "C", "D"}
    [note] = [note for note in project.last().manifest.notes if "ropensit" in note]
    assert "buys within 700 days" in note
    assert "too few" in note


def test_the_backtest_holds_the_model_and_its_peers(project: Project) -> None:
    table = BACKTEST.check(project.table("backtest")).to_pyarrow()
    mine = table.filter(pc.equal(table["target"], "buys"))
    assert set(mine["model"].to_pylist()) == {"lightgbm", "naive", "rfm_logistic"}
    assert set(mine["metric"].to_pylist()) == set(TESTED)
    later = LAST - timedelta(days=91)
    assert set(mine["origin"].to_pylist()) == {later, later - timedelta(days=91)}, "two tests that do not overlap"
    area = {row["model"]: row for row in mine.to_pylist() if (row["metric"], row["origin"]) == ("auc", later)}
    assert area["lightgbm"]["low"] < area["lightgbm"]["value"] < area["lightgbm"]["high"]
    assert area["lightgbm"]["value"] > area["rfm_logistic"]["value"] > area["naive"]["value"] > 0.5
    assert {"orders", "value"} < set(table["target"].to_pylist()), "the other forecasts are still tested"


def test_the_simulated_shop_is_foretold_with_calibrated_chances(project: Project) -> None:
    table = project.table("backtest").to_pyarrow().to_pylist()
    errors = [row for row in table if row["metric"] == "ece" and row["model"] == "lightgbm"]
    assert len(errors) == 4, "two targets on two days"
    assert all(row["value"] < row["low"] + 0.02 for row in errors), "two points above a perfect forecast at most"


def test_the_manifest_and_the_card_say_what_it_was_learned_from(project: Project) -> None:
    figures = project.last().manifest.models["propensity_buys_90"]
    assert 0.5 < figures["auc_low"] < figures["auc"] < figures["auc_high"] < 1
    card = project.table("model_cards").to_pyarrow().to_pylist()
    mine = [row for row in card if (row["target"], row["horizon_days"]) == ("buys", 90)]
    facts = {row["name"]: row["text"] or row["value"] for row in mine if row["part"] == "data"}
    assert facts["last_day"] == str(LAST - timedelta(days=91))
    assert facts["calibrated_on"] == "later days"
    assert facts["outcomes"] > 100
    ranked = sorted((row for row in mine if row["part"] == "feature"), key=lambda row: row["place"])
    shares = [row["value"] for row in ranked]
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)
    names = {row["name"] for row in mine if row["part"] == "feature"}
    assert {"expected_orders_90", "days_since_last", "acquisition_channel"} <= names
    assert not names & {"weekday", "customer_id", "as_of"}
    assert not [row for row in card if row["part"] == "drift"], "there was no run before"


@pytest.mark.slow
def test_the_same_data_give_the_same_rows(project: Project, by_hand: Made) -> None:
    ours = made_of(by_hand)["propensities"]
    ran = project.table("propensities").to_pyarrow()
    ran = ran.filter(pc.and_(pc.equal(ran["target"], "buys"), pc.equal(ran["horizon_days"], 90)))
    order = [("customer_id", "ascending")]
    assert ours.sort_by(order).to_pylist() == ran.sort_by(order).select(ours.column_names).to_pylist()


@pytest.mark.slow
def test_nothing_that_comes_later_changes_the_past(project: Project, by_hand: Made) -> None:
    """The run's day is a day of the past for whoever asks later."""
    lines = project.table("raw_order_lines").to_pyarrow()
    moved = pc.add(lines["ordered_at"], pa.scalar(timedelta(days=500), pa.duration("us")))
    late = lines.set_column(lines.column_names.index("ordered_at"), "ordered_at", moved)
    late = late.filter(pc.greater(late["ordered_at"], pa.scalar(datetime(2025, 1, 1), pa.timestamp("us"))))
    late = late.set_column(0, "line_id", pc.add(late["line_id"], 10**15))
    late = late.set_column(
        late.column_names.index("reverses"), "reverses", pc.add(late["reverses"], pa.scalar(10**15, pa.int64()))
    )
    more = ibis.memtable(pa.concat_tables([lines, late.select(lines.column_names).cast(lines.schema)]))
    again = propensities(context(project, tables={"raw_order_lines": more}))
    before, after = made_of(by_hand)["propensities"], made_of(again)["propensities"]
    order = [("customer_id", "ascending")]
    assert after.sort_by(order).equals(before.sort_by(order))


@pytest.mark.slow
def test_drift_is_measured_against_the_run_before(project: Project, by_hand: Made) -> None:
    def drift(cards: ir.Table) -> dict[str, float]:
        earlier = Earlier("earlier", LAST - timedelta(days=30), cards, cards, cards)
        card = made_of(propensities(context(project, earlier=earlier)))["model_cards"].to_pylist()
        return {f"{row['target']}.{row['name']}": row["value"] for row in card if row["part"] == "drift"}

    cards = ibis.memtable(by_hand.tables["model_cards"].to_pyarrow())
    same = drift(cards)
    assert {"all.days_since_last", "buys.score"} <= set(same)
    assert max(same.values()) == pytest.approx(0, abs=1e-12)
    table = cards.to_pyarrow()
    stretched = pc.multiply(table["high"], pc.if_else(pc.equal(table["name"], "revenue"), 3.0, 1.0))
    moved = drift(ibis.memtable(table.set_column(table.column_names.index("high"), "high", stretched)))
    assert moved["all.revenue"] > 0.25
    assert moved["all.days_since_last"] == same["all.days_since_last"]


@pytest.mark.slow
def test_tickets_and_prospects_are_foretold_once_the_step_is_given_them(project: Project) -> None:
    rng = np.random.default_rng(4)
    buyers = project.table("history").to_pyarrow()["customer_id"].to_pylist()
    often = np.repeat(buyers, rng.poisson(rng.gamma(0.5, 6.0, len(buyers))))
    start = np.datetime64("2022-03-01")
    moments = (start + rng.integers(0, 1_030, len(often))).astype("datetime64[us]")
    asked = pa.table({
        "ticket_id": [f"t{place}" for place in range(len(often))], "customer_id": often, "opened_at": moments,
        "closed_at": pa.array(moments + np.timedelta64(3, "D")),
    })  # fmt: skip
    seen = start + rng.integers(0, 1_000, 6_000)
    channel = rng.choice(["fair", "web"], 6_000)
    wait = rng.exponential(np.where(channel == "fair", 120, 900), 6_000).astype(int) + 1
    became = (seen + wait).astype("datetime64[D]")
    prospects = pa.table({
        "prospect_id": [f"p{place}" for place in range(6_000)], "first_seen_on": pa.array(seen.astype("datetime64[D]")),
        "channel": channel, "customer_id": pa.nulls(6_000, pa.string()),
        "converted_on": pa.array(became, mask=became > np.datetime64(LAST)),
    })  # fmt: skip
    links = project.table("links").to_pyarrow()
    own = links.filter(pc.equal(links["source"], "order_lines"))
    tickets = own.set_column(own.column_names.index("source"), "source", pa.array(["tickets"] * own.num_rows))
    wanted = [PropensityTarget(target="needs_support"), PropensityTarget(target="converts")]
    tables = {
        "raw_tickets": ibis.memtable(asked), "raw_prospects": ibis.memtable(prospects),
        "links": ibis.memtable(pa.concat_tables([links, tickets])),
    }  # fmt: skip
    made = made_of(propensities(context(project, settings={"propensities": wanted}, tables=tables)))
    table = made["propensities"]
    assert targets(table) == {("needs_support", 90), ("converts", 90)}
    chances = {
        target: table.filter(pc.equal(table["target"], target)) for target in ("needs_support", "converts")
    }  # fmt: skip
    assert set(chances["needs_support"]["customer_id"].to_pylist()) == set(buyers)
    assert any("support ticket" in (text or "") for text in chances["needs_support"]["reason_1"].to_pylist())
    by_channel = dict(zip(prospects["prospect_id"].to_pylist(), channel, strict=True))
    means = {
        name: np.mean([
            row["probability"] for row in chances["converts"].to_pylist() if by_channel[row["customer_id"]] == name
        ])
        for name in ("fair", "web")
    }  # fmt: skip
    assert means["fair"] == pytest.approx(1 - np.exp(-90 / 120), abs=0.08), "the chance that made the data"
    assert means["web"] == pytest.approx(1 - np.exp(-90 / 900), abs=0.05)


def test_what_was_asked_for_without_its_source_is_told(project: Project) -> None:
    made = propensities(context(project, settings={"propensities": [PropensityTarget(target="needs_support")]}))
    assert left_out(made.tables["model_cards"]) == (
        "Propensities that are not made: needs_support within 90 days: there is no source tickets.",
    )


def test_a_leak_leaves_the_target_out_and_names_the_feature(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from patron.models import leakage

    monkeypatch.setattr(leakage, "KNOWS", 0.6)
    made = propensities(context(project))
    [note] = left_out(made.tables["model_cards"])
    assert "knows the answer" in note
    assert not made_of(made)["propensities"].num_rows
    assert issubclass(LeakError, ValueError)


def test_a_small_shop_costs_one_count_and_says_why(ran_project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    asked = context(ran_project)
    execute = ir.Table.to_pyarrow
    monkeypatch.setattr(ir.Table, "to_pyarrow", lambda self, **kwargs: calls.append(1) or execute(self, **kwargs))
    monkeypatch.setattr(ir.Scalar, "to_pyarrow", _counting(ir.Scalar.to_pyarrow, calls))
    made = propensities(asked)
    assert len(calls) == 1
    assert made_of(made)["propensities"].num_rows == 0
    customers = ran_project.table("history").count().to_pyarrow().as_py()
    assert customers < MIN_CUSTOMERS
    [note] = [note for note in ran_project.last().manifest.notes if "ropensit" in note]
    assert f"{customers} customers have bought, and 1,000 are needed" in note
    assert propensity_tests(made.tables["model_cards"]).count().to_pyarrow().as_py() == 0


def _counting(execute: Callable[..., Any], calls: list[int]) -> Callable[..., Any]:
    def counted(self: Any, **kwargs: Any) -> Any:
        calls.append(1)
        return execute(self, **kwargs)

    return counted


def test_a_sample_of_rows_is_not_foretold_and_says_why(project: Project) -> None:
    made = propensities(context(project, settings={"sampled": True}))
    [note] = left_out(made.tables["model_cards"])
    assert "sample" in note
    assert not made_of(made)["propensities"].num_rows


def test_who_asks_for_none_gets_none(project: Project) -> None:
    made = propensities(context(project, settings={"propensities": []}))
    assert left_out(made.tables["model_cards"]) == ()
    assert not made_of(made)["model_cards"].num_rows


def test_the_settings_come_back_from_a_manifest(project: Project) -> None:
    from patron.pipeline.replay import settings_of

    manifest = project.last().manifest
    again = settings_of(
        manifest.model_copy(update={"settings": json.loads(json.dumps(manifest.settings))}), here=project.settings
    )
    assert again.propensities == project.settings.propensities
