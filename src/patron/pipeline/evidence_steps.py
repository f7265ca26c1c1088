"""The step `channel_evidence`: mix model, attribution and experiments side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis.expr.types as ir

from patron.contracts import TABLES
from patron.kpis.channel_evidence import Touched, channel_evidence
from patron.pipeline.step import Context, Step, has_rows

MADE = ("channel_evidence", "channel_verdicts")
MIX, CREDITS, LIFTS = "raw_mix_model", "order_credits", "channel_lifts"


def _evidence(context: Context) -> Mapping[str, ir.Table]:
    touched = has_rows(context[CREDITS])
    mix = context[MIX].to_pyarrow().to_pylist()
    if not context.settings.sells or not (touched or mix):
        return {name: TABLES[name].empty() for name in MADE}
    made = channel_evidence(
        context["orders"], context["memberships"], as_of=context.as_of, mix=mix,
        touched=_touched(context) if touched else None, spend=context["raw_spend"],
        aliases=context.settings.attribution.aliases,
    )  # fmt: skip
    return dict(zip(MADE, (made.evidence, made.verdicts), strict=True))


def _touched(context: Context) -> Touched:
    rule = context.settings.attribution.model
    lifts: list[dict[str, Any]] = context[LIFTS].filter(context[LIFTS].model == rule).to_pyarrow().to_pylist()
    return Touched(credits=context[CREDITS], rule=rule, lifts=lifts)


EVIDENCE_STEP = Step(
    "channel_evidence", ("orders", "memberships", MIX, "raw_spend", CREDITS, LIFTS), MADE, _evidence, ("attribution",),
)  # fmt: skip
