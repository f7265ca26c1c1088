"""The US Privacy string, by the examples of its specification."""

from __future__ import annotations

from itertools import product

import pytest

from patron.errors import ArgumentError
from patron.privacy.signals import Said, UsPrivacy

OUT = (Said("advertising", "all", allowed=False),)


@pytest.mark.parametrize(
    ("text", "notice", "opted_out", "agreement", "said"),
    [
        ("1YNN", True, False, False, ()),
        ("1NYY", False, True, True, OUT),
        ("1---", None, None, None, ()),
        ("1-Y-", None, True, None, OUT),
    ],
)
def test_the_specifications_own_examples(text, notice, opted_out, agreement, said):
    read = UsPrivacy.decode(text)
    assert (read.notice, read.opted_out, read.agreement) == (notice, opted_out, agreement)
    assert read.said() == said
    assert read.encode() == text


def test_every_string_that_may_be_is_read_and_written_back():
    for parts in product("YN-", repeat=3):
        text = "1" + "".join(parts)
        if parts[1] == "-" and text != "1---":
            with pytest.raises(ArgumentError):
                UsPrivacy.decode(text)
        else:
            assert UsPrivacy.decode(text.lower()).encode() == text


@pytest.mark.parametrize("text", ["", "1YN", "2YNN", "1YNNN", "1YXN", "YNN1", "1Y N"])
def test_what_is_none_is_refused(text):
    with pytest.raises(ArgumentError, match="US Privacy"):
        UsPrivacy.decode(text)
