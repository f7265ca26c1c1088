"""Did it really pay?"""

from __future__ import annotations

from patron.experiments.audiences import assignments_table, audiences_table, invited_table
from patron.experiments.claim_costs import Costs, treated_costs
from patron.experiments.effect import effects
from patron.experiments.ledger import Deeds, LedgerTables, ledger
from patron.experiments.merged import list_changes, merged
from patron.experiments.outcomes import outcomes

__all__ = [
    "Costs",
    "Deeds",
    "LedgerTables",
    "assignments_table",
    "audiences_table",
    "effects",
    "invited_table",
    "ledger",
    "list_changes",
    "merged",
    "outcomes",
    "treated_costs",
]
