"""Can we trust the data, and may we use it?"""

from __future__ import annotations

from patron.dashboard.asked import Asked
from patron.dashboard.page import Page, Shown
from patron.dashboard.tabs import Tab, sections, tabbed
from patron.privacy.roles import Permission

TABS = (
    Tab(name="quality", title="data_page.tab_quality", shown=sections("quality")),
    Tab(name="words", title="data_page.tab_words", shown=sections("glossary")),
)


def _shown(asked: Asked) -> Shown:
    return tabbed(asked, TABS)


data = Page(
    name="data",
    title="data_page.title",
    question="data_page.question",
    path="/data",
    permission=Permission.FIGURES,
    shown=_shown,
)
