"""What lies on the disk and what is said: for its owner only, without secrets, and no output names a person."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from patron.engines.cipher import VARIABLE
from patron.errors import RunError
from patron.pipeline import open_project
from patron.pipeline.replay import replay
from tests_support import LEAN, TODAY, rounded

KEY = base64.b64encode(b"a planted key of thirty-two byte").decode()
PASSWORD = "planted-pass-word"
PERSON = "planted.person"

ORDERS = f"""\
customer,day,order,amount
{PERSON}@example.org,2024-01-05,1,10.00
{PERSON}@example.org,{PERSON}-day,2,10.00
{PERSON}@example.org,2024-02-05,3,{PERSON}-amount
{PERSON}@example.org,2024-03-05,4,12.00
other,2024-03-06,5,12.00
,2024-03-06,6,{PERSON}
"""
SETTINGS = """\
name: Planted
currency: EUR
sources:
  order_lines:
    path: orders.csv
    columns: {{customer_id: customer, ordered_at: day, order_id: order, amount: amount}}
{more}
"""


def patron(folder: Path, *command: str, **environment: str) -> str:
    """Run a command as a person does, with everybody's usual umask, and return all that it said."""
    made = subprocess.run(
        [sys.executable, "-m", "patron", *command, "--project", str(folder)],
        env={**os.environ, **environment}, capture_output=True, text=True, check=False, umask=0o022,
    )  # fmt: skip
    return made.stdout + made.stderr


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "patron.yaml").write_text(SETTINGS.format(more=LEAN), encoding="utf-8")
    return tmp_path


def content(folder: Path) -> bytes:
    """Return everything below a folder, tables decoded: in compressed files nothing can be searched for."""
    found = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.append(file.read_bytes())
        if file.suffix == ".parquet":
            found.append(str(pq.read_table(file).to_pylist()).encode() + str(pq.read_metadata(file).metadata).encode())
    return b"\n".join(found)


@pytest.mark.slow
def test_after_a_run_only_the_owner_reads_anything(fresh: Path) -> None:
    for _ in range(2):  # the second takes tables over, and reads the state again
        said = patron(fresh, "run")
        assert "is published" in said, said
    patron(fresh, "report")
    with open_project(fresh).state():
        paths = [fresh / ".patron", *(fresh / ".patron").rglob("*")]
        rights = {str(path): stat.S_IMODE(path.stat().st_mode) for path in paths}
    assert {name for name in rights if name.endswith((".parquet", "manifest.json", "LAST", "LOCK", "state.db"))}
    wrong = {
        name: oct(mode) for name, mode in rights.items() if mode != (0o700 if Path(name).is_dir() else 0o600)
    }  # fmt: skip
    assert not wrong


@pytest.mark.slow
def test_with_a_key_the_rejected_rows_are_sealed_and_everything_works(
    planted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, KEY)
    project = open_project(planted)
    first = project.run(today=TODAY)
    (file,) = first.files("rejected")
    assert PERSON not in str(pq.read_table(file).to_pylist())
    opened = project.table("rejected").content.to_pyarrow().to_pylist()
    assert any(PERSON in row for row in opened)
    assert first.rows("rejected") == len(opened)
    again = project.run(today=TODAY)
    assert again.manifest.steps["load"].reused
    assert replay(project, first.manifest.run_id).equal
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(RunError, match=VARIABLE):
        project.table("rejected")
    bare = open_project(planted).run(today=TODAY)
    assert not bare.manifest.steps["load"].reused, "what is sealed is not taken over where there is no key"
    assert sorted(map(str, map(rounded, open_project(planted).table("rejected").to_pyarrow().to_pylist())))


@pytest.mark.slow
def test_no_secret_is_kept_or_said(planted: Path) -> None:
    said = patron(planted, "run", "--debug", **{VARIABLE: KEY})
    assert "is published" in said, said
    said += patron(planted, "run", "--debug", **{VARIABLE: KEY[:-8]})
    assert VARIABLE in said
    url = f"postgresql+psycopg://patron:{PASSWORD}@127.0.0.1:1/nowhere"
    (planted / "patron.yaml").write_text(SETTINGS.format(more=f"state: {url}\n{LEAN}"), encoding="utf-8")
    said += patron(planted, "run", "--debug", **{VARIABLE: KEY})
    for secret in (KEY, KEY[:-8], PASSWORD, base64.b64decode(KEY).decode()):
        assert secret not in said
        assert secret.encode() not in content(planted / ".patron")


@pytest.mark.slow
def test_no_person_is_named_by_what_a_run_says(planted: Path) -> None:
    (planted / "patron.yaml").write_text(SETTINGS.format(more=""), encoding="utf-8")
    said = patron(planted, "run", "--debug") + patron(planted, "check", "--debug")
    bad = ORDERS.replace("2024-01-05", f"{PERSON}").replace("10.00", f"{PERSON}")
    for text in (bad, ORDERS + f'"{PERSON},'):
        (planted / "orders.csv").write_text(text, encoding="utf-8")
        said += patron(planted, "run", "--debug")
    assert "is published" in said
    assert PERSON not in said
