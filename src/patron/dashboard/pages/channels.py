"""What do channels cost, and what do they really bring?"""

from __future__ import annotations

from patron.dashboard.asked import Asked
from patron.dashboard.page import Page, Shown
from patron.dashboard.tabs import Tab, sections, tabbed
from patron.privacy.roles import Permission

TABS = (
    Tab(name="money", title="channels_page.tab_money", shown=sections("channels")),
    Tab(name="credit", title="channels_page.tab_credit", shown=sections("attribution")),
    Tab(name="evidence", title="channels_page.tab_evidence", shown=sections("evidence")),
    Tab(name="win", title="channels_page.tab_win", shown=sections("market")),
)


def _shown(asked: Asked) -> Shown:
    return tabbed(asked, TABS)


channels = Page(
    name="channels",
    title="channels_page.title",
    question="channels_page.question",
    path="/channels",
    permission=Permission.FIGURES,
    shown=_shown,
)
