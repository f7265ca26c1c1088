"""The step `ledger`: what everything that was done to customers brought, cost, and how that is known."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from patron.contracts import TABLES
from patron.experiments import Costs, Deeds, ledger, sent_costs, treated_costs
from patron.identity.record_owners import record_owners
from patron.pipeline.step import Context, Step, has_rows

Tables = Mapping[str, ir.Table]

MADE = ("ledger", "ledger_totals", "ledger_weeks")
MESSAGES, REFERRALS, LOYALTY, ARMS = "raw_messages", "raw_referrals", "raw_loyalty", "raw_assignments"
PRICES = "price_changes"


def _ledger(context: Context) -> Tables:
    deeds = Deeds(
        loyalty=context.of_customers("loyalty") if has_rows(context[LOYALTY]) else None,
        referrals=_referrals(context) if has_rows(context[REFERRALS]) else None,
        messages=context.of_customers("messages") if has_rows(context[MESSAGES]) else None,
        price_changes=context[PRICES] if has_rows(context[PRICES]) else None,
    )
    if all(told is None for told in vars(deeds).values()) and not has_rows(context["assignments"]):
        return {name: TABLES[name].empty() for name in MADE}
    made = ledger(
        context["experiments"], context["assignments"], context["effects"], context["takings"], as_of=context.as_of,
        deeds=deeds, costs=_costs(context), keep=context.keep,
    )  # fmt: skip
    return dict(zip(MADE, (made.ledger, made.totals, made.weeks), strict=True))


def _referrals(context: Context) -> ir.Table:
    """Return the referrals with the run's id of who came by each."""
    owners = record_owners(context["links"]).rename(record="record_id", owner="customer_id")
    told = context[REFERRALS]
    joined = told.left_join(owners, told.referred_id == owners.record)
    return joined.select(referred_id=ibis.coalesce(joined.owner, joined.referred_id), converted_on=joined.converted_on)


def _costs(context: Context) -> Costs:
    treated = treated_costs(context[ARMS]) if has_rows(context[ARMS]) else {}
    sent = sent_costs(context[MESSAGES]) if has_rows(context[MESSAGES]) else {}
    return Costs(treated=treated, spend=context["raw_spend"].to_pyarrow().to_pylist(), sent=sent)


LEDGER_STEP = Step(
    "ledger",
    ("takings", "links", "raw_spend", MESSAGES, REFERRALS, LOYALTY, ARMS, "experiments", "assignments", "effects",
     PRICES),
    MADE, _ledger,
)  # fmt: skip
