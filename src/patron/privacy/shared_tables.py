"""Of each table that is shared: what is one cell of it, how many people are behind it, and which totals are known?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from patron.contracts import TABLES
from patron.privacy.adding_up import (
    by,
    by_age,
    by_bridge,
    by_channel,
    by_claim,
    by_division,
    by_edge,
    by_evidence,
    by_message,
    by_month,
    by_nothing,
    by_path,
    by_question,
    by_step,
)
from patron.privacy.people_behind import (
    COUNTS,
    SELDOM,
    counted,
    doers_or_others,
    in_cohort,
    least_of,
    least_told,
    of_entry,
    of_metric,
    of_portrait,
    watched_or_all,
    who_said,
)
from patron.privacy.shared_table import Row, SharedTable

WORDS = ("sentence", "experiment")
"""Columns that say figures in words."""

_READ = (
    "customers", "treated", "control", "mean_treated", "mean_control", "effect", "effect_low", "effect_high",
    "sent_each", "cost", "expected", "expected_low", "expected_high", "chance_pays",
)  # fmt: skip
"""What triggers and their iterations say of the people behind them."""


def _figures(name: str) -> tuple[str, ...]:
    """Return a table's columns that say something about the people behind a row."""
    return tuple(
        column.name
        for column in TABLES[name].columns
        if not column.key
        and (column.dtype.is_floating() or column.dtype.is_decimal() or (column.dtype.is_integer() and column.unit))
    )


def _overlap(now: Row, then: Row) -> bool:
    start: date = now["from_day"]
    return bool(then["to_day"] <= start)


SHARED: Mapping[str, SharedTable] = {
    "segments": SharedTable(
        key=("segmentation", "segment"), people=counted("customers"), figures=_figures("segments"),
        groups=(by("segmentation"),), evidence="segments", matched=by("segmentation", "segment"),  # type: ignore[arg-type]
    ),
    "movements": SharedTable(
        key=("segmentation", "from_segment", "to_segment"), people=counted("customers"), figures=_figures("movements"),
        groups=(by("segmentation", "from_segment"), by("segmentation", "to_segment")), apart=_overlap,
    ),
    "kpis": SharedTable(
        key=("month", "metric"), people=of_metric, figures=("value",),
        groups=(lambda row: (row["metric"],) if row["metric"] == "new" else None,), evidence="months",
        matched=lambda row: (None,) if row["metric"] in (*COUNTS, *SELDOM) else (row["month"],),
    ),
    "targets": SharedTable(
        key=("segmentation", "segment", "metric"), people=of_metric, figures=("value", "target", "low", "high"),
        groups=(lambda row: None if row["segmentation"] == "all" else (row["segmentation"], row["metric"]),),
        apart=lambda now, then: bool(now["month"] != then["month"]),
    ),
    "cohorts": SharedTable(
        key=("cohort", "age_months"), people=in_cohort, figures=_figures("cohorts"),
        groups=(by_month, by_age), evidence="cohorts", matched=by("cohort", "age_months"),  # type: ignore[arg-type]
    ),
    "growth": SharedTable(
        key=("formula", "driver"), people=counted("people"), figures=_figures("growth"), evidence="everyone",
    ),
    "category_market": SharedTable(
        key=("category",), people=counted("customers"), figures=_figures("category_market"),
    ),
    "gaps": SharedTable(
        key=("tier", "segment"), people=counted("customers"), figures=_figures("gaps"), evidence="steps",
        matched=by("tier", "segment"),  # type: ignore[arg-type]
    ),
    "action_effects": SharedTable(
        key=("signal", "segmentation", "segment", "action", "channel"), people=least_of("customers", "reachable"),
        figures=_figures("action_effects"),
    ),
    "opportunities": SharedTable(
        key=("signal", "segmentation", "segment", "action", "channel"), people=least_of("customers", "reachable"),
        figures=_figures("opportunities"),
    ),
    "backtest": SharedTable(
        key=("origin", "horizon_days", "model", "target", "metric", "decile"), people=counted("customers"),
        figures=_figures("backtest"), whole=True,
    ),
    "revenue_forecast": SharedTable(
        key=("span", "from_day", "part"), people=counted("customers"), figures=_figures("revenue_forecast"), whole=True,
        evidence="everyone",
    ),
    "revenue_tests": SharedTable(
        key=(), people=counted("customers"), figures=("mae", "naive_mae", "coverage"), evidence="everyone",
    ),
    "equity": SharedTable(
        key=("segmentation", "segment", "component"), people=counted("customers"), figures=_figures("equity"),
        groups=(by_bridge,), apart=_overlap,
    ),
    "acquisition_value": SharedTable(
        key=("channel",), people=counted("customers"), figures=_figures("acquisition_value"), groups=(lambda _row: (),),
    ),
    "acquisition": SharedTable(
        key=("channel",), people=counted("people"), figures=_figures("acquisition"), groups=(by_nothing,),
    ),
    "payback": SharedTable(
        key=("channel", "began_with", "item", "month"), people=watched_or_all, figures=_figures("payback"), whole=True,
    ),
    "channels": SharedTable(
        key=("channel",), people=counted("people"), figures=_figures("channels"), groups=(by_nothing,),
    ),
    "comebacks": SharedTable(
        key=("kind", "item"), people=counted("customers"), figures=(*_figures("comebacks"), *WORDS[:1]), whole=True,
    ),
    "propensity_tests": SharedTable(
        key=("target", "horizon_days", "model", "metric", "decile"), people=counted("customers"),
        figures=_figures("backtest"), whole=True,
    ),
    "model_cards": SharedTable(
        key=("target", "horizon_days", "part", "name", "place", "origin"), people=counted("customers"),
        figures=_figures("model_cards"), whole=True,
    ),
    "product_cycles": SharedTable(
        key=("product_id",), people=counted("customers"), figures=_figures("product_cycles"),
    ),
    "runs_out": SharedTable(
        key=("product_id",), people=counted("customers"), figures=("customers", "purchases", "value"),
    ),
    "offers": SharedTable(
        key=("product_id",), people=counted("customers"), figures=("customers", "new", "expected", "value"),
    ),
    "bundles": SharedTable(
        key=("bundle",), people=counted("customers"), figures=(*_figures("bundles"), *WORDS),
    ),
    "loyalties": SharedTable(
        key=("category",), people=counted("customers"), figures=("customers", "loyalty", "own_share"),
    ),
    "tastes": SharedTable(
        key=("kind", "value"), people=counted("customers"), figures=("customers", "shop_share"),
        groups=(lambda row: (row["kind"],),),
    ),
    "demand": SharedTable(
        key=("product_id", "segment", "week"), people=counted("customers"), figures=_figures("demand"), whole=True,
    ),
    "trends": SharedTable(
        key=("kind", "item"), people=counted("customers"), figures=_figures("trends"), whole=True,
    ),
    "habits": SharedTable(
        key=("anchor", "deed", "within_days", "outcome"), people=doers_or_others, whole=True,
        figures=(*_figures("habits"), *WORDS),
    ),
    "critical_days": SharedTable(
        key=("anchor", "outcome", "threshold"), people=counted("customers"), whole=True,
        figures=(*_figures("critical_days"), *WORDS),
    ),
    "gateways": SharedTable(
        key=("kind", "item"), people=counted("customers"), figures=(*_figures("gateways"), *WORDS), whole=True,
    ),
    "attribution": SharedTable(
        key=("model", "segmentation", "segment", "channel"), people=counted("customers"),
        figures=_figures("attribution"),
        groups=(by("model", "segmentation", "segment"), by("model", "segmentation", "channel")),
    ),
    "channel_lifts": SharedTable(
        key=("channel", "model"), people=counted("customers"), figures=_figures("channel_lifts"), whole=True,
    ),
    "response_models": SharedTable(
        key=("experiment",), people=counted("units"), figures=_figures("response_models"), whole=True,
    ),
    "learning": SharedTable(
        key=("trigger", "iteration"), people=counted("sends"), figures=_figures("learning"), whole=True,
    ),
    "learning_options": SharedTable(
        key=("trigger", "part", "option"), people=counted("sends"), figures=_figures("learning_options"), whole=True,
    ),
    "learning_variants": SharedTable(
        key=("trigger", "segment", "variant"), people=counted("sends"), figures=_figures("learning_variants"),
        whole=True,
    ),
    "elasticities": SharedTable(
        key=("level", "category", "product_id", "other_product_id", "segmentation", "segment"),
        people=counted("customers"), figures=_figures("elasticities"), whole=True,
    ),
    "price_offers": SharedTable(
        key=("level", "category", "product_id", "segmentation", "segment"), people=counted("customers"), whole=True,
        figures=_figures("price_offers"),
    ),
    "discounts": SharedTable(
        key=("source", "item"), people=counted("least"), figures=_figures("discounts"), whole=True,
    ),
    "price_changes": SharedTable(
        key=("category",), people=counted("customers"), figures=_figures("price_changes"), whole=True,
    ),
    "response_groups": SharedTable(
        key=("experiment", "action", "group"), people=counted("customers"), figures=("customers",),
        groups=(by("experiment", "action"),),
    ),
    "micro_axes": SharedTable(
        key=("axis",), people=counted("customers"), figures=_figures("micro_axes"), whole=True,
    ),
    "micro_segments": SharedTable(
        key=("cell",), people=counted("customers"), figures=_figures("micro_segments"), whole=True,
    ),
    "behaviour_segments": SharedTable(
        key=("segment",), people=counted("customers"), figures=(*_figures("behaviour_segments"), "apart"),
    ),
    "stuck_points": SharedTable(
        key=("orders",), people=least_of("customers", "stopped"), figures=_figures("stuck_points"), whole=True,
    ),
    "themes": SharedTable(
        key=("segmentation", "segment", "theme"), people=counted("people"), figures=_figures("themes"), whole=True,
    ),
    "lookalike_card": SharedTable(
        key=("part", "name", "place"), people=counted("customers"), figures=_figures("lookalike_card"), whole=True,
    ),
    "budget_frontier": SharedTable(
        key=("side", "channel", "place"), people=counted("customers"), figures=_figures("budget_frontier"), whole=True,
    ),
    "budget_prices": SharedTable(
        key=("part", "name"), people=counted("customers"), figures=_figures("budget_prices"), whole=True,
    ),
    "budget_trials": SharedTable(
        key=("experiment",), people=counted("customers"), figures=_figures("budget_trials"), whole=True,
    ),
    "season_plan": SharedTable(
        key=("side", "channel"), people=counted("customers"), figures=_figures("season_plan"), whole=True,
    ),
    "market_size": SharedTable(
        key=("segment",), people=counted("known"), figures=_figures("market_size"),
    ),
    "portraits": SharedTable(
        key=("segmentation", "segment", "attribute", "value"), people=of_portrait, figures=_figures("portraits"),
        whole=True,
    ),
    "personas": SharedTable(
        key=("segmentation", "segment", "part", "rank"), people=counted("people"), figures=_figures("personas"),
        whole=True,
    ),
    "department_cards": SharedTable(
        key=("segmentation", "segment", "department", "rank"), people=counted("people"),
        figures=_figures("department_cards"), whole=True,
    ),
    "opinions": SharedTable(
        key=("nps_group",), people=counted("customers"),
        figures=("customers", "value", "return_rate", "tickets", "rating", "referrals"),
    ),
    "visit_rates": SharedTable(
        key=("segmentation", "segment"), people=counted("visitors"), groups=(by_division,),
        figures=("visitors", "visits", "ordered", "conversion", "engagement"),
    ),
    "message_responses": SharedTable(
        key=("segmentation", "segment", "channel", "message", "variant"), people=counted("customers"),
        figures=_figures("message_responses"), groups=(by_division, by_channel, by_message),
    ),
    "voice": SharedTable(
        key=("segmentation", "segment", "question", "choice"), people=who_said, figures=_figures("voice"),
        groups=(by_question,),
    ),
    "survey_plan": SharedTable(
        key=("segmentation", "segment", "questionnaire"), people=counted("customers"),
        figures=_figures("survey_plan"), groups=(by_division,),
    ),
    "journey_edges": SharedTable(
        key=("segmentation", "segment", "from_step", "to_step"), people=counted("people"),
        figures=_figures("journey_edges"), groups=(by_edge, by_step), whole=True,
    ),
    "journey_paths": SharedTable(
        key=("segmentation", "segment", "rank"), people=counted("people"),
        figures=_figures("journey_paths"), groups=(by_path,), whole=True,
    ),
    "effects": SharedTable(
        key=("experiment", "metric", "arm"), people=least_of("n", "n_control"), figures=_figures("effects"),
        evidence="arms", matched=by("experiment"),  # type: ignore[arg-type]
    ),
    "channel_evidence": SharedTable(
        key=("channel", "source", "model", "segmentation", "segment"), people=counted("customers"),
        figures=_figures("channel_evidence"), groups=(by_claim,),
    ),
    "channel_verdicts": SharedTable(
        key=("channel",), people=counted("customers"), figures=(*_figures("channel_verdicts"), "sentence"),
    ),
    "growth_where": SharedTable(
        key=("segment",), people=least_of("n", "n_control"), groups=(lambda _row: (),),
        figures=("n", "n_control", "effect", "effect_low", "effect_high", "total", "total_low", "total_high", "cost",
                 "net", "net_low", "net_high", "back", "back_low", "back_high", "p_value", "adjusted"),
    ),
    "experiments": SharedTable(key=("experiment",), people=counted("customers"), figures=("customers",)),
    "experiment_findings": SharedTable(
        key=("experiment", "finding", "arm"), people=counted("units"), figures=("units", "value"),
    ),
    "signal_states": SharedTable(
        key=("signal",), people=counted("customers"), figures=("customers", "today", "rows", "value", "strength"),
    ),
    "message_checks": SharedTable(
        key=("trigger", "place", "check", "detail"), people=least_told("customers", "audience"), whole=True,
        figures=(*_figures("message_checks"), "finding"),
    ),
    "decision_reasons": SharedTable(
        key=("outcome", "reason"), people=counted("customers"), figures=_figures("decision_reasons"),
    ),
    "attention": SharedTable(key=("part", "name"), people=counted("customers"), figures=_figures("attention")),
    "attention_prices": SharedTable(
        key=("level", "used"), people=counted("customers"), figures=_figures("attention_prices"), whole=True,
    ),
    "attention_worths": SharedTable(
        key=("level", "channel"), people=counted("customers"), figures=_figures("attention_worths"), whole=True,
    ),
    "fatigue": SharedTable(key=("channel",), people=counted("customers"), figures=_figures("fatigue"), whole=True),
    "teams": SharedTable(key=("team",), people=counted("least"), figures=_figures("teams"), whole=True),
    "team_stages": SharedTable(
        key=("stage",), people=least_told("customers", "fired", "sent"), figures=_figures("team_stages"), whole=True,
    ),
    "ledger": SharedTable(
        key=("entry",), people=of_entry, figures=_figures("ledger"), groups=(by_evidence,), whole=True,
    ),
    "ledger_totals": SharedTable(
        key=("scope", "part"), people=counted("customers"), figures=_figures("ledger_totals"), whole=True,
    ),
    "ledger_weeks": SharedTable(
        key=("entry", "from_week"), people=counted("least"), figures=_figures("ledger_weeks"), whole=True,
    ),
    "triggers": SharedTable(
        key=("trigger",), people=least_told("treated", "control", "fired"),
        figures=(*_READ, "fired", "sentence"), whole=True,
    ),
    "trigger_iterations": SharedTable(
        key=("trigger", "iteration"), people=least_told("treated", "control"),
        figures=(*_READ, "saw", "keep"), whole=True,
    ),
    "waiting": SharedTable(key=("experiment",), people=least_of("treated", "control"), figures=("treated", "control")),
    "grades": SharedTable(
        key=("grade", "model"), people=counted("customers"), figures=("customers", "predicted"),
        groups=(lambda _row: (),), evidence="grades", matched=by("grade", "model"),  # type: ignore[arg-type]
    ),
    "fifths": SharedTable(
        key=("fifth",), people=counted("customers"), whole=True,
        figures=("customers", "current", "capacity", "headroom"),
    ),
    "totals": SharedTable(key=(), people=counted("customers"), figures=(), evidence="everyone"),
    "means": SharedTable(
        key=("age_months",), people=counted("people"), figures=("retention", "value"), evidence="ages",
        matched=by("age_months"),  # type: ignore[arg-type]
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
    "variant_plan",
    "approvals",
)
"""Tables about goods, money spent, files and rows, words that many people write, and plans: nobody is behind a row."""

NEVER_SHARED: Sequence[str] = ("rejected",)
"""Tables of whole rows as they came, about people who are not told apart."""
