"""The list of the erased: survives a kill, brings nobody back, tells nobody's name, and is the same in every engine."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from datetime import date
from hashlib import sha256

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.errors import RunError
from patron.privacy.tombstones import TOMBSTONES_FILE, Tombstones

DAY = date(2024, 3, 1)
IDS = {"customer_id": ["ann", "a2"], "email": ["ann@example.com"]}
NOTHING = sha256(b"").hexdigest()


@pytest.fixture
def stones(tmp_path):
    return Tombstones(tmp_path / TOMBSTONES_FILE)


def test_before_anybody_is_erased_there_is_nothing(stones):
    assert not stones.holds("customer_id", "ann")
    assert stones.digest() == NOTHING
    table = ibis.memtable({"customer_id": ["ann", None]})
    assert stones.without(table) is table
    assert table.mutate(gone=stones.erased(table.customer_id)).to_pyarrow()["gone"].to_pylist() == [False, False]
    assert not stones.path.exists()


def test_who_was_erased_is_held_by_kind(stones):
    assert stones.add("R-1", IDS, day=DAY) == {"customer_id": 2, "email": 1}
    stones.add("R-2", {"customer_id": ["bob"]}, day=DAY)
    assert stones.certificate_of("customer_id", "a2") == "R-1"
    assert stones.certificate_of("customer_id", "bob") == "R-2"
    assert stones.holds("email", "ann@example.com")
    for kind, value in (("email", "ann"), ("customer_id", "ANN"), ("customer_id", ""), ("x", "ann"), ("x", "\udc80")):
        assert not stones.holds(kind, value)


def test_the_file_is_its_owners_alone_and_names_nobody(stones):
    stones.add("R-1", IDS, day=DAY)
    stones.path.chmod(0o644)
    stones.add("R-2", {"customer_id": ["bob"]}, day=DAY)
    assert stat.S_IMODE(stones.path.stat().st_mode) == 0o600
    text = stones.path.read_text()
    assert not any(word in text for word in ('"ann"', '"a2"', '"bob"', "example"))
    salt, first, _ = map(json.loads, text.splitlines())
    assert len(bytes.fromhex(salt["salt"])) == 32
    assert (first["certificate"], first["day"]) == ("R-1", "2024-03-01")
    expected = sha256(f"{salt['salt']}5:emailann@example.com".encode()).hexdigest()
    assert first["tokens"]["email"] == [expected]


def test_another_project_has_other_tokens(stones, tmp_path):
    other = Tombstones(tmp_path / "other" / TOMBSTONES_FILE)
    stones.add("R-1", IDS, day=DAY)
    other.add("R-1", IDS, day=DAY)
    tokens = [set(json.loads(s.path.read_text().splitlines()[1])["tokens"]["customer_id"]) for s in (stones, other)]
    assert not tokens[0] & tokens[1]


def test_kind_and_value_do_not_run_into_each_other(stones):
    stones.add("R-1", {"ab": ["c"], "1:": ["x"]}, day=DAY)
    assert stones.holds("ab", "c")
    assert not stones.holds("a", "bc")
    assert not stones.holds("1", ":x")


def test_the_digest_changes_with_each_addition_and_with_nothing_else(stones):
    seen = {stones.digest()}
    for name in ("ann", "bob", "eve"):
        stones.add(name, {"customer_id": [name]}, day=DAY)
        assert stones.digest() not in seen
        seen.add(stones.digest())
    before = stones.digest()
    stones.add("eve", {"customer_id": ["eve", "eve"]}, day=DAY)  # a repeated erasure
    stones.holds("customer_id", "ann")
    assert stones.digest() == before


def test_what_was_cut_off_by_a_kill_is_passed_over_and_repaired(stones):
    stones.add("R-1", IDS, day=DAY)
    stones.add("R-2", {"customer_id": ["bob"]}, day=DAY)
    whole = stones.path.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    for length in (1, len(last) // 2, len(last) - 1):  # up to the line feed that makes it a line
        stones.path.write_bytes(whole[: -len(last)] + last[:length])
        assert stones.holds("customer_id", "ann")
        assert not stones.holds("customer_id", "bob")
        stones.add("R-2", {"customer_id": ["bob"]}, day=DAY)
        assert stones.path.read_bytes() == whole


def test_a_long_cut_off_line_leaves_nothing_behind_a_short_one(stones):
    stones.add("R-1", IDS, day=DAY)
    whole = stones.path.read_bytes()
    stones.path.write_bytes(whole + b'{"certificate":"R-2","tokens":{"email":["' + b"a" * 2000)
    stones.add("R-3", {"customer_id": ["bob"]}, day=DAY)
    lines = stones.path.read_bytes().splitlines()
    assert len(lines) == 3
    assert json.loads(lines[2])["certificate"] == "R-3"
    stones.add("R-4", {"customer_id": ["eve"]}, day=DAY)
    assert all(stones.holds("customer_id", name) for name in ("ann", "bob", "eve"))


KILLED = """
import os, sys
from datetime import date
from pathlib import Path
from patron.privacy.tombstones import Tombstones
stones = Tombstones(Path(sys.argv[1]))
turn = 0
while True:
    turn += 1
    stones.add(f"R-{turn}", {"customer_id": [f"c{turn}"]}, day=date(2024, 3, 1))
    print(turn, flush=True)
"""


def test_what_was_said_to_be_written_is_there_after_a_kill(stones):
    with subprocess.Popen([sys.executable, "-c", KILLED, str(stones.path)], stdout=subprocess.PIPE, text=True) as child:
        for _ in range(20):
            last = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        last = max([last, *(int(line) for line in child.stdout if line.endswith("\n"))])
    assert all(stones.holds("customer_id", f"c{turn}") for turn in range(1, last + 1))
    stones.add("R-next", {"customer_id": ["next"]}, day=DAY)
    assert stones.holds("customer_id", "next")
    assert stones.holds("customer_id", f"c{last}")


MANY = """
import sys
from datetime import date
from pathlib import Path
from patron.privacy.tombstones import Tombstones
print("ready", flush=True)
sys.stdin.readline()
for turn in range(20):
    name = f"{sys.argv[2]}{turn}"
    Tombstones(Path(sys.argv[1])).add(name, {"customer_id": [name]}, day=date(2024, 3, 1))
"""


def test_processes_that_begin_the_file_at_once_share_one_salt(stones):
    children = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", MANY, str(stones.path), name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for name in "abc"
    ]  # fmt: skip
    assert [child.stdout.readline() for child in children] == ["ready\n"] * 3
    for child in children:
        child.stdin.write("\n")
        child.stdin.flush()
    assert [child.communicate(timeout=60) for child in children] == [("", "")] * 3
    assert all(stones.holds("customer_id", f"{name}{turn}") for name in "abc" for turn in range(20))
    assert len(stones.path.read_bytes().splitlines()) == 61


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: [b"{}\n", *lines[1:]],
        lambda lines: lines[1:],
        lambda lines: [],
        lambda lines: [lines[0][:-1]],
        lambda lines: [lines[0], b"x" + lines[1], lines[2]],
        lambda lines: [lines[0], b"[]\n", lines[2]],
        lambda lines: [lines[0], b'{"certificate": "R-1"}\n', lines[2]],
        lambda lines: [lines[0], b'{"certificate": "R-1", "tokens": []}\n', lines[2]],
        lambda lines: [lines[0], b"\xff\xfe\n", lines[2]],
    ],
)
def test_what_cannot_be_read_is_an_error_and_never_an_empty_list(stones, damage):
    stones.add("R-1", IDS, day=DAY)
    stones.add("R-2", {"customer_id": ["bob"]}, day=DAY)
    stones.path.write_bytes(b"".join(damage(stones.path.read_bytes().splitlines(keepends=True))))
    for ask in (
        lambda: stones.holds("customer_id", "bob"),
        lambda: stones.erased(ibis.memtable({"customer_id": ["bob"]}).customer_id),
        lambda: stones.add("R-3", IDS, day=DAY),
    ):
        with pytest.raises(RunError, match="cannot be read"):
            ask()


def test_a_file_that_may_not_be_read_is_an_error(stones):
    stones.path.mkdir(parents=True)
    with pytest.raises(OSError, match=os.strerror(21)):
        stones.holds("customer_id", "ann")


@settings(max_examples=25)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1, max_size=20, unique=True))
def test_the_engine_and_python_agree_on_every_text(tmp_path_factory, values):
    stones = Tombstones(tmp_path_factory.mktemp("stones") / TOMBSTONES_FILE)
    stones.add("R-1", {"customer_id": values[::2]}, day=DAY)
    table = ibis.memtable({"customer_id": [*values, None]}, schema={"customer_id": "string"})
    rows = table.mutate(gone=stones.erased(table.customer_id)).to_pyarrow().to_pylist()
    assert {row["customer_id"]: row["gone"] for row in rows} == {
        None: False, **{value: stones.holds("customer_id", value) for value in values},
    }  # fmt: skip
    kept = stones.without(table).to_pyarrow()["customer_id"].to_pylist()
    assert set(kept) == {*values[1::2], None}


def test_only_rows_of_the_erased_are_dropped(stones):
    stones.add("R-1", IDS, day=DAY)
    table = ibis.memtable({"customer_id": ["ann", "bob", None, "a2", "bob"], "n": [1, 2, 3, 4, 5]})
    assert sorted(stones.without(table).to_pyarrow()["n"].to_pylist()) == [2, 3, 5]
    assert sorted(stones.without(table, "customer_id", kind="email").to_pyarrow()["n"].to_pylist()) == [1, 2, 3, 4, 5]


def test_it_compiles_for_spark(stones):
    ibis.pyspark  # noqa: B018 - loads its options
    stones.add("R-1", IDS, day=DAY)
    table = ibis.table({"customer_id": "string", "n": "int64"}, name="raw_customers")
    for expression in (stones.without(table), table.filter(~stones.erased(table.customer_id))):
        assert "SHA2(" in str(ibis.to_sql(expression, dialect="pyspark"))
