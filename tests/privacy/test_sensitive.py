"""What the law protects specially is told by its name: the names stand in sensitive_names.txt."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.contracts import TABLES
from patron.errors import SettingsError
from patron.privacy import screen, sensitive

LINES = [
    line.rsplit(maxsplit=1)
    for line in Path(__file__).with_name("sensitive_names.txt").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


@pytest.mark.parametrize(("name", "reveals"), LINES, ids=[name for name, _ in LINES])
def test_what_a_name_reveals(name, reveals):
    assert sensitive(name.strip()) == (None if reveals == "-" else reveals)


def test_how_a_name_is_written_does_not_matter():
    for name in ("stateOfHealth", "STATE_OF_HEALTH", "state-of-health", " state of  health "):
        assert sensitive(name) == "health"


def test_no_column_of_our_own_is_taken_for_one():
    found = {f"{name}.{column}" for name, contract in TABLES.items() for column in contract.names if sensitive(column)}
    assert not found


def test_it_is_refused_unless_the_settings_name_it():
    with pytest.raises(SettingsError, match=r"privacy\.sensitive") as error:
        screen(["orders", "religion", "health_score"], where="segments.vip")
    assert error.value.data["came"] == "health_score, religion"
    assert error.value.data["setting"] == "privacy.sensitive"
    screen(["orders", "religion", "health_score"], allowed=("Religion", "healthScore"), where="segments.vip")
    screen([], where="segments.vip")


@given(st.text())
def test_any_name_is_judged(name):
    assert sensitive(name) in {None, *(reveals for _, reveals in LINES)}
