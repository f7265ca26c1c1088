"""What do customers want next, and at what price?"""

from __future__ import annotations

from patron.dashboard.asked import Asked
from patron.dashboard.page import Page, Shown
from patron.dashboard.tabs import Tab, sections, tabbed
from patron.privacy.roles import Permission

TABS = (
    Tab(name="replenish", title="products_page.tab_replenish", shown=sections("runs_out")),
    Tab(name="next", title="products_page.tab_next", shown=sections("offers", "bundles")),
    Tab(name="keep", title="products_page.tab_keep", shown=sections("affinity")),
    Tab(name="demand", title="products_page.tab_demand", shown=sections("will_sell")),
    Tab(name="prices", title="products_page.tab_prices", shown=sections("prices")),
)


def _shown(asked: Asked) -> Shown:
    return tabbed(asked, TABS)


products = Page(
    name="products",
    title="products_page.title",
    question="products_page.question",
    path="/products",
    permission=Permission.FIGURES,
    shown=_shown,
)
