"""What are our customers worth, and where does growth come from?"""

from __future__ import annotations

from patron.dashboard.asked import Asked
from patron.dashboard.page import Page, Shown
from patron.dashboard.tabs import Tab, sections, tabbed
from patron.privacy.roles import Permission

TABS = (
    Tab(name="metrics", title="value_page.tab_metrics", shown=sections("kpis")),
    Tab(name="cohorts", title="value_page.tab_cohorts", shown=sections("cohorts")),
    Tab(name="growth", title="value_page.tab_growth", shown=sections("growth")),
    Tab(name="outlook", title="value_page.tab_outlook", shown=sections("outlook", "trust")),
    Tab(name="headroom", title="value_page.tab_headroom", shown=sections("headroom")),
)


def _shown(asked: Asked) -> Shown:
    return tabbed(asked, TABS)


value = Page(
    name="value",
    title="value_page.title",
    question="value_page.question",
    path="/value",
    permission=Permission.FIGURES,
    shown=_shown,
)
