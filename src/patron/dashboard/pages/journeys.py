"""Where do customers go, and where do we lose them?"""

from __future__ import annotations

from patron.dashboard.asked import Asked
from patron.dashboard.page import Page, Shown
from patron.dashboard.tabs import Tab, sections, tabbed
from patron.privacy.roles import Permission

TABS = (
    Tab(name="map", title="journeys_page.tab_map", shown=sections("journeys")),
    Tab(name="visits", title="journeys_page.tab_visits", shown=sections("visits")),
    Tab(name="habits", title="journeys_page.tab_habits", shown=sections("habits")),
)


def _shown(asked: Asked) -> Shown:
    return tabbed(asked, TABS)


journeys = Page(
    name="journeys",
    title="journeys_page.title",
    question="journeys_page.question",
    path="/journeys",
    permission=Permission.FIGURES,
    shown=_shown,
)
