"""An opportunity as lines for patron.yaml: a trigger in draft, with its hold-out and what is believed of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from patron.contracts.action import EVERYBODY
from patron.decisions.opportunity.words import action_title, channel_title, segment_title
from patron.decisions.signals import signal_title
from patron.language import percent, say

WIDTH = 110


def trigger_name(row: Mapping[str, Any]) -> str:
    """Return a name for the trigger: signal, action, and the segment where it is not for everybody.

    Examples
    --------
    >>> trigger_name({"signal": "win_back", "action": "gift", "segmentation": "tier", "segment": "top"})
    'win_back_gift_top'
    """
    parts = [row["signal"], row["action"]]
    if row["segmentation"] != EVERYBODY:
        parts.append(row["segment"])
    return "_".join(parts)


def trigger_settings(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the trigger as `triggers` in patron.yaml says it."""
    told: dict[str, Any] = {"signal": row["signal"], "action": row["action"]}
    if row["segmentation"] != EVERYBODY:
        told["audience"] = f"{row['segmentation']} = '{row['segment']}'"
    return told | {
        "channels": [row["channel"]],
        "cost": round(row["cost"], 4),
        "goal": {"metric": "margin", "days": f"{row['window_days']}d"},
        "holdout": percent(row["holdout"]),
        "caps": {"every": f"{row['window_days']}d"},
        "state": "draft",
        "believed": say(
            "opportunities.believed", action=action_title(row["action"]), channel=channel_title(row["channel"]),
            signal=signal_title(row["signal"]), segment=segment_title(row), effect=percent(row["effect"]),
            low=percent(row["effect_low"]), high=percent(row["effect_high"]),
        ),
    }  # fmt: skip


def launch_yaml(row: Mapping[str, Any]) -> str:
    """Return the lines to paste into patron.yaml.

    Parameters
    ----------
    row : mapping
        One row of OPPORTUNITIES.
    """
    told = {"triggers": {trigger_name(row): trigger_settings(row)}}
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=WIDTH)
