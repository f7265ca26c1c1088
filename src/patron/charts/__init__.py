"""One function a chart: from a table to a Plotly figure that notebooks, report and dashboard share."""

from __future__ import annotations

from patron.charts.attribution import attribution
from patron.charts.behaviour import behaviour
from patron.charts.budget import budget
from patron.charts.calibration import calibration
from patron.charts.channel_credit import channel_credit
from patron.charts.channel_evidence import channel_evidence
from patron.charts.channels import channels
from patron.charts.cohort_heatmap import cohort_heatmap
from patron.charts.cohort_value import cohort_value
from patron.charts.drop_offs import drop_offs
from patron.charts.effects import effects
from patron.charts.equity_bridge import equity_bridge
from patron.charts.gaps import gaps
from patron.charts.growth_waterfall import growth_waterfall
from patron.charts.growth_where import growth_where
from patron.charts.habits import habits
from patron.charts.headroom import headroom
from patron.charts.journey_map import journey_map, journey_sankey
from patron.charts.kpi_trend import kpi_trend
from patron.charts.learning import learning
from patron.charts.ledger import ledger
from patron.charts.lift import lift
from patron.charts.lookalikes import lookalikes
from patron.charts.movement import movement
from patron.charts.opportunities import opportunities
from patron.charts.payback import payback
from patron.charts.price import elasticities, price_curve
from patron.charts.revenue_forecast import revenue_forecast
from patron.charts.rfm import rfm
from patron.charts.stages import stages
from patron.charts.theme_map import theme_map
from patron.charts.tiers import tiers
from patron.charts.uplift import uplift
from patron.charts.value_map import value_map
from patron.charts.voice import voice

__all__ = [
    "attribution",
    "behaviour",
    "budget",
    "calibration",
    "channel_credit",
    "channel_evidence",
    "channels",
    "cohort_heatmap",
    "cohort_value",
    "drop_offs",
    "effects",
    "elasticities",
    "equity_bridge",
    "gaps",
    "growth_waterfall",
    "growth_where",
    "habits",
    "headroom",
    "journey_map",
    "journey_sankey",
    "kpi_trend",
    "learning",
    "ledger",
    "lift",
    "lookalikes",
    "movement",
    "opportunities",
    "payback",
    "price_curve",
    "revenue_forecast",
    "rfm",
    "stages",
    "theme_map",
    "tiers",
    "uplift",
    "value_map",
    "voice",
]
