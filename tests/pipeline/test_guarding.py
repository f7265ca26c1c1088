"""What a run says of those who keep out of profiles: about how many, and never exactly how few."""

from __future__ import annotations

from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from patron.contracts.person import CONSENTS
from patron.contracts.raw_people import RAW_CONSENTS
from patron.pipeline.guarding import guard_of
from patron.pipeline.settings_file import read_settings


def settings(folder: Path, privacy: str = ""):
    (folder / "patron.yaml").write_text(f"name: A\ncurrency: EUR\nsources: {{order_lines: {{path: o.csv}}}}\n{privacy}")
    return read_settings(folder)


def objecting(people: int):
    rows = [
        {"customer_id": f"c{i}", "purpose": "profiling", "channel": "all", "allowed": False, "reason": "denied",
         "records": 1, "conflict": False}
        for i in range(people)
    ]  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(rows, schema=CONSENTS.schema.to_pyarrow()))


@pytest.mark.parametrize(
    ("people", "said"),
    [(0, None), (1, "A few people"), (19, "A few people"), (20, "About 20 people"), (609, "About 600 people")],
)
def test_how_many_keep_out_of_profiles(people: int, said: str | None, tmp_path: Path) -> None:
    nothing = RAW_CONSENTS.empty()
    _, notes = guard_of(objecting(people), nothing, nothing, settings=settings(tmp_path))
    about = [note for note in notes if "profil" in note]
    assert [note.partition(" allow")[0] for note in about] == ([said] if said else [])


def test_profiling_on_consent_is_said(tmp_path: Path) -> None:
    nothing = RAW_CONSENTS.empty()
    asked = settings(tmp_path, "privacy: {basis: {profiling: consent}}\n")
    _, notes = guard_of(objecting(3), nothing, nothing, settings=asked)
    assert any("stands on consent" in note for note in notes)
