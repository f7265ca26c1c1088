"""What did we cause, and what merely happened?"""

from __future__ import annotations

from patron.dashboard.asked import Asked
from patron.dashboard.page import Page, Shown
from patron.dashboard.tabs import Tab, sections, tabbed
from patron.privacy.roles import Permission

TABS = (
    Tab(name="readings", title="experiments_page.tab_readings", shown=sections("effects")),
    Tab(name="people", title="experiments_page.tab_people", shown=sections("responses")),
    Tab(name="ledger", title="experiments_page.tab_ledger", shown=sections("ledger")),
)


def _shown(asked: Asked) -> Shown:
    return tabbed(asked, TABS)


experiments = Page(
    name="experiments",
    title="experiments_page.title",
    question="experiments_page.question",
    path="/experiments",
    permission=Permission.FIGURES,
    shown=_shown,
)
