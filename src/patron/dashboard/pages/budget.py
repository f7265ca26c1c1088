"""On whom should the money go?"""

from __future__ import annotations

from patron.dashboard.asked import Asked
from patron.dashboard.page import Page, Shown
from patron.dashboard.tabs import Tab, sections, tabbed
from patron.privacy.roles import Permission

TABS = (Tab(name="plan", title="budget_page.tab_plan", shown=sections("budget")),)


def _shown(asked: Asked) -> Shown:
    return tabbed(asked, TABS)


budget = Page(
    name="budget",
    title="budget_page.title",
    question="budget_page.question",
    path="/budget",
    permission=Permission.FIGURES,
    shown=_shown,
)
