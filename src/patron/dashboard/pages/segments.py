"""Which groups do we have, where do they go, and what does each need?"""

from __future__ import annotations

from patron.dashboard.asked import Asked
from patron.dashboard.page import Page, Shown
from patron.dashboard.tabs import Tab, sections, tabbed
from patron.privacy.roles import Permission

TABS = (
    Tab(name="groups", title="segments_page.tab_groups", shown=sections("groups")),
    Tab(name="behaviour", title="segments_page.tab_behaviour", shown=sections("behaviour")),
    Tab(name="stages", title="segments_page.tab_stages", shown=sections("stages")),
    Tab(name="movement", title="segments_page.tab_movement", shown=sections("movement")),
    Tab(name="personas", title="segments_page.tab_personas", shown=sections("personas")),
    Tab(name="micro", title="segments_page.tab_micro", shown=sections("micro")),
)


def _shown(asked: Asked) -> Shown:
    return tabbed(asked, TABS)


segments = Page(
    name="segments",
    title="segments_page.title",
    question="segments_page.question",
    path="/segments",
    permission=Permission.FIGURES,
    shown=_shown,
)
