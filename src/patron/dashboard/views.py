"""Whose view it is: what each department needs first. A view hides nothing; it only orders."""

from __future__ import annotations

from collections.abc import Mapping

from patron.dashboard.page import Page
from patron.language import say

VIEWS: Mapping[str, tuple[str, ...]] = {
    "marketing": ("today", "triggers", "segments", "experiments", "budget", "channels"),
    "service": ("customers", "voice", "segments", "journeys"),
    "shop": ("journeys", "today", "products", "triggers", "experiments"),
    "merchandising": ("products", "segments", "value", "voice"),
    "leadership": ("value", "today", "budget", "channels", "experiments"),
}
"""The pages of each department, by name, the first of which it begins with."""

VIEW_COOKIE = "patron_view"


def view_title(view: str) -> str:
    """Return a view's name for people."""
    return say(f"dashboard.view_{view}")


def pages_of(view: str | None, pages: tuple[Page, ...]) -> tuple[tuple[Page, ...], tuple[Page, ...]]:
    """Return the pages that a view needs first, in its order, and the others in theirs."""
    by_name = {page.name: page for page in pages}
    first = tuple(by_name[name] for name in VIEWS.get(view or "", ()) if name in by_name)
    return first, tuple(page for page in pages if page not in first)
