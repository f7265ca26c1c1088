"""What a report knows of its run beside the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from patron.charts.amounts import brief, whole
from patron.language import number, say


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The facts of one run.

    Parameters
    ----------
    name : str
        The project's name.
    currency : str
        ISO 4217 code, as in ``GBP``.
    as_of : date
        The last day that the run knows.
    horizon_days : int
        How far ahead the forecasts look.
    run_id : str
        Which run.
    basis : {"margin", "revenue"}
        What its values mean.
    version : str
        Which Patron made it; left out when empty.
    simulated : bool
        The customers are invented; the report then says so at its top.
    notes : tuple of str
        What the run said of how it treated people.
    spend : mapping, optional
        What the run found of spend and frequency (`patron.models.Independence.facts`).
    """

    name: str
    currency: str
    as_of: date
    horizon_days: int
    run_id: str
    basis: str
    version: str = ""
    simulated: bool = False
    notes: tuple[str, ...] = ()
    spend: Mapping[str, float] | None = None

    @property
    def horizon(self) -> str:
        """The horizon in words: whole years as months, else days."""
        years, rest = divmod(self.horizon_days, 365)
        if rest:
            return say("report.days", count=self.horizon_days, days=number(self.horizon_days))
        return say("report.months", months=number(12 * years))

    @property
    def worth(self) -> str:
        """What its values mean, as a word in a sentence."""
        return say(f"report.basis_{self.basis}")

    def money(self, amount: float) -> str:
        """Write an amount in the project's currency, in whole units from a hundred on."""
        return whole(amount, self.currency)

    def signed(self, amount: float) -> str:
        """Write a change with its sign, which no line break parts from it."""
        return ("-" if amount < 0 else "+" if amount > 0 else "") + "\u2060" + self.money(abs(amount))

    def short(self, amount: float) -> str:
        """Write an amount shortly, for a headline."""
        return brief(amount, self.currency)
