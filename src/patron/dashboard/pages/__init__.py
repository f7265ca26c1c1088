"""The pages, in the order of the navigation: one file a page, each answering one question."""

from __future__ import annotations

from patron.dashboard.page import Page
from patron.dashboard.pages.tables import tables
from patron.dashboard.pages.today import today
from patron.dashboard.pages.value import value

PAGES: tuple[Page, ...] = (today, value, tables)
"""Every page; the first is where those go who are lost."""


def page_of(path: str) -> Page | None:
    """Return the page whose address this is; none where nobody's."""
    return next((page for page in PAGES if page.holds(path)), None)


__all__ = ["PAGES", "page_of"]
