"""The steps `stages` and `behaviour` in a run, against its other tables, and where there is little to go on."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from patron.cli.demo import SETTINGS
from patron.contracts import TABLES
from patron.pipeline import Project, open_project
from patron.pipeline.behaviour_steps import BEHAVIOUR_STEPS
from patron.pipeline.step import Context, Learned
from patron.segments import BehaviourSegments
from patron.segments.behaviour_features import BEHAVIOUR_FEATURES
from patron.simulate import shop
from patron.stats.agreement import adjusted_rand
from tests_support import TODAY

LAST = date(2024, 12, 31)
NEEDS = {name for step in BEHAVIOUR_STEPS for name in step.needs}
MADE = [name for step in BEHAVIOUR_STEPS for name in step.makes]


def context(project: Project, **changes: Any) -> Context:
    made = Context(
        settings=project.settings, as_of=LAST, tables={name: project.table(name) for name in NEEDS},
        keep=lambda _name, table: ibis.memtable(table.to_pyarrow()), earlier=None, kept=None,  # type: ignore[arg-type]
    )  # fmt: skip
    return replace(made, **changes)


def behaviour_of(asked: Context) -> dict[str, pa.Table]:
    made = dict(BEHAVIOUR_STEPS[1].function(asked))  # type: ignore[arg-type]
    return {name: TABLES[name].check(table).to_pyarrow() for name, table in made.items()}


@pytest.fixture(scope="module")
def tables(ran_project: Project) -> dict[str, pa.Table]:
    names = [*MADE, "memberships", "segments", "profiles", "kpis"]
    return {name: TABLES[name].check(ran_project.table(name)).to_pyarrow() for name in names}


def test_everybody_with_an_order_is_in_a_segment_and_everybody_known_in_a_stage(tables: dict[str, pa.Table]) -> None:
    members = Counter(tables["memberships"]["segmentation"].to_pylist())
    buyers = [row["customer_id"] for row in tables["profiles"].to_pylist() if row["orders"]]
    assert sorted(tables["behaviour"]["customer_id"].to_pylist()) == sorted(buyers)
    assert members["behaviour"] == len(buyers)
    assert members["stage"] == tables["stages"].num_rows >= tables["profiles"].num_rows
    profiles = {row["customer_id"]: row for row in tables["profiles"].to_pylist()}
    for row in tables["stages"].to_pylist():
        profile = profiles.get(row["customer_id"])
        lapsed = profile is not None and profile["orders"] > 0 and profile["lapsed"]
        assert (row["stage"] == "lapsed") == lapsed
        assert (row["stage"] == "prospect") == (row["order_days"] == 0)


def test_segments_tell_the_rule_and_agree_with_the_members(tables: dict[str, pa.Table]) -> None:
    rows = {row["segment"]: row for row in tables["segments"].to_pylist() if row["segmentation"] == "behaviour"}
    described = {row["segment"]: row for row in tables["behaviour_segments"].to_pylist()}
    assert set(rows) == set(described)
    assert 2 <= len(rows) <= 12
    for name, row in rows.items():
        told = ("title", "rule", "stability")
        assert [row[column] for column in told] == [described[name][column] for column in told]
        assert row["customers"] == described[name]["customers"] > 0
        assert described[name]["born_on"] == LAST
    others = [row for row in tables["segments"].to_pylist() if row["segmentation"] != "behaviour"]
    assert all(row["rule"] is None and row["stability"] is None for row in others)
    stages = [row for row in tables["segments"].to_pylist() if row["segmentation"] == "stage"]
    assert sum(row["customers"] for row in stages) == tables["stages"].num_rows
    assert {"behaviour", "stage"} <= set(tables["kpis"]["segmentation"].to_pylist())


def test_stuck_points_count_no_more_than_there_are(tables: dict[str, pa.Table]) -> None:
    rows = tables["stuck_points"].to_pylist()
    assert rows[0]["orders"] == 1
    assert all(row["stopped"] <= row["customers"] <= tables["profiles"].num_rows for row in rows)


def test_the_run_before_gives_its_ids_and_the_settings_the_names(
    ran_project: Project, tables: dict[str, pa.Table]
) -> None:
    learned = Learned("before", ran_project.table("segment_models"))
    named = ran_project.settings.behaviour.model_copy(update={"names": {"b1": "Regulars"}})
    chosen = ran_project.settings.model_copy(update={"behaviour": named})
    made = behaviour_of(context(ran_project, learned=learned, settings=chosen))
    was = dict(zip(*tables["behaviour"].select(["customer_id", "segment"]).to_pydict().values(), strict=True))
    now = dict(zip(*made["behaviour"].select(["customer_id", "segment"]).to_pydict().values(), strict=True))
    assert sum(was[who] == segment for who, segment in now.items()) / len(now) > 0.97
    titles = dict(zip(*made["behaviour_segments"].select(["segment", "title"]).to_pydict().values(), strict=True))
    assert titles["b1"] == "Regulars"
    saved = BehaviourSegments.from_json(made["segment_models"]["description"][0].as_py())
    assert [one.id for one in saved.segments_] == sorted(titles, key=lambda name: int(name[1:]))


def test_too_few_customers_are_described_and_not_divided(ran_project: Project) -> None:
    profiles = ran_project.table("profiles")
    few = {name: ran_project.table(name) for name in NEEDS} | {"profiles": profiles.order_by("customer_id").limit(50)}
    made = behaviour_of(context(ran_project, tables=few))
    assert 0 < made["behaviour"].num_rows <= 50
    assert made["behaviour"]["segment"].null_count == made["behaviour"].num_rows
    assert made["behaviour_segments"].num_rows == made["segment_models"].num_rows == 0


@pytest.mark.slow
def test_planted_kinds_are_found_from_raw_files_where_k_means_with_their_number_fails(tmp_path: Path) -> None:
    made = shop(customers=1_500, seed=2, kinds=1.0)
    made.write(tmp_path)
    (tmp_path / "patron.yaml").write_text(SETTINGS + "\npropensities: []\n", encoding="utf-8")
    project = open_project(tmp_path)
    run = project.run(only="segments", today=TODAY)
    members = run.table("memberships", project.connection)
    found = members.filter(members.segmentation == "behaviour").to_pyarrow()
    assert found.num_rows == 1_500
    truth = dict(zip(*made.truth["behaviour"].to_pydict().values(), strict=True))
    assert agreement(truth, found) >= 0.9
    features = run.table("behaviour", project.connection).to_pyarrow()
    groups = KMeans(8, n_init=5, random_state=1).fit_predict(standardised(features))
    rival = pa.table({"customer_id": features["customer_id"], "segment": [f"k{group}" for group in groups]})
    assert agreement(truth, rival) < 0.7


def agreement(truth: dict[str, str], found: pa.Table) -> float:
    return adjusted_rand(
        coded([truth[one] for one in found["customer_id"].to_pylist()]), coded(found["segment"].to_pylist())
    )


def coded(words: list[str]) -> NDArray[np.int64]:
    return np.unique(np.array(words), return_inverse=True)[1]


def standardised(table: pa.Table) -> NDArray[np.float64]:
    names = [one.name for one in BEHAVIOUR_FEATURES if table[one.name].null_count < table.num_rows]
    plain = np.stack([table[name].to_numpy().astype(np.float64) for name in names], axis=1)
    plain = np.where(np.isfinite(plain), plain, np.nanmean(plain, axis=0))
    plain = plain[:, plain.std(axis=0) > 0]
    return np.asarray((plain - plain.mean(axis=0)) / plain.std(axis=0))
