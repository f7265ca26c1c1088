"""How many people are behind a row of a shared table?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from patron.privacy.shared_table import Key, Row

COUNTS = ("customers", "new", "active", "returning", "lapsed", "won_back", "visitors", "messaged", "nps_answers",
          "effort_answers", "satisfaction_answers")  # fmt: skip
"""Metrics whose value is itself a number of people."""

BUYERS = "active"
BEHIND = {
    **dict.fromkeys(("visits", "conversion_rate", "engagement"), "visitors"),
    **dict.fromkeys(("delivery_rate", "open_rate", "click_rate", "unsubscribe_rate", "message_order_rate"), "messaged"),
    **{name: f"{name}_answers" for name in ("nps", "effort", "satisfaction")},
}
"""Metrics behind which others than the buyers of the month stand, and the metric that counts these."""

SELDOM = ("nps", "effort", "satisfaction")
"""Metrics of which a month without anybody behind it tells nothing: few are asked."""


def counted(name: str) -> Callable[[Row, Mapping[Key, int]], int]:
    """Return the people that a column counts."""
    return lambda row, _active: int(row[name])


def least_of(*names: str) -> Callable[[Row, Mapping[Key, int]], int]:
    """Return the fewest people that one of several columns counts."""
    return lambda row, _active: min(int(row[name]) for name in names)


def who_said(row: Row, _active: Mapping[Key, int]) -> int:
    """Return the people behind an answer: those who answered; of a choice those who made it, or did not."""
    if not row["choice"]:
        return int(row["answered"])
    chose = round(row["answered"] * (row["unweighted"] or 0.0))
    return int(min(chose, row["answered"] - chose) or row["answered"])


def doers_or_others(row: Row, _active: Mapping[Key, int]) -> int:
    """Return the people behind a rule: the smaller of the two groups that it compares."""
    return int(min(row["doers"], row["customers"] - row["doers"]))


def of_portrait(row: Row, _active: Mapping[Key, int]) -> int:
    """Return the people behind a comparison: those of the segment, or the others where they are fewer."""
    return int(min(row["people"], row["others"] or row["people"]))


def least_told(*names: str) -> Callable[[Row, Mapping[Key, int]], int]:
    """Return the fewest people behind one of a row's figures, where several are about parts of them."""
    return lambda row, _active: min((int(row[name]) for name in names if row[name]), default=0)


def of_entry(row: Row, _active: Mapping[Key, int]) -> int:
    """Return the people behind an entry of the ledger: the smaller side, where it was compared."""
    return int(min(row["customers"], row["control"] or row["customers"]))


def watched_or_all(row: Row, _active: Mapping[Key, int]) -> int:
    """Return the people behind a month of a curve: those who were watched so long, where it is not from others."""
    return int(min(row["people"], row["watched"] or row["people"]))


def of_metric(row: Row, active: Mapping[Key, int]) -> int:
    """Return the people behind a metric's value: those it counts, else those who bought, or whom it is about."""
    if row["metric"] in COUNTS:
        return int(row["value"] or 0)
    who = BEHIND.get(row["metric"], BUYERS)
    return active.get((who, row["month"], row["segmentation"], row["segment"]), 0)


def in_cohort(row: Row, _active: Mapping[Key, int]) -> int:
    """Return the people behind a month of a cohort: its buyers, else all of the cohort."""
    return int(row["active"] or row["customers"])
