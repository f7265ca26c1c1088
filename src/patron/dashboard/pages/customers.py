"""Who are our customers, and what comes next for each?"""

from __future__ import annotations

from patron.dashboard.asked import Asked
from patron.dashboard.page import Page, Shown
from patron.dashboard.tabs import Tab, sections, tabbed
from patron.privacy.roles import Permission

TABS = (
    Tab(name="map", title="customers_page.tab_map", shown=sections("value_map")),
    Tab(name="next", title="customers_page.tab_next", shown=sections("next_steps")),
)


def _shown(asked: Asked) -> Shown:
    return tabbed(asked, TABS)


customers = Page(
    name="customers",
    title="customers_page.title",
    question="customers_page.question",
    path="/customers",
    permission=Permission.FIGURES,
    shown=_shown,
)
