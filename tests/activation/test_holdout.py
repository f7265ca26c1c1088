"""A hold-out as a person writes it."""

from __future__ import annotations

import pytest

from patron.activation import share_of
from patron.errors import ArgumentError


@pytest.mark.parametrize(
    ("written", "share"),
    [
        ("10%", 0.1), ("10 %", 0.1), (" 12.5% ", 0.125), ("0.1", 0.1), (".1", 0.1), (0.1, 0.1), ("0", 0.0), (0, 0.0),
        ("0%", 0.0), ("99.9%", 0.999), ("33%", 0.33),
    ],
)  # fmt: skip
def test_reads(written, share):
    assert share_of(written) == share


@pytest.mark.parametrize("written", ["", "ten", "10", 10, 1, 1.0, "100%", "-5%", -0.1, "1e-1", "10%%", float("nan")])
def test_refuses(written):
    with pytest.raises(ArgumentError, match="holdout") as error:
        share_of(written)
    assert error.value.data["came"] is written
    assert "10%" in error.value.remedy
