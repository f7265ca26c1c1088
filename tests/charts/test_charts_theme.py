"""The palette can be told apart and read, in light and in dark."""

from __future__ import annotations

from itertools import pairwise

import pytest

from patron.charts.theme import DARK, LIGHT, Palette, plain, swaps, template, wrap

both = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@both
def test_text_is_readable(palette: Palette) -> None:
    for ground in (palette.surface, palette.page):
        assert contrast(palette.ink, ground) >= 7
        assert contrast(palette.muted, ground) >= 4.5
    for text in (palette.gain, palette.loss):
        assert contrast(text, palette.surface) >= 4.5


@both
def test_marks_stand_out(palette: Palette) -> None:
    for colour in (*palette.series, palette.neutral, palette.pale, palette.gain, palette.loss):
        assert contrast(colour, palette.surface) >= 3


@both
def test_ramps_go_one_way(palette: Palette) -> None:
    steps = [contrast(colour, palette.surface) for colour in palette.ramp]
    assert steps == sorted(steps)
    assert all(contrast(one, other) >= 1.1 for one, other in pairwise(palette.ramp))
    ends = palette.balance[0], palette.balance[-1]
    assert all(contrast(end, palette.balance[2]) >= 3 for end in ends)


def test_each_light_colour_has_exactly_one_dark_one() -> None:
    colours = [
        *LIGHT.series,
        *LIGHT.ramp,
        *LIGHT.balance,
        LIGHT.gain,
        LIGHT.loss,
        LIGHT.neutral,
        LIGHT.faint,
        LIGHT.pale,
    ]
    assert len(set(colours)) == len(colours)
    assert swaps()[LIGHT.ramp[0]] == DARK.ramp[0]
    assert swaps()[LIGHT.surface] == DARK.surface


def test_the_template_has_a_transparent_ground() -> None:
    for palette in (LIGHT, DARK):
        layout = template(palette).layout
        assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
        assert layout.font.color == palette.ink


def test_labels_are_shown_letter_by_letter() -> None:
    assert plain("<script>") == "&lt;script&gt;"
    assert wrap("<b>one two</b>", width=6) == "&lt;b&gt;one<br>two&lt;/b&gt;"
    assert wrap("") == ""
