"""What mix models put down to each channel over one stretch of days: their own periods, added up.

In   contracts.raw_mix.RAW_MIX_MODEL, as rows: weeks x channels, so that they are few
Out  one contribution a model and channel, with a 95 % interval

The weeks of one channel err together: what is wrong is the model's notion of the channel, and that is wrong every week.
So the ends of the intervals are added up as if all of them erred alike. An interval made so is never too narrow; on the
example data of pymc-marketing it is 1.03 and 1.4 times as wide as one of the summed draws (docs/mix_model.md). A source
that delivers the whole stretch as one row has no such loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from scipy.special import ndtri

from patron.contracts.raw_mix import BASELINE
from patron.kpis.channel_key import channel_key_of
from patron.models.estimator import NORMAL_95

YEAR_DAYS = 365
FEWEST_DAYS = 28
"""Days that two sources must share; fewer are no comparison."""

CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """The days that are compared, both ends included."""

    from_day: date
    to_day: date

    @property
    def days(self) -> int:
        """How many days."""
        return (self.to_day - self.from_day).days + 1


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """What one source says that a channel brought, in money."""

    channel: str
    source: str
    model: str
    amount: Decimal
    low: Decimal | None = None
    high: Decimal | None = None
    spend: Decimal | None = None


@dataclass(frozen=True)
class _Period:
    """One row of the source, with its interval brought to 95 %."""

    start: date
    days: int
    amount: Decimal
    below: Fraction | None  # contribution - low, in money
    above: Fraction | None
    spend: Decimal | None

    @property
    def end(self) -> date:
        """The last day."""
        return self.start + timedelta(days=self.days - 1)

    def part(self, stretch: Stretch) -> Fraction:
        """Return the share of its days that lies in the stretch."""
        shared = (min(self.end, stretch.to_day) - max(self.start, stretch.from_day)).days + 1
        return Fraction(max(shared, 0), self.days)


@dataclass(frozen=True)
class Mix:
    """All periods by model and channel, none of them counted twice."""

    periods: Mapping[tuple[str, str], tuple[_Period, ...]]

    def stretch(self, *, since: date | None = None) -> Stretch | None:
        """Return the days to compare: the last year of the model that knows most recent days, in its own periods.

        Parameters
        ----------
        since : date, optional
            The first day that the other sources know of.

        Returns
        -------
        Stretch, or None where nothing is left of the model since that day.
        """
        if not self.periods:
            return None
        latest = self.latest()
        rows = [row for (model, _), found in self.periods.items() if model == latest for row in found]
        last = max(row.end for row in rows)
        earliest = max(last - timedelta(days=YEAR_DAYS - 1), since or date.min)
        starts = [row.start for row in rows if row.start >= earliest]
        if not starts and since is None:
            starts = [max(row.start for row in rows)]  # one row that is longer than a year
        return Stretch(from_day=min(starts), to_day=last) if starts else None

    def latest(self) -> str:
        """Return the name of the model that knows the most recent days; of equals the last by name."""
        ends: dict[str, date] = {}
        for (model, _), rows in self.periods.items():
            ends[model] = max(ends.get(model, date.min), *(row.end for row in rows))
        return max(ends, key=lambda model: (ends[model], model))

    def contributions(self, stretch: Stretch, *, source: str) -> list[Contribution]:
        """Return what each model that knows the whole stretch says of each channel."""
        whole = {
            model
            for model in {model for model, _ in self.periods}
            if self._covers(model, stretch)
        }  # fmt: skip
        return [
            _summed(rows, stretch, channel=channel, source=source, model=model)
            for (model, channel), rows in sorted(self.periods.items())
            if model in whole and any(row.part(stretch) for row in rows)
        ]

    def _covers(self, model: str, stretch: Stretch) -> bool:
        rows = [row for (one, _), found in self.periods.items() if one == model for row in found]
        return min(row.start for row in rows) <= stretch.from_day and max(row.end for row in rows) >= stretch.to_day


def read_mix(rows: Iterable[Mapping[str, Any]], *, aliases: Mapping[str, str]) -> Mix:
    """Read the rows of the source, leaving out what is no channel and periods that overlap an earlier one.

    Parameters
    ----------
    rows : iterable of mappings
        contracts.raw_mix.RAW_MIX_MODEL.
    aliases : mapping of str
        Other spellings of channels, as the setting ``attribution.aliases`` has them.
    """
    placed = sorted(rows, key=lambda row: (row["model"], row["channel"], row["period_start"], row["period_days"]))
    found: dict[tuple[str, str], list[_Period]] = {}
    for (model, told), periods in groupby(placed, key=lambda row: (row["model"], row["channel"])):
        channel = channel_key_of(told, aliases)
        if channel != BASELINE:
            found.setdefault((model, channel), []).extend(_apart(periods))
    return Mix({key: tuple(periods) for key, periods in found.items()})


def _apart(rows: Iterable[Mapping[str, Any]]) -> list[_Period]:
    """Return the periods of one channel, each beginning after the one before is over."""
    kept: list[_Period] = []
    for row in rows:
        if kept and row["period_start"] <= kept[-1].end:
            continue
        kept.append(_period(row))
    return kept


def _period(row: Mapping[str, Any]) -> _Period:
    scale = Fraction(NORMAL_95 / float(ndtri((1 + row["level"]) / 2)))
    low, high, amount = row["low"], row["high"], row["contribution"]
    return _Period(
        start=row["period_start"], days=row["period_days"], amount=amount,
        below=None if low is None else Fraction(amount - low) * scale,
        above=None if high is None else Fraction(high - amount) * scale,
        spend=row["spend"],
    )  # fmt: skip


def _summed(rows: Sequence[_Period], stretch: Stretch, *, channel: str, source: str, model: str) -> Contribution:
    parts = [(row, part) for row in rows if (part := row.part(stretch))]
    amount = sum((Fraction(row.amount) * part for row, part in parts), start=Fraction(0))
    below = _total([None if row.below is None else row.below * part for row, part in parts])
    above = _total([None if row.above is None else row.above * part for row, part in parts])
    spend = _total([None if row.spend is None else Fraction(row.spend) * part for row, part in parts])
    return Contribution(
        channel=channel, source=source, model=model, amount=cents(amount),
        low=None if below is None else cents(amount - below), high=None if above is None else cents(amount + above),
        spend=None if spend is None else cents(spend),
    )  # fmt: skip


def _total(parts: Sequence[Fraction | None]) -> Fraction | None:
    """Add up; nothing is known of a sum of which a part is not known."""
    known = [part for part in parts if part is not None]
    return sum(known, start=Fraction(0)) if known and len(known) == len(parts) else None


def cents(amount: Fraction | float) -> Decimal:
    """Return an amount to the cent."""
    exact = Fraction(amount)
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(CENT)
