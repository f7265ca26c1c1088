"""What are our customers worth, and where does growth come from?"""

from __future__ import annotations

from patron.dashboard.asked import Asked
from patron.dashboard.draw import section
from patron.dashboard.page import Page, Shown
from patron.privacy.roles import Permission


def _shown(asked: Asked) -> Shown:
    return [section(asked.section(name), asked) for name in ("kpis", "cohorts", "growth", "outlook", "trust")]


value = Page(name="value", path="/value", permission=Permission.FIGURES, shown=_shown)
