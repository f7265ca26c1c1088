"""What the sections read: the run's small tables as they may be shared, the large ones only by aggregates."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from functools import cached_property, partial
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.charts.cohort_value import mean_by_age
from patron.charts.records import Record, records
from patron.charts.tested import main_test
from patron.contracts import TABLES
from patron.contracts.portrait import IDEAL
from patron.contracts.propensity import PROPENSITY_TARGETS
from patron.experiments import growth_by
from patron.privacy.sharing import SharedRows, Sharing
from patron.report.accuracy import Accuracy, accuracy
from patron.report.channels import channels_shown, curves_shown, won_shown
from patron.report.credited import credit_model, credited
from patron.report.facts import Facts
from patron.report.journeys import edges_shown, paths_shown
from patron.report.offers import offers
from patron.report.opinions import opinions
from patron.report.runs_out import runs_out
from patron.report.tastes import loyalties, tastes
from patron.report.totals import Totals, totals
from patron.report.visits import DIVISION, responses_shown, visit_rates
from patron.report.will_sell import found_trends, will_sell

BUNDLES = 50
"""Bundles that the report looks at."""

STAKES = 10
"""Micro-segments with most at stake."""

BEST = 5
"""Beginnings of each kind that are shown, found or not."""

PERSONAS = (IDEAL, "behaviour")
"""Segmentations whose personas are shown."""

_NOBODY = SharedRows(shown=(), withheld=(), repeated=0)


@dataclass(frozen=True)
class Source:
    """The tables and facts of one run, behind the gate of what may be shared."""

    tables: Mapping[str, ir.Table]
    facts: Facts
    sharing: Sharing | None = None
    _shared: dict[str, SharedRows] = field(default_factory=dict, init=False, repr=False)

    def __getitem__(self, name: str) -> ir.Table:
        """Return a table for a chart: of its contract's columns, without the rows that are withheld."""
        rows: Iterable[Mapping[str, Any]] = self.shared(name).shown
        if name == "kpis":  # a trend keeps its months: one whose figure is withheld is a gap
            rows = (*rows, *self.shared(name).withheld)
        return as_table(name, rows)

    def rows(self, name: str) -> list[Record]:
        """Return the rows of a small table that may be shown."""
        if name not in _EXACT:
            return records(self.tables[name])
        return [_drawable(row) for row in self.shared(name).shown]

    def withheld(self, name: str) -> list[Record]:
        """Return the rows of a small table whose figures are withheld."""
        return [_drawable(row) for row in self.shared(name).withheld]

    def repeats(self, *names: str) -> bool:
        """Tell whether tables show figures of an earlier report."""
        return any(self.shared(name).repeated for name in names)

    def shared(self, name: str) -> SharedRows:
        """Return what may be shared of a table, or of what the report itself adds up."""
        if name not in self._shared:
            rows = _EXACT[name](self)
            self._shared[name] = self.gate.share(name, rows) if rows else _NOBODY
        return self._shared[name]

    @cached_property
    def gate(self) -> Sharing:
        """What may be shared."""
        return self.sharing or Sharing(self.tables, as_of=self.facts.as_of)

    @cached_property
    def credited_by(self) -> str:
        """The model by which single orders are credited."""
        return credit_model(self.tables["order_credits"])

    @cached_property
    def segments(self) -> list[Record]:
        """Every segment that holds someone, in the order of its segmentation and position."""
        return _in_order(self.rows("segments"))

    @cached_property
    def empty(self) -> list[Record]:
        """Own segments that nobody is in; an own segment is a segmentation of its own."""
        rows = _exact("segments", self)
        return _in_order([row for row in rows if not row["customers"] and row["segmentation"] == row["segment"]])

    def division(self, segmentation: str) -> list[Record]:
        """Return the segments of one segmentation, best first."""
        return [row for row in self.segments if row["segmentation"] == segmentation]

    def hidden(self, segmentation: str) -> list[Record]:
        """Return the segments of one segmentation whose figures are withheld, best first."""
        return [row for row in _in_order(self.withheld("segments")) if row["segmentation"] == segmentation]

    def titles(self, segmentation: str) -> dict[str, str]:
        """Return the names for people of one segmentation's segments, best first."""
        rows = _in_order([*self.division(segmentation), *self.hidden(segmentation)])
        return {row["segment"]: row["title"] for row in rows}

    @cached_property
    def exact_totals(self) -> Totals:
        """The figures of the whole shop as they are."""
        tables = self.tables
        return totals(
            tables["profiles"], tables["orders"], tables["takings"], tables["forecasts"], as_of=self.facts.as_of
        )

    @cached_property
    def totals(self) -> Totals:
        """The figures of the whole shop that may be shown; without customers where there are too few."""
        shown = self.shared("totals").shown
        if not shown:
            return replace(self.exact_totals, customers=0)
        kept = {one.name: shown[0][one.name] for one in fields(Totals)}
        total = Totals(**kept)
        return total if total.top_customers >= self.gate.least else replace(total, top_share=None)

    @property
    def too_few(self) -> bool:
        """Whether there are customers, but too few to speak of."""
        return self.exact_totals.customers > 0 and not self.totals.customers

    @cached_property
    def models(self) -> list[Record]:
        """How many customers each model and grade stands for."""
        return sorted(self.rows("grades"), key=lambda row: (row["grade"], row["model"]))

    @cached_property
    def fifths(self) -> list[Record]:
        """Spend, capacity and headroom by fifth of what customers spent, the highest first."""
        return self.rows("fifths")

    @cached_property
    def means(self) -> dict[int, Record]:
        """Retention and value by age over all cohorts, which no cohort's withheld months leave a hole in."""
        return {row["age_months"]: row for row in sorted(self.rows("means"), key=lambda row: row["age_months"])}

    @cached_property
    def tests(self) -> list[Record]:
        """The rows of all backtests of the customers' orders and value."""
        return [row for row in self.rows("backtest") if row["target"] in ("orders", "value")]

    @cached_property
    def backtest(self) -> list[Record]:
        """Those of the test that looked farthest ahead."""
        return main_test(self.tests)

    @cached_property
    def accuracy(self) -> Accuracy | None:
        """The main test of the model that made most of the forecasts."""
        most = max(self.models, key=lambda row: (row["customers"], row["model"]), default=None)
        return accuracy(self.backtest, preferred="" if most is None else most["model"])


def _in_order(rows: list[Record]) -> list[Record]:
    return sorted(rows, key=lambda row: (row["segmentation"], row["position"], row["segment"]))


def _exact(name: str, source: Source) -> list[Record]:
    rows: list[Record] = source.tables[name].to_pyarrow().to_pylist()
    return rows


def _answers(source: Source) -> list[Record]:
    """Return how sales of categories answer to prices; products and segments stay in the engine."""
    table = source.tables["elasticities"]
    told = table.filter(table.level.isin(("all", "category")) & (table.segmentation == "all"))
    rows: list[Record] = told.to_pyarrow().to_pylist()
    return rows


def _priced(source: Source) -> list[Record]:
    """Return the offers above products, and of products those that would surely earn more."""
    table = source.tables["price_offers"]
    told = table.filter((table.level != "product") | table.status.isin(("raise", "lower")))
    rows: list[Record] = told.to_pyarrow().to_pylist()
    return rows


def _found(source: Source, name: str, flag: str) -> list[Record]:
    """Return the findings among many tests; the others stay in the engine."""
    table = source.tables[name]
    rows: list[Record] = table.filter(table[flag]).to_pyarrow().to_pylist()
    return rows


def _worth_most(source: Source) -> list[Record]:
    """Return the bundles with the most money beyond chance; the others stay in the engine."""
    table = source.tables["bundles"]
    rows: list[Record] = table.order_by(table.extra_amount.desc(), "bundle").limit(BUNDLES).to_pyarrow().to_pylist()
    return rows


def _best(source: Source) -> list[Record]:
    """Return what was found of beginnings, and the best guesses of each kind; the largest first."""
    table = source.tables["gateways"]
    place = ibis.row_number().over(ibis.window(group_by="kind", order_by=[table.shrunk.desc(), table.item]))
    best = table.mutate(_place=place).filter(lambda t: t.found | (t._place < BEST)).drop("_place")
    rows: list[Record] = best.order_by("kind", best.shrunk.desc(), "item").to_pyarrow().to_pylist()
    return rows


def _micro(source: Source) -> list[Record]:
    """Return the micro-segments with most at stake, and those that are furthest ahead of their peers."""
    table = source.tables["micro_segments"]
    ahead = ibis.row_number().over(ibis.window(group_by="better", order_by=[table.ahead.desc(), table.cell]))
    best = table.mutate(_place=ahead).filter(lambda t: (t["rank"] <= STAKES) | (t.better & (t._place < BEST)))
    rows: list[Record] = best.drop("_place").order_by("rank", "cell").to_pyarrow().to_pylist()
    return rows


def _themes(source: Source) -> list[Record]:
    """Return who speaks of what: everybody, and the segments that differ; told by the smaller of them and the rest."""
    table = source.tables["themes"]
    kept = table.filter(table.found | (table.segmentation == "all"))
    rows: list[Record] = kept.order_by("segmentation", "segment", "theme").to_pyarrow().to_pylist()
    whole = {row["theme"]: row["customers"] for row in rows if row["segmentation"] == "all"}
    rest = [whole[row["theme"]] - row["customers"] for row in rows]
    people = [min(row["customers"], more or row["customers"]) for row, more in zip(rows, rest, strict=True)]
    return [row | {"people": many} for row, many in zip(rows, people, strict=True)]


def _of_personas(source: Source, name: str) -> list[Record]:
    """Return the rows about the segments whose personas are shown; the others stay in the engine."""
    table = source.tables[name]
    rows: list[Record] = table.filter(table.segmentation.isin(PERSONAS)).to_pyarrow().to_pylist()
    return rows


def _segments(source: Source) -> list[Record]:
    return [row for row in _exact("segments", source) if row["customers"]]


def _kpis(source: Source) -> list[Record]:
    kpis = source.tables["kpis"]
    rows: list[Record] = kpis.filter(kpis.segmentation == "all").to_pyarrow().to_pylist()
    return rows


def _growth(source: Source) -> list[Record]:
    rows = _exact("growth", source)
    counts = [
        int(row[period])
        for row in rows
        if (row["formula"], row["driver"]) == ("customers", "customers")
        for period in ("before", "after")
        if row[period] is not None
    ]
    people = min(counts, default=source.exact_totals.customers)
    return [row | {"people": people} for row in rows]


def _revenue_forecast(source: Source) -> list[Record]:
    rows = _exact("revenue_forecast", source)
    latest = max((row["origin"] for row in rows), default=None)
    return [row for row in rows if row["origin"] == latest]


def _propensity_tests(source: Source) -> list[Record]:
    """Return the latest test of each propensity; each has its own origin."""
    rows = [row for row in _exact("backtest", source) if row["target"] in PROPENSITY_TARGETS]
    latest: dict[tuple[str, int], Any] = {}
    for row in rows:
        key = (row["target"], row["horizon_days"])
        latest[key] = max(latest.get(key, row["origin"]), row["origin"])
    return [row for row in rows if row["origin"] == latest[row["target"], row["horizon_days"]]]


def _revenue_tests(source: Source) -> list[Record]:
    """Return one row: how far the months' forecasts were off, and how many months lay inside their intervals."""
    rows = [row for row in _exact("revenue_forecast", source) if row["naive"] is not None]
    if not rows:
        return []
    off, naive = (sum(abs(row[name] - row["actual"]) for row in rows) / len(rows) for name in ("revenue", "naive"))
    inside = sum(row["revenue_low"] <= row["actual"] <= row["revenue_high"] for row in rows)
    return [{
        "customers": min(row["customers"] for row in rows), "months": len(rows), "mae": off, "naive_mae": naive,
        "coverage": inside / len(rows),
    }]  # fmt: skip


def _rows(table: ir.Table) -> list[Record]:
    found: list[Record] = table.to_pyarrow().to_pylist()
    return found


def _equity(source: Source) -> list[Record]:
    equity = source.tables["equity"]
    rows: list[Record] = equity.filter(equity.segmentation == "all").to_pyarrow().to_pylist()
    return rows


def _totals(source: Source) -> list[Record]:
    total = source.exact_totals
    return [{one.name: getattr(total, one.name) for one in fields(Totals)}] if total.customers else []


def _grades(source: Source) -> list[Record]:
    forecasts = source.tables["forecasts"]
    return records(
        forecasts.group_by(["grade", "model"]).aggregate(
            customers=forecasts.count(), predicted=forecasts.predicted_value.sum()
        )
    )


def _fifths(source: Source) -> list[Record]:
    """Divide the customers with a headroom into fifths by what they spent: 1 spent the most."""
    found = source.tables["headroom"]
    spent = found.current.cast("float64")
    place = found.mutate(
        _place=ibis.row_number().over(ibis.window(order_by=[found.current.desc(), found.customer_id])), spent=spent
    )
    part = (place._place * 5 / found.count().as_scalar()).floor().cast("int64") + 1
    grouped = place.mutate(fifth=part).group_by("fifth")
    return records(
        grouped.aggregate(
            customers=lambda t: t.count(), current=lambda t: t.spent.mean(), capacity=lambda t: t.capacity.mean(),
            headroom=lambda t: t.headroom.sum(),
        ).order_by("fifth")
    )  # fmt: skip


def _means(source: Source) -> list[Record]:
    rows = [row for row in records(source.tables["cohorts"]) if row["complete"]]
    values = mean_by_age(rows)
    found = []
    for age, value in values.items():
        alike = [row for row in rows if row["age_months"] == age]
        active, customers = (sum(row[name] for row in alike) for name in ("active", "customers"))
        figures = {"retention": active / customers, "value": value}
        found.append({"age_months": age, "people": active or customers, **figures})
    return found


def _divided(source: Source, name: str) -> list[Record]:
    """Return the rows about everybody and about the segments by recency, frequency and value."""
    table = source.tables[name]
    rows: list[Record] = table.filter(table.segmentation.isin(["all", DIVISION])).to_pyarrow().to_pylist()
    return rows


def _heard(source: Source) -> list[Record]:
    """Return what somebody answered; choices of everybody alone."""
    return [
        row
        for row in _divided(source, "voice")
        if row["answered"] and row["kind"] != "text" and (not row["choice"] or row["segmentation"] == "all")
    ]


def _everybody(source: Source) -> list[Record]:
    """Return what experiments did to all of their customers; segments are shown over all experiments together."""
    table = source.tables["effects"]
    rows: list[Record] = table.filter(table.segmentation == "all").to_pyarrow().to_pylist()
    return rows


def _waiting(source: Source) -> list[Record]:
    assignments = source.tables["assignments"]
    counted = assignments.group_by(["experiment", "segment", "assigned_on", "purpose"]).aggregate(
        treated=(assignments.arm == "treated").sum(), control=(assignments.arm == "control").sum()
    )
    return records(counted.order_by(counted.assigned_on.desc(), "experiment").limit(50))


def _response_groups(source: Source) -> list[Record]:
    """Return how many customers are in each group of each action."""
    table = source.tables["responses"]
    counted = table.group_by("experiment", "action", "group").aggregate(customers=table.count())
    return records(counted.order_by("experiment", "action", "group"))


AS_THEY_ARE = (
    "acquisition_value", "attention", "attention_prices", "backtest", "budget_frontier", "budget_prices",
    "budget_trials", "category_market", "channel_evidence", "channel_lifts", "channel_verdicts", "cohorts",
    "comebacks", "critical_days", "decision_reasons", "discounts", "fatigue", "gaps", "learning",
    "learning_options", "ledger", "ledger_totals", "ledger_weeks", "lookalike_card", "market_size",
    "message_checks", "micro_axes", "movements", "opportunities", "price_changes", "response_models", "season_plan",
    "signal_states", "stuck_points", "targets", "team_stages", "teams", "trigger_iterations", "triggers",
)  # fmt: skip
"""Tables that the report shows row by row as the run made them."""

_EXACT: Mapping[str, Callable[[Source], list[Record]]] = {
    **{name: partial(_exact, name) for name in AS_THEY_ARE},
    "segments": _segments,
    "kpis": _kpis,
    "growth": _growth,
    "propensity_tests": _propensity_tests,
    "revenue_forecast": _revenue_forecast,
    "revenue_tests": _revenue_tests,
    "equity": _equity,
    "acquisition": lambda source: won_shown(source.tables["acquisition"]),
    "payback": lambda source: curves_shown(source.tables["payback"]),
    "channels": lambda source: channels_shown(source.tables["channels"]),
    "runs_out": lambda source: records(runs_out(source.tables["replenishments"], source.tables["product_cycles"])),
    "offers": lambda source: records(offers(source.tables["next_products"])),
    "bundles": lambda source: _worth_most(source),
    "loyalties": lambda source: records(loyalties(source.tables["affinity"])),
    "tastes": lambda source: records(tastes(source.tables["affinity"])),
    "demand": lambda source: records(will_sell(source.tables["demand"])),
    "trends": lambda source: records(found_trends(source.tables["trends"])),
    "habits": lambda source: _found(source, "habits", "strongest"),
    "gateways": lambda source: _best(source),
    "micro_segments": lambda source: _micro(source),
    "themes": lambda source: _themes(source),
    "personas": lambda source: _of_personas(source, "personas"),
    "department_cards": lambda source: _of_personas(source, "department_cards"),
    "opinions": lambda source: records(opinions(source.tables["experience"], source.tables["forecasts"])),
    "visit_rates": lambda source: records(
        visit_rates(source.tables["sessions"], source.tables["memberships"], as_of=source.facts.as_of)
    ),
    "message_responses": lambda source: records(responses_shown(source.tables["message_responses"])),
    "voice": lambda source: _heard(source),
    "survey_plan": lambda source: _divided(source, "survey_plan"),
    "journey_edges": lambda source: _rows(edges_shown(source.tables["journey_edges"])),
    "journey_paths": lambda source: _rows(paths_shown(source.tables["journey_paths"])),
    "effects": lambda source: _everybody(source),
    "growth_where": lambda source: growth_by(source.tables["effects"], source.tables["experiments"]).to_pylist(),
    "elasticities": lambda source: _answers(source),
    "price_offers": lambda source: _priced(source),
    "response_groups": _response_groups,
    "attribution": lambda source: _rows(credited(source.tables["attribution"], model=source.credited_by)),
    "waiting": _waiting,
    "grades": _grades,
    "fifths": _fifths,
    "totals": _totals,
    "means": _means,
}
"""Where the rows of each shared table come from."""

SHOWN: Collection[str] = _EXACT.keys()
"""The shared tables that a report shows."""


def _drawable(row: Record) -> Record:
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def as_table(name: str, rows: Iterable[Mapping[str, Any]]) -> ir.Table:
    """Return rows as a table of its contract's columns."""
    contract = TABLES["backtest" if name == "propensity_tests" else name]
    # A cell that is repeated from an earlier report may be older than a column.
    kept = [{column: row.get(column) for column in contract.names} for row in rows]
    return ibis.memtable(pa.Table.from_pylist(kept, schema=contract.schema.to_pyarrow()))
