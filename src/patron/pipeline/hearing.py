"""What destinations tell, of deliveries and of people: which delivery is it about, and whose is what is about none?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from patron.activation.delivery import Feedback, Told
from patron.engines.state import State
from patron.pipeline.told_back import tell_back


def hear(state: State, told: Iterable[Told], *, destination: str, now: datetime) -> int:  # noqa: ARG001
    """Write down what a destination told, each once, and return how many were new."""
    return tell_back(state, [one for one in told if isinstance(one, Feedback)], now=now)
