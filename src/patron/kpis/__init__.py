"""How the business does: one registry of metrics, by month and segment, with targets, cohorts and growth."""

from __future__ import annotations

from patron.kpis.attribution import attribution
from patron.kpis.category_market import category_market
from patron.kpis.channel_evidence import ChannelEvidence, Touched, channel_evidence
from patron.kpis.cohorts import cohorts
from patron.kpis.growth import growth
from patron.kpis.message_responses import message_responses
from patron.kpis.metrics import METRICS, Metric, metric
from patron.kpis.monthly import TOTAL, kpis
from patron.kpis.path_credits import PathCredits, path_credits
from patron.kpis.survey_answers import survey_answers
from patron.kpis.targets import targets
from patron.kpis.visit_flows import message_flow, visit_flow

__all__ = [
    "METRICS",
    "TOTAL",
    "ChannelEvidence",
    "Metric",
    "PathCredits",
    "Touched",
    "attribution",
    "category_market",
    "channel_evidence",
    "cohorts",
    "growth",
    "kpis",
    "message_flow",
    "message_responses",
    "metric",
    "path_credits",
    "survey_answers",
    "targets",
    "visit_flow",
]
