"""Did it really pay?"""

from __future__ import annotations

from patron.experiments.audiences import assignments_table, audiences_table, invited_table
from patron.experiments.compare import compare
from patron.experiments.effect import effects
from patron.experiments.growth_by import growth_by
from patron.experiments.merged import list_changes, merged
from patron.experiments.metric import Metric
from patron.experiments.power import power
from patron.experiments.readings import Prior
from patron.experiments.registered import published_experiments, registered_table

__all__ = [
    "Metric",
    "Prior",
    "assignments_table",
    "audiences_table",
    "compare",
    "effects",
    "growth_by",
    "invited_table",
    "list_changes",
    "merged",
    "power",
    "published_experiments",
    "registered_table",
]
