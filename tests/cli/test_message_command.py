"""`patron message` and `patron approve` on a project with a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from patron.cli.main import app
from patron.pipeline import open_project

MORE = """
sender:
  links: {unsubscribe: "https://shop.example/u?c={{ customer_id }}"}
  footers: {email: "Leave: {{ unsubscribe_url }}"}
triggers:
  second: {signal: second_order_window, action: second_order, holdout: 10%, team: growth}
teams:
  growth: {approvers: [anna]}
messages:
  second:
    parts:
      headline: {many: "You came {{ orders }} times", name: "Dear {{ given_name }}"}
      copy: {short: {en: "Come again.", ar: "أهلا"}}
      offer: {none: , ten: {text: "10 % off", discount: 0.1}}
"""


def asked(folder: Path, *words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, [*words, "--project", str(folder)], env={"COLUMNS": "200"})
    assert result.exit_code == code, result.output
    return result.output


def written(folder: Path, text: str = MORE) -> None:
    file = folder / "patron.yaml"
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_a_message_is_shown_as_a_real_customer_would_read_it(ran: Path) -> None:
    written(ran)
    profiles = open_project(ran).table("profiles")
    one = profiles.filter(profiles.orders > 1).order_by("customer_id").limit(1).to_pyarrow().to_pylist()[0]
    who = ("message", "preview", "second", "--customer", one["customer_id"])
    told = asked(ran, *who)
    assert f"Subject: You came {one['orders']} times" in told
    assert f"https://shop.example/u?c={one['customer_id']}" in told
    assert "Nothing is missing" in told
    made = json.loads(asked(ran, *who, "--variant", "offer=ten", "--language", "ar", "--json"))
    assert (made["variant"], made["direction"]) == (
        "headline=many/copy=short/offer=ten",
        "ltr",
    )  # headlines speak English
    assert (made["offer"], made["discount"]) == ("10 % off", 0.1)
    assert "no variant offer=gift" in asked(ran, *who, "--variant", "offer=gift", code=2)
    assert "knows no customer nobody" in asked(ran, *who[:-1], "nobody", code=2)
    assert "Did you mean 'second'?" in asked(ran, "message", "preview", "secnd", "--customer", "x", code=2)


def test_all_faults_are_listed_at_once_and_a_sound_message_has_none(ran: Path) -> None:
    written(ran, MORE.replace("{{ orders }}", "{{ order }}").replace("{{ given_name }}", "{{ given_name.x }}"))
    told = asked(ran, "message", "check", code=1)
    assert "Did you mean 'orders'?" in told
    assert "template_unsafe" in json.dumps(json.loads(asked(ran, "message", "check", "--json", code=1))["words"])
    assert told.count("Error, messages.second.parts.headline") == 2


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    (tmp_path / "patron.yaml").write_text(
        "name: S\ncurrency: EUR\nsources: {order_lines: {path: x.csv}}\n", encoding="utf-8"
    )
    return tmp_path


def test_before_the_first_run_words_are_checked_and_approvals_are_listed(plain: Path) -> None:
    assert "Nobody waits for anybody." in asked(plain, "approve")
    written(plain)
    assert "not written in ar" in asked(plain, "message", "check")
    assert "second needs the approval of anna" in asked(plain, "approve")
    assert "waits for the approval of anna, asked for by cleo" in asked(
        plain, "approve", "second", "--ask", "--by", "cleo"
    )
    assert "has to have a name" in asked(plain, "approve", "second", code=2)
    assert "Leave out --ask or --refuse" in asked(plain, "approve", "second", "--ask", "--refuse", "--by", "x", code=2)
    assert "is refused by anna" in asked(plain, "approve", "second", "--refuse", "--by", "anna", "--note", "later")
    told = json.loads(asked(plain, "approve", "--json"))
    assert [(row["state"], row["note"]) for row in told["approvals"]] == [("refused", "later")]
    assert told["needed"] == {"second": ["anna"]}
    assert "refused" in asked(plain, "approve")
