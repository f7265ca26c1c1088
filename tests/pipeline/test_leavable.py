"""A project that does without steps: their tables stay empty, everything else is as ever, and the run says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from patron.cli.report import report_project
from patron.contracts import TABLES
from patron.errors import SettingsError
from patron.pipeline import open_project
from patron.pipeline.leavable import LEAVABLE
from patron.pipeline.steps import STEPS
from tests_support import LEAN, TODAY, rounded

UNTOUCHED = ("profiles", "forecasts", "history", "orders", "links", "effects")


def test_only_steps_can_be_left_out() -> None:
    assert set(LEAVABLE) <= {step.name for step in STEPS}
    assert list(LEAVABLE) == sorted(LEAVABLE)


def test_what_is_left_out_is_empty_and_the_rest_as_ever(ran: Path) -> None:
    project = open_project(ran)
    before = {name: list(map(rounded, project.table(name).to_pyarrow().to_pylist())) for name in UNTOUCHED}
    settings = ran / "patron.yaml"
    settings.write_text(settings.read_text() + LEAN)
    project = open_project(ran)
    made = project.run(today=TODAY)
    left_out = [step for step in STEPS if step.name in LEAVABLE]
    assert {made.rows(name) for step in left_out for name in step.makes} == {0}
    assert not any(made.manifest.steps[step.name].reused for step in left_out), "what the run before held is not shown"
    for name, contract in TABLES.items():
        contract.check(project.table(name))
    assert {name: list(map(rounded, project.table(name).to_pyarrow().to_pylist())) for name in UNTOUCHED} == before
    assert any("leave_out" in note and "acquisition, affinity, attribution" in note for note in made.manifest.notes)
    assert "leave_out" in report_project(project).read_text(encoding="utf-8")
    settings.write_text(settings.read_text().replace(LEAN, ""))
    again = open_project(ran).run(today=TODAY)
    assert again.rows("equity") > 0


def test_a_step_that_is_none_is_named_with_its_line(ran: Path) -> None:
    settings = ran / "patron.yaml"
    lines = settings.read_text().count("\n")
    settings.write_text(settings.read_text() + "leave_out: [afinity]\n")
    with pytest.raises(SettingsError, match="affinity") as caught:
        open_project(ran)
    assert (caught.value.data["key"], caught.value.data["line"]) == ("leave_out.0", lines + 1)
