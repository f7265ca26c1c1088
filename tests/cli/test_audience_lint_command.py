"""`patron audience lint`, beside `patron audience`, which stays as it was."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from patron.cli.main import app

LINES = "E-Mail;Phone;Country\nann@example.org;0170 1234567;DE\nbob@;;\nvaléry@example.org;;FR\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(LINES, encoding="utf-8")
    return path


def run(*words):
    return CliRunner().invoke(app, ["audience", "lint", *map(str, words)])


def test_the_forecast_is_a_table_and_fails_where_rows_are_lost(file):
    told = run(file, "--target", "meta")
    assert told.exit_code == 1
    assert "1 of 3 rows (33.3%) would find nobody at Meta." in told.stdout
    assert "the e-mail address is none" in told.stdout
    assert "example.org" not in told.output


def test_as_json_it_names_rows_and_no_values(file):
    told = run(file, "--target", "google", "--json", "--most", "50%")
    assert told.exit_code == 0
    said = json.loads(told.stdout)
    assert (said["rows"], said["lost"]) == (3, 1)
    assert {one["cause"]: one["first"] for one in said["findings"] if one["effect"] == "lost"} == {"no_usable_key": [2]}
    assert said["columns"] == {"E-Mail": "email", "Phone": "phone", "Country": "country"}
    assert "bob" not in told.stdout


def test_a_parquet_file_is_read_the_same(tmp_path, file):
    path = tmp_path / "list.parquet"
    pq.write_table(pa.table({"email": ["ann@example.org", None], "dob": [None, "1984-02-29"]}), path)
    said = json.loads(run(path, "--target", "meta", "--json").stdout)
    assert said["rows"] == 2
    assert [one["cause"] for one in said["findings"]] == ["no_usable_key"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--target", "bing"], 2, "bing"),
        (["--target", "meta", "--country", "Atlantis"], 2, "which is no country"),
        (["--target", "meta", "--most", "a lot"], 2, "it is a share"),
    ],
)
def test_what_cannot_be_asked_is_refused(file, words, code, said):
    told = run(file, *words)
    assert told.exit_code == code
    assert said in told.output


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    told = run(tmp_path / "none.csv", "--target", "meta")
    assert told.exit_code == 1
    assert "none.csv" in told.output


def test_without_lint_it_is_the_command_that_it_was(tmp_path):
    told = CliRunner().invoke(app, ["audience", "--project", str(tmp_path), "--segment", "rfm.lost", "--to", "x.csv"])
    assert told.exit_code == 2
    assert "patron.yaml" in told.output
    helped = CliRunner().invoke(app, ["audience", "--help"])
    assert "--segment" in helped.output
    assert "audience lint" in helped.output
