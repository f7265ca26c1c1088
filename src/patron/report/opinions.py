"""What are customers worth by what they answered last, when they were asked whether they would recommend the shop?"""

from __future__ import annotations

import ibis.expr.types as ir

_CENTS = "decimal(38, 4)"


def opinions(experience: ir.Table, forecasts: ir.Table) -> ir.Table:
    """Return promoters, passives and detractors, each by the last answer.

    Parameters
    ----------
    experience : Table
        Keeps the contract EXPERIENCE.
    forecasts : Table
        Keeps the contract FORECASTS.

    Returns
    -------
    Table, one row per group that has somebody
        ``nps_group, customers``; ``value``, the sum of their predicted value; the means ``return_rate``, ``tickets``,
        ``rating`` and ``referrals``, each none where no source tells.
    """
    asked = experience.filter(experience.nps_group.notnull())
    worth = forecasts.select(_who="customer_id", predicted=forecasts.predicted_value.cast(_CENTS))
    both = asked.left_join(worth, [("customer_id", "_who")])
    found = both.group_by("nps_group").aggregate(
        customers=both.count(), value=both.predicted.sum().cast("float64"), return_rate=both.return_rate.mean(),
        tickets=both.tickets.mean(), rating=both.rating.mean(), referrals=both.referrals_made.mean(),
    )  # fmt: skip
    return found.order_by(found.nps_group.desc())  # promoter, passive, detractor
