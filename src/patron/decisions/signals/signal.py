"""What one signal is: a name, what it reads, how long it is fresh, and one function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ibis.expr.types as ir

from patron.decisions.signals.known import Known

Function = Callable[[Known], ir.Table]
"""From what is known to the rows for whom it fires: `fires.COLUMNS`; whether they are fresh is asked of all at once."""


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One signal.

    Parameters
    ----------
    name : str
        Its sentences stand in the catalogue under ``signals.NAME``.
    family : str
        One of contracts.signal.FAMILIES.
    subject : str
        One of contracts.signal.SUBJECT_KINDS.
    fresh_days : int
        For how many days after the fact it is worth an answer.
    needs : tuple of str
        Tables without which nothing can be told, and kinds of events as ``events:KIND``.
    function : callable
        What finds it.
    """

    name: str
    family: str
    subject: str = "none"
    fresh_days: int
    needs: tuple[str, ...]
    function: Function
