"""Runs that stay: listed, compared, pruned, and made again with an equal result."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from patron.activation import audience, members
from patron.cli.demo import SETTINGS
from patron.cli.main import app
from patron.contracts import TABLES
from patron.contracts.customer import FORECASTS
from patron.contracts.person import LINKS
from patron.errors import ArgumentError, RunError
from patron.pipeline import Project, open_project
from patron.pipeline.compare import Figure, compare
from patron.pipeline.difference import difference
from patron.pipeline.listed import listed
from patron.pipeline.prune import prune
from patron.pipeline.replay import replay, settings_of
from patron.simulate import shop
from tests_support import LEAN, TODAY, tables_of

ONE, TWO, THREE = "20240930-0001", "20241130-0002", "20241130-0003"
DAYS = [date(2024, 9, 30), date(2024, 11, 30)]
IN_OCTOBER, IN_DECEMBER = date(2024, 10, 1), date(2024, 12, 1)


def _days_of(lines: pa.Table) -> pa.Array:
    return pc.cast(lines["ordered_at"], pa.date32())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days' runs with a list frozen between them, and a third run under other settings. Not to be written to."""
    folder = tmp_path_factory.mktemp("days") / "shop"
    shop(customers=200, seed=3).write(folder)
    lines = pq.read_table(folder / "data" / "order_lines.parquet")
    (folder / "data" / "order_lines.parquet").unlink()
    (folder / "data" / "orders").mkdir()
    pq.write_table(lines.filter(pc.less_equal(_days_of(lines), DAYS[0])), folder / "data" / "orders" / "1.parquet")
    settings = folder / "patron.yaml"
    read = SETTINGS.replace("data/order_lines.parquet", "data/orders/*.parquet")
    settings.write_text(read + LEAN, encoding="utf-8")
    project = open_project(folder)
    first = project.run(today=IN_OCTOBER)
    tables = (project.table(name) for name in ("memberships", "profiles", "forecasts"))
    chosen = members(*tables, segment="value_map.small", as_of=DAYS[0], run_id=first.manifest.run_id)
    with project.state() as state:
        audience(chosen, name="autumn", file=folder / "list.csv", state=state, holdout="30%")
    later = pc.and_(pc.greater(_days_of(lines), DAYS[0]), pc.less_equal(_days_of(lines), DAYS[1]))
    pq.write_table(lines.filter(later), folder / "data" / "orders" / "2.parquet")
    project.run(today=IN_DECEMBER)
    settings.write_text(settings.read_text() + "value_map_split: 0.7\n")
    project.run(today=IN_DECEMBER)
    assert project.store.ids() == [ONE, TWO, THREE]
    return folder


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Project:
    """A copy that a test may change."""
    return open_project(shutil.copytree(made, tmp_path / "days"))


def patron(*words: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.exit_code, result.stdout, result.stderr


# Replay ---------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_run_of_every_step_comes_out_equal(ran: Path) -> None:
    project = open_project(ran)
    replayed = replay(project, project.last().manifest.run_id)
    assert replayed.equal, [table for table in replayed.tables if not table.equal]


@pytest.mark.slow
@pytest.mark.parametrize("run_id", [ONE, TWO])
def test_an_old_day_comes_out_equal(project: Project, run_id: str) -> None:
    """Though a file has come since, the settings changed, and a list was frozen and read."""
    before, ids = tables_of(project), project.store.ids()
    replayed = replay(project, run_id)
    assert replayed.equal, [table for table in replayed.tables if not table.equal]
    assert [table.table for table in replayed.tables] == list(TABLES)
    assert replayed.read_again
    assert not replayed.code_changed
    assert replayed.new_inputs == (("order_lines: data/orders/2.parquet",) if run_id == ONE else ())
    assert project.store.ids() == ids, "nothing is published"
    assert tables_of(project) == before
    assert not list(project.store.folder.glob(".*"))


@pytest.mark.slow
def test_a_replay_knows_the_lists_of_its_day_only(project: Project) -> None:
    assert project.store.run(ONE).manifest.audiences == ()
    assert project.store.run(TWO).manifest.audiences == ("autumn",)
    rows = project.store.run(TWO).rows("assignments")
    assert rows > 0
    published = replay(project, ONE, publish=True).published
    assert published == "20240930-0004"
    assert project.last().manifest.replay_of == ONE
    assert project.last().rows("assignments") == 0
    assert project.last().manifest.compared_with is None


@pytest.mark.slow
def test_a_replay_compares_with_the_run_it_was_compared_with(project: Project) -> None:
    """A run about a day in between has come since, and would be chosen today."""
    between = project.run(date(2024, 10, 31), today=IN_DECEMBER)
    assert project.store.run(TWO).manifest.compared_with == ONE
    assert replay(project, TWO).equal
    assert project.run(date(2024, 11, 15), today=IN_DECEMBER).manifest.compared_with == between.manifest.run_id
    with project.store.alone():
        project.store.remove([ONE])
    with pytest.raises(RunError, match=f"goes on from run {ONE}, which is no longer there"):
        replay(project, TWO)


@pytest.mark.parametrize("change", ["changed", "missing"])
def test_a_file_that_is_not_what_it_was_is_said(project: Project, change: str) -> None:
    """The sources cannot be read again; from the cleaned tables on everything is computed."""
    file = project.folder / "data" / "orders" / "1.parquet"
    if change == "changed":
        pq.write_table(pq.read_table(file).slice(10), file)
    else:
        file.unlink()
    replayed = replay(project, ONE)
    assert getattr(replayed, f"{change}_inputs") == ("order_lines: data/orders/1.parquet",)
    assert not replayed.read_again
    assert replayed.equal


@pytest.mark.slow
def test_a_run_that_was_tampered_with_comes_out_different(project: Project) -> None:
    file = project.store.run(ONE).files("forecasts")[0]
    table = pq.read_table(file)
    doubled = pc.multiply(table["predicted_value"], 2)
    pq.write_table(table.set_column(table.schema.get_field_index("predicted_value"), "predicted_value", doubled), file)
    code, out, _ = patron("runs", "replay", ONE, "--project", project.folder)
    assert code == 1
    assert f"Run {ONE} (as of 30 September 2024) comes out different: 1 of {len(TABLES)} tables." in out
    assert "forecasts" in out


def test_a_run_of_a_version_that_kept_no_settings_says_so(project: Project) -> None:
    file = project.store.run(ONE).folder / "manifest.json"
    manifest = json.loads(file.read_text())
    del manifest["settings"], manifest["made_at"], manifest["asked"]
    file.write_text(json.dumps(manifest))
    assert project.store.ids() == [ONE, TWO, THREE], "it is read all the same"
    with pytest.raises(RunError, match="keeps no settings"):
        replay(project, ONE)
    assert listed(project.store)[0].made_on == IN_OCTOBER


def test_settings_come_back_as_they_were(project: Project) -> None:
    for run in project.store.readable():
        settings = settings_of(run.manifest, here=project.settings)
        assert settings.digest() == run.manifest.settings_hash
    assert settings == project.settings


def test_a_run_keeps_no_password(project: Project) -> None:
    settings = project.folder / "patron.yaml"
    settings.write_text(settings.read_text() + f"state: sqlite:///{project.folder}/secret.db\nmemory: 1GB\n")
    kept = open_project(project.folder).run(today=IN_DECEMBER).folder / "manifest.json"
    assert "secret" not in kept.read_text()


# Differences ----------------------------------------------------------------------------------------------------------


def links(*rows: tuple[str, str]) -> ibis.Table:
    named = [{"source": "a", "record_id": record, "customer_id": who, "rule": "own_id", "confidence": 1.0}
             for record, who in rows]  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(named, schema=LINKS.schema.to_pyarrow()))


def test_rows_are_matched_by_their_key() -> None:
    found = difference("links", links(("1", "x"), ("2", "y"), ("3", "z")), links(("4", "z"), ("2", "y"), ("1", "w")))
    assert (found.rows_before, found.rows_after, found.only_before, found.only_after, found.changed) == (3, 3, 1, 1, 1)
    assert not found.equal
    assert difference("links", links(("1", "x")), links(("1", "x"))).equal
    assert difference("links", links(), links()).equal
    assert not difference("links", links(), links(("1", "x"))).equal


@pytest.mark.parametrize(
    ("before", "after", "equal"),
    [(1.0, 1.0 + 1e-12, True), (1e9, 1e9 + 0.1, True), (1.0, 1.00001, False), (0.0, 1e-12, True), (None, None, True),
     (None, 0.0, False), (0.0, None, False)],
)  # fmt: skip
def test_the_last_digits_of_a_sum_are_no_difference(before: float | None, after: float | None, equal: bool) -> None:
    fill = {"string": "x", "int64": 1, "float64": 1.0}
    row = {column.name: fill[column.type] for column in FORECASTS.columns} | {"basis": "margin", "grade": "A"}
    tables = [
        ibis.memtable(pa.Table.from_pylist([{**row, "value_low": value}], schema=FORECASTS.schema.to_pyarrow()))
        for value in (before, after)
    ]
    assert difference("forecasts", *tables).equal is equal


# Compare, list --------------------------------------------------------------------------------------------------------


def test_two_runs_are_compared(project: Project) -> None:
    compared = compare(project.store, ONE, THREE, connection=project.connection)
    assert [(one.key, one.before, one.after) for one in compared.settings] == [("value_map_split", "0.8", "0.7")]
    assert compared.files.added == ("order_lines: data/orders/2.parquet",)
    assert compared.files.removed == compared.files.changed == ()
    assert not compared.code_changed
    rows = {one.name: one for one in compared.rows}
    assert list(rows) == list(TABLES)
    assert rows["raw_order_lines"].before < rows["raw_order_lines"].after
    figures = {one.name: one for one in compared.figures}
    assert list(figures) == ["customers", "orders", "net_revenue", "margin", "expected_orders", "predicted_value"]
    assert figures["customers"] == Figure("customers", *(rows["profiles"].before, rows["profiles"].after))
    assert 0 < figures["net_revenue"].before < figures["net_revenue"].after


def test_who_moved_adds_up(project: Project) -> None:
    compared = compare(project.store, ONE, TWO, connection=project.connection)
    before, after = (
        {
            row["segmentation"]: row["n"]
            for row in run.table("memberships", project.connection)
            .group_by("segmentation")
            .aggregate(n=lambda table: table.count())
            .to_pyarrow()
            .to_pylist()
        }
        for run in (project.store.run(ONE), project.store.run(TWO))
    )
    assert {moved.segmentation for moved in compared.memberships} == before.keys() | after.keys()
    for moved in compared.memberships:
        assert moved.stayed + moved.moved + moved.left == before[moved.segmentation]
        assert moved.stayed + moved.moved + moved.came == after[moved.segmentation]
    same = compare(project.store, TWO, TWO, connection=project.connection)
    assert all(moved.moved == moved.came == moved.left == 0 for moved in same.memberships)
    assert same.settings == ()


def test_runs_are_listed_with_what_changed(project: Project) -> None:
    runs = listed(project.store)
    assert [one.run_id for one in runs] == [ONE, TWO, THREE]
    assert [one.changed for one in runs] == [(), ("inputs",), ("settings",)]
    assert [one.published for one in runs] == [False, False, True]
    assert [one.as_of for one in runs] == [DAYS[0], DAYS[1], DAYS[1]]
    assert all(0 < one.own_bytes <= one.bytes for one in runs)
    assert all(one.rows > 0 and one.seconds > 0 for one in runs)


# Prune ----------------------------------------------------------------------------------------------------------------


def test_pruning_spares_what_is_published_and_what_was_compared_with(project: Project) -> None:
    kept = prune(project.store, today=TODAY, keep=2)
    assert (kept.removed, kept.spared) == ((), {ONE: "compared"})
    project.store.publish(TWO)
    kept = prune(project.store, today=TODAY, keep=0)
    assert kept.removed == (THREE,)
    assert kept.spared == {ONE: "compared", TWO: "published"}
    kept = prune(project.store, today=TODAY, keep=0, with_compared=True, carry_out=True)
    assert kept.removed == (ONE, THREE)
    assert project.store.ids() == [TWO]
    for name in TABLES:
        project.table(name).count().to_pyarrow()


def test_pruning_frees_what_it_says(made: Path, tmp_path: Path) -> None:
    """Files that a run shares with one that stays are not freed."""
    project = open_project(shutil.copytree(made, tmp_path / "days"))
    project.run(today=IN_DECEMBER)
    project.run(today=IN_DECEMBER)

    def used() -> int:
        return sum({file.stat().st_ino: file.stat().st_size for file in project.store.folder.rglob("*.*")
                    if file.is_file()}.values())  # fmt: skip

    before, plan = used(), prune(project.store, today=TODAY, keep=1, with_compared=True)
    assert used() == before, "a plan changes nothing"
    done = prune(project.store, today=TODAY, keep=1, with_compared=True, carry_out=True)
    assert replace(done) == plan
    assert before - used() == done.frees


def test_pruning_by_age(project: Project) -> None:
    made_on = max(one.made_on for one in listed(project.store))
    assert prune(project.store, today=made_on, older_than_days=0, with_compared=True).removed == ()
    later = made_on + timedelta(days=91)
    assert prune(project.store, today=later, older_than_days=90, with_compared=True).removed == (ONE, TWO)
    assert prune(project.store, today=later, older_than_days=90, keep=2, with_compared=True).removed == (ONE,)
    assert prune(project.store, today=later, older_than_days=91, with_compared=True).removed == ()


@pytest.mark.parametrize("wanted", [{}, {"keep": -1}, {"older_than_days": -1}])
def test_pruning_wants_to_be_told_what(project: Project, wanted: dict[str, int]) -> None:
    with pytest.raises(ArgumentError):
        prune(project.store, today=TODAY, **wanted)  # type: ignore[arg-type]


# Commands -------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_commands_speak_in_words_and_in_json(project: Project) -> None:
    at = ("--project", project.folder)
    code, out, _ = patron("runs", *at)
    assert code == 0
    assert all(run_id in out for run_id in (ONE, TWO, THREE))
    assert "(published)" in out
    facts = json.loads(patron("runs", *at, "--json")[1])
    assert [run["run_id"] for run in facts["runs"]] == [ONE, TWO, THREE]
    code, out, _ = patron("runs", "compare", ONE, THREE, *at)
    assert "setting value_map_split: 0.8, then 0.7" in out
    assert "new file: order_lines: data/orders/2.parquet" in out
    assert "predicted value" in out
    facts = json.loads(patron("runs", "compare", TWO, TWO, *at, "--json")[1])
    assert facts["settings"] == []
    code, out, _ = patron("runs", "replay", ONE, *at, "--json", "--quiet")
    assert (code, json.loads(out)["equal"]) == (0, True)


def test_prune_asks_before_it_removes(project: Project) -> None:
    at = ("--project", project.folder)
    code, out, _ = patron("runs", "prune", "--keep", "1", *at)
    assert code == 0
    assert "To be removed: 20241130-0002" in out
    assert f"{ONE} stays" in out
    assert project.store.ids() == [ONE, TWO, THREE]
    code, out, _ = patron("runs", "prune", "--keep", "1", "--yes", "--json", *at)
    assert json.loads(out) | {"frees": 0} == {
        "removed": [TWO], "spared": {ONE: "compared"}, "kept": 2, "frees": 0, "done": True
    }  # fmt: skip
    assert project.store.ids() == [ONE, THREE]
    assert "nothing to remove" in patron("runs", "prune", "--keep", "1", *at)[1]


def test_publish_goes_back(project: Project) -> None:
    at = ("--project", project.folder)
    code, out, _ = patron("runs", "publish", ONE, *at)
    assert code == 0
    assert f"before it was {THREE}" in out
    assert project.last().manifest.run_id == ONE
    code, _, errors = patron("runs", "publish", "20240930-0009", *at)
    assert code == 1
    assert "Did you mean" in errors


def test_what_is_said_wrong_is_said_in_two_lines(project: Project, fresh: Path) -> None:
    for words, code, says in (
        (("prune",), 2, "patron runs prune --keep 10"),
        (("prune", "--older-than", "3 weeks"), 2, "90d"),
        (("compare", ONE, "x"), 1, "Run 'x' is not there"),
        (("replay", "x"), 1, "Run 'x' is not there"),
    ):
        got = patron("runs", *words, "--project", project.folder)
        assert got[0] == code, got
        assert says in got[2]
        assert len(got[2].strip().split("\n")) == 2
    got = patron("runs", "--project", project.folder, "publish", ONE)
    assert got[0] == 2
    assert "Put it behind" in got[2]
    assert "no run yet" in patron("runs", "--project", fresh)[1]


def test_every_command_has_help() -> None:
    for words in ((), ("compare",), ("prune",), ("publish",), ("replay",)):
        code, out, _ = patron("runs", *words, "--help")
        assert code == 0
        assert "--json" in out


def test_a_run_that_cannot_be_read_is_named_in_the_list(project: Project) -> None:
    (project.store.run(TWO).folder / "manifest.json").write_text("{}")
    code, out, errors = patron("runs", "--project", project.folder)
    assert code == 0
    assert TWO not in out
    assert TWO in errors
