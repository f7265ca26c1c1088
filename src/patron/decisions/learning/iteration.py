"""One iteration of a learner: what was sent by one plan, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.errors import ArgumentError
from patron.language import failure

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Iteration:
    """Counts, and the plan that they were sent by: arrays of shape (segments, messages)."""

    sends: Floats
    responses: Floats
    share: Floats  # the chance of each message
    expected: Floats  # the response rate that was expected before

    def with_more(self, other: Iteration) -> Iteration:
        """Return both together, of one plan."""
        return Iteration(
            sends=self.sends + other.sends, responses=self.responses + other.responses, share=self.share,
            expected=self.expected,
        )  # fmt: skip


def checked_iteration(sends: Floats, responses: Floats, *, share: Floats, expected: Floats) -> Iteration:
    """Return an iteration whose counts can be.

    Raises
    ------
    ArgumentError
        Counts of another shape than the plan, missing, negative, or more responses than sends.
    """
    if sends.size != share.size or responses.size != share.size:
        raise failure(ArgumentError, "learning.shape", argument="sends", came=sends.shape, allowed=share.shape)
    sent, came = sends.reshape(share.shape), responses.reshape(share.shape)
    wrong = ~np.isfinite(sent) | (came < 0) | ~(came <= sent)
    if wrong.any():
        raise failure(ArgumentError, "learning.counts", argument="responses", came=int(wrong.sum()))
    return Iteration(sends=sent, responses=came, share=share, expected=expected)
