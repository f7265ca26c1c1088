"""In how many parts a text travels: the alphabet of 3GPP TS 23.038, and the room that TS 23.040 leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.activation.destinations.text_segments import BASIC, EXTENDED, is_plain, text_segments


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("é" * 160, 1), ("ê" * 70, 1), ("ê" * 71, 2),
     ("ж" * 134, 2), ("ж" * 135, 3), ("€" * 80, 1), ("€" * 81, 2), ("a" * 152 + "€" + "a" * 8, 2),
     ("a" * 152 + "€" + "a" * 151, 2), ("a" * 152 + "€" + "a" * 152, 3), ("😀" * 35, 1), ("😀" * 36, 2),
     ("😀" * 66, 2), ("😀" * 67, 3), ("", 1)],
)  # fmt: skip
def test_parts(text, parts):
    assert text_segments(text) == parts


def test_the_alphabet_has_128_places():
    """TS 23.038: 128 codes, one of which is the escape."""
    assert len(BASIC) == 127
    assert len(EXTENDED) == 10
    assert not BASIC & EXTENDED


@given(st.text(alphabet=sorted(BASIC), max_size=700))
def test_a_plain_text_needs_as_many_as_its_marks_fill(text):
    assert is_plain(text)
    assert text_segments(text) == (1 if len(text) <= 160 else -(-len(text) // 153))


@given(st.text(max_size=200), st.text(max_size=20))
def test_more_text_never_needs_fewer_parts(text, more):
    assert text_segments(text + more) >= text_segments(text)
