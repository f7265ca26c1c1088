"""A frozen list: who is on it, who is not, and what is left when it fails."""

from __future__ import annotations

import stat
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from patron.activation import audience, members
from patron.activation.members import LIST_COLUMNS
from patron.decisions import arm_of
from patron.engines.state import FrozenAudience, State
from patron.errors import ArgumentError, NotEnoughData, RunError, SettingsError
from patron.privacy.pseudonymous import export_key, pseudonymous

AS_OF = date(2024, 3, 1)


@pytest.fixture
def champions(run_tables):
    return members(*run_tables, segment="champions", as_of=AS_OF, run_id="r1")


def listed(file):
    """Return who is on a list."""
    table = pyarrow.csv.read_csv(file) if file.suffix == ".csv" else pyarrow.parquet.read_table(file)
    assert tuple(table.column_names) == LIST_COLUMNS
    return table["customer_id"].to_pylist()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_list_holds_those_treated_and_the_database_holds_everyone(champions, state, tmp_path, ending):
    file = tmp_path / f"list.{ending}"
    frozen = audience(champions, name="spring", file=file, state=state, holdout="25%")
    drawn = state.assignments().to_pylist()
    treated = [row["customer_id"] for row in drawn if row["arm"] == "treated"]
    assert listed(file) == treated
    assert len(drawn) == 2_000
    assert (frozen.treated, frozen.control) == (len(treated), 2_000 - len(treated))
    assert (frozen.segment, frozen.purpose, frozen.assigned_on) == ("rfm.champions", "marketing", AS_OF)
    assert state.audience("spring") == FrozenAudience(
        name="spring", segmentation="rfm", segment="champions", purpose="marketing", assigned_on=AS_OF, run_id="r1",
        salt="audience:spring", holdout=0.25, treated=frozen.treated, control=frozen.control, published=True,
        file=str(file),
    )  # fmt: skip
    assert all(row["arm"] == arm_of(row["customer_id"], salt="audience:spring", holdout=0.25) for row in drawn)


def test_the_list_is_readable_by_its_owner_only_and_nothing_lies_beside_it(champions, state, tmp_path):
    audience(champions, name="spring", file=tmp_path / "list.csv", state=state)
    assert stat.S_IMODE((tmp_path / "list.csv").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == [".patron", "list.csv"]


def test_the_same_audience_is_drawn_the_same_way_again(champions, state, tmp_path):
    audience(champions, name="spring", file=tmp_path / "one.csv", state=state)
    with State.open(tmp_path / "other.db") as other:
        audience(champions, name="spring", file=tmp_path / "two.csv", state=other)
        audience(champions, name="autumn", file=tmp_path / "three.csv", state=other)
        audience(champions, name="winter", file=tmp_path / "four.csv", state=other, salt="audience:spring")
    one, two, three, four = ((tmp_path / f"{n}.csv").read_bytes() for n in ("one", "two", "three", "four"))
    assert one == two == four != three


def test_a_name_can_be_used_once(champions, state, tmp_path):
    audience(champions, name="spring", file=tmp_path / "one.csv", state=state)
    with pytest.raises(ArgumentError, match="used once"):
        audience(champions, name="spring", file=tmp_path / "two.csv", state=state)
    assert not (tmp_path / "two.csv").exists()


def test_a_file_is_replaced_by_force_only(champions, state, tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("mine")
    with pytest.raises(RunError, match="already there"):
        audience(champions, name="spring", file=file, state=state)
    assert file.read_text() == "mine"
    assert state.audiences() == []
    audience(champions, name="spring", file=file, state=state, force=True)
    assert len(listed(file)) > 1_000


def test_without_a_holdout_it_says_that_nothing_can_be_read(champions, state, tmp_path):
    frozen = audience(champions, name="spring", file=tmp_path / "list.csv", state=state, holdout=0)
    assert (frozen.treated, frozen.control) == (2_000, 0)
    assert "no effect" in frozen.notes[0]


def test_too_small_a_control_group_is_said_before_sending(run_tables, state, tmp_path):
    top = members(*run_tables, segment="top", as_of=AS_OF, run_id="r1")
    frozen = audience(top, name="top", file=tmp_path / "list.csv", state=state, holdout="10%")
    assert frozen.control < 30
    assert f"Only {frozen.control} customers" in frozen.notes[0]


def test_a_large_enough_control_group_needs_no_note(champions, state, tmp_path):
    assert audience(champions, name="spring", file=tmp_path / "list.csv", state=state).notes == ()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"name": ""}, ArgumentError),
        ({"name": "a/b"}, ArgumentError),
        ({"name": "spring "}, ArgumentError),
        ({"name": "x" * 81}, ArgumentError),
        ({"holdout": "150%"}, ArgumentError),
        ({"salt": ""}, ArgumentError),
        ({"purpose": "spam"}, SettingsError),
        ({"purpose": ""}, SettingsError),
        ({"file": Path("list.xlsx")}, ArgumentError),
        ({"file": Path("list")}, ArgumentError),
    ],
)
def test_bad_arguments_are_refused_before_anything_happens(champions, state, tmp_path, options, error):
    with pytest.raises(error) as caught:
        audience(champions, **{"name": "spring", "file": tmp_path / "list.csv", "state": state, **options})
    assert caught.value.remedy
    assert state.audiences() == []
    assert list(tmp_path.iterdir()) == [tmp_path / ".patron"]


def test_an_empty_list_is_refused(champions, state, tmp_path):
    nobody = replace(champions, table=champions.table.filter(champions.table.customer_id == "nobody"))
    with pytest.raises(NotEnoughData, match="of 0 in"):
        audience(nobody, name="spring", file=tmp_path / "list.csv", state=state)
    assert state.audiences() == []
    assert not (tmp_path / "list.csv").exists()


def test_nobody_in_every_way_says_which_ways_there_are(champions, agreed, state, tmp_path):
    """1,999 said yes to e-mail, ten of them to post, and nobody to everything."""
    obeying = replace(champions, guard=agreed(email=range(1, 2_000), post=range(10)))
    with pytest.raises(NotEnoughData, match="of 2,000 in") as caught:
        audience(obeying, name="spring", file=tmp_path / "list.csv", state=state)
    assert caught.value.remedy.endswith("1,999 by email, 10 by post.")
    by_post = audience(replace(obeying, channel="post"), name="spring", file=tmp_path / "list.csv", state=state)
    assert by_post.treated + by_post.control == 10


def test_a_folder_that_is_missing_leaves_nothing(champions, state, tmp_path):
    with pytest.raises(RunError, match="could not be written"):
        audience(champions, name="spring", file=tmp_path / "nowhere" / "list.csv", state=state)
    assert state.audiences() == []


def test_a_folder_is_never_replaced(champions, state, tmp_path):
    (tmp_path / "list.csv").mkdir()
    with pytest.raises(RunError, match="already there"):
        audience(champions, name="spring", file=tmp_path / "list.csv", state=state, force=True)
    assert state.audiences() == []


def test_a_database_that_refuses_leaves_no_list(champions, state, tmp_path):
    twice = replace(champions, table=champions.table.union(champions.table))
    with pytest.raises(RunError, match="could not be remembered"):
        audience(twice, name="spring", file=tmp_path / "list.csv", state=state)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".patron"]
    assert state.audiences() == []


CHILD = """
import os, resource, sys
from datetime import date
from pathlib import Path
import ibis
import pyarrow as pa
from patron.activation import Members, audience
from patron.engines.state import State
from patron.errors import PatronError

folder, what, ending = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
ids = [f"customer-with-a-long-id-{i:06d}" for i in range(20_000)]
table = ibis.memtable(pa.table({
    "customer_id": ids, "segment": ["rfm.champions"] * len(ids), "days_since_last": [3] * len(ids),
    "expected_orders": [1.5] * len(ids), "predicted_value": [9.5] * len(ids), "basis": ["margin"] * len(ids)}))
chosen = Members(segmentation="rfm", segment="champions", as_of=date(2024, 3, 1), run_id="r1", table=table)
table.count().to_pyarrow()
with State.open(folder / "state.db") as state:
    if what == "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    if what == "before rename":
        Path.replace = lambda *_: os.kill(os.getpid(), 9)
    if what == "after rename":
        State.publish_audience = lambda *_: os.kill(os.getpid(), 9)
    try:
        audience(chosen, name="spring", file=folder / f"list.{ending}", state=state, force=what == "force")
    except PatronError as error:
        print(type(error).__name__, error)
"""


def child(folder, what, ending="csv"):
    """Freeze 20,000 customers in a process of its own, and return what it printed and how it ended."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), what, ending], capture_output=True, text=True, check=False
    )
    assert not done.stderr, done.stderr
    return done.stdout, done.returncode


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_full_disk_leaves_nothing(tmp_path, ending):
    """No file may grow beyond 300 kB: the CSV is larger than that, the Parquet list smaller but the database is not."""
    said, code = child(tmp_path, "full", ending)
    assert said.startswith("RunError")
    assert ("could not be written" if ending == "csv" else "could not be remembered") in said
    assert code == 0
    assert not list(tmp_path.glob("*list*"))
    with State.open(tmp_path / "state.db") as state:
        assert state.audiences() == []
    assert child(tmp_path, "")[0] == ""  # with room again the name is free


def test_killed_before_the_rename_no_list_stands_and_the_same_command_finishes_it(tmp_path):
    assert child(tmp_path, "before rename")[1] == -9
    assert not (tmp_path / "list.csv").exists()
    with State.open(tmp_path / "state.db") as state:
        assert not state.audience("spring").published
        assert state.assignments().num_rows == 0
    assert child(tmp_path, "") == ("", 0)
    with State.open(tmp_path / "state.db") as state:
        assert state.audience("spring").published
        assert state.assignments().num_rows == 20_000


def test_killed_after_the_rename_the_list_stands_and_its_control_group_is_known(tmp_path):
    assert child(tmp_path, "after rename")[1] == -9
    first = listed(tmp_path / "list.csv")
    with State.open(tmp_path / "state.db") as state:
        known = state.assignments("spring").to_pylist()
    assert first == [row["customer_id"] for row in known if row["arm"] == "treated"]
    assert "already there" in child(tmp_path, "")[0]
    assert child(tmp_path, "force") == ("", 0)
    assert listed(tmp_path / "list.csv") == first


def test_the_draw_of_a_run_compiles_for_spark():
    from patron.decisions import assignment
    from patron.privacy import permitted

    assert ibis.pyspark is not None
    table = ibis.table({"customer_id": "string"}, name="members")
    drawn = assignment(permitted(table, purpose="marketing", stage="export"), salt="s", holdout=0.1)
    assert "SHA2" in ibis.to_sql(drawn.order_by("customer_id"), dialect="pyspark")


@pytest.mark.parametrize("name", ['=HYPERLINK("http://evil/1","x")', "@SUM(1)", "+cmd|x", "-x", "\tx"])
def test_ids_that_a_spreadsheet_would_execute_leave_no_list(run_tables, state, tmp_path, name):
    hostile = replace(members(*run_tables, segment="champions", as_of=AS_OF, run_id="r1"), segment="champions")
    table = hostile.table.mutate(customer_id=ibis.ifelse(ibis._.customer_id == "c00007", name, ibis._.customer_id))
    with pytest.raises(ArgumentError, match="1 customer ids begin like a formula"):
        audience(replace(hostile, table=table), name="evil", file=tmp_path / "list.csv", state=state, holdout=0)
    assert not (tmp_path / "list.csv").exists()
    assert state.audiences() == []
    audience(replace(hostile, table=table), name="evil", file=tmp_path / "list.parquet", state=state, holdout=0)
    assert name in listed(tmp_path / "list.parquet")


def test_numbers_with_a_sign_are_no_formulas(run_tables, state, tmp_path):
    chosen = members(*run_tables, segment="champions", as_of=AS_OF, run_id="r1")
    table = chosen.table.mutate(customer_id=ibis.literal("+4479") + chosen.table.customer_id)
    assert audience(replace(chosen, table=table), name="phones", file=tmp_path / "list.csv", state=state).treated > 0


def test_a_household_is_drawn_as_a_whole_and_the_database_does_not_name_it(champions, state, tmp_path):
    at_home = champions.table.mutate(household_id=ibis._.customer_id.left(5))  # ten to a household
    by_home = replace(champions, table=at_home, unit="household")
    audience(by_home, name="spring", file=tmp_path / "list.csv", state=state, holdout="25%")
    homes: dict[str, set[tuple[str, int]]] = {}
    for row in state.assignments().to_pylist():
        homes.setdefault(row["customer_id"][:5], set()).add((row["arm"], row["unit"]))
    assert len(homes) == 200
    assert all(len(drawn) == 1 for drawn in homes.values()), "one arm and one number each"
    assert {unit for [(_, unit)] in homes.values()} == set(range(200))
    assert {home for home, [(arm, _)] in homes.items() if arm == "control"} == {
        home for home in homes if arm_of(home, salt="audience:spring", holdout=0.25) == "control"
    }
    assert state.audience("spring").unit == "household"


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_pseudonymous_list_names_nobody_and_is_remembered_by_id(champions, state, tmp_path, ending):
    key = export_key(tmp_path / ".patron")
    file = tmp_path / f"list.{ending}"
    audience(replace(champions, export_key=key), name="spring", file=file, state=state)
    treated = [row["customer_id"] for row in state.assignments().to_pylist() if row["arm"] == "treated"]
    ids = pa.table({"customer_id": treated})
    assert listed(file) == pseudonymous(ids, key=key, export="spring")["customer_id"].to_pylist()
    assert not set(listed(file)) & set(treated)
