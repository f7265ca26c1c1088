"""Which steps may a project do without?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import ibis.expr.types as ir

from patron.contracts import TABLES
from patron.language import listing, say

LeavableStep = Literal[
    "acquisition", "affinity", "attribution", "backtest", "behaviour", "budget", "budget_trials",
    "channel_evidence", "channels", "demand", "equity", "gateways", "habits", "headroom", "journeys", "lookalikes",
    "market_size", "message_responses", "micro_segments", "movements", "next_actions", "next_products", "portraits",
    "prices", "propensities", "replenishments", "responses", "revenue", "season_plan", "sessions", "stages",
    "survey_plan", "theme_texts", "themes", "voice",
]  # fmt: skip
"""Steps without which a run still says who the customers are, what they are worth and on whom to spend."""

LEAVABLE: tuple[str, ...] = get_args(LeavableStep)


def nothing_of(makes: tuple[str, ...]) -> dict[str, ir.Table]:
    """Return the tables of a step that is left out: as they are where the data say too little, without a row."""
    return {name: TABLES[name].empty() for name in makes}


def said_of(left_out: Sequence[str]) -> tuple[str, ...]:
    """Return the sentence by which a run says what was left out of it, if anything was."""
    return (say("runs.left_out", steps=listing(left_out)),) if left_out else ()
