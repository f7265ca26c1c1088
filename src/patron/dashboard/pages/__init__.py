"""The pages, in the order of the navigation: one file a page, each answering one question."""

from __future__ import annotations

from patron.dashboard.page import Page
from patron.dashboard.pages.budget import budget
from patron.dashboard.pages.channels import channels
from patron.dashboard.pages.customers import customers
from patron.dashboard.pages.data import data
from patron.dashboard.pages.experiments import experiments
from patron.dashboard.pages.journeys import journeys
from patron.dashboard.pages.products import products
from patron.dashboard.pages.segments import segments
from patron.dashboard.pages.tables import tables
from patron.dashboard.pages.today import today
from patron.dashboard.pages.triggers import triggers
from patron.dashboard.pages.value import value
from patron.dashboard.pages.voice import voice

PAGES: tuple[Page, ...] = (
    today,
    customers,
    segments,
    journeys,
    value,
    channels,
    products,
    triggers,
    experiments,
    budget,
    voice,
    data,
    tables,
)
"""Every page; the first is where those go who are lost."""


def page_of(path: str) -> Page | None:
    """Return the page whose address this is; none where nobody's."""
    return next((page for page in PAGES if page.holds(path)), None)


__all__ = ["PAGES", "page_of"]
