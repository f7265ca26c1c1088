"""How the business does: one registry of metrics, by month and segment, with targets, cohorts and growth."""

from __future__ import annotations

from patron.kpis.acquisition import acquisition
from patron.kpis.attribution import attribution
from patron.kpis.category_market import category_market
from patron.kpis.channel_causes import Caused
from patron.kpis.channel_evidence import ChannelEvidence, Touched, channel_evidence
from patron.kpis.channel_key import channel_key
from patron.kpis.channels import channels
from patron.kpis.cohorts import cohorts
from patron.kpis.comebacks import comebacks
from patron.kpis.first_purchase import first_purchases
from patron.kpis.growth import growth
from patron.kpis.message_responses import message_responses
from patron.kpis.metrics import METRICS, Metric, metric
from patron.kpis.monthly import TOTAL, kpis
from patron.kpis.path_credits import PathCredits, path_credits
from patron.kpis.payback import payback
from patron.kpis.survey_answers import survey_answers
from patron.kpis.targets import targets
from patron.kpis.visit_flows import message_flow, visit_flow
from patron.kpis.won import Won, won

__all__ = [
    "METRICS",
    "TOTAL",
    "Caused",
    "ChannelEvidence",
    "Metric",
    "PathCredits",
    "Touched",
    "Won",
    "acquisition",
    "attribution",
    "category_market",
    "channel_evidence",
    "channel_key",
    "channels",
    "cohorts",
    "comebacks",
    "first_purchases",
    "growth",
    "kpis",
    "message_flow",
    "message_responses",
    "metric",
    "path_credits",
    "payback",
    "survey_answers",
    "targets",
    "visit_flow",
    "won",
]
