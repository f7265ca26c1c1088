"""What destinations tell of messages becomes events like all others: collected by runs, known to the live state."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from patron.activation.delivery import Feedback
from patron.engines.state import State


def tell_back(state: State, feedback: Iterable[Feedback], *, now: datetime) -> int:
    """Write feedback into the inbox, each once, and return how many were new.

    A permanent bounce and a complaint also close the address (`suppressions`); who
    unsubscribes says no to it, which is a statement of consent.
    Of what is about no delivery of ours nothing is kept.
    """
    raise NotImplementedError
