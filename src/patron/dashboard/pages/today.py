"""What should we do today?"""

from __future__ import annotations

from patron.dashboard.asked import Asked
from patron.dashboard.page import Page, Shown
from patron.dashboard.tabs import Tab, sections, tabbed
from patron.privacy.roles import Permission

TABS = (
    Tab(name="do", title="today_page.tab_do", shown=sections("opportunities")),
    Tab(name="signals", title="today_page.tab_signals", shown=sections("signals")),
    Tab(name="running", title="today_page.tab_running", shown=sections("triggers", "attention")),
    Tab(name="teams", title="today_page.tab_teams", shown=sections("teams")),
)


def _shown(asked: Asked) -> Shown:
    return tabbed(asked, TABS)


today = Page(
    name="today",
    title="today_page.title",
    question="today_page.question",
    path="/today",
    permission=Permission.FIGURES,
    shown=_shown,
)
