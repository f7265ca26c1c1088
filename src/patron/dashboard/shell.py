"""What stands around every page: the navigation, whose view it is, the run that is shown, light or dark, messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Input, Output, State, dcc, html
from dash.development.base_component import Component

from patron.charts.theme import DARK, FONT, LIGHT
from patron.dashboard.acts import FRESH, register_act, window
from patron.dashboard.answering import answered
from patron.dashboard.asked import ASKER, Asked
from patron.dashboard.desk import MESSAGES, Desk, queried
from patron.dashboard.page import Page
from patron.dashboard.pages import PAGES
from patron.dashboard.takes import register_takes
from patron.dashboard.views import VIEWS, pages_of, view_title
from patron.errors import PatronError
from patron.language import day, say
from patron.server.access import Who
from patron.server.services import Services

THEME: dict[str, Any] = {
    "fontFamily": FONT,
    "headings": {"fontFamily": FONT, "fontWeight": "650"},
    "primaryColor": "patron",
    "defaultRadius": "md",
    "cursorType": "pointer",
    "colors": {
        "patron": [
            LIGHT.ramp[0], LIGHT.ramp[1], LIGHT.ramp[2], LIGHT.ramp[3], DARK.gain, LIGHT.pale, LIGHT.gain, LIGHT.gain,
            LIGHT.ramp[5], LIGHT.ramp[5],
        ]
    },
}  # fmt: skip
"""The colours of the charts, so that a button and a bar agree."""


def shell(services: Services) -> Callable[[], Component]:
    """Return the function that gives the frame for who asks."""

    def drawn() -> Component:
        who = ASKER.get(None)
        return html.Div() if who is None else _frame(services, who)

    return drawn


def _frame(services: Services, who: Who) -> Component:
    return dmc.MantineProvider(
        [
            dcc.Location(id="address", refresh="callback-nav"),
            dcc.Store(id="theme", storage_type="local"),
            dcc.Store(id=FRESH),
            dcc.Download(id="download"),
            *(window(act) for page in PAGES for act in page.acts),
            dmc.NotificationContainer(id=MESSAGES, position="bottom-right", limit=4),
            dmc.AppShell(
                [
                    dmc.AppShellHeader(_header(services, who), px="md"),
                    dmc.AppShellNavbar(html.Nav(id="navigation", **{"aria-label": say("dashboard.pages")}), p="sm"),
                    dmc.AppShellMain(html.Main(id="page", tabIndex=-1)),
                ],
                id="frame",
                header={"height": 56},
                navbar={"width": 232, "breakpoint": "md", "collapsed": {"mobile": True}},
                padding="lg",
            ),
        ],
        id="mantine",
        theme=THEME,
    )


def _header(services: Services, who: Who) -> Component:
    name = [
        dmc.Burger(id="burger", opened=False, hiddenFrom="md", size="sm", **{"aria-label": say("dashboard.pages")}),
        html.A(html.Span(className="mark"), href="#page", className="skip", title=say("dashboard.skip")),
        html.Span(services.settings.name, className="name"),
        html.Span(_run(services), className="when", id="run"),
    ]
    tools = [
        _views(),
        dmc.ActionIcon("◐", id="theme-switch", variant="default", size="md", **{"aria-label": say("dashboard.theme")}),
        html.A(who.name, href="/account", className="account", title=say("dashboard.account")),
    ]
    return dmc.Group(
        [dmc.Group(name, gap="sm", wrap="nowrap", className="brand"), dmc.Group(tools, gap="xs", wrap="nowrap")],
        justify="space-between", h="100%", wrap="nowrap",
    )  # fmt: skip


def _views() -> Component:
    views = [{"value": name, "label": view_title(name)} for name in VIEWS]
    return dmc.Select(
        id="view", data=views, value=views[0]["value"], persistence=True, persistence_type="local", size="xs", w=172,
        allowDeselect=False, visibleFrom="sm", **{"aria-label": say("dashboard.view")},
    )  # fmt: skip


def _run(services: Services) -> str:
    try:
        return say("dashboard.as_of", day=day(services.published().as_of))
    except PatronError:
        return say("dashboard.no_run")


def register_shell(desk: Desk) -> None:
    """Say what the frame's controls do."""
    dash = desk.dash
    dash.clientside_callback(
        ClientsideFunction("patron", "theme"),
        Output("theme", "data"),
        Input("theme-switch", "n_clicks"),
        State("theme", "data"),
    )
    dash.clientside_callback(
        ClientsideFunction("patron", "scheme"), Output("mantine", "forceColorScheme"), Input("theme", "data")
    )
    dash.clientside_callback(
        ClientsideFunction("patron", "navbar"),
        Output("frame", "navbar"), Output("burger", "opened"), Input("burger", "opened"),
        Input("address", "pathname"), State("frame", "navbar"),
    )  # fmt: skip
    dash.clientside_callback(ClientsideFunction("patron", "view"), Output("view", "className"), Input("view", "value"))
    desk.on(Output("navigation", "children"), Input("view", "value"), prevent_initial_call=False)(_navigation)
    desk.on(
        Output("page", "children"), Input("address", "pathname"), Input("address", "search"), Input("theme", "data"),
        Input(FRESH, "data"), prevent_initial_call=False,
    )(_page)  # fmt: skip
    for page in PAGES:
        for act in page.acts:
            register_act(desk, act)
    register_takes(desk)


def _page(
    asked: Asked, path: str | None, search: str | None, theme: str | None, _fresh: object
) -> Sequence[Component]:  # fmt: skip
    return answered(asked.services, asked.who, path or "/", queried(search), dark=theme == "dark")


def _navigation(asked: Asked, view: str | None) -> list[Component]:
    first, others = pages_of(view, tuple(page for page in PAGES if _may(page, asked.who)))
    shown = [_link(page) for page in first]
    if others:
        shown += [html.Hr(), *(_link(page) for page in others)]
    return shown


def _may(page: Page, who: Who) -> bool:
    return page.listed and who.may(page.permission) and not (page.whole and who.rows is not None)


def _link(page: Page) -> Component:
    return dmc.NavLink(label=say(page.title), href=page.path, active="partial", description=None, className="page-link")
