"""Did it really pay?"""

from __future__ import annotations

from patron.experiments.audiences import assignments_table, audiences_table, invited_table
from patron.experiments.effect import effects
from patron.experiments.merged import list_changes, merged
from patron.experiments.outcomes import outcomes
from patron.experiments.power import power
from patron.experiments.registered import published_experiments, registered_table

__all__ = [
    "assignments_table",
    "audiences_table",
    "effects",
    "invited_table",
    "list_changes",
    "merged",
    "outcomes",
    "power",
    "published_experiments",
    "registered_table",
]
