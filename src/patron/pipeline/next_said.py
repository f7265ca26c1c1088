"""What to do next for a customer, in a sentence that a service agent can read out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patron.decisions.next_action import worded
from patron.pipeline.contact_settings import ContactSettings
from patron.pipeline.reasons_said import said_why

_OUTCOMES = {"wait": "queued", "refused": "refused"}
"""What has a reason that is told: by what happens, the decision's outcome."""


def said_next(row: Mapping[str, Any], contact: ContactSettings, *, currency: str) -> str:
    """Return the sentence of one row of contracts.next_action.NEXT_ACTIONS.

    Parameters
    ----------
    row : mapping
        The row.
    contact : ContactSettings
        What the shop keeps to.
    currency : str
        ISO 4217, to write money with.
    """
    told = row["does"] in _OUTCOMES
    why = said_why({**row, "outcome": _OUTCOMES[row["does"]]}, contact) if told else ""
    return worded(row, currency=currency, why=why)
