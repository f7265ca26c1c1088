"""`patron experiment design | start | stop` on a shop that ran, and what the next run says of it."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from patron.cli.main import app
from patron.decisions.holdouts import Holdout, holds
from patron.engines.holdout_state import holdouts
from patron.pipeline import open_project
from tests_support import TODAY

EXPERIMENTS = """
holdouts:
  global: 10%
  programmes: {winback: 20%}
experiments:
  cards:
    hypothesis: A card on paper brings customers back sooner than a mail does.
    segment: tier.basic
    arms: {card: 40%, mail: 40%, control: 20%}
    smallest_effect: 0.5
    strata: [rfm]
    channel: email
    programme: winback
    exclusive: spring
    part: 60%
    cost_per_contact: 0.9
    fixed_cost: 100
  buyers:
    hypothesis: Whoever bought often needs no mail, so nothing changes.
    condition: orders > 1
    arms: {mail: 50%, control: 50%}
    metric: conversion
    smallest_effect: 0.2
    channel: email
    stop: sequential
    exclusive: spring
    part: 40%
  page:
    hypothesis: A shorter page of payment lets more visitors come to an end.
    unit: visitor
    arms: {short: 50%, control: 50%}
    metric: conversion
    smallest_effect: 0.3
"""


def patron(*words: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*words, "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout.strip().splitlines()[-1])
    return found


def refused(*words: str) -> str:
    result = CliRunner().invoke(app, [*words])
    assert result.exit_code == 2, result.output
    return " ".join(result.output.split())


def ids(file: Path) -> set[str]:
    with file.open(encoding="utf-8") as stream:
        return {row["customer_id"] for row in csv.DictReader(stream)}


@pytest.fixture
def shop(ran: Path) -> Path:
    settings = ran / "patron.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + EXPERIMENTS, encoding="utf-8")
    return ran


@pytest.mark.slow
def test_a_design_says_what_it_takes_and_a_start_keeps_it(shop: Path) -> None:
    where = ("--project", str(shop))
    plan = patron("experiment", "design", "cards", *where)
    primary = plan["rows"][0]
    assert (primary["metric"], primary["segmentation"]) == ("margin", "all")
    assert primary["units"] == plan["units"] <= plan["free"] <= plan["reachable"] <= plan["eligible"]
    assert plan["reachable"] == plan["free"] + sum(plan["held"].values())
    assert set(plan["held"]) <= {"global", "programme:winback"}
    assert primary["units_needed"] > primary["units"]
    assert primary["smallest_relative"] > 0.5
    assert plan["cost"] == 100 + 0.9 * (plan["arms"]["card"] + plan["arms"]["mail"])
    assert {row["segmentation"] for row in plan["rows"]} == {"all", "rfm"}
    project = open_project(shop)
    with project.state() as state:
        assert holdouts(state) == []  # a design writes nothing down

    words = CliRunner().invoke(app, ["experiment", "design", "cards", *where]).output
    assert "Hypothesis: A card on paper" in words
    assert "It is read once, at its end" in words

    made = patron("experiment", "start", "cards", "--to", str(shop), *where)
    as_of = project.last().manifest.as_of
    assert made["promised"]["planned_units"] == primary["units_needed"]
    assert (made["started_on"], made["ends_on"]) == (str(as_of), str(as_of + timedelta(days=28)))
    with project.state() as state:
        assert {(one.name, one.share, one.since) for one in holdouts(state)} == {
            ("global", 0.1, as_of), ("programme:winback", 0.2, as_of)}  # fmt: skip
    cards, mails = ids(shop / "cards-card.csv"), ids(shop / "cards-mail.csv")
    assert not cards & mails
    held = [Holdout(name="global", share=0.1), Holdout(name="programme:winback", share=0.2)]
    assert not [who for who in cards | mails if holds(who, held)]

    patron("experiment", "start", "buyers", "--to", str(shop), "--as", "csv", *where)
    assert not ids(shop / "buyers-mail.csv") & (cards | mails)
    assert "used once" in refused("experiment", "start", "cards", "--to", str(shop), *where)
    assert patron("experiment", "start", "page", *where)["unit"] == "visitor"


@pytest.mark.slow
def test_what_was_promised_stays_promised_until_the_next_run_tells_it(shop: Path) -> None:
    where = ("--project", str(shop))
    project = open_project(shop)
    held = [Holdout(name="global", share=0.1), Holdout(name="programme:winback", share=0.2)]
    for name in ("cards", "buyers", "page"):
        patron("experiment", "start", name, "--to", str(shop), *where)
    cards = ids(shop / "cards-card.csv")
    # A list by hand keeps the hold-outs, too.
    listed = shop / "list.csv"
    frozen = patron("audience", "--segment", "tier.basic", "--channel", "email", "--programme", "winback",
                    "--name", "by hand", "--to", str(listed), *where)  # fmt: skip
    assert frozen["treated"] == len(ids(listed))
    assert not [who for who in ids(listed) if holds(who, held)]

    settings = shop / "patron.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("smallest_effect: 0.5", "smallest_effect: 0.1"), encoding="utf-8")
    told = refused("experiment", "stop", "cards", "--reason", "It rained.", *where)
    assert "smallest_effect: 0.5 -> 0.1" in told
    settings.write_text(text, encoding="utf-8")
    assert "from" in refused("experiment", "stop", "cards", "--reason", "x", "--on", "2020-01-01", *where)
    assert "a sentence is needed" in refused("experiment", "stop", "cards", "--reason", " ", *where)
    patron("experiment", "stop", "cards", "--reason", "It rained.", *where)
    assert "already" in refused("experiment", "stop", "cards", "--reason", "It rained.", *where)

    run = project.run(only="experiments", today=TODAY)
    rows = {row["experiment"]: row for row in run.table("experiments", project.connection).to_pyarrow().to_pylist()}
    own = {name: row for name, row in rows.items() if row["kind"] != "elsewhere"}
    assert {name: row["kind"] for name, row in own.items()} == {
        "cards": "experiment", "buyers": "experiment", "page": "experiment", "by hand": "audience", "global": "holdout",
        "programme:winback": "holdout",
    }  # fmt: skip
    assert (own["cards"]["status"], own["cards"]["stop_reason"]) == ("stopped", "It rained.")
    assert own["cards"]["arms"] == "control 0.2, card 0.4, mail 0.4"
    assert own["by hand"]["programme"] == "winback"
    assert own["buyers"]["segment"] == "orders > 1"
    drawn = run.table("assignments", project.connection).to_pyarrow().to_pylist()
    assert {row["customer_id"] for row in drawn if (row["experiment"], row["arm"]) == ("cards", "card")} == cards
    assert all("|" not in row["stratum"] for row in drawn if row["experiment"] == "cards")
    assert not [
        row for row in drawn if row["experiment"] in ("cards", "buyers") and holds(row["customer_id"], held[:1])
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("design", "cads"), "Did you mean 'cards'"),
        (("start", "cads", "--to", "x"), "Did you mean 'cards'"),
        (("stop", "cards", "--reason", "x"), "No experiment 'cards' was started"),
    ],
)
def test_what_nobody_described_or_started_is_told(shop: Path, words: tuple[str, ...], told: str) -> None:
    assert told in refused("experiment", *words, "--project", str(shop))
