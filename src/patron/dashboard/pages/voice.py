"""What do customers say, and whom do we ask next?"""

from __future__ import annotations

from patron.dashboard.asked import Asked
from patron.dashboard.page import Page, Shown
from patron.dashboard.tabs import Tab, sections, tabbed
from patron.privacy.roles import Permission

TABS = (
    Tab(name="scores", title="voice_page.tab_scores", shown=sections("voice")),
    Tab(name="themes", title="voice_page.tab_themes", shown=sections("themes")),
    Tab(name="opinions", title="voice_page.tab_opinions", shown=sections("opinions")),
)


def _shown(asked: Asked) -> Shown:
    return tabbed(asked, TABS)


voice = Page(
    name="voice",
    title="voice_page.title",
    question="voice_page.question",
    path="/voice",
    permission=Permission.FIGURES,
    shown=_shown,
)
