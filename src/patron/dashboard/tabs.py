"""A page in parts, of which one is drawn: which, says its address, so that each can be linked to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component

from patron.dashboard.asked import Asked
from patron.dashboard.draw import section
from patron.dashboard.page import Shown
from patron.language import say


@dataclass(frozen=True, kw_only=True)
class Tab:
    """One part of a page.

    Parameters
    ----------
    name : str
        In the address: ``?tab=name``.
    title : str
        Key of its sentence.
    shown : callable
        Gives what stands in it.
    """

    name: str
    title: str
    shown: Callable[[Asked], Shown]


def sections(*names: str) -> Callable[[Asked], Shown]:
    """Return what draws sections of the report, one under the other."""

    def shown(asked: Asked) -> Shown:
        return [section(asked.section(name), asked) for name in names]

    return shown


def tabbed(asked: Asked, tabs: Sequence[Tab]) -> Shown:
    """Return the links to all parts, and the one that is asked for; the first where none or no such is."""
    chosen = next((tab for tab in tabs if tab.name == asked.query.get("tab")), tabs[0])
    if len(tabs) == 1:
        return chosen.shown(asked)
    links = [_link(asked, tab, current=tab is chosen, first=tab is tabs[0]) for tab in tabs]
    return [html.Nav(links, className="page-parts", **{"aria-label": say("dashboard.parts")}), *chosen.shown(asked)]


def _link(asked: Asked, tab: Tab, *, current: bool, first: bool) -> Component:
    address = asked.path if first else f"{asked.path}?{urlencode({'tab': tab.name})}"
    return dcc.Link(say(tab.title), href=address, className="page-part current" if current else "page-part")
