"""What should we do today?"""

from __future__ import annotations

from patron.dashboard.asked import Asked
from patron.dashboard.draw import section
from patron.dashboard.page import Page, Shown
from patron.privacy.roles import Permission


def _shown(asked: Asked) -> Shown:
    return [section(asked.section(name), asked) for name in ("opportunities", "triggers", "teams")]


today = Page(name="today", path="/today", permission=Permission.FIGURES, shown=_shown)
