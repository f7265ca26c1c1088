"""The names that conditions of the settings may use, for one live customer: the same as in the batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from patron.engines.condition import Condition
from patron.errors import ConditionError
from patron.pipeline.own_segments import chances_of, customer_columns
from patron.pipeline.own_signals import EVENTS, signal_columns
from patron.pipeline.said import answer_columns
from patron.pipeline.settings import Settings
from patron.segments.customer_columns import CustomerColumns

Home = tuple[str, str]
"""A table and its column."""


@dataclass(frozen=True)
class Names:
    """What may be named, and where it is found."""

    columns: CustomerColumns
    with_events: CustomerColumns
    chances: Mapping[str, tuple[str, int]]  # columns of propensities: target and horizon in days
    answers: Mapping[str, str]  # questions, each with the type of its answers
    _homes: dict[str, Home] = field(default_factory=dict, compare=False, repr=False)
    _read: dict[tuple[str, str], Condition] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Names:
        """Return the names of a project."""
        return cls(customer_columns(settings), signal_columns(settings), chances_of(settings), answer_columns(settings))

    def home(self, name: str, *, where: str = "") -> Home:
        """Return the table and column behind a name; the table ``events`` for what is asked of one event.

        Raises
        ------
        ConditionError
            There is no such column, or several tables have it.
        """
        found = self._homes.get(name)
        if found is None:
            try:
                found = self.columns.home(name, where=where)
            except ConditionError:
                found = self.with_events.home(name, where=where)
            self._homes[name] = found
        return found

    def condition(self, text: str, *, where: str) -> Condition:
        """Read a condition; it is read once.

        Raises
        ------
        ConditionError
            It names no column of these, or compares what cannot be compared.
        """
        found = self._read.get((text, where))
        if found is None:
            try:
                found = self.columns.read(text, where=where)
            except ConditionError:
                found = self.with_events.read(text, where=where)
            self._read[text, where] = found
        return found

    def asks_events(self, condition: Condition) -> bool:
        """Tell whether a condition is about one event of the customer."""
        return any(self.home(name)[0] == EVENTS for name in condition.types)
