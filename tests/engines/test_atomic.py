"""A file is there whole or not at all."""

from __future__ import annotations

import pytest

from patron.engines.atomic import aside


def test_the_file_takes_its_place_when_the_block_ends_well(tmp_path):
    path = tmp_path / "LAST"
    path.write_text("old", encoding="utf-8")
    with aside(path) as beside:
        beside.write_text("new", encoding="utf-8")
        assert path.read_text(encoding="utf-8") == "old"
        assert beside.parent == path.parent, "a rename is one step only inside one file system"
    assert path.read_text(encoding="utf-8") == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_file_stays_when_the_block_fails(tmp_path):
    path = tmp_path / "LAST"
    path.write_text("old", encoding="utf-8")

    def write_half() -> None:
        with aside(path) as beside:
            beside.write_text("half", encoding="utf-8")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_left_when_nothing_was_written(tmp_path):
    with pytest.raises(FileNotFoundError), aside(tmp_path / "LAST"):
        pass
    assert list(tmp_path.iterdir()) == []
