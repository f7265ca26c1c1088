"""The simulated shop knows who is who: of the pairs that a run links, nearly all are one person, and few are missed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest

from patron.cli.demo import DEMO_SETTINGS
from patron.pipeline import open_project
from patron.simulate import shop

SIZE = 8_000


def pairs(owners: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return the pairs of records that have one owner."""
    records: dict[str, list[str]] = {}
    for record_id in sorted(owners):
        records.setdefault(owners[record_id], []).append(record_id)
    return {(one, other) for held in records.values() for i, one in enumerate(held) for other in held[i + 1 :]}


def owners(table: pa.Table, owner: str) -> dict[str, str]:
    return dict(zip(table["record_id"].to_pylist(), table[owner].to_pylist(), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 5])
def test_precision_of_99_at_a_recall_of_95(seed: int, tmp_path: Path) -> None:
    pytest.importorskip("splink", reason="pip install 'patron[linkage]' enables it")
    made = shop(
        customers=SIZE, seed=seed, identity=True, dealings=True, experience=True, campaigns=True, marketing=True
    )
    made.write(tmp_path)
    settings = DEMO_SETTINGS.replace("identity: {country: France}", "identity: {country: France, probable: 0.99}")
    (tmp_path / "patron.yaml").write_text(settings)
    links = open_project(tmp_path).run(only="links").table("links", open_project(tmp_path).connection)
    found = pairs(owners(links.filter(links.source == "customers").to_pyarrow(), "customer_id"))
    truth = pairs(owners(made.truth["people"], "person_id"))
    assert len(truth) > 600
    assert len(found & truth) / len(found) >= 0.99
    assert len(found & truth) / len(truth) >= 0.95
