"""Settings: every mistake is named with its file, line and key."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patron.cli.demo import SETTINGS
from patron.errors import SettingsError
from patron.pipeline.settings import Settings
from patron.pipeline.settings_file import read_settings

CASES = [
    block.strip("\n").split("\n=> ")
    for block in "\n".join(
        line
        for line in (Path(__file__).parent / "settings_errors.txt").read_text().split("\n")
        if not line.startswith("#")
    ).split("\n---\n")
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[case[1] for case in CASES])
def test_a_mistake_is_named_with_line_key_and_remedy(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "patron.yaml").write_text(text, encoding="utf-8")
    line, key, words = (part.strip() for part in expected.split("|"))
    with pytest.raises(SettingsError) as caught:
        read_settings(tmp_path)
    assert words in str(caught.value)
    assert str(tmp_path / "patron.yaml") in caught.value.problem
    if line:
        assert caught.value.data["line"] == int(line)
    if key:
        assert caught.value.data["key"] == key
    assert caught.value.remedy


def test_no_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="patron init"):
        read_settings(tmp_path)


def test_every_default_is_visible_in_the_model(tmp_path: Path) -> None:
    (tmp_path / "patron.yaml").write_text("name: A\ncurrency: EUR\nsources: {order_lines: {path: x.csv}}\n")
    found = read_settings(tmp_path)
    assert (found.horizon, found.timezone, found.discount_rate) == (365, "UTC", 0.10)
    assert found.purpose_of("gaps") == "marketing"
    assert all(field.description for field in Settings.model_fields.values())


def test_the_digest_changes_with_any_setting(tmp_path: Path) -> None:
    (tmp_path / "patron.yaml").write_text(SETTINGS)
    first = read_settings(tmp_path)
    (tmp_path / "patron.yaml").write_text(SETTINGS.replace("4.50", "4.60"))
    assert first.digest() != read_settings(tmp_path).digest()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbage=st.one_of(st.text(), st.binary(max_size=200).map(lambda raw: raw.decode("latin-1"))))
def test_no_text_whatever_ends_in_a_traceback(tmp_path: Path, garbage: str) -> None:
    (tmp_path / "patron.yaml").write_text(garbage, encoding="utf-8")
    with pytest.raises(SettingsError):
        read_settings(tmp_path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(SETTINGS) - 1), piece=st.text(alphabet="{}[]:,'\"&*!|>#-\n \tab1", max_size=4))
def test_a_damaged_file_is_read_or_refused_but_never_a_traceback(tmp_path: Path, place: int, piece: str) -> None:
    (tmp_path / "patron.yaml").write_text(SETTINGS[:place] + piece + SETTINGS[place + 1 :], encoding="utf-8")
    with suppress(SettingsError):
        assert read_settings(tmp_path).sources
