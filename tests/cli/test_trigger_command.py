"""`patron trigger`: plays, the life of a trigger, what is refused, and the hold-outs that begin and end with it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from patron.cli.main import app
from patron.engines.holdout_state import holdouts
from patron.pipeline import open_project

SETTINGS = """
name: Shop
currency: EUR
sources: {order_lines: {path: x.csv}}
triggers:
  cart:
    signal: cart_abandoned
    action: remind
    audience: orders > 1
    holdout: 10%
    believed: A reminder brings back what was left behind.
sequences:
  tour: {signal: first_90_days, holdout: none, steps: [{name: one, action: welcome}]}
"""
DAY = "2026-03-01"


@pytest.fixture
def shop(tmp_path: Path) -> str:
    (tmp_path / "patron.yaml").write_text(SETTINGS, encoding="utf-8")
    return str(tmp_path)


def patron(*words: str) -> Any:
    result = CliRunner().invoke(app, ["trigger", *words, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.strip().splitlines()[-1])


def said(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["trigger", *words], env={"COLUMNS": "200"})
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


def test_a_trigger_lives_from_draft_to_the_line_that_it_leaves(shop: str) -> None:
    def stands(day: int) -> list[tuple[str, float]]:
        with open_project(Path(shop)).state() as state:
            return [(one.name, one.share) for one in holdouts(state) if one.since == date(2026, 3, day)]

    assert said("pilot", "cart", "--on", DAY, "--project", shop) == "'cart' is a pilot from 1 March 2026 on."
    assert stands(1) == [("trigger:cart", 0.1)]
    assert patron("scale", "cart", "--on", "2026-03-05", "--project", shop)["state"] == "scaled"
    assert stands(5) == []  # the hold-out goes on as it was
    told = patron("iterate", "cart", "--change", "Half the words.", "--on", "2026-03-07", "--project", shop)
    assert (told["state"], told["iteration"]) == ("scaled", 2)
    patron("retire", "cart", "--keep", "Nobody reads it.", "--on", "2026-03-09", "--project", shop)
    assert stands(9) == [("trigger:cart", 0.0)]
    past = said("history", "cart", "--project", shop)
    assert "7 March 2026: iterate, iteration 2. Half the words." in past
    assert [one["event"] for one in patron("show", "cart", "--project", shop)["events"]] == [
        "pilot", "scale", "iterate", "retire",
    ]  # fmt: skip


def test_the_list_names_all_with_their_states(shop: str) -> None:
    told = said("list", "--project", shop)
    assert "cart" in told
    assert "tour" in told
    assert "no run has seen it yet" in told
    assert "for whom: orders > 1" in said("show", "cart", "--project", shop).lower()
    assert "its effect stays unknown" in said("show", "tour", "--project", shop)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("pause", "cart"), "allowed are pilot, scale, retire"),
        (("pilot", "crt"), "Did you mean 'cart'?"),
        (("iterate", "cart", "--change", " "), "says what is changed"),
        (("new", "mine", "--play", "nuture"), "Did you mean 'nurture'?"),
    ],
)
def test_what_cannot_be_done_says_what_can(shop: str, words: tuple[str, ...], answer: str) -> None:
    where = () if words[0] == "new" else ("--project", shop)
    assert answer in said(*words, *where, code=2)


def test_a_play_is_written_as_lines_to_paste() -> None:
    assert len(patron("plays")["plays"]) == 12
    lines = patron("new", "again", "--play", "nurture")["yaml"]
    assert lines.startswith("sequences:\n  again:\n    play: nurture\n")


LIVE = """
  left_cart: {live: {events: [cart_add], after: 90m, unless: [order]}, action: remind, holdout: 10%}
  morning: {live: {at: "09:00"}, action: remind, holdout: 10%}
  weekly: {live: {at: "18:30", days: [friday]}, action: remind, holdout: 10%}
  thanks: {live: {events: [order]}, action: thank, holdout: 10%}
  viewed: {live: {events: [product_view], after: 2d}, action: remind, holdout: 10%}
sequences:
"""


def test_what_is_live_is_said(shop: str) -> None:
    Path(shop, "patron.yaml").write_text(SETTINGS.replace("sequences:\n", LIVE.lstrip("\n")), encoding="utf-8")
    told = said("list", "--project", shop)
    assert ("left_cart │ event" in told, "morning │ clock" in told, "cart │ run" in told) == (True, True, True)
    for name, words in (
        ("left_cart", "left_cart: 90m after cart_add, unless order: remind."), ("morning", "morning: daily at 09:00:"),
        ("weekly", "weekly: Fri at 18:30:"), ("thanks", "at once on order"),
        ("viewed", "2d after product_view: remind"),
    ):  # fmt: skip
        assert words in said("show", name, "--project", shop)
    assert patron("show", "left_cart", "--project", shop)["trigger"]["rule"]["after_s"] == 5400
    assert patron("show", "morning", "--project", shop)["trigger"]["rule"]["days"] == [0, 1, 2, 3, 4, 5, 6]
    assert patron("show", "cart", "--project", shop)["trigger"]["rule"] is None
