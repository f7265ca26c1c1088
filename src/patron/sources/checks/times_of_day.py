"""Do the orders have a time of day? All, none, or those of some files only."""

from __future__ import annotations

import numpy as np

from patron.language import number, percent
from patron.sources.checks.look import Hours, Look
from patron.sources.checks.sentences import shown
from patron.sources.quality import Finding

DATELESS = 0.98
"""Share at exactly midnight from which the source knows days alone."""

SOME = 0.01
"""Share at exactly midnight that a clock does not explain: one second in a day is one in 86,400."""


def times_of_day(look: Look) -> list[Finding]:
    """Say when times are missing."""
    hours = look.hours
    share = hours.share_dateless
    if share < SOME:
        return []
    rows = int(np.minimum(hours.lines, hours.dateless * hours.lines / np.maximum(hours.orders, 1)).sum())
    if share >= DATELESS:
        return [Finding("order_lines", "days_only", "flagged", rows, "info")]
    named = without_times(hours)
    facts = {
        "orders": number(int(hours.dateless.sum())),
        "order_share": percent(share, digits=1),
        "named": shown(named),
        "count": len(named),
    }
    check = "some_files_days_only" if named else "some_days_only"
    return [Finding("order_lines", check, "flagged", rows, "info", facts)]


def without_times(hours: Hours) -> list[str]:
    """Return the files that know days alone."""
    orders = np.bincount(hours.file, hours.orders, len(hours.files))
    dateless = np.bincount(hours.file, hours.dateless, len(hours.files))
    return [hours.files[place] for place in np.flatnonzero(dateless >= DATELESS * orders)]
