"""Segments and triggers that are saved beside `patron.yaml`: read with it, checked like it, never written into it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from patron.engines.state_tables import AUDIT
from patron.errors import ArgumentError, ConditionError, SettingsError
from patron.pipeline import Project, open_project
from patron.pipeline.backup import backup
from patron.pipeline.restore import restore
from patron.pipeline.saved_settings import discard, save, saved
from server_project import empty_project

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BY = {"by": "user:anna", "now": NOW}
QUIET = {"where": "days_since_last > 90 AND orders >= 3"}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return empty_project(tmp_path / "shop", "segments: {written: {where: orders > 1}}\n")


def test_what_is_saved_is_read_with_what_is_written(project: Project) -> None:
    before = (project.folder / "patron.yaml").read_bytes()
    file = save(project, "segments", "quiet_vips", QUIET, **BY)
    assert set(project.settings.segments) == {"written", "quiet_vips"}
    assert project.settings.segments["quiet_vips"].where == QUIET["where"]
    assert saved(project) == {("segments", "quiet_vips"): QUIET}
    assert "anna" in file.read_text()
    assert (project.folder / "patron.yaml").read_bytes() == before


def test_saved_again_it_is_changed(project: Project) -> None:
    save(project, "segments", "quiet_vips", QUIET, **BY)
    digest = project.settings.digest()
    save(project, "segments", "quiet_vips", {"where": "orders >= 5"}, **BY)
    assert project.settings.segments["quiet_vips"].where == "orders >= 5"
    assert project.settings.digest() != digest


@pytest.mark.parametrize("name", ["", "Quiet", "a-b", "../patron", "1st", "x" * 61, "a b", "ä"])
def test_a_name_that_is_none_is_refused(project: Project, name: str) -> None:
    with pytest.raises(ArgumentError, match="no name"):
        save(project, "segments", name, QUIET, **BY)
    assert saved(project) == {}


def test_what_is_written_by_hand_is_not_overruled(project: Project) -> None:
    with pytest.raises(ArgumentError, match="by hand"):
        save(project, "segments", "written", QUIET, **BY)
    assert project.settings.segments["written"].where == "orders > 1"


@pytest.mark.parametrize(
    ("content", "error"),
    [({"where": "orders >"}, ConditionError), ({"where": "no_such_column > 1"}, ConditionError),
     ({}, SettingsError), ({"where": "orders > 1", "colour": "blue"}, SettingsError)],
    ids=["no condition", "no column", "nothing", "an unknown key"],
)  # fmt: skip
def test_what_cannot_be_is_not_written(project: Project, content: dict[str, str], error: type[Exception]) -> None:
    save(project, "segments", "quiet_vips", QUIET, **BY)
    with pytest.raises(error):
        save(project, "segments", "quiet_vips", content, **BY)
    assert saved(project) == {("segments", "quiet_vips"): QUIET}


def test_a_trigger_that_is_saved_is_one_of_the_settings(project: Project) -> None:
    save(project, "triggers", "hello", {"signal": "lapse_risk", "action": "remind", "channels": ["email"],
                                        "holdout": "10%", "state": "draft"}, **BY)  # fmt: skip
    assert project.settings.triggers["hello"].signal == "lapse_risk"


def test_a_fault_in_a_saved_file_is_found_in_that_file(project: Project) -> None:
    file = save(project, "segments", "quiet_vips", QUIET, **BY)
    file.write_text("# mine\nwhere: orders > 1\ncolour: blue\n")
    with pytest.raises(SettingsError) as error:
        _ = project.settings
    assert error.value.data["file"] == str(file)
    assert error.value.data["line"] == 3


def test_a_name_in_both_places_is_an_error_that_says_where(project: Project) -> None:
    folder = project.folder / "saved" / "segments"
    folder.mkdir(parents=True)
    (folder / "written.yaml").write_text("where: orders > 2\n")
    with pytest.raises(SettingsError, match=r"written\.yaml"):
        _ = project.settings


def test_what_was_saved_can_be_removed_and_nothing_else(project: Project) -> None:
    save(project, "segments", "quiet_vips", QUIET, **BY)
    discard(project, "segments", "quiet_vips", **BY)
    assert set(project.settings.segments) == {"written"}
    for name in ("quiet_vips", "written"):
        with pytest.raises(ArgumentError, match="not saved"):
            discard(project, "segments", name, **BY)


def test_who_saved_and_removed_stands_in_the_audit(project: Project) -> None:
    save(project, "segments", "quiet_vips", QUIET, **BY)
    discard(project, "segments", "quiet_vips", **BY)
    with project.state() as state, state.engine.connect() as connection:
        entries = connection.execute(select(AUDIT.c.actor, AUDIT.c.action).order_by(AUDIT.c.number)).all()
    assert [tuple(one) for one in entries][-2:] == [
        ("user:anna", "settings.saved"), ("user:anna", "settings.discarded"),
    ]  # fmt: skip


def test_an_archive_holds_what_was_saved(project: Project, tmp_path: Path) -> None:
    save(project, "segments", "quiet_vips", QUIET, **BY)
    made = backup(project, to=tmp_path / "all.zip", now=NOW)
    restore(made.file, tmp_path / "again", now=NOW)
    assert "quiet_vips" in open_project(tmp_path / "again").settings.segments
