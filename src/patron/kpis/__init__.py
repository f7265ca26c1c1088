"""How the business does: one registry of metrics, by month and segment, with targets, cohorts and growth."""

from __future__ import annotations

from patron.kpis.cohorts import cohorts
from patron.kpis.growth import growth
from patron.kpis.metrics import METRICS, Metric, metric
from patron.kpis.monthly import TOTAL, kpis
from patron.kpis.targets import targets

__all__ = ["METRICS", "TOTAL", "Metric", "cohorts", "growth", "kpis", "metric", "targets"]
