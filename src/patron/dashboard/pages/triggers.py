"""What runs, what does it bring, and what should change?"""

from __future__ import annotations

from patron.dashboard.asked import Asked
from patron.dashboard.page import Page, Shown
from patron.dashboard.tabs import Tab, sections, tabbed
from patron.privacy.roles import Permission

TABS = (
    Tab(name="running", title="triggers_page.tab_running", shown=sections("triggers")),
    Tab(name="learning", title="triggers_page.tab_learning", shown=sections("learning")),
    Tab(name="messages", title="triggers_page.tab_messages", shown=sections("messages")),
    Tab(name="attention", title="triggers_page.tab_attention", shown=sections("attention")),
)


def _shown(asked: Asked) -> Shown:
    return tabbed(asked, TABS)


triggers = Page(
    name="triggers",
    title="triggers_page.title",
    question="triggers_page.question",
    path="/triggers",
    permission=Permission.FIGURES,
    shown=_shown,
)
