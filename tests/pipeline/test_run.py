"""Runs: whole or not at all, skipped where nothing changed, the same whenever they are made again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from patron.contracts import PURPOSES, TABLES
from patron.errors import ArgumentError, ConditionError, MissingTable, PatronError, RunError, SettingsError, SourceError
from patron.pipeline import Project, open_project
from patron.pipeline.check import check
from tests_support import LEAN, TODAY, lean, tables_of


def test_a_run_makes_every_table_and_each_keeps_its_contract(ran_project: Project) -> None:
    assert ran_project.tables() == list(TABLES)
    for name, contract in TABLES.items():
        contract.check(ran_project.table(name))


def test_the_manifest_tells_rows_inputs_purposes_and_models(ran_project: Project) -> None:
    manifest = ran_project.last().manifest
    accounted = manifest.rows_kept + manifest.rows_rejected + manifest.rows_later + manifest.rows_removed
    assert manifest.rows_in == accounted > 0
    assert len(manifest.inputs) == 4
    assert all(len(mark) == 64 for mark in manifest.inputs.values())
    assert {table.purpose for table in manifest.tables.values()} <= set(PURPOSES)
    assert manifest.tables["forecasts"].purpose == "profiling"
    assert manifest.tables["gaps"].purpose == "marketing"
    assert set(manifest.models["mbg_nbd"]) == {"r", "alpha", "a", "b"}
    assert manifest.as_of == date(2024, 12, 31), "the typo of 2099 is not the last day"


def test_an_unchanged_project_runs_nothing_again_and_answers_the_same(ran: Path) -> None:
    project = open_project(ran)
    before = _but_the_age(tables_of(project))
    made = project.run(today=TODAY + timedelta(days=1))
    assert [name for name, step in made.manifest.steps.items() if not step.reused] == ["load"], (
        "a refused day of 2099 could have become plausible, so the sources are read again; nothing else is"
    )
    assert _but_the_age(tables_of(project)) == before


def _but_the_age(tables):
    """Leave out how old the newest order is: a day later it is a day older."""
    return {**tables, "quality": [row for row in tables["quality"] if row["check"] != "feed_stopped"]}


def test_the_same_day_reuses_the_sources_too(ran: Path) -> None:
    made = open_project(ran).run(today=TODAY)
    assert all(step.reused for step in made.manifest.steps.values())


def test_a_changed_setting_runs_again_only_what_depends_on_it(ran: Path) -> None:
    settings = ran / "patron.yaml"
    settings.write_text(settings.read_text() + "value_map_split: 0.7\n")
    made = open_project(ran).run(today=TODAY)
    again = {name for name, step in made.manifest.steps.items() if not step.reused}
    again_too = {
        "lookalikes", "market_size", "message_responses", "voice", "survey_plan", "themes", "journeys", "portraits",
        "responses", "ledger", "attribution", "channels", "channel_evidence", "prices", "signals", "triggers",
        "messages", "learning", "decisions", "budget", "budget_trials", "season_plan", "next_actions", "teams",
    }  # fmt: skip
    assert again == {"segments", "movements", "micro_segments", "kpis", "opportunities", *again_too}


@pytest.mark.slow
def test_a_changed_file_runs_everything_again(ran: Path) -> None:
    lines = ran / "data" / "order_lines.parquet"
    table = pq.read_table(lines)
    pq.write_table(table.slice(0, table.num_rows - 50), lines)
    made = open_project(ran).run(today=TODAY)
    assert not any(step.reused for name, step in made.manifest.steps.items() if name != "effects")


@pytest.mark.slow
def test_a_run_made_again_from_nothing_is_equal(ran: Path) -> None:
    before = tables_of(open_project(ran))
    shutil.rmtree(ran / ".patron")
    project = open_project(ran)
    project.run(today=TODAY)
    assert tables_of(project) == before


@pytest.mark.slow
def test_an_earlier_day_sees_nothing_of_the_later_ones(ran: Path) -> None:
    project = open_project(ran)
    day = date(2024, 6, 30)
    project.run(day, today=TODAY)
    replayed = tables_of(project)
    lines = ran / "data" / "order_lines.parquet"
    table = pq.read_table(lines)
    pq.write_table(table.filter(pa.compute.less_equal(table["ordered_at"], pa.scalar(day + timedelta(days=1)))), lines)
    shutil.rmtree(ran / ".patron")
    project = open_project(ran)
    project.run(day, today=TODAY)
    cut = tables_of(project)
    counted_by_reading = {"quality", "rejected"}
    assert {n: t for n, t in replayed.items() if n not in counted_by_reading} == {
        n: t for n, t in cut.items() if n not in counted_by_reading
    }


@pytest.mark.slow
def test_movements_compare_with_the_run_before(ran: Path) -> None:
    (ran / "patron.yaml").write_text((ran / "patron.yaml").read_text() + lean("movements"))
    shutil.rmtree(ran / ".patron")
    project = open_project(ran)
    first = project.run(date(2024, 9, 30), today=TODAY)
    second = project.run(date(2024, 12, 31), today=TODAY)
    assert second.manifest.compared_with == first.manifest.run_id
    assert set(project.table("movements").compared_with.to_pyarrow().to_pylist()) == {first.manifest.run_id}


@pytest.mark.slow
def test_movements_never_compare_what_means_another_thing(ran: Path) -> None:
    settings = ran / "patron.yaml"
    settings.write_text(settings.read_text().replace("horizon: 365d", "horizon: 90d") + lean("movements"))
    shutil.rmtree(ran / ".patron")
    open_project(ran).run(date(2024, 9, 30), today=TODAY)
    settings.write_text(settings.read_text().replace("horizon: 90d", "horizon: 180d"))
    project = open_project(ran)
    made = project.run(date(2024, 12, 31), today=TODAY)
    assert made.manifest.compared_with is None
    assert set(project.table("movements").compared_with.to_pyarrow().to_pylist()) == {"month"}


@pytest.mark.slow
def test_movements_compare_with_the_latest_day_not_the_latest_made(ran: Path) -> None:
    (ran / "patron.yaml").write_text((ran / "patron.yaml").read_text() + lean("movements"))
    shutil.rmtree(ran / ".patron")
    project = open_project(ran)
    late = project.run(date(2024, 11, 30), today=TODAY)
    project.run(date(2024, 3, 31), today=TODAY)
    assert project.run(date(2024, 12, 31), today=TODAY).manifest.compared_with == late.manifest.run_id


@pytest.mark.slow
def test_a_run_of_another_version_does_not_stop_the_next(ran: Path) -> None:
    project = open_project(ran)
    (project.last().folder / "manifest.json").write_text("{}")
    assert project.run(today=TODAY).manifest.as_of == date(2024, 12, 31)


@pytest.mark.parametrize(
    "step", [*(pytest.param(name, marks=pytest.mark.slow) for name in ("load", "history")), "kpis"]
)
def test_a_run_that_is_killed_leaves_the_published_one(ran: Path, step: str) -> None:
    project = open_project(ran)
    before, published = tables_of(project), project.last().manifest.run_id
    settings = ran / "patron.yaml"
    settings.write_text(settings.read_text().replace("per_order: 4.50", "per_order: 5") + LEAN)
    (ran / "data" / "spend.parquet").touch()
    child = subprocess.run([sys.executable, "-c", _KILLED_AT, str(ran), step], capture_output=True, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    again = open_project(ran)
    assert again.last().manifest.run_id == published
    assert tables_of(again) == before
    assert again.run(today=TODAY).manifest.run_id != published
    assert not list((ran / ".patron" / "runs").glob(".draft-*"))


_KILLED_AT = """
import os, signal, sys
from datetime import date
from patron.pipeline import open_project

def tell(progress):
    if progress.step == sys.argv[2] and progress.seconds is None:
        os.kill(os.getpid(), signal.SIGKILL)

open_project(sys.argv[1]).run(today=date(2025, 1, 15), tell=tell)
"""


def test_a_failing_source_publishes_nothing_and_loses_nothing(ran: Path) -> None:
    project = open_project(ran)
    before, published = tables_of(project), project.last().manifest.run_id
    (ran / "data" / "products.parquet").write_bytes(b"this is no Parquet file")
    with pytest.raises(SourceError) as caught:
        open_project(ran).run(today=TODAY)
    assert "products.parquet" in caught.value.problem
    assert open_project(ran).last().manifest.run_id == published
    assert tables_of(open_project(ran)) == before
    assert not list((ran / ".patron" / "runs").glob(".draft-*"))


@pytest.mark.skipif(
    not hasattr(os, "setuid") or os.geteuid() != 0, reason="needs root, to become somebody who may not write"
)
def test_a_folder_that_cannot_be_written_is_named(fresh: Path) -> None:
    fresh.chmod(0o555)
    for parent in fresh.parents[:4]:
        parent.chmod(parent.stat().st_mode | 0o055)
    child = subprocess.run([sys.executable, "-c", _AS_NOBODY, str(fresh)], capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr
    assert str(fresh) in child.stdout


_AS_NOBODY = """
import os, sys
from patron.errors import RunError
from patron.language import catalogue
from patron.pipeline import open_project

project = open_project(sys.argv[1])
catalogue("state"), catalogue("errors")  # while the interpreter's own files may still be read
os.setuid(65534)
try:
    project.run()
except RunError as error:
    print(error)
"""


def test_a_project_without_a_run_says_how_to_make_one(fresh: Path) -> None:
    with pytest.raises(RunError, match="patron run"):
        open_project(fresh).table("kpis")


def test_an_unknown_table_offers_the_nearest(ran_project: Project) -> None:
    with pytest.raises(MissingTable, match="Did you mean 'profiles'"):
        ran_project.table("profile")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("customer_id,ordered_at,amount\n", "no line with a customer"),
        ("customer_id,ordered_at,amount\nann,2099-01-01,5\n", "no line with a customer"),
        ("customer_id,ordered_at\nann,2024-01-01\n", "no price"),
    ],
)
def test_data_that_says_nothing_is_said_to_say_nothing(tmp_path: Path, rows: str, words: str) -> None:
    with pytest.raises(PatronError, match=words):
        _project(tmp_path, rows).run(today=TODAY)
    assert not (tmp_path / ".patron" / "runs" / "LAST").exists()


@pytest.mark.parametrize(
    ("setting", "line", "key", "words"),
    [
        ("    columns: {custmer_id: who}", 6, "sources.order_lines.columns.custmer_id", "Did you mean 'customer_id'?"),
        ("    columns: {customer_id: whom, ordered_at: day}", 6, "sources.order_lines.columns.customer_id", "'who'?"),
        ("    columns: {customer_id: who, ordered_at: day}", 6, "sources.order_lines.columns", "no price"),
        ("    columns: {customer_id: who, ordered_at: day, amount: paid}\n    cancelled: ordr_id = 'x'", 7,
         "sources.order_lines.cancelled", "Did you mean 'order_id'?"),
    ],
    ids=["unknown field", "missing column", "no price", "condition"],
)  # fmt: skip
def test_a_setting_that_does_not_fit_the_data_is_named_with_its_line(
    tmp_path: Path, setting: str, line: int, key: str, words: str
) -> None:
    (tmp_path / "orders.csv").write_text("who,day,paid\nann,2024-01-01,5\n")
    (tmp_path / "patron.yaml").write_text(
        f"name: A\ncurrency: EUR\nsources:\n  order_lines:\n    path: orders.csv\n{setting}\n"
    )
    for act in (lambda project: project.run(today=TODAY), lambda project: check(project, today=TODAY)):
        with pytest.raises((SettingsError, ConditionError)) as caught:
            act(open_project(tmp_path))
        assert (caught.value.data["line"], caught.value.data["key"]) == (line, key)
        assert f"patron.yaml, line {line}: " in caught.value.problem
        assert words in str(caught.value)


def _project(folder: Path, rows: str) -> Project:
    (folder / "orders.csv").write_text(rows)
    (folder / "patron.yaml").write_text("name: A\ncurrency: EUR\nsources: {order_lines: {path: orders.csv}}\n")
    return open_project(folder)


def test_a_run_of_one_step_holds_what_it_needs_and_is_not_published(ran: Path) -> None:
    project = open_project(ran)
    published = project.last().manifest.run_id
    made = project.run(only="profiles", today=TODAY)
    assert made.manifest.only == "profiles"
    assert made.holds(("consents", "profiles"))
    assert not made.holds(("segments",))
    assert all(step.reused for step in made.manifest.steps.values())
    assert project.last().manifest.run_id == published
    assert project.store.ids()[-1] == made.manifest.run_id
    assert project.store.publish(made.manifest.run_id).manifest.run_id == project.last().manifest.run_id


def test_a_step_that_is_none_is_refused_with_the_nearest(ran: Path) -> None:
    with pytest.raises(ArgumentError, match="'profiles'"):
        open_project(ran).run(only="profile", today=TODAY)


def test_where_customers_stood_a_month_before_is_told_of_every_segmentation(ran_project: Project) -> None:
    told = {
        name: set(ran_project.table(name).segmentation.to_pyarrow().to_pylist())
        for name in ("memberships", "memberships_before", "movements")
    }
    assert {"rfm", "value_map", "tier", "past_tier", "stage", "behaviour"} <= told["movements"]
    assert told["movements"] == told["memberships_before"] == told["memberships"] - {"micro"}
