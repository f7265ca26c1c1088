"""The commands, as a person types them."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from patron.cli.main import app
from patron.pipeline import open_project
from tests_support import LEAN, TODAY

HERE = Path(__file__).parent


def patron(*words: str | Path) -> Result:
    """Run a command; only what it turned into an exit code may come out."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def test_demo_goes_from_nothing_to_a_report(tmp_path: Path) -> None:
    result = patron("demo", tmp_path / "shop", "--customers", "300", "--seed", "5")
    assert result.exit_code == 0
    report = tmp_path / "shop" / "report.html"
    assert str(report) in result.stdout
    assert "Profile every customer" in result.stderr
    assert report.stat().st_size > 100_000
    assert (tmp_path / "shop" / "truth" / "customers.parquet").exists()
    assert patron("demo", tmp_path / "shop", "--customers", "300", "--seed", "5").exit_code == 0, "again is fine"


def test_demo_does_not_overwrite_a_project(fresh: Path) -> None:
    (fresh / "patron.yaml").write_text("name: Mine\ncurrency: EUR\nsources: {order_lines: {path: data}}\n")
    result = patron("demo", fresh)
    assert result.exit_code == 2
    assert "not the demo" in result.stderr


def test_run_report_and_check_take_the_folder_either_way(ran: Path) -> None:
    for words in (["run", ran], ["run", "--project", ran], ["report", ran], ["check", "--project", ran]):
        result = patron(*words)
        assert result.exit_code == 0, result.stderr
        assert result.stdout


def test_quiet_says_nothing_and_json_says_one_object(ran: Path) -> None:
    for command in ("run", "report", "check"):
        silent = patron(command, ran, "--quiet")
        assert (silent.exit_code, silent.stdout, silent.stderr) == (0, "", "")
        spoken = patron(command, ran, "--json", "--quiet")
        assert isinstance(json.loads(spoken.stdout), dict)


@pytest.mark.slow
def test_run_as_of_an_earlier_day(ran: Path) -> None:
    result = patron("run", ran, "--as-of", "2024-06-30", "--json", "--quiet")
    facts = json.loads(result.stdout)
    assert facts["as_of"] == "2024-06-30"
    assert facts["rows_later"] > 0
    read = facts["rows_kept"] + facts["rows_rejected"] + facts["rows_later"] + facts["rows_removed"]
    assert facts["rows_in"] == read


def test_check_names_what_is_missing_and_where_to_find_it(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("customer_id,ordered_at,amount\nann,2024-01-01,5\n")
    (tmp_path / "patron.yaml").write_text("name: A\ncurrency: EUR\nsources: {order_lines: {path: o.csv}}\n")
    facts = json.loads(patron("check", tmp_path, "--json").stdout)
    questions = {row["question"]: row for row in facts["unanswered"]}
    margin = questions["Who earns us money, not only turnover?"]
    assert "unit_cost" in margin["needs"]
    assert margin["found_in"]
    assert not (tmp_path / ".patron" / "runs" / "LAST").exists(), "check publishes nothing"


def test_check_of_the_full_shop_leaves_only_what_it_does_not_have(fresh: Path) -> None:
    facts = json.loads(patron("check", fresh, "--json").stdout)
    assert len(facts["answered"]) == 8
    assert len(facts["unanswered"]) == 18


def test_init_recognises_and_says_what_it_was_unsure_of(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(
        "Invoice,Customer ID,InvoiceDate,StockCode,Quantity,Price,Total,Mood\n1,ann,2024-01-01,x,1,2,2,good\n"
    )
    result = patron("init", tmp_path, "--from", tmp_path / "export.csv")
    assert result.exit_code == 0, result.stderr
    written = (tmp_path / "patron.yaml").read_text()
    assert 'customer_id: "Customer ID"' in written
    assert '"Mood"' in written
    assert patron("check", tmp_path).exit_code == 0
    assert patron("init", tmp_path).exit_code == 2, "it does not overwrite"


def test_init_says_what_it_could_not_find(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text("who,what,when\nann,x,2024-01-01\n")
    facts = json.loads(patron("init", tmp_path, "--json").stdout)
    assert facts["missing"] == ["customer_id", "unit_price"]
    assert facts["sources"]["order_lines"]["columns"]["ordered_at"]["column"] == "when", "the only days"
    assert patron("check", tmp_path).exit_code == 2, "a file that is not filled in is a usage error"


@pytest.mark.slow
def test_a_list_beside_the_export_is_not_read_as_orders(tmp_path: Path) -> None:
    rows = "".join(f"o{n},c{n % 9},2024-{1 + n % 12:02}-11,{n + 1}\n" for n in range(60))
    (tmp_path / "export.csv").write_text("order_id,customer_id,order_date,amount\n" + rows)
    assert patron("init", tmp_path).exit_code == 0
    assert patron("run", tmp_path, "--quiet").exit_code == 0
    listed = patron("audience", "--project", tmp_path, "--segment", "value_map.small", "--to", tmp_path / "list.csv")
    assert listed.exit_code == 0, listed.stderr
    assert patron("run", tmp_path, "--quiet").exit_code == 0, "the list lies there, and is no source"


def test_check_refuses_a_segment_that_names_no_column(fresh: Path) -> None:
    settings = fresh / "patron.yaml"
    settings.write_text(settings.read_text().replace("discount_rate > 0.15", "discont_rate > 0.15"))
    result = patron("check", fresh)
    assert result.exit_code == 2
    assert "Did you mean 'discount_rate'?" in result.stderr
    assert "patron.yaml, line" in result.stderr


def test_the_report_keeps_the_currency_that_was_counted_in(ran: Path, tmp_path: Path) -> None:
    settings = ran / "patron.yaml"
    settings.write_text(settings.read_text().replace("currency: EUR", "currency: JPY"))
    assert patron("report", ran, "--to", tmp_path / "report.html").exit_code == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "€" in page
    assert "¥" not in page.partition("Plotly")[0]


@pytest.mark.slow
def test_audience_freezes_a_list_and_the_next_run_reads_its_effect(fresh: Path, tmp_path: Path) -> None:
    with (fresh / "patron.yaml").open("a", encoding="utf-8") as settings:
        settings.write(LEAN)
    assert patron("run", fresh, "--as-of", "2024-06-30", "--quiet").exit_code == 0
    target = tmp_path / "list.csv"
    result = patron("audience", "--project", fresh, "--segment", "value_map.small", "--holdout", "30%", "--to", target,
                    "--name", "first", "--json")  # fmt: skip
    assert result.exit_code == 0, result.stderr
    facts = json.loads(result.stdout)
    with target.open() as stream:
        listed = {row["customer_id"] for row in csv.DictReader(stream)}
    assert len(listed) == facts["treated"]
    project = open_project(fresh)
    project.run(today=TODAY)
    arms = project.table("assignments").to_pyarrow().to_pylist()
    assert {row["customer_id"] for row in arms if row["arm"] == "treated"} == listed
    assert sum(row["arm"] == "control" for row in arms) == facts["control"]
    every = project.table("effects").to_pyarrow().to_pylist()
    assert {row["segmentation"] for row in every} > {"all", "value_tier"}
    effects = [row for row in every if row["segmentation"] == "all" and row["metric"] in ("orders", "margin")]
    assert {row["metric"] for row in effects} == {"orders", "margin"}
    assert all(row["status"] == "read" and row["effect_low"] < row["effect_high"] for row in effects)
    # The lists are drawn at random and nobody was written to: the truth is no effect at all.
    assert all(row["p_value"] > 0.001 for row in effects)
    said = patron("experiment", "read", "first", "--project", fresh, "--json")
    assert said.exit_code == 0, said.stderr
    assert len(json.loads(said.stdout)["effects"]) == len(every)
    assert "margin per customer" in patron("experiment", "read", "first", "--project", fresh).stdout
    assert patron("experiment", "read", "frist", "--project", fresh).exit_code == 2


def test_a_name_is_used_once_and_a_file_is_not_overwritten(ran: Path, tmp_path: Path) -> None:
    words = ["audience", "--project", ran, "--segment", "value_map.small", "--to", tmp_path / "a.csv", "--name", "one"]
    assert patron(*words).exit_code == 0
    again = patron(*words)
    assert again.exit_code != 0
    assert again.stderr


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["run", "nowhere"], 2, "patron.yaml"),
        (["report", "{fresh}"], 1, "patron run"),
        (["audience", "--project", "{ran}", "--segment", "value_map.stras", "--to", "x.csv"], 2, "Did you mean"),
        (["audience", "--project", "{ran}", "--segment", "rfm.lost", "--to", "x.csv", "--holdout", "120%"], 2, "120%"),
        (["run", "{fresh}", "--as-of", "1980-01-01"], 1, "patron check"),
        (["run", "{fresh}", "--as-of", "2980-01-01"], 2, "has not come yet"),
    ],
)
def test_what_goes_wrong_is_two_lines_and_an_exit_code(
    fresh: Path, ran: Path, words: Sequence[str], code: int, says: str
) -> None:
    result = patron(*[word.format(fresh=fresh, ran=ran) for word in words])
    assert result.exit_code == code, result.output
    assert says in result.stderr
    assert "Traceback" not in result.output
    told = [line for line in result.stderr.strip().split("\n") if "/10 " not in line]
    assert 1 <= len(told) <= 2


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["run", str(tmp_path), "--debug"])
    assert type(result.exception).__name__ == "SettingsError"


def test_python_m_patron_works_and_speaks_of_its_version() -> None:
    told = subprocess.run([sys.executable, "-m", "patron", "--version"], capture_output=True, text=True, check=True)
    assert told.stdout.strip().count(".") >= 2


def test_every_command_has_help_in_a_sentence() -> None:
    for command in ("init", "demo", "check", "run", "report", "audience"):
        result = patron(command, "--help")
        assert result.exit_code == 0
        assert "--project" in result.stdout
        assert "--json" in result.stdout
