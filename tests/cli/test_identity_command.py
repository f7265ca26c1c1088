"""`patron identity`: explain, merge, take apart, and what became of earlier ids."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import select
from typer.testing import CliRunner

from patron.cli.actor import actor
from patron.cli.main import app
from patron.engines.state_tables import AUDIT
from patron.pipeline import open_project
from people_shop import people_shop
from tests_support import LEAN, TODAY


def patron(folder: Path, *words: str) -> Result:
    """Run a command of `patron identity`; only what it turned into an exit code may come out."""
    result = CliRunner().invoke(app, ["identity", *words, "--project", str(folder)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def done(folder: Path, *words: str) -> Any:
    """Run a command that succeeds, and return its JSON."""
    result = patron(folder, *words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def said(folder: Path, *words: str) -> str:
    """Run a command that succeeds, and return what it said."""
    result = patron(folder, *words)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def refused(folder: Path, *words: str) -> str:
    """Run a command that the caller has to correct, and return its two lines."""
    result = patron(folder, *words)
    assert result.exit_code == 2, result.stdout
    assert len(result.stderr.strip().splitlines()) == 2, result.stderr
    return result.stderr


@pytest.fixture(scope="module")
def ran_people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a run: c28, c29 and c30 have the e-mail of c01. Not to be written to."""
    folder = people_shop(tmp_path_factory.mktemp("people") / "shop", more=LEAN)
    open_project(folder).run(today=TODAY)
    return folder


@pytest.fixture
def people(ran_people: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(ran_people, tmp_path / "shop"))


def customer_of(folder: Path, record_id: str) -> str:
    return str(done(folder, "explain", record_id)["customer_id"])


def test_explain_tells_records_edges_values_and_household(ran_people: Path) -> None:
    facts = done(ran_people, "explain", "c29")
    assert facts["customer_id"] == "c01"
    assert {tie["record_id"] for tie in facts["ties"]} == {"c01", "c28", "c29", "c30"}
    edges = {edge["record_id"]: edge for edge in facts["edges"]}
    assert edges["c29"]["rule"] == "email"
    assert edges["c29"]["used"]
    assert edges["c29"]["seen_on"] == "2024-01-30"
    [golden] = facts["golden"]
    assert (golden["attribute"], golden["value"], golden["rule"]) == ("email", "one@mail.test", "only")
    assert facts["household"]["rule"] == "alone"
    text = said(ran_people, "explain", "c01")
    for part in ("Customer c01 has 4 records", edges["c29"]["key"][:8], "one@mail.test", "2024-01-30", "No household"):
        assert part in text


def test_explain_two_tells_the_chain_or_that_nothing_ties_them(ran_people: Path) -> None:
    facts = done(ran_people, "explain", "c30", "c28")
    assert [edge["record_id"] for edge in facts["chain"]] == ["c30", "c28"]
    assert "agree by email" in said(ran_people, "explain", "c30", "c28")
    assert done(ran_people, "explain", "c02", "c30")["obstacles"] == []
    assert "nothing in common" in said(ran_people, "explain", "c02", "c30")
    assert "one record" in said(ran_people, "explain", "c30", "c30")


@pytest.mark.slow
def test_take_apart_run_merge_run(people: Path) -> None:
    """What is decided holds from the next run on, and every step of it stands in the history."""
    text = said(people, "unmerge", "c30", "c01")
    assert "next run" in text
    assert customer_of(people, "c30") == "c01", "not before"
    assert "1 decision was made" in patron(people, "explain", "c30").stderr
    project = open_project(people)
    project.run(today=TODAY)
    assert customer_of(people, "c30") == "c30"
    assert customer_of(people, "c29") == "c01"
    assert [one["why"] for one in done(people, "explain", "c30", "c01")["obstacles"]] == ["apart"]
    assert "a person took one of them apart" in said(people, "explain", "c30", "c28")
    assert "decision" not in patron(people, "explain", "c30").stderr

    assert done(people, "merge", "c30", "c02") == {"merged": ["c30", "c02"], "one_customer_already": False}
    project.run(today=TODAY)
    assert customer_of(people, "c30") == "c02"
    assert "agree by manual" in said(people, "explain", "c02", "c30")
    assert done(people, "merge", "c30", "c02")["one_customer_already"]

    facts = done(people, "history")
    assert [(row["record_id"], row["before_id"], row["after_id"]) for row in facts["changes"]] == [
        ("c30", "c01", "c30"), ("c30", "c30", "c02"),
    ]  # fmt: skip
    assert [one["action"] for one in facts["decisions"]] == ["unmerge", "merge", "merge"]
    assert facts["decisions"][0]["actor"] == actor()
    assert "c30 is now c02" in said(people, "history", "c30")
    assert done(people, "history", "c05") == {"customer_id": "c05", "changes": [], "decisions": []}
    assert "No id changed" in said(people, "history", "c05")


def test_a_merge_is_taken_back_before_any_run_saw_it(people: Path) -> None:
    done(people, "merge", "c02", "c03")
    assert done(people, "unmerge", "c02", "c03")["rule"] == "manual"
    assert "nothing to take apart" in refused(people, "unmerge", "c02", "c03")
    made = done(people, "history", "c03")["decisions"]
    assert [one["action"] for one in made] == ["merge", "unmerge"], "though it was taken back from the other record"
    with open_project(people).state() as state, state.engine.connect() as connection:
        noted = connection.execute(select(AUDIT.c.action, AUDIT.c.subject)).all()
        assert [(action, who is not None) for action, who in noted][-2:] == [
            ("identity.merged", True), ("identity.unmerged", True)
        ]  # fmt: skip
    assert "c02" not in str(noted), "by a pseudonym"


def test_an_edge_by_rule_and_first_digits(people: Path) -> None:
    key = done(people, "explain", "c29")["edges"][0]["key"]
    told = done(people, "unmerge", "c29", "--rule", "email", "--key", key[:8])
    assert told == {"unmerged": "c29", "rule": "email", "key": key, "still_one_customer": False}


def test_several_keys_are_offered(tmp_path: Path) -> None:
    """Two records that agree in e-mail and card: taking one key away would part nobody."""
    records = [
        {"customer_id": f"c{i:02}", "email": f"p{min(i, 2)}@mail.test", "person_id": "ann" if i < 3 else f"p{i}"}
        for i in range(1, 31)
    ]
    records[0]["email"] = "p2@mail.test"
    folder = people_shop(tmp_path / "shop", records=[row | {"email": row["email"] if i < 2 else f"q{i}@mail.test"}
                                                     for i, row in enumerate(records)])  # fmt: skip
    open_project(folder).run(today=TODAY)
    result = patron(folder, "unmerge", "c01", "c02", "--json")
    assert result.exit_code == 2
    assert {edge["rule"] for edge in json.loads(result.stdout)["choose"]} == {"email", "customers.person_id"}
    assert "2 keys tie c01 and c02" in json.loads(result.stderr)["error"]
    key = next(edge["key"] for edge in json.loads(result.stdout)["choose"] if edge["rule"] == "email")
    done(folder, "unmerge", "c01", "--rule", "email", "--key", key)
    assert done(folder, "unmerge", "c01", "c02")["rule"] == "customers.person_id", "one is left, and is chosen"


BAD: dict[str, tuple[list[str], str]] = {
    "an unknown record is explained": (["explain", "nobody"], "no customer and no record 'nobody'"),
    "a known and an unknown one": (["explain", "c01", "nobody"], "no customer and no record 'nobody'"),
    "an unknown record is merged": (["merge", "c01", "nobody"], "no record 'nobody'"),
    "a record with itself": (["merge", "c01", "c01"], "with itself"),
    "an unknown edge": (["unmerge", "c30", "--rule", "email", "--key", "ffffffff"], "has no key 'ffffffff'"),
    "an unknown rule": (["unmerge", "c30", "--rule", "emial", "--key", "ffffffff"], "of the rule 'emial'"),
    "too few digits": (["unmerge", "c30", "--rule", "email", "--key", "4"], "has no key '4'"),
    "no edge named": (["unmerge", "c30"], "Which key of record c30"),
    "a rule without a key": (["unmerge", "c30", "--rule", "email"], "Which key of record c30"),
    "both ways at once": (["unmerge", "c30", "c01", "--rule", "email"], "one of the two is enough"),
    "two customers": (["unmerge", "c02", "c03"], "nothing to take apart"),
    "itself": (["unmerge", "c30", "c30"], "itself"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_the_caller_has_to_correct(name: str, people: Path) -> None:
    words, expected = BAD[name]
    assert expected in refused(people, *words)
    assert done(people, "history")["decisions"] == [], "nothing was remembered"


def test_without_a_run_there_is_nothing_to_explain(tmp_path: Path) -> None:
    result = patron(people_shop(tmp_path / "shop"), "explain", "c01")
    assert result.exit_code == 1
    assert "run" in result.stderr


@pytest.mark.parametrize("error", [OSError, KeyError, ImportError])
def test_a_user_without_a_name(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def nameless() -> str:
        raise error

    patched: Callable[[], str] = nameless
    monkeypatch.setattr("patron.cli.actor.getuser", patched)
    assert actor() == "unknown"
