"""The terms of the auction, read back from what a run published of them.

In   contracts.decision.ATTENTION_PRICES, FATIGUE and ATTENTION_WORTHS, as rows
Out  the same `Terms` by which the run's own auction judged, and the level of a customer
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from patron.decisions.attention.bids import Terms
from patron.decisions.attention.budget import ContactBudget
from patron.decisions.attention.fatigue import Fatigue
from patron.decisions.attention.price import AttentionPrice
from patron.decisions.attention.worth import Worth

Row = Mapping[str, Any]


def read_terms(
    prices: Iterable[Row], fatigue: Iterable[Row], worths: Iterable[Row], *, budget: ContactBudget, reserve: bool = True
) -> Terms:
    """Return by what messages are judged.

    Parameters
    ----------
    prices, fatigue, worths : iterable of mapping
        Rows of contracts.decision.ATTENTION_PRICES, FATIGUE and ATTENTION_WORTHS.
    budget : ContactBudget
        The settings'. Where the run had a larger one, its dearer prices are not met; where it had a smaller one, the
        contacts above it are as dear as its last.
    reserve : bool
        Whether a contact has a shadow price: the settings'.
    """
    by_level: dict[int, list[Row]] = {}
    for row in prices:
        by_level.setdefault(int(row["level"]), []).append(row)
    costs: dict[int, list[Row]] = {}
    for row in worths:
        costs.setdefault(int(row["level"]), []).append(row)
    levels = {*by_level, *costs}
    return Terms(
        worths={level: _worth(level, by_level.get(level, []), costs.get(level, []), budget) for level in levels},
        fatigue={row["channel"]: _fatigue(row) for row in fatigue}, budget=budget, reserve=reserve,
    )  # fmt: skip


def level_of(predicted_value: float | None, worths: Iterable[Row]) -> int:
    """Return the level of a customer by what she is foretold to bring; 1 where nothing is foretold of her.

    Parameters
    ----------
    predicted_value : float, optional
        From contracts.forecast.FORECASTS; none of whoever may not be written to, too.
    worths : iterable of mapping
        Rows of contracts.decision.ATTENTION_WORTHS.
    """
    if predicted_value is None:
        return 1
    met = (row for row in worths if row["value_from"] is not None and row["value_from"] <= predicted_value)
    return max((int(row["level"]) for row in met), default=1)


def _worth(level: int, prices: list[Row], costs: list[Row], budget: ContactBudget) -> Worth:
    rising = [float(row["price"]) for row in sorted(prices, key=lambda row: int(row["used"]))][: budget.most]
    rising += [rising[-1] if rising else 0.0] * (budget.most - len(rising))
    first: Row = prices[0] if prices else {}
    return Worth(
        level=level, customers=int((first or costs[0])["customers"]), arrivals=float(first.get("arrivals", 0.0)),
        mean_bid=first.get("mean_bid"),
        price=AttentionPrice(prices=np.array(rising), daily_worth=float(first.get("daily_worth", 0.0))),
        leaving={row["channel"]: float(row["leaving"]) for row in costs},
        heeding=float(costs[0]["heeding"]) if costs else 0.0,
    )  # fmt: skip


def _fatigue(row: Row) -> Fatigue:
    return Fatigue(
        channel=row["channel"], unsubscribe=float(row["unsubscribe_rate"]), growth=float(row["unsubscribe_growth"]),
        habituation=float(row["habituation"]), mean_used=float(row["mean_used"]),
        unsubscribe_low=float(row["unsubscribe_low"]), unsubscribe_high=float(row["unsubscribe_high"]),
        habituation_low=float(row["habituation_low"]), habituation_high=float(row["habituation_high"]),
        messages=int(row["messages"]), customers=int(row["customers"]), prior_weight=float(row["prior_weight"]),
    )  # fmt: skip


__all__ = ["level_of", "read_terms"]
