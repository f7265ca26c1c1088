"""The step `next_actions`: what to do next for each customer."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from patron.contracts.next_action import NEXT_ACTIONS
from patron.decisions.next_action import next_actions
from patron.pipeline.budget_steps import options_of
from patron.pipeline.step import Context, Step, has_rows

Tables = Mapping[str, ir.Table]


def _next_actions(context: Context) -> Tables:
    if not has_rows(context["signals"]) and not has_rows(context["decisions"]):
        return {"next_actions": NEXT_ACTIONS.empty()}
    plan = context["budget_plan"] if context.settings.budget.amount is not None else None
    rows = next_actions(
        context["profiles"], decisions=context["decisions"], options=options_of(context),
        wanted=context["next_products"], offers=context["price_offers"], memberships=context["memberships"], plan=plan,
    )  # fmt: skip
    return {"next_actions": rows}


NEXT_ACTION_STEP = Step(
    "next_actions",
    (
        "decisions", "signals", "memberships", "action_effects", "consents", "raw_consents", "profiles",
        "next_products", "price_offers", "budget_plan",
    ),
    ("next_actions",), _next_actions, ("budget", "privacy", "holdouts"),
)  # fmt: skip
