"""The simulated survey over many shops: the plain score misses what all would say, the weighted one holds it."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest

from patron.contracts import TABLES
from patron.simulate import Shop, shop
from patron.voice import bands, standing_when_asked, surveyed, voice

AS_OF = date(2024, 12, 31)
SHOPS = 12


def said(made: Shop) -> ir.Table:
    """The answers to nps that came by invitation, as the loader would hand them over."""
    answers = made.surveys.to_pandas().dropna(subset="invitation_id").query("question == 'nps'")
    people = made.invitations.to_pandas().set_index("invitation_id")
    rows = [
        {"survey_id": row.survey_id, "customer_id": people.customer_id[row.invitation_id], "question": "nps",
         "kind": "nps", "score": row.score, "scale": 10.0, "answered_at": row.answered_at,
         "survey": people.survey[row.invitation_id]}
        for row in answers.itertuples()
    ]  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(rows, schema=TABLES["raw_surveys"].schema.to_pyarrow()))


def heard(made: Shop) -> dict[str, Any]:
    lines = ibis.memtable(made.order_lines)
    sold = lines.filter(lines.quantity > 0)
    orders = sold.group_by("customer_id", "order_id").aggregate(
        ordered_at=sold.ordered_at.min(), amount=(sold.quantity * sold.unit_price.cast("float64")).sum().round(2)
    )
    sent = ibis.memtable(made.invitations)
    stood = standing_when_asked(
        ibis.memtable(made.customers), orders.mutate(amount=orders.amount.cast("decimal(18, 2)")), sent, as_of=AS_OF
    )
    counted = surveyed(said(made), sent, bands(stood), TABLES["memberships"].empty(), as_of=AS_OF, window_days=365)
    row: dict[str, Any] = voice(counted).to_pyarrow().to_pylist()[0]
    return row


@pytest.mark.slow
def test_over_many_shops_the_weighted_score_holds_what_all_would_say_and_the_plain_one_does_not() -> None:
    off, plain, inside = [], [], []
    for seed in range(SHOPS):
        made = shop(customers=1200, seed=seed, mess=False, experience=True)
        asked = made.truth["silence"].to_pandas().nps
        truth = 100 * ((asked >= 9).mean() - (asked < 7).mean())
        row = heard(made)
        off.append(row["score"] - truth)
        plain.append(row["unweighted"] - truth)
        inside.append(row["score_low"] <= truth <= row["score_high"])
    assert min(plain) > 8, "whoever is content answers"
    assert abs(np.mean(off)) < 5
    assert np.mean(inside) >= 10 / 12
