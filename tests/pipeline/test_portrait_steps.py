"""The step `portraits` against the run's other tables, the planted kinds, journeys and texts, and too little data."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from patron.contracts import TABLES
from patron.contracts.portrait import IDEAL
from patron.pipeline import Project, portrait_steps
from patron.pipeline.portrait_steps import PORTRAIT_STEPS
from patron.pipeline.step import Context
from patron.portraits import evidence, line, sentence, statement

MADE = ("portraits", "personas", "department_cards")
(STEP,) = PORTRAIT_STEPS
Row = dict[str, Any]


@pytest.fixture(scope="module")
def rows(ran_project: Project) -> dict[str, list[Row]]:
    return {name: TABLES[name].check(ran_project.table(name)).to_pyarrow().to_pylist() for name in MADE}


def context(project: Project, **tables: ibis.Table) -> Context:
    """Return what the step may know of a published run; keyword arguments put tables in the place of its own."""
    names = {name for name in STEP.needs if name not in tables}
    held = {name: ibis.memtable(project.table(name).to_pyarrow()) for name in names}
    return Context(
        settings=project.settings, as_of=project.last().manifest.as_of, tables={**held, **tables},
        keep=lambda _name, table: ibis.memtable(table.to_pyarrow()), earlier=None, kept=None,  # type: ignore[arg-type]
    )  # fmt: skip


def made_of(asked: Context) -> dict[str, list[Row]]:
    made = dict(STEP.function(asked))  # type: ignore[arg-type]
    return {name: TABLES[name].check(table).to_pyarrow().to_pylist() for name, table in made.items()}


def test_counts_are_those_of_the_run(ran_project: Project, rows: dict[str, list[Row]]) -> None:
    members = ran_project.table("memberships").to_pyarrow().to_pandas()
    profiles = ran_project.table("profiles").to_pyarrow().to_pandas().set_index("customer_id")
    checked = [row for row in rows["portraits"] if row["attribute"] == "country" and row["segmentation"] != IDEAL]
    assert checked
    for row in checked:
        inside = members[(members.segmentation == row["segmentation"]) & (members.segment == row["segment"])]
        theirs = profiles.country.reindex(inside.customer_id).dropna()
        others = profiles.country.dropna().drop(theirs.index)
        assert (row["people"], row["known"]) == ((theirs == row["value"]).sum(), len(theirs))
        assert (row["others"], row["others_known"]) == ((others == row["value"]).sum(), len(others))


def test_every_row_is_said_and_none_is_of_few(rows: dict[str, list[Row]]) -> None:
    assert all(sentence(row) and row["people"] >= 5 for row in rows["portraits"])
    for name, words in (("personas", statement), ("department_cards", line)):
        assert rows[name]
        for row in rows[name]:
            assert words(row)
            silent = row["statement"] == "silent"
            assert row["people"] == 0 if silent else 5 <= row["people"] <= row["of"]
            assert bool(evidence(row, "EUR")) == (not silent)


def test_segments_that_are_told_of(ran_project: Project, rows: dict[str, list[Row]]) -> None:
    told = {row["segmentation"] for row in rows["portraits"]}
    assert {"behaviour", "stage", "value_map", "tier", IDEAL} <= told
    assert not told & {"rfm", "past_tier"}
    sizes = {
        (row["segmentation"], row["segment"]): row["customers"]
        for row in ran_project.table("segments").to_pyarrow().to_pylist()
    }
    assert all(sizes.get((row["segmentation"], row["segment"]), 20) >= 20 for row in rows["personas"])


def test_what_a_segment_is_made_by_is_no_discovery(rows: dict[str, list[Row]]) -> None:
    made_by = {(row["segmentation"], row["attribute"]) for row in rows["portraits"] if row["defines"]}
    assert ("behaviour", "channel") in made_by
    assert not [key for key in made_by if key[0] in ("stage", IDEAL)]


def test_planted_kinds_are_told_by_what_they_do(ran_project: Project) -> None:
    truth = pq.read_table(ran_project.folder / "truth" / "customers.parquet", columns=["customer_id", "type"])
    known = ran_project.table("profiles").to_pyarrow()["customer_id"].to_pylist()
    kinds = [row for row in truth.to_pylist() if row["customer_id"] in set(known)]
    members = pa.Table.from_pylist(
        [{"customer_id": row["customer_id"], "segmentation": "stage", "segment": row["type"]} for row in kinds],
        schema=TABLES["memberships"].schema.to_pyarrow(),
    )
    given = [
        {"customer_id": row["customer_id"], "trait": name, "value": row["type"], "purpose": purpose, "sensitive": False,
         "provenance": "x#1", "confidence": 1.0, "match_rate": 1.0}
        for row in kinds
        for name, purpose in (("hobby", "analytics"), ("shoe_size", "operations"), ("religion", "analytics"))
    ]  # fmt: skip
    traits = ibis.memtable(pa.Table.from_pylist(given, schema=TABLES["traits"].schema.to_pyarrow()))
    found = made_of(context(ran_project, memberships=ibis.memtable(members), traits=traits))
    first = {
        (row["segment"], row["attribute"], row["value"])
        for row in found["portraits"] if row["found"] and row["lift_low"] > 1
    }  # fmt: skip
    told = {row["attribute"] for row in found["portraits"] if row["attribute"].startswith("trait:")}
    assert told == {"trait:hobby"}, "by its purpose, and never what the law protects"
    assert ("bargain hunter", "trait:hobby", "bargain hunter") in first
    assert ("bargain hunter", "discount", "much") in first
    cards = {(row["segment"], row["statement"]) for row in found["department_cards"]}
    assert ("bargain hunter", "show_reduced") in cards


def test_journeys_and_texts_are_told_where_they_are_made(ran_project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    members = ran_project.table("memberships").to_pyarrow().to_pylist()
    theirs = sorted(
        row["customer_id"] for row in members if (row["segmentation"], row["segment"]) == ("stage", "loyal")
    )
    assert len(theirs) >= 20
    theme = {
        "words": "late, parcel",
        "texts": 30,
        "customers": 12,
        "share": 0.4,
        "lift": 2.0,
        "rating": 1.5,
        "nps": None,
        "theme": "late parcel",
    }
    key = {"segmentation": "stage", "segment": "loyal"}
    tables: dict[str, Any] = {
        "journey_edges": [
            {**key, "from_step": "cart", "to_step": end, "people": 15, "share": 0.5, "value_at_stake": Decimal(value)}
            for end, value in (("drop_off", "250.00"), ("order", "0.00"))
        ],
        "themes": [
            {**theme, **key}, {**theme, "segmentation": "all", "segment": "all"}, {**theme, **key, "theme": "other"},
        ],
        "theme_texts": [
            {"text_id": f"t{place}", "customer_id": who, "theme": "late parcel", "closeness": 1 - place / 100,
             "quote": "[name], where is my parcel?" if place == 3 else None}
            for place, who in enumerate(theirs[:12])
        ],
    }  # fmt: skip
    monkeypatch.setattr(portrait_steps, "HEARD", tuple(tables))
    given = {name: ibis.memtable(pa.Table.from_pylist(rows)) for name, rows in tables.items()}
    told = [
        row
        for row in made_of(context(ran_project, **given))["personas"]
        if (row["segmentation"], row["segment"]) == ("stage", "loyal")
    ]
    pains = [row for row in told if row["part"] == "pain"]
    assert ("drop_off", "cart", Decimal("250.00"), "at_stake") in {
        (row["attribute"], row["item"], row["value"], row["basis"]) for row in pains
    }
    assert ("theme", "late parcel", 12) in {(row["attribute"], row["item"], row["people"]) for row in pains}
    assert [row["value"] or 0 for row in pains] == sorted((row["value"] or 0 for row in pains), reverse=True)
    assert [row["text_id"] for row in told if row["part"] == "quote"] == ["t3"]
    assert "other" not in {row["item"] for row in told}, "the theme of texts that are about none"
    assert "complains" in {row["statement"] for row in told if row["part"] == "emotion"}


def test_nobody_and_nothing_known_leave_the_tables_empty(ran_project: Project) -> None:
    nobody = {name: TABLES[name].empty() for name in STEP.needs if name in TABLES}
    assert made_of(context(ran_project, **nobody)) == {name: [] for name in MADE}


def test_nothing_is_read_that_may_hold_a_later_day() -> None:
    """What it tells is made of tables as of the run's day alone; no raw row, which would have to be cut there."""
    assert not [name for name in STEP.needs if name.startswith("raw_")]
