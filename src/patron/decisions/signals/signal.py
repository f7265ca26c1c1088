"""What one signal is: a name, what it reads, how long it is fresh, and one function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir


@dataclass(frozen=True, kw_only=True)
class Known:
    """What signals read: tables that several of them share, cut at the day."""

    as_of: date
    tables: Mapping[str, ir.Table]

    def __getitem__(self, name: str) -> ir.Table:
        """Return a table by its name."""
        return self.tables[name]


Function = Callable[[Known, int], ir.Table]
"""From what is known and the days for which it is fresh, to the rows for whom it fires: `COLUMNS`."""


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
