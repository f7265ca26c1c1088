"""Of each table that is shared: what is one cell of it, how many people are behind it, and which totals are known?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from patron.contracts import TABLES

Row = dict[str, Any]
Key = tuple[Any, ...]
Grouping = Callable[[Row], Key | None]

COUNTS = ("customers", "new", "active", "returning", "lapsed", "won_back", "visitors", "messaged", "nps_answers",
          "effort_answers", "satisfaction_answers")  # fmt: skip
"""Metrics whose value is itself a number of people."""

BUYERS = "active"
BEHIND = {
    **dict.fromkeys(("visits", "conversion_rate", "engagement"), "visitors"),
    **dict.fromkeys(("delivery_rate", "open_rate", "click_rate", "unsubscribe_rate", "message_order_rate"), "messaged"),
    **{name: f"{name}_answers" for name in ("nps", "effort", "satisfaction")},
}
"""Metrics behind which others than the buyers of the month stand, and the metric that counts these."""

SELDOM = ("nps", "effort", "satisfaction")
"""Metrics of which a month without anybody behind it tells nothing: few are asked."""

WORDS = ("sentence", "experiment")
"""Columns that say figures in words."""


_READ = (
    "customers", "treated", "control", "mean_treated", "mean_control", "effect", "effect_low", "effect_high",
    "sent_each", "cost", "expected", "expected_low", "expected_high", "chance_pays",
)  # fmt: skip
"""What triggers and their iterations say of the people behind them."""


@dataclass(frozen=True, kw_only=True)
class SharedTable:
    """How the smallest cell applies to one shared table.

    Parameters
    ----------
    key : tuple of str
        The columns that name a cell, whatever day it is about.
    people : callable
        From a row, and the people by ``(metric, month, segmentation, segment)``, how many people are behind it.
    figures : tuple of str
        The columns that a withheld row loses.
    groups : tuple of callables
        For each way in which cells add up to a total that is known, the group of a row; none where it is in none.
    evidence : str
        What counts the people of a cell who bought since a day (`patron.privacy.evidence`); empty when nothing does.
    matched : callable
        From a row, the key of its evidence.
    apart : callable
        Tells of two states of a cell whether they are about days that do not overlap: then they are different figures.
    whole : bool
        Its cells are no sums over people, so that they are repeated all or none.
    """

    key: tuple[str, ...]
    people: Callable[[Row, Mapping[Key, int]], int]
    figures: tuple[str, ...]
    groups: tuple[Grouping, ...] = ()
    evidence: str = ""
    matched: Callable[[Row], Key] = lambda _row: ()
    apart: Callable[[Row, Row], bool] = lambda _now, _then: False
    whole: bool = False

    def cell(self, row: Mapping[str, Any]) -> Key:
        """Return the name of a row's cell."""
        return tuple(row[name] for name in self.key)

    def grouped(self, row: Row) -> tuple[Key | None, ...]:
        """Return the groups that a row is in."""
        return tuple(group(row) for group in self.groups)


def _figures(name: str) -> tuple[str, ...]:
    """Return a table's columns that say something about the people behind a row."""
    return tuple(
        column.name
        for column in TABLES[name].columns
        if not column.key
        and (column.dtype.is_floating() or column.dtype.is_decimal() or (column.dtype.is_integer() and column.unit))
    )


def _count(name: str) -> Callable[[Row, Mapping[Key, int]], int]:
    return lambda row, _active: int(row[name])


def _least_of(*names: str) -> Callable[[Row, Mapping[Key, int]], int]:
    return lambda row, _active: min(int(row[name]) for name in names)


def _who_said(row: Row, _active: Mapping[Key, int]) -> int:
    """Return the people behind an answer: those who answered; of a choice those who made it, or did not."""
    if not row["choice"]:
        return int(row["answered"])
    chose = round(row["answered"] * (row["unweighted"] or 0.0))
    return int(min(chose, row["answered"] - chose) or row["answered"])


def _of_question(row: Row) -> Key | None:
    """Return the segmentation and the question, whose answers of all are known."""
    return None if row["segmentation"] == "all" else (row["segmentation"], row["question"], row["choice"])


def _doers_or_others(row: Row, _active: Mapping[Key, int]) -> int:
    """Return the people behind a rule: the smaller of the two groups that it compares."""
    return int(min(row["doers"], row["customers"] - row["doers"]))


def _of_portrait(row: Row, _active: Mapping[Key, int]) -> int:
    """Return the people behind a comparison: those of the segment, or the others where they are fewer."""
    return int(min(row["people"], row["others"] or row["people"]))


def _least_told(*names: str) -> Callable[[Row, Mapping[Key, int]], int]:
    """Return the fewest people behind one of a row's figures, where several are about parts of them."""
    return lambda row, _active: min((int(row[name]) for name in names if row[name]), default=0)


def _of_entry(row: Row, _active: Mapping[Key, int]) -> int:
    """Return the people behind an entry of the ledger: the smaller side, where it was compared."""
    return int(min(row["customers"], row["control"] or row["customers"]))


def _watched(row: Row, _active: Mapping[Key, int]) -> int:
    """Return the people behind a month of a curve: those who were watched so long, where it is not from others."""
    return int(min(row["people"], row["watched"] or row["people"]))


def _in_all(row: Row) -> Key | None:
    """Return the one group of the channels, whose sum stands in a row of its own."""
    return None if row["channel"] == "all" else ()


def _of_evidence(row: Row) -> Key | None:
    """Return the kind of evidence, whose sum is known."""
    return (row["evidence"],) if row["counted"] else None


def _of_metric(row: Row, active: Mapping[Key, int]) -> int:
    """Return the people behind a metric's value: those it counts, else those who bought, or whom it is about."""
    if row["metric"] in COUNTS:
        return int(row["value"] or 0)
    who = BEHIND.get(row["metric"], BUYERS)
    return active.get((who, row["month"], row["segmentation"], row["segment"]), 0)


def _in_cohort(row: Row, _active: Mapping[Key, int]) -> int:
    return int(row["active"] or row["customers"])


def _by(*names: str) -> Grouping:
    return lambda row: tuple(row[name] for name in names)


def _cohort_month(row: Row) -> Key | None:
    """Return the calendar month, whose buyers and money `kpis` tell; a row without buyers takes no part in it."""
    months = row["cohort"].year * 12 + row["cohort"].month - 1 + row["age_months"]
    return (months,) if row["active"] is None or row["active"] else None


def _cohort_age(row: Row) -> Key | None:
    """Return the age, over which the report tells a mean of all cohorts."""
    return (row["age_months"],) if row["active"] is None or row["active"] else None


def _of_division(row: Row) -> Key | None:
    """Return the segmentation and what is told of it, whose total is known."""
    if row["segmentation"] == "all":
        return None
    return (row["segmentation"], *(row.get(name) for name in ("channel", "message", "variant")))


def _of_channel(row: Row) -> Key | None:
    """Return the segment and channel whose messages add up to a known total."""
    whole = row["message"] == "all" or row["variant"] != "all"
    return None if whole else (row["segmentation"], row["segment"], row["channel"])


def _of_message(row: Row) -> Key | None:
    """Return the message that a row is about, which is the sum of its variants."""
    if row["message"] == "all":
        return None
    return tuple(row[name] for name in ("segmentation", "segment", "channel", "message"))


def _of_edge(row: Row) -> Key | None:
    """Return the edge that the segments of one way of dividing add up to."""
    return None if row["segmentation"] == "all" else (row["segmentation"], row["from_step"], row["to_step"])


def _of_step(row: Row) -> Key | None:
    """Return the step from where a segment's edges go, whose people the shares tell."""
    return row["segmentation"], row["segment"], row["from_step"]


def _of_path(row: Row) -> Key | None:
    """Return the path that the segments of one way of dividing add up to."""
    return None if row["segmentation"] == "all" else (row["segmentation"], row["path"])


def _of_claim(row: Row) -> Key | None:
    """Return what a source says of a channel, which the segments of one way of dividing add up to."""
    if row["segmentation"] == "all":
        return None
    return tuple(row[name] for name in ("channel", "source", "model", "segmentation"))


def _moves(row: Row) -> Key | None:
    """Return the bridge that a component is a part of; its two ends are known by themselves."""
    return None if row["component"] in ("opening", "closing") else (row["segmentation"], row["segment"])


def _overlap(now: Row, then: Row) -> bool:
    start: date = now["from_day"]
    return bool(then["to_day"] <= start)


SHARED: Mapping[str, SharedTable] = {
    "segments": SharedTable(
        key=("segmentation", "segment"), people=_count("customers"), figures=_figures("segments"),
        groups=(_by("segmentation"),), evidence="segments", matched=_by("segmentation", "segment"),  # type: ignore[arg-type]
    ),
    "movements": SharedTable(
        key=("segmentation", "from_segment", "to_segment"), people=_count("customers"), figures=_figures("movements"),
        groups=(_by("segmentation", "from_segment"), _by("segmentation", "to_segment")), apart=_overlap,
    ),
    "kpis": SharedTable(
        key=("month", "metric"), people=_of_metric, figures=("value",),
        groups=(lambda row: (row["metric"],) if row["metric"] == "new" else None,), evidence="months",
        matched=lambda row: (None,) if row["metric"] in (*COUNTS, *SELDOM) else (row["month"],),
    ),
    "targets": SharedTable(
        key=("segmentation", "segment", "metric"), people=_of_metric, figures=("value", "target", "low", "high"),
        groups=(lambda row: None if row["segmentation"] == "all" else (row["segmentation"], row["metric"]),),
        apart=lambda now, then: bool(now["month"] != then["month"]),
    ),
    "cohorts": SharedTable(
        key=("cohort", "age_months"), people=_in_cohort, figures=_figures("cohorts"),
        groups=(_cohort_month, _cohort_age), evidence="cohorts", matched=_by("cohort", "age_months"),  # type: ignore[arg-type]
    ),
    "growth": SharedTable(
        key=("formula", "driver"), people=_count("people"), figures=_figures("growth"), evidence="everyone",
    ),
    "category_market": SharedTable(
        key=("category",), people=_count("customers"), figures=_figures("category_market"),
    ),
    "gaps": SharedTable(
        key=("tier", "segment"), people=_count("customers"), figures=_figures("gaps"), evidence="steps",
        matched=_by("tier", "segment"),  # type: ignore[arg-type]
    ),
    "opportunities": SharedTable(
        key=("signal", "segmentation", "segment", "action", "channel"), people=_least_of("customers", "reachable"),
        figures=_figures("opportunities"),
    ),
    "backtest": SharedTable(
        key=("origin", "horizon_days", "model", "target", "metric", "decile"), people=_count("customers"),
        figures=_figures("backtest"), whole=True,
    ),
    "revenue_forecast": SharedTable(
        key=("span", "from_day", "part"), people=_count("customers"), figures=_figures("revenue_forecast"), whole=True,
        evidence="everyone",
    ),
    "revenue_tests": SharedTable(
        key=(), people=_count("customers"), figures=("mae", "naive_mae", "coverage"), evidence="everyone",
    ),
    "equity": SharedTable(
        key=("segmentation", "segment", "component"), people=_count("customers"), figures=_figures("equity"),
        groups=(_moves,), apart=_overlap,
    ),
    "acquisition_value": SharedTable(
        key=("channel",), people=_count("customers"), figures=_figures("acquisition_value"), groups=(lambda _row: (),),
    ),
    "acquisition": SharedTable(
        key=("channel",), people=_count("people"), figures=_figures("acquisition"), groups=(_in_all,),
    ),
    "payback": SharedTable(
        key=("channel", "began_with", "item", "month"), people=_watched, figures=_figures("payback"), whole=True,
    ),
    "channels": SharedTable(
        key=("channel",), people=_count("people"), figures=_figures("channels"), groups=(_in_all,),
    ),
    "comebacks": SharedTable(
        key=("kind", "item"), people=_count("customers"), figures=(*_figures("comebacks"), *WORDS[:1]), whole=True,
    ),
    "propensity_tests": SharedTable(
        key=("target", "horizon_days", "model", "metric", "decile"), people=_count("customers"),
        figures=_figures("backtest"), whole=True,
    ),
    "model_cards": SharedTable(
        key=("target", "horizon_days", "part", "name", "place", "origin"), people=_count("customers"),
        figures=_figures("model_cards"), whole=True,
    ),
    "product_cycles": SharedTable(
        key=("product_id",), people=_count("customers"), figures=_figures("product_cycles"),
    ),
    "runs_out": SharedTable(
        key=("product_id",), people=_count("customers"), figures=("customers", "purchases", "value"),
    ),
    "offers": SharedTable(
        key=("product_id",), people=_count("customers"), figures=("customers", "new", "expected", "value"),
    ),
    "bundles": SharedTable(
        key=("bundle",), people=_count("customers"), figures=(*_figures("bundles"), *WORDS),
    ),
    "loyalties": SharedTable(
        key=("category",), people=_count("customers"), figures=("customers", "loyalty", "own_share"),
    ),
    "tastes": SharedTable(
        key=("kind", "value"), people=_count("customers"), figures=("customers", "shop_share"),
        groups=(lambda row: (row["kind"],),),
    ),
    "demand": SharedTable(
        key=("product_id", "segment", "week"), people=_count("customers"), figures=_figures("demand"), whole=True,
    ),
    "trends": SharedTable(
        key=("kind", "item"), people=_count("customers"), figures=_figures("trends"), whole=True,
    ),
    "habits": SharedTable(
        key=("anchor", "deed", "within_days", "outcome"), people=_doers_or_others, whole=True,
        figures=(*_figures("habits"), *WORDS),
    ),
    "critical_days": SharedTable(
        key=("anchor", "outcome", "threshold"), people=_count("customers"), whole=True,
        figures=(*_figures("critical_days"), *WORDS),
    ),
    "gateways": SharedTable(
        key=("kind", "item"), people=_count("customers"), figures=(*_figures("gateways"), *WORDS), whole=True,
    ),
    "attribution": SharedTable(
        key=("model", "segmentation", "segment", "channel"), people=_count("customers"),
        figures=_figures("attribution"),
        groups=(_by("model", "segmentation", "segment"), _by("model", "segmentation", "channel")),
    ),
    "channel_lifts": SharedTable(
        key=("channel", "model"), people=_count("customers"), figures=_figures("channel_lifts"), whole=True,
    ),
    "response_models": SharedTable(
        key=("experiment",), people=_count("units"), figures=_figures("response_models"), whole=True,
    ),
    "learning": SharedTable(
        key=("trigger", "iteration"), people=_count("sends"), figures=_figures("learning"), whole=True,
    ),
    "learning_options": SharedTable(
        key=("trigger", "part", "option"), people=_count("sends"), figures=_figures("learning_options"), whole=True,
    ),
    "learning_variants": SharedTable(
        key=("trigger", "segment", "variant"), people=_count("sends"), figures=_figures("learning_variants"),
        whole=True,
    ),
    "elasticities": SharedTable(
        key=("level", "category", "product_id", "other_product_id", "segmentation", "segment"),
        people=_count("customers"), figures=_figures("elasticities"), whole=True,
    ),
    "price_offers": SharedTable(
        key=("level", "category", "product_id", "segmentation", "segment"), people=_count("customers"), whole=True,
        figures=_figures("price_offers"),
    ),
    "discounts": SharedTable(
        key=("source", "item"), people=_count("least"), figures=_figures("discounts"), whole=True,
    ),
    "price_changes": SharedTable(
        key=("category",), people=_count("customers"), figures=_figures("price_changes"), whole=True,
    ),
    "response_groups": SharedTable(
        key=("experiment", "action", "group"), people=_count("customers"), figures=("customers",),
        groups=(_by("experiment", "action"),),
    ),
    "micro_axes": SharedTable(
        key=("axis",), people=_count("customers"), figures=_figures("micro_axes"), whole=True,
    ),
    "micro_segments": SharedTable(
        key=("cell",), people=_count("customers"), figures=_figures("micro_segments"), whole=True,
    ),
    "behaviour_segments": SharedTable(
        key=("segment",), people=_count("customers"), figures=(*_figures("behaviour_segments"), "apart"),
    ),
    "stuck_points": SharedTable(
        key=("orders",), people=_least_of("customers", "stopped"), figures=_figures("stuck_points"), whole=True,
    ),
    "themes": SharedTable(
        key=("segmentation", "segment", "theme"), people=_count("people"), figures=_figures("themes"), whole=True,
    ),
    "lookalike_card": SharedTable(
        key=("part", "name", "place"), people=_count("customers"), figures=_figures("lookalike_card"), whole=True,
    ),
    "budget_frontier": SharedTable(
        key=("side", "channel", "place"), people=_count("customers"), figures=_figures("budget_frontier"), whole=True,
    ),
    "budget_prices": SharedTable(
        key=("part", "name"), people=_count("customers"), figures=_figures("budget_prices"), whole=True,
    ),
    "budget_trials": SharedTable(
        key=("experiment",), people=_count("customers"), figures=_figures("budget_trials"), whole=True,
    ),
    "season_plan": SharedTable(
        key=("side", "channel"), people=_count("customers"), figures=_figures("season_plan"), whole=True,
    ),
    "market_size": SharedTable(
        key=("segment",), people=_count("known"), figures=_figures("market_size"),
    ),
    "portraits": SharedTable(
        key=("segmentation", "segment", "attribute", "value"), people=_of_portrait, figures=_figures("portraits"),
        whole=True,
    ),
    "personas": SharedTable(
        key=("segmentation", "segment", "part", "rank"), people=_count("people"), figures=_figures("personas"),
        whole=True,
    ),
    "department_cards": SharedTable(
        key=("segmentation", "segment", "department", "rank"), people=_count("people"),
        figures=_figures("department_cards"), whole=True,
    ),
    "opinions": SharedTable(
        key=("nps_group",), people=_count("customers"),
        figures=("customers", "value", "return_rate", "tickets", "rating", "referrals"),
    ),
    "visit_rates": SharedTable(
        key=("segmentation", "segment"), people=_count("visitors"), groups=(_of_division,),
        figures=("visitors", "visits", "ordered", "conversion", "engagement"),
    ),
    "message_responses": SharedTable(
        key=("segmentation", "segment", "channel", "message", "variant"), people=_count("customers"),
        figures=_figures("message_responses"), groups=(_of_division, _of_channel, _of_message),
    ),
    "voice": SharedTable(
        key=("segmentation", "segment", "question", "choice"), people=_who_said, figures=_figures("voice"),
        groups=(_of_question,),
    ),
    "survey_plan": SharedTable(
        key=("segmentation", "segment", "questionnaire"), people=_count("customers"),
        figures=_figures("survey_plan"), groups=(_of_division,),
    ),
    "journey_edges": SharedTable(
        key=("segmentation", "segment", "from_step", "to_step"), people=_count("people"),
        figures=_figures("journey_edges"), groups=(_of_edge, _of_step), whole=True,
    ),
    "journey_paths": SharedTable(
        key=("segmentation", "segment", "rank"), people=_count("people"),
        figures=_figures("journey_paths"), groups=(_of_path,), whole=True,
    ),
    "effects": SharedTable(
        key=("experiment", "metric", "arm"), people=_least_of("n", "n_control"), figures=_figures("effects"),
        evidence="arms", matched=_by("experiment"),  # type: ignore[arg-type]
    ),
    "channel_evidence": SharedTable(
        key=("channel", "source", "model", "segmentation", "segment"), people=_count("customers"),
        figures=_figures("channel_evidence"), groups=(_of_claim,),
    ),
    "channel_verdicts": SharedTable(
        key=("channel",), people=_count("customers"), figures=(*_figures("channel_verdicts"), "sentence"),
    ),
    "growth_where": SharedTable(
        key=("segment",), people=_least_of("n", "n_control"), groups=(lambda _row: (),),
        figures=("n", "n_control", "effect", "effect_low", "effect_high", "total", "total_low", "total_high", "cost",
                 "net", "net_low", "net_high", "back", "back_low", "back_high", "p_value", "adjusted"),
    ),
    "experiments": SharedTable(key=("experiment",), people=_count("customers"), figures=("customers",)),
    "experiment_findings": SharedTable(
        key=("experiment", "finding", "arm"), people=_count("units"), figures=("units", "value"),
    ),
    "signal_states": SharedTable(
        key=("signal",), people=_count("customers"), figures=("customers", "today", "rows", "value", "strength"),
    ),
    "message_checks": SharedTable(
        key=("trigger", "place", "check", "detail"), people=_least_told("customers", "audience"), whole=True,
        figures=(*_figures("message_checks"), "finding"),
    ),
    "decision_reasons": SharedTable(
        key=("outcome", "reason"), people=_count("customers"), figures=_figures("decision_reasons"),
    ),
    "attention": SharedTable(key=("part", "name"), people=_count("customers"), figures=_figures("attention")),
    "attention_prices": SharedTable(
        key=("level", "used"), people=_count("customers"), figures=_figures("attention_prices"), whole=True,
    ),
    "fatigue": SharedTable(key=("channel",), people=_count("customers"), figures=_figures("fatigue"), whole=True),
    "teams": SharedTable(key=("team",), people=_count("least"), figures=_figures("teams"), whole=True),
    "team_stages": SharedTable(
        key=("stage",), people=_least_told("customers", "fired", "sent"), figures=_figures("team_stages"), whole=True,
    ),
    "ledger": SharedTable(
        key=("entry",), people=_of_entry, figures=_figures("ledger"), groups=(_of_evidence,), whole=True,
    ),
    "ledger_totals": SharedTable(
        key=("scope", "part"), people=_count("customers"), figures=_figures("ledger_totals"), whole=True,
    ),
    "ledger_weeks": SharedTable(
        key=("entry", "from_week"), people=_count("least"), figures=_figures("ledger_weeks"), whole=True,
    ),
    "triggers": SharedTable(
        key=("trigger",), people=_least_told("treated", "control", "fired"),
        figures=(*_READ, "fired", "sentence"), whole=True,
    ),
    "trigger_iterations": SharedTable(
        key=("trigger", "iteration"), people=_least_told("treated", "control"),
        figures=(*_READ, "saw", "keep"), whole=True,
    ),
    "waiting": SharedTable(key=("experiment",), people=_least_of("treated", "control"), figures=("treated", "control")),
    "grades": SharedTable(
        key=("grade", "model"), people=_count("customers"), figures=("customers", "predicted"),
        groups=(lambda _row: (),), evidence="grades", matched=_by("grade", "model"),  # type: ignore[arg-type]
    ),
    "fifths": SharedTable(
        key=("fifth",), people=_count("customers"), whole=True,
        figures=("customers", "current", "capacity", "headroom"),
    ),
    "totals": SharedTable(key=(), people=_count("customers"), figures=(), evidence="everyone"),
    "means": SharedTable(
        key=("age_months",), people=_count("people"), figures=("retention", "value"), evidence="ages",
        matched=_by("age_months"),  # type: ignore[arg-type]
    ),
}  # fmt: skip
"""By table; the report itself adds up `runs_out`, `offers`, `loyalties`, `tastes`, `opinions`, `visit_rates`, `waiting`
(lists not yet read), `grades`, `fifths`, `totals`, `means` and `revenue_tests`; `propensity_tests` are the rows of
`backtest` about propensities."""

NO_PEOPLE: Sequence[str] = (
    "raw_products",
    "raw_spend",
    "raw_rates",
    "raw_market",
    "raw_mix_model",
    "line_marks",
    "quality",
    "fitted_models",
    "segment_models",
    "demand_tests",
    "theme_words",
    "variants",
    "approvals",
)
"""Tables about goods, money spent, files and rows, and words that many people write: nobody is behind a row."""

NEVER_SHARED: Sequence[str] = ("rejected",)
"""Tables of whole rows as they came, about people who are not told apart."""
