"""What the sections read: the run's small tables once as rows, the large ones only by aggregates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import ibis.expr.types as ir

from patron.charts.records import Record, records
from patron.report.accuracy import Accuracy, accuracy
from patron.report.facts import Facts
from patron.report.totals import Totals, totals


@dataclass(frozen=True)
class Source:
    """The tables and facts of one run."""

    tables: Mapping[str, ir.Table]
    facts: Facts

    def __getitem__(self, name: str) -> ir.Table:
        """Return a table as it is."""
        return self.tables[name]

    def rows(self, name: str) -> list[Record]:
        """Return the rows of a small table."""
        return records(self.tables[name])

    @cached_property
    def segments(self) -> list[Record]:
        """Every segment that holds someone, in the order of its segmentation and position."""
        rows = [row for row in self.rows("segments") if row["customers"]]
        return sorted(rows, key=lambda row: (row["segmentation"], row["position"], row["segment"]))

    def division(self, segmentation: str) -> list[Record]:
        """Return the segments of one segmentation, best first."""
        return [row for row in self.segments if row["segmentation"] == segmentation]

    def titles(self, segmentation: str) -> dict[str, str]:
        """Return the names for people of one segmentation's segments, best first."""
        return {row["segment"]: row["title"] for row in self.division(segmentation)}

    @cached_property
    def totals(self) -> Totals:
        """The figures of the whole shop."""
        return totals(self["profiles"], self["orders"], self["takings"], self["forecasts"], as_of=self.facts.as_of)

    @cached_property
    def models(self) -> list[Record]:
        """How many customers each model and grade stands for."""
        forecasts = self["forecasts"]
        counted = forecasts.group_by(["grade", "model"]).aggregate(
            customers=forecasts.count(), predicted=forecasts.predicted_value.sum()
        )
        return sorted(records(counted), key=lambda row: (row["grade"], row["model"]))

    @cached_property
    def backtest(self) -> list[Record]:
        """The rows of the backtest."""
        return self.rows("backtest")

    @cached_property
    def accuracy(self) -> Accuracy | None:
        """The latest test of the model that made most of the forecasts."""
        most = max(self.models, key=lambda row: (row["customers"], row["model"]), default=None)
        return accuracy(self.backtest, preferred="" if most is None else most["model"])
