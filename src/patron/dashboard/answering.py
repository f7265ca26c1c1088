"""From an address to what stands on the page, or to why nothing does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from patron.dashboard.asked import Asked
from patron.dashboard.desk import error_text
from patron.dashboard.draw import empty
from patron.dashboard.page import Page
from patron.dashboard.pages import PAGES, page_of
from patron.language import say
from patron.server.access import Who
from patron.server.asking import check_whole
from patron.server.refused import NoRunYet
from patron.server.services import Services


def answered(
    services: Services, who: Who, path: str, query: Mapping[str, str], *, dark: bool
) -> Sequence[Component]:  # fmt: skip
    """Return what stands on a page; a page that fails says so itself, and the frame stays."""
    page = page_of(path)
    if page is None:
        return [
            empty(
                say("dashboard.no_page"),
                title=say("dashboard.lost"),
                doing=dcc.Link(say(PAGES[0].title), href=PAGES[0].path),
            )
        ]
    rest = path.removeprefix(page.path).strip("/")
    asked = Asked(services=services, who=who, path=path, rest=rest, query=query, dark=dark)
    return [_head(page), *_shown(page, asked)]


def _head(page: Page) -> Component:
    return html.Header(
        [dmc.Title(say(page.title), order=1, size="h2"), dmc.Text(say(page.question), c="dimmed")], className="head"
    )


def _shown(page: Page, asked: Asked) -> Sequence[Component]:
    try:
        asked.need(page.permission)
        if page.whole:
            check_whole(asked.who)
        return page.shown(asked)
    except NoRunYet as error:
        return [empty(str(error), title=say("dashboard.no_run"))]
    except Exception as error:  # noqa: BLE001 - whatever fails is told on the page, and in the log
        return [empty(error_text(error), title=say("dashboard.not_shown"), failed=True)]
