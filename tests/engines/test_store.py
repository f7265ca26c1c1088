"""Runs are there whole or not at all, whatever happens while they are made."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from crash_while_publishing import TABLES as PUBLISHED
from crash_while_publishing import manifest
from pydantic import ValidationError

from patron.contracts.customer import SEGMENTS
from patron.contracts.person import LINKS
from patron.engines.manifest import StepFacts
from patron.engines.store import LOCK, POINTER, Store
from patron.errors import ContractError, MissingTable, RunError

AS_OF = date(2011, 12, 9)


def linked(source, ids):
    """Return one link a record, each to a customer of its own."""
    rows = [
        {"source": name, "record_id": one, "customer_id": one, "rule": "own_id", "confidence": 1.0}
        for name, one in zip(source, ids, strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=LINKS.schema.to_pyarrow())


ROWS = linked(["b", "a"], ["2", "1"])


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "runs")


@pytest.fixture
def connection():
    opened = ibis.duckdb.connect()
    yield opened
    opened.disconnect()


def publish(store, connection, *, rows=ROWS):
    draft = store.draft()
    draft.write("links", ibis.memtable(rows), connection)
    return draft.publish(manifest(draft.run_id(AS_OF)))


def test_a_project_without_runs(store):
    assert store.last() is None
    assert store.ids() == []


def test_a_run_is_published_and_read_again(store, connection):
    run = publish(store, connection)
    assert run.manifest.run_id == "20111209-0001"
    assert store.ids() == ["20111209-0001"]
    assert store.last() == run == store.run("20111209-0001")
    assert sorted(file.name for file in run.folder.iterdir()) == ["links.parquet", "manifest.json"]
    rows = run.table("links", connection).to_pyarrow()
    assert rows.column("record_id").to_pylist() == ["1", "2"], "written in the order of the key"
    assert (store.folder / POINTER).read_text(encoding="utf-8") == "20111209-0001"


def test_the_next_run_takes_over_and_the_earlier_one_stays(store, connection):
    first, second = publish(store, connection), publish(store, connection, rows=ROWS.slice(0, 1))
    assert store.last() == second
    assert [run.table("links", connection).count().to_pyarrow().as_py() for run in (first, second)] == [2, 1]


def test_a_draft_is_seen_by_nobody(store, connection):
    publish(store, connection)
    draft = store.draft()
    draft.write("links", ibis.memtable(ROWS), connection)
    assert store.ids() == ["20111209-0001"]
    assert store.last().manifest.run_id == "20111209-0001"
    assert draft.rows("links") == 2
    draft.discard()
    assert [file.name for file in store.folder.iterdir() if file.name.startswith(".")] == []


def test_what_a_crashed_draft_left_is_removed_by_the_next(store, connection):
    left = store.draft()
    left.scratch("aside", ibis.memtable(ROWS), connection)
    (store.folder / f".{POINTER}.4711.part").write_text("half", encoding="utf-8")
    left.lock.release()  # as the end of its process does
    draft = store.draft()
    assert sorted(file.name for file in store.folder.iterdir()) == [draft.folder.name, LOCK]
    assert list(draft.folder.iterdir()) == []


def test_scratch_is_read_again_and_no_part_of_the_run(store, connection):
    draft = store.draft()
    aside = draft.scratch("aside", ibis.memtable(ROWS).mutate(more=1), connection)
    assert aside.to_pyarrow().num_rows == 2
    draft.write("links", aside, connection)
    run = draft.publish(manifest(draft.run_id(AS_OF)))
    assert not (run.folder / "scratch").exists()


def test_a_table_that_breaks_its_contract_is_never_published(store, connection):
    publish(store, connection)
    draft = store.draft()
    with pytest.raises(ContractError) as caught:
        draft.write("links", ibis.memtable(pa.concat_tables([ROWS, ROWS])), connection)
    assert caught.value.data["table"] == "links"
    draft.discard()
    with pytest.raises(ContractError):
        store.draft().write("links", ibis.memtable(ROWS).drop("rule"), connection)
    assert store.ids() == ["20111209-0001"]


def test_a_table_nobody_agreed_on(store, connection):
    with pytest.raises(KeyError, match="moods"):
        store.draft().write("moods", ibis.memtable(ROWS), connection)


def test_a_table_that_is_taken_over_costs_no_disk(store, connection):
    first = publish(store, connection)
    draft = store.draft()
    taken = draft.reuse("links", first, connection)
    assert taken.to_pyarrow().num_rows == 2
    second = draft.publish(manifest(draft.run_id(AS_OF)))
    assert second.files("links")[0].samefile(first.files("links")[0])
    assert first.files("links")[0].stat().st_nlink == 2


def test_a_table_is_copied_where_it_cannot_be_linked(store, connection, monkeypatch):
    first = publish(store, connection)
    draft = store.draft()
    monkeypatch.setattr(os, "link", _no_links)
    assert draft.reuse("links", first, connection).to_pyarrow().num_rows == 2
    assert not draft.folder.joinpath("links.parquet").samefile(first.files("links")[0])


def _no_links(*_paths):
    raise PermissionError(errno.EPERM, "Operation not permitted")


def test_a_table_that_a_run_does_not_hold(store, connection):
    run = publish(store, connection)
    with pytest.raises(MissingTable) as caught:
        run.table("link", connection)
    assert caught.value.data["table"] == "link"
    assert caught.value.remedy == "Did you mean 'links'?"


def test_a_run_that_is_not_there(store, connection):
    with pytest.raises(RunError) as caught:
        store.run("20111209-0001")
    assert caught.value.data["run"] == "20111209-0001"
    publish(store, connection)
    with pytest.raises(RunError, match="Did you mean '20111209-0001'"):
        store.run("20111209-0007")


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b'{"run_id": "x"}', b"\xff\xfe", b"[]", b"null"])
def test_a_manifest_that_cannot_be_read(store, connection, content):
    run = publish(store, connection)
    (run.folder / "manifest.json").write_bytes(content)
    with pytest.raises(RunError) as caught:
        store.last()
    assert "Did you mean '20111209-0001'" not in str(caught.value), "the run that is broken is no advice"


def test_a_pointer_to_a_run_that_was_deleted(store, connection):
    publish(store, connection)
    (store.folder / POINTER).write_text("20111209-0009\n", encoding="utf-8")
    with pytest.raises(RunError, match="Did you mean '20111209-0001'"):
        store.last()


def test_runs_are_counted_in_the_order_in_which_they_were_made(store):
    """A run about an earlier day, and the ten thousandth run, still come last."""
    for run_id in ("20240101-0002", "20111209-0003", "20240630-0001", "20240101-9999", "20240101-10000"):
        (store.folder / run_id).mkdir(parents=True)
        (store.folder / run_id / "manifest.json").write_text("{}", encoding="utf-8")
    made = ["20240630-0001", "20240101-0002", "20111209-0003", "20240101-9999", "20240101-10000"]
    assert store.ids() == made
    assert store.draft().run_id(AS_OF) == "20111209-10001"


def test_what_is_no_run_is_left_alone(store, connection):
    publish(store, connection)
    for name in ("20111209-0001 copy", "backup", "2011-12-09", "notes"):
        (store.folder / name).mkdir()
        (store.folder / name / "manifest.json").write_text("{}", encoding="utf-8")
    (store.folder / "20111209-0005").mkdir()  # without a manifest it is no run
    assert store.ids() == ["20111209-0001"]
    assert publish(store, connection).manifest.run_id == "20111209-0002"


def test_sums_of_whole_numbers_stay_whole(store, connection):
    """DuckDB adds whole numbers up to 128 bits, which a Parquet file can only hold as floating point."""
    blank = {column.name: None for column in SEGMENTS.columns}
    texts = dict.fromkeys(("segmentation", "segment", "title", "meaning", "advice", "purpose"), "x")
    rows = pa.Table.from_pylist(
        [{**blank, **texts, "position": 1, "customers": n, "customer_share": 1.0, "orders": 2**53 + 1, "net_revenue": 0,
          "margin": 0, "predicted_value": 0.0} for n in (1, 2)],
        schema=SEGMENTS.schema.to_pyarrow(),
    )  # fmt: skip
    table = ibis.memtable(rows)
    summed = table.group_by(*(name for name in table.columns if name not in ("customers", "orders"))).aggregate(
        customers=table.customers.sum(), orders=table.orders.max() + table.customers.sum() - 3
    )
    written = store.draft().write("segments", summed, connection).to_pyarrow()
    assert written.schema.field("orders").type == pa.int64()
    assert written.select(["customers", "orders"]).to_pylist() == [{"customers": 3, "orders": 2**53 + 1}]


def test_a_power_cut_at_any_step_of_publishing_leaves_a_whole_run(tmp_path, connection):
    """Not one step of publishing may be the wrong one to die at."""
    parquet = tmp_path / "links.parquet"
    pq.write_table(LINKS.schema.to_pyarrow().empty_table(), parquet)
    script = Path(__file__).with_name("crash_while_publishing.py")
    told = subprocess.run(
        [sys.executable, script, tmp_path / "tries", parquet], capture_output=True, text=True, check=True
    )
    *deaths, end = told.stdout.splitlines()
    assert end == "done"
    assert {"open manifest.json", "os.rename .draft-0002"} <= set(deaths)
    # Between the emptying and the writing of a file no hook is called: that there is no such moment shows here.
    assert any(death.startswith(f"os.rename .{POINTER}.") for death in deaths)
    assert f"open {POINTER}" not in deaths
    published = []
    for place, death in enumerate(deaths, start=1):
        store = Store(tmp_path / "tries" / f"{place:03d}")
        run = store.last()
        assert run is not None, death
        assert run.manifest.run_id == run.folder.name
        published.append(run.manifest.run_id)
        for name in PUBLISHED:
            assert run.table(name, connection).count().to_pyarrow().as_py() == 0
        after = store.draft().publish(manifest(store.ids()[-1][:-1] + "9"))
        assert store.last() == after, "life goes on"
        assert not list(store.folder.glob(".*")), death
    assert published == sorted(published), "once published it stays"
    assert published[0] == "20111209-0001"
    assert set(published) <= {"20111209-0001", "20111209-0002"}


DENIED = """
import os, sys
from pathlib import Path
from patron.engines.store import Store
from patron.errors import RunError
from patron.language import say
say("errors.run_folder", folder="", came="")  # all that must be read to say so is read by now
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    Store(Path(sys.argv[1])).draft()
except RunError as error:
    print(error.data["folder"], error.data["came"])
"""


@pytest.mark.parametrize("exists", [True, False], ids=["runs may not be written to", "runs cannot be made"])
def test_a_folder_that_may_not_be_written_to(exists):
    """Tried by somebody without rights: root may write anywhere."""
    with tempfile.TemporaryDirectory() as place:
        runs = Path(place) / "runs"
        if exists:
            runs.mkdir()
            runs.chmod(0o555)
        Path(place).chmod(0o555)
        said = subprocess.run([sys.executable, "-c", DENIED, runs], capture_output=True, text=True, check=True)
        Path(place).chmod(0o755)
        assert said.stdout.strip() == f"{runs} Permission denied"


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "runs").write_text("", encoding="utf-8")
    with pytest.raises(RunError) as caught:
        Store(tmp_path / "runs").draft()
    assert caught.value.data["folder"] == str(tmp_path / "runs")


def test_a_manifest_says_all_it_knows():
    known = manifest("20111209-0001")
    assert type(known).model_validate_json(known.model_dump_json()) == known
    with pytest.raises(ValidationError):
        known.rows_in = 2  # type: ignore[misc]
    later = type(known).model_validate({**known.model_dump(), "mood": "good"})
    assert later == known, "what a later version added is passed over"
    with pytest.raises(ValidationError, match="rows_in"):
        type(known).model_validate({key: value for key, value in known.model_dump().items() if key != "rows_in"})
    assert StepFacts(seconds=0.1, reused=False, fingerprint="0", tables=["a"]).tables == ("a",)


def test_one_process_makes_a_run_at_a_time(store, connection):
    publish(store, connection)
    draft = store.draft()
    draft.write("links", ibis.memtable(ROWS), connection)
    told = subprocess.run([sys.executable, "-c", _SECOND, store.folder], capture_output=True, text=True, check=True)
    assert f"Another process ({os.getpid()})" in told.stdout
    assert draft.rows("links") == 2, "the draft of the first one is untouched"
    draft.publish(manifest(draft.run_id(AS_OF)))
    told = subprocess.run([sys.executable, "-c", _SECOND, store.folder], capture_output=True, text=True, check=True)
    assert told.stdout == "3\n"


_SECOND = """
import sys
from pathlib import Path
from patron.engines.store import Store
from patron.errors import RunError
try:
    print(Store(Path(sys.argv[1])).draft().number)
except RunError as error:
    print(error)
"""


def test_a_run_that_cannot_be_read_does_not_stop_the_next(store, connection):
    publish(store, connection)
    broken = publish(store, connection)
    (broken.folder / "manifest.json").write_text('{"run_id": "from another version"}', encoding="utf-8")
    assert [run.manifest.run_id for run in store.readable()] == ["20111209-0001"]
    assert publish(store, connection).manifest.run_id == "20111209-0003"


def part(first, count):
    numbers = [str(number) for number in range(first, first + count)]
    return ibis.memtable(linked(["a"] * count, numbers))


def in_parts(store, connection, parts, **options):
    draft = store.draft()
    try:
        draft.parts("links", parts, connection, **options)
        return draft.publish(manifest(draft.run_id(AS_OF)))
    finally:
        draft.discard()


def test_a_table_may_be_several_files_of_which_some_are_another_runs(store, connection):
    first = in_parts(store, connection, {"part-0001": part(0, 3), "part-0002": part(3, 2)})
    assert sorted(file.name for file in (first.folder / "links").iterdir()) == [
        "part-0001.parquet",
        "part-0002.parquet",
    ]
    second = in_parts(store, connection, {**first.parts("links"), "part-0003": part(5, 1)})
    assert list(second.parts("links")) == ["part-0001", "part-0002", "part-0003"]
    assert second.rows("links") == 6
    assert sorted(second.table("links", connection).record_id.to_pyarrow().to_pylist()) == list("012345")
    shared = [file.samefile(second.folder / file.relative_to(first.folder)) for file in first.files("links")]
    assert shared == [True, True]
    assert first.rows("links") == 5, "the earlier run is as it was"


def test_a_table_in_parts_is_taken_over_in_parts(store, connection):
    first = in_parts(store, connection, {"part-0001": part(0, 3), "part-0002": part(3, 2)})
    draft = store.draft()
    draft.write("links", ibis.memtable(ROWS), connection)
    assert draft.reuse("links", first, connection).count().to_pyarrow().as_py() == 5
    assert draft.rows("links") == 5, "what stood there before is gone"
    draft.write("links", ibis.memtable(ROWS), connection)
    assert draft.rows("links") == 2, "and the other way round"
    assert first.rows("links") == 5, "what is shared is never written to"
    second = draft.publish(manifest(draft.run_id(AS_OF)))
    assert [file.name for file in second.files("links")] == ["links.parquet"]
    assert list(second.parts("links")) == ["links"]


def test_a_table_without_parts_has_no_rows_and_keeps_its_columns(store, connection):
    run = in_parts(store, connection, {})
    assert run.rows("links") == 0
    assert run.table("links", connection).columns == LINKS.names


def test_parts_keep_the_contract_together_or_each_by_itself(store, connection):
    overlapping = {"part-0001": part(0, 3), "part-0002": part(2, 2)}
    with pytest.raises(ContractError) as caught:
        in_parts(store, connection, overlapping)
    assert caught.value.data["came"] == 1
    in_parts(store, connection, overlapping, whole=False)
    with pytest.raises(ContractError):
        in_parts(store, connection, {"part-0001": ibis.union(part(0, 3), part(0, 1))}, whole=False)
    with pytest.raises(ContractError):
        in_parts(store, connection, {"part-0001": part(0, 3).drop("rule")})


def test_a_run_tells_whether_its_tables_are_whole(store, connection):
    draft = store.draft()
    draft.parts("links", {"part-0001": part(0, 3), "part-0002": part(3, 2)}, connection)
    facts = {"links": {"rows": 5, "purpose": "operations"}}
    known = manifest(draft.run_id(AS_OF)).model_dump() | {"tables": facts}
    run = draft.publish(type(manifest("x")).model_validate(known))
    assert run.holds(("links",))
    assert not run.holds(("links", "orders"))
    content = run.files("links")[1].read_bytes()
    run.files("links")[1].write_bytes(content[:-4])
    assert not run.holds(("links",)), "a part that was cut off"
    run.files("links")[1].unlink()
    assert not run.holds(("links",)), "a part that is gone"


def test_a_run_that_was_renamed_and_never_pointed_to_is_none(store, connection):
    """Its maker was killed between the two: what it finished is on the shelf, and the published run is another."""
    publish(store, connection)
    cut_off = publish(store, connection)
    (cut_off.folder / ".unpublished").touch()
    (store.folder / POINTER).write_text("20111209-0001", encoding="utf-8")
    assert store.ids() == ["20111209-0001"]
    draft = store.draft()
    assert draft.number == 2
    assert not cut_off.folder.exists()
    assert publish_again(draft, connection).manifest.run_id == "20111209-0002"


def test_a_run_that_was_pointed_to_is_one_though_its_maker_was_killed_then(store, connection):
    run = publish(store, connection)
    (run.folder / ".unpublished").touch()
    assert store.ids() == ["20111209-0001"]
    publish_again(store.draft(), connection)
    assert store.ids() == ["20111209-0001", "20111209-0002"], "also when another one is the published one"
    assert not (run.folder / ".unpublished").exists()


def publish_again(draft, connection):
    draft.write("links", ibis.memtable(ROWS), connection)
    return draft.publish(manifest(draft.run_id(AS_OF)))


def test_an_older_run_is_published_again(store, connection):
    first, second = publish(store, connection), publish(store, connection)
    assert store.publish("20111209-0001") == first == store.last()
    assert store.ids() == ["20111209-0001", "20111209-0002"]
    assert second.folder.exists()
    with pytest.raises(RunError):
        store.publish("20111209-0007")
    assert store.last() == first
    assert publish(store, connection).manifest.run_id == "20111209-0003"


@pytest.mark.parametrize("run_id", ["", ".", "..", "../runs", ".finished", "LAST", "/etc"])
def test_what_is_no_id_is_no_run(store, connection, run_id):
    publish(store, connection)
    with pytest.raises(RunError):
        store.run(run_id)


def test_runs_are_removed_and_what_they_shared_stays(store, connection):
    first = publish(store, connection)
    draft = store.draft()
    draft.reuse("links", first, connection)
    second = draft.publish(manifest(draft.run_id(AS_OF)))
    with store.alone():
        store.remove(["20111209-0001"])
    assert store.ids() == ["20111209-0002"]
    assert second.rows("links") == 2
    assert sorted(file.name for file in store.folder.iterdir()) == ["20111209-0002", POINTER, LOCK]


def test_nobody_makes_a_run_while_others_are_removed(store, connection):
    publish(store, connection)
    with store.alone(), pytest.raises(RunError, match=str(os.getpid())):
        store.draft()
    store.draft()
