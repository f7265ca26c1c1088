"""Stages of a run against what nobody can see: until when each customer of the simulated shop could still buy."""

from __future__ import annotations

from collections import defaultdict

import pyarrow.parquet as pq
import pytest

from patron.pipeline import Project

pytestmark = pytest.mark.slow  # whole runs of a shop

UNDER_WAY = ("second_order", "developing", "loyal")


def test_who_is_lapsed_is_gone_and_who_is_under_way_is_not(ran_project: Project) -> None:
    ends = pq.read_table(ran_project.folder / "truth" / "customers.parquet").to_pydict()
    as_of = ran_project.last().manifest.as_of
    gone = dict(zip(ends["customer_id"], (end < as_of for end in ends["lifetime_end"]), strict=True))
    found: dict[str, list[bool]] = defaultdict(list)
    for row in ran_project.table("stages").to_pyarrow().to_pylist():
        found[row["stage"]].append(gone[row["customer_id"]])
    share = {stage: sum(those) / len(those) for stage, those in found.items()}
    under_way = [one for stage in UNDER_WAY for one in found[stage]]
    assert share["lapsed"] > 0.75
    assert sum(under_way) / len(under_way) < 0.2
    assert sum(under_way) / len(under_way) < share["at_risk"] < share["lapsed"]
