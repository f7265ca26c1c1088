"""A backup holds all that could not be made again, is of one moment, and comes back whole or not at all."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update
from typer.testing import CliRunner

import every_row
from patron.cli.demo import SETTINGS as SHOP
from patron.cli.main import app
from patron.engines.database import open_engine, writing
from patron.engines.delivery_tables import OUTBOX
from patron.engines.restored_state import restored_at
from patron.engines.state_tables import CONSENT_STATEMENTS
from patron.engines.suppression_tables import SUPPRESSIONS
from patron.engines.timer_tables import TIMERS
from patron.errors import ArgumentError, RunError
from patron.pipeline import open_project
from patron.pipeline.backup import backup
from patron.pipeline.erased_again import restored
from patron.pipeline.erasure import erase
from patron.pipeline.restore import restore
from patron.privacy.audit import verify
from patron.privacy.pseudonymous import export_key
from patron.privacy.signed_links import link_key
from patron.privacy.tombstones import TOMBSTONES_FILE
from patron.simulate import shop as simulated
from postgres_server import for_sqlalchemy
from server_project import empty_project
from tests_support import LEAN

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
WRITTEN_BY_RESTORE = {"restores", "audit"}


@pytest.fixture(scope="module")
def ran_small(tmp_path_factory):
    """A small shop with a published run. Not to be written to."""
    folder = tmp_path_factory.mktemp("backup") / "shop"
    simulated(customers=60, seed=3).write(folder)
    (folder / "patron.yaml").write_text(SHOP + LEAN, encoding="utf-8")
    open_project(folder).run(today=date(2025, 1, 15))
    return folder


@pytest.fixture
def small(ran_small, tmp_path):
    return open_project(shutil.copytree(ran_small, tmp_path / "shop"))


@pytest.fixture
def archives(tmp_path):
    folder = tmp_path / "archives"
    folder.mkdir()
    return folder


def rows_of(project):
    with project.state() as state, state.engine.connect() as connection:
        return every_row.held(connection)


def filled(project):
    with project.state() as state, writing(state.engine) as connection:
        every_row.fill(connection)
    return project


def placed(place, more=""):
    """A folder with the settings of a project and nothing of Patron's own."""
    return empty_project(place, more).folder


def url_of(request, kind, name):
    if kind == "sqlite":
        return ""
    return f"state: {for_sqlalchemy(request.getfixturevalue('postgres_server').make(name))}\n"


FROM_TO = [
    ("sqlite", "sqlite"),
    pytest.param("sqlite", "postgresql", marks=pytest.mark.slow),
    pytest.param("postgresql", "sqlite", marks=pytest.mark.slow),
    pytest.param("postgresql", "postgresql", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("source", "target"), FROM_TO)
def test_every_row_of_every_table_comes_back_on_either_database(request, source, target, tmp_path, archives):
    name = f"{source}_to_{target}"
    project = filled(empty_project(tmp_path / "from", url_of(request, source, f"{name}_a")))
    before = rows_of(project)
    made = backup(project, archives, now=NOW)
    place = placed(tmp_path / "to", url_of(request, target, f"{name}_b"))
    shutil.rmtree(place / ".patron", ignore_errors=True)
    # every delivery and timer is due later than the restore, so that nothing is left behind
    done = restore(made.file, place, now=every_row.MOMENT.replace(tzinfo=UTC) - timedelta(days=9))
    after = rows_of(open_project(place))
    assert done.rows == made.rows == sum(map(len, before.values()))
    untouched = set(before) - WRITTEN_BY_RESTORE - {"outbox", "stream_leases"}
    assert {table: after[table] for table in untouched} == {table: before[table] for table in untouched}
    assert len(after["restores"]) == len(before["restores"]) + 1
    with open_project(place).state() as state, writing(state.engine) as connection:  # numbers go on after the old ones
        statement = {name: value for name, value in before["consent_statements"][0].items() if name != "id"}
        connection.execute(insert(CONSENT_STATEMENTS), statement)
        assert connection.execute(select(func.max(CONSENT_STATEMENTS.c.id))).scalar_one() == every_row.ROWS + 1


def test_an_archive_of_an_earlier_version_is_brought_up_to_this_one(tmp_path, archives):
    from patron.engines.upgrade import VERSION, migrate, version_of

    project = empty_project(tmp_path / "from")
    project.own.mkdir()
    engine = open_engine(project.own / "state.db")
    with writing(engine) as connection:
        migrate(connection, "0006")
        every_row.fill(connection)
        before = every_row.held(connection)
    engine.dispose()
    made = backup(project, archives, now=NOW)
    with zipfile.ZipFile(made.file) as opened:
        assert json.loads(opened.read("manifest.json"))["schema"] == "0006"
    restore(made.file, tmp_path / "to", now=LATER)
    with open_project(tmp_path / "to").state() as state, state.engine.connect() as connection:
        assert version_of(connection) == VERSION
        after = every_row.held(connection)
    assert {name: len(rows) for name, rows in before.items() if name != "audit"} == {
        name: len(after[name]) for name in before if name != "audit"
    }


@pytest.mark.slow
def test_the_published_run_the_settings_and_the_files_come_back(small, tmp_path, archives):
    export_key(small.own)
    made = backup(small, archives, now=NOW)
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    assert made.left_out == ("export_key",)
    done = restore(made.file, tmp_path / "to", now=LATER)
    there = open_project(tmp_path / "to")
    assert done.run == there.last().manifest.run_id == small.last().manifest.run_id
    for name in small.tables():
        assert there.table(name).to_pyarrow().equals(small.table(name).to_pyarrow()), name
    assert (there.folder / "patron.yaml").read_text() == (small.folder / "patron.yaml").read_text()
    assert not (there.own / "export_key").exists()
    assert {stat.S_IMODE(file.stat().st_mode) & 0o077 for file in there.own.rglob("*")} == {0}


def test_keys_come_along_only_when_they_are_asked_for(tmp_path, archives):
    project = empty_project(tmp_path)
    project.own.mkdir()
    keys = export_key(project.own), link_key(project.own)
    without = backup(project, archives / "without.zip", now=NOW)
    assert without.left_out == ("export_key", "link_key")
    restore(without.file, tmp_path / "other", now=LATER)
    assert not list(open_project(tmp_path / "other").own.glob("*_key"))
    made = backup(project, archives / "with.zip", now=NOW, keys=True)
    assert made.left_out == ()
    restore(made.file, tmp_path / "to", now=LATER)
    there = open_project(tmp_path / "to").own
    assert (export_key(there), link_key(there)) == keys
    assert {stat.S_IMODE((there / name).stat().st_mode) for name in ("export_key", "link_key")} == {0o600}


def test_older_archives_go_once_a_newer_one_is_found_right(tmp_path, archives):
    project = filled(empty_project(tmp_path))
    (archives / "kept by hand.zip").write_bytes(b"")
    for hour in range(4):
        made = backup(project, archives, now=NOW + timedelta(hours=hour), keep=2)
    assert [file.name for file in made.removed] == ["20260301T130000Z.patron.zip"]
    assert sorted(file.name for file in archives.iterdir()) == [
        "20260301T140000Z.patron.zip", "20260301T150000Z.patron.zip", TOMBSTONES_FILE, "kept by hand.zip",
    ]  # fmt: skip


def one_customer(project):
    return str(project.table("profiles").to_pyarrow()["customer_id"][0])


def holds(project, customer_id):
    """The tables of the run in which a customer stands."""
    found = []
    for name in project.tables():
        table = project.table(name).to_pyarrow()
        if "customer_id" in table.column_names and customer_id in table["customer_id"].to_pylist():
            found.append(name)
    return found


@pytest.mark.slow
def test_who_was_erased_after_the_backup_does_not_come_back_with_it(small, tmp_path, archives):
    (small.folder / "patron.yaml").write_text(
        (small.folder / "patron.yaml").read_text() + f"backup: {{to: {archives}}}\n"
    )
    customer_id = one_customer(small)
    made = backup(small, archives, now=NOW)
    assert (archives / TOMBSTONES_FILE).read_bytes() == b""
    erase(small, customer_id, today=date(2026, 3, 1), now=NOW)
    assert (archives / TOMBSTONES_FILE).read_bytes() == small.erased.path.read_bytes()  # outside, and up to date
    done = restore(made.file, tmp_path / "to", now=LATER)
    there = open_project(tmp_path / "to")
    assert done.erased == 1
    assert "profiles" in there.tables()
    assert holds(there, customer_id) == []
    assert there.erased.holds("customer_id", customer_id)
    assert not restored(there, there.own / "state.db")
    with there.state() as state:
        assert verify(state).intact


def test_without_a_newer_list_of_the_erased_nothing_is_restored(tmp_path, archives):
    made = backup(filled(empty_project(tmp_path)), archives, now=NOW)
    (archives / TOMBSTONES_FILE).unlink()
    with pytest.raises(ArgumentError, match="not known here"):
        restore(made.file, tmp_path / "to", now=LATER)
    assert not (tmp_path / "to").exists()
    restore(made.file, tmp_path / "to", now=LATER, nobody_since=True)
    assert (tmp_path / "to" / "patron.yaml").exists()


def test_another_projects_list_of_the_erased_is_refused(tmp_path, archives):
    made = backup(filled(empty_project(tmp_path)), archives, now=NOW)
    lists = {"a": '{"format":1,"salt":"aa"}\n', "b": '{"format":1,"salt":"bb"}\n'}
    (archives / TOMBSTONES_FILE).write_text(lists["a"])
    other = tmp_path / "other.jsonl"
    other.write_text(lists["b"])
    with pytest.raises(ArgumentError, match="two projects"):
        restore(made.file, tmp_path / "to", now=LATER, erased=other)


def test_a_project_that_is_there_is_not_replaced_unless_asked(tmp_path, archives):
    project = filled(empty_project(tmp_path))
    made = backup(project, archives, now=NOW)
    before = rows_of(project)
    with pytest.raises(ArgumentError, match="stands in"):
        restore(made.file, project.folder, now=LATER)
    assert rows_of(project) == before


def delivery(delivery_id, **more):
    return {
        "delivery_id": delivery_id, "destination": "mail", "kind": "message", "source": "live", "customer_id": "ann",
        "purpose": "marketing", "state": "waiting", "attempts": 0, "made_at": NOW.replace(tzinfo=None),
        "due_at": NOW.replace(tzinfo=None), "address": "ann@shop.example", "content": "{}", **more,
    }  # fmt: skip


def test_what_may_have_left_since_the_backup_is_not_handed_over_again(tmp_path, archives):
    project = empty_project(tmp_path)
    tomorrow = (NOW + timedelta(days=1)).replace(tzinfo=None)
    timer = {
        "trigger": "cart", "subject": "", "subject_kind": "none", "place": 0, "iteration": 1, "occasion": "e1",
        "fired_at": NOW.replace(tzinfo=None), "expires_at": tomorrow,
    }  # fmt: skip
    with project.state() as state, writing(state.engine) as connection:
        connection.execute(
            insert(OUTBOX),
            [delivery("due"), delivery("under way", state="handing"), delivery("tomorrow", due_at=tomorrow),
             delivery("done", state="delivered")],
        )  # fmt: skip
        soon = (NOW + timedelta(hours=1)).replace(tzinfo=None)
        connection.execute(
            insert(TIMERS), [{**timer, "person": "a", "due_at": soon}, {**timer, "person": "b", "due_at": tomorrow}]
        )
    made = backup(project, archives, now=NOW)
    done = restore(made.file, tmp_path / "to", now=LATER)
    with open_project(tmp_path / "to").state() as state, state.engine.connect() as connection:
        states = dict(connection.execute(select(OUTBOX.c.delivery_id, OUTBOX.c.state)).all())
        held = connection.execute(select(OUTBOX.c.address).where(OUTBOX.c.delivery_id == "due")).scalar_one()
        timers = connection.execute(select(TIMERS.c.person)).scalars().all()
        fence = restored_at(connection)
    assert states == {"due": "unknown", "under way": "unknown", "tomorrow": "waiting", "done": "delivered"}
    assert (held, timers, fence) == (None, ["b"], LATER)
    assert (done.left_behind["deliveries"], done.left_behind["timers"]) == (2, 1)


def test_what_people_said_since_the_backup_outlives_it_where_the_database_is_replaced(tmp_path, archives):
    project = empty_project(tmp_path)
    with project.state() as state, writing(state.engine) as connection:
        connection.execute(insert(OUTBOX), [delivery("left since"), delivery("not yet")])
    made = backup(project, archives, now=NOW)
    moment = (NOW + timedelta(hours=1)).replace(tzinfo=None)
    said = {
        "customer_id": "ann", "purpose": "marketing", "channel": "email", "status": "denied", "lawful_basis": "consent",
        "given_at": moment,
    }  # fmt: skip
    with project.state() as state, writing(state.engine) as connection:
        connection.execute(insert(CONSENT_STATEMENTS), said)
        connection.execute(
            insert(SUPPRESSIONS), {"address_hash": "0" * 64, "channel": "email", "reason": "bounce", "since": moment}
        )
        over = update(OUTBOX).where(OUTBOX.c.delivery_id == "left since")
        connection.execute(over.values(state="delivered", handed_at=moment, done_at=moment))
    done = restore(made.file, project.folder, now=LATER, force=True)
    after = rows_of(open_project(project.folder))
    assert dict(done.carried) == {"consent_statements": 1, "suppressions": 1, "outbox": 1}
    assert [row["status"] for row in after["consent_statements"]] == ["denied"]
    assert [row["reason"] for row in after["suppressions"]] == ["bounce"]
    assert {row["delivery_id"]: row["state"] for row in after["outbox"]} == {
        "left since": "delivered",
        "not yet": "unknown",
    }


@pytest.mark.slow
def test_what_stands_in_the_archive_is_of_one_moment_while_others_write(tmp_path, archives):
    project = empty_project(tmp_path)
    with project.state() as state:
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(project.own / "state.db")], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        try:
            for number in range(5):
                made = backup(project, archives / f"{number}.zip", now=NOW)
                place = tmp_path / f"to{number}"
                restore(made.file, place, now=NOW - timedelta(days=99))
                after = rows_of(open_project(place))
                # each transaction writes one row of each kind: of no moment are there more of one
                assert len(after["outbox"]) == len(after["suppressions"]) > 0
        finally:
            writer.kill()
            writer.wait()
            writer.stdout.close()
        del state


WRITER = """
import sqlite3, sys
base = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
for n in range(10**6):
    base.execute("BEGIN IMMEDIATE")
    base.execute("INSERT INTO outbox (delivery_id, destination, kind, source, customer_id, purpose, state, attempts,"
                 " made_at, due_at) VALUES (?, 'm', 'message', 'live', 'a', 'marketing', 'waiting', 0,"
                 " '2026-03-01 12:00:00.000000', '2026-03-01 12:00:00.000000')", (str(n),))
    base.execute("INSERT INTO suppressions (address_hash, channel, reason, since) VALUES (?, 'email', 'bounce',"
                 " '2026-03-01 12:00:00.000000')", (str(n),))
    base.execute("COMMIT")
    if n == 10: print("begun", flush=True)
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A good archive of every kind of row, as bytes."""
    place = tmp_path_factory.mktemp("whole")
    return backup(filled(empty_project(place)), place / "one.zip", now=NOW).file.read_bytes()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_an_archive_that_was_cut_off_is_refused(whole, share, tmp_path):
    file = tmp_path / "cut.zip"
    file.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(RunError):
        restore(file, tmp_path / "to", now=LATER, nobody_since=True)
    assert not (tmp_path / "to" / ".patron").exists()


def test_a_flipped_byte_anywhere_is_noticed_or_changes_nothing(whole, tmp_path):
    """Of a ZIP a few bytes mean nothing (dates, versions): with them flipped, all that is restored is as it was."""
    from patron.engines.archive import reading

    file, refused = tmp_path / "flipped.zip", 0
    members = {}
    file.write_bytes(whole)
    with reading(file) as opened:
        members = {name: opened.zip.read(name) for name in opened.names}
    places = range(0, len(whole), 211)
    for place in places:
        flipped = bytearray(whole)
        flipped[place] ^= 0x41
        file.write_bytes(flipped)
        try:
            with reading(file) as opened:
                opened.verify()
                assert {name: opened.zip.read(name) for name in opened.names} == members
        except RunError:
            refused += 1
    assert refused > 0.95 * len(places)


def killed(words, folder, *, after, limit=None):
    """Run a command in a process of its own, and kill it after some milliseconds."""

    def small_disk():
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    process = subprocess.Popen(
        [sys.executable, "-m", "patron", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=small_disk, cwd=folder,
    )  # fmt: skip
    try:
        told = process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        told = process.communicate()
    return process.returncode, told


@pytest.mark.slow
def test_a_full_disk_leaves_the_older_archive_and_says_so(small, tmp_path, archives):
    good = backup(small, archives / "one.zip", now=NOW).file.read_bytes()
    code, told = killed(
        ["backup", str(archives / "one.zip"), "--project", str(small.folder)], tmp_path, after=60, limit=60_000
    )
    assert code == 1
    assert "no room" in told[1]
    assert (archives / "one.zip").read_bytes() == good
    assert [file.name for file in archives.iterdir() if ".part" in file.name] == []
    code, told = killed(["restore", str(archives / "one.zip"), str(tmp_path / "to")], tmp_path, after=60, limit=60_000)
    assert code == 1
    assert "no room" in told[1] or "cannot be filled" in told[1]
    assert not (tmp_path / "to" / ".patron").exists()


@pytest.mark.slow
def test_backup_and_restore_that_are_killed_at_any_moment_leave_nothing_half_done(small, tmp_path, archives):
    with small.state() as state, writing(state.engine) as connection:
        connection.execute(insert(OUTBOX), [delivery(str(number)) for number in range(20_000)])
    began = datetime.now(UTC)
    good = backup(small, archives / "one.zip", now=NOW)
    took = (datetime.now(UTC) - began).total_seconds()
    start = 1.5  # seconds that Python and the imports take, about
    kills = int(os.environ.get("PATRON_KILLS", "8"))
    for number in range(kills):
        after = start + took * number / kills
        killed(["backup", str(archives / "one.zip"), "--project", str(small.folder)], tmp_path, after=after)
        place = tmp_path / f"to{number}"
        killed(["restore", str(archives / "one.zip"), str(place)], tmp_path, after=after)
        if (place / ".patron").exists():  # then it is the whole
            there = open_project(place)
            assert sum(map(len, rows_of(there).values())) >= good.rows
            assert there.last().manifest.run_id == good.run
        else:  # and else it can be done again
            restore(archives / "one.zip", place, now=LATER)
        shutil.rmtree(place)
    again = backup(small, archives / "two.zip", now=NOW)
    assert again.rows >= good.rows
    assert not (small.own / ".backup").exists()


def test_the_commands_say_what_they_did(tmp_path, archives):
    project = filled(empty_project(tmp_path))
    said = CliRunner().invoke(app, ["backup", str(archives), "--project", str(project.folder), "--json"])
    assert said.exit_code == 0, said.output
    facts = json.loads(said.stdout)
    put = CliRunner().invoke(app, ["restore", facts["file"], str(tmp_path / "to"), "--json"])
    assert put.exit_code == 0, put.output
    assert json.loads(put.stdout)["rows"] == facts["rows"]
    nowhere = CliRunner().invoke(app, ["backup", "--project", str(project.folder)])
    assert nowhere.exit_code == 2
    assert Path(facts["file"]).parent == archives
    link_key(project.own)
    said = CliRunner().invoke(app, ["backup", str(archives / "more.zip"), "--project", str(project.folder)])
    assert "without the keys link_key" in " ".join(said.output.split()).lower()
