"""Did it really pay?"""

from __future__ import annotations

from patron.experiments.audiences import assignments_table, audiences_table, invited_table
from patron.experiments.claim_costs import Costs, sent_costs, treated_costs
from patron.experiments.compare import compare
from patron.experiments.effect import effects
from patron.experiments.geo import GeoReading, geo, geo_power
from patron.experiments.growth_by import growth_by
from patron.experiments.ledger import Deeds, LedgerTables, ledger
from patron.experiments.merged import list_changes, merged
from patron.experiments.metric import Metric
from patron.experiments.most_responsive import most_responsive
from patron.experiments.power import power
from patron.experiments.readings import Prior
from patron.experiments.registered import published_experiments, registered_table
from patron.experiments.targeting import Ranking, mean_coefficient, qini, uplift_at, uplift_curve

__all__ = [
    "Costs",
    "Deeds",
    "GeoReading",
    "LedgerTables",
    "Metric",
    "Prior",
    "Ranking",
    "assignments_table",
    "audiences_table",
    "compare",
    "effects",
    "geo",
    "geo_power",
    "growth_by",
    "invited_table",
    "ledger",
    "list_changes",
    "mean_coefficient",
    "merged",
    "most_responsive",
    "power",
    "published_experiments",
    "qini",
    "registered_table",
    "sent_costs",
    "treated_costs",
    "uplift_at",
    "uplift_curve",
]
