"""What buttons do: ask in a window of its own what is wanted, and do it once it is confirmed.

A page says what it can do (`Page.acts`) and draws the buttons (`button`). The window, its fields, who may, and what is
told afterwards are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from patron.dashboard.asked import Asked
from patron.dashboard.desk import Desk, error_text, said
from patron.language import say
from patron.privacy.roles import Permission

FRESH = "fresh"
"""The store that has the page drawn anew when it changes."""

Values = Mapping[str, Any]
"""What was filled in, by the fields' names; text without blanks around it, none where nothing was."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """What is asked before something is done."""

    title: str
    parts: Sequence[Component]
    confirm: str  # what the button says
    grave: bool = False  # it reaches customers, or cannot be undone


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was done."""

    text: str
    shown: Component | None = None  # stays in the window: a secret that is shown once
    go: str | None = None  # the address that one is led to


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that can be done.

    Parameters
    ----------
    name : str
        Its own, over all pages.
    permission : Permission
        Who may; it is checked when the window is opened and when it is confirmed.
    form : callable
        Given the question and what the button is on, gives what is asked. May raise any `PatronError`.
    act : callable
        Given the question, what the button is on, and what was filled in, does it. May raise any `PatronError`, which
        is told in the window; the fields keep what was filled in.
    """

    name: str
    permission: Permission
    form: Callable[[Asked, str], Form]
    act: Callable[[Asked, str, Values], Done]


def button(act: Act, on: str, text: str, asked: Asked, **options: Any) -> Component | None:
    """Return the button of an act on something; none for who may not.

    Parameters
    ----------
    act : Act
    on : str
        What it is on: the name of a trigger, an id; never personal data.
    text : str
        What it says.
    asked : Asked
    **options
        Of `dash_mantine_components.Button`.
    """
    if not asked.who.may(act.permission):
        return None
    return dmc.Button(text, id={"act": act.name, "on": on}, **{"size": "xs", "variant": "light", **options})


def field(act: str, name: str, kind: Any, **options: Any) -> Component:
    """Return a field of a form, of one of Mantine's inputs that have a value."""
    return kind(id={"field": act, "name": name}, **options)


def window(act: Act) -> Component:
    """Return the window of an act, closed; the frame holds one of each."""
    return dmc.Modal(
        [html.Div(id=f"{act.name}-form"), dcc.Store(id=f"{act.name}-on")], id=f"{act.name}-window", opened=False,
        size="lg", closeButtonProps={"aria-label": say("dashboard.close")},
    )  # fmt: skip


def register_act(desk: Desk, act: Act) -> None:
    """Say what the buttons of an act do."""

    def opened(asked: Asked, clicks: list[int | None]) -> Any:
        pressed = ctx.triggered_id
        if not any(clicks) or not isinstance(pressed, dict):
            raise PreventUpdate
        form = act.form(asked, pressed["on"])
        return True, form.title, _drawn(act, form), pressed["on"]

    def confirmed(asked: Asked, clicks: int | None, on: str, values: list[Any], names: list[Any]) -> Any:
        if not clicks:
            raise PreventUpdate
        filled = {one["name"]: _plain(value) for one, value in zip(names, values, strict=True)}
        try:
            done = act.act(asked, on, filled)
        except Exception as error:  # noqa: BLE001 - told where the person looks, and logged where it is ours
            return no_update, no_update, _refused(error_text(error)), no_update, no_update
        said(done.text)
        if done.shown is not None:
            return True, done.shown, no_update, clicks, no_update
        # The place for refusals goes with the form: whoever wrote into it now would write into nothing.
        return False, "", no_update, f"{act.name} {on} {clicks}", done.go or no_update

    desk.on(
        Output(f"{act.name}-window", "opened"), Output(f"{act.name}-window", "title"),
        Output(f"{act.name}-form", "children"), Output(f"{act.name}-on", "data"),
        Input({"act": act.name, "on": ALL}, "n_clicks"), permission=act.permission,
    )(opened)  # fmt: skip
    desk.on(
        Output(f"{act.name}-window", "opened", allow_duplicate=True),
        Output(f"{act.name}-form", "children", allow_duplicate=True), Output(f"{act.name}-said", "children"),
        Output(FRESH, "data", allow_duplicate=True), Output("address", "href", allow_duplicate=True),
        Input(f"{act.name}-yes", "n_clicks"), State(f"{act.name}-on", "data"),
        State({"field": act.name, "name": ALL}, "value"), State({"field": act.name, "name": ALL}, "id"),
        permission=act.permission,
    )(confirmed)  # fmt: skip


def _drawn(act: Act, form: Form) -> Component:
    yes = dmc.Button(form.confirm, id=f"{act.name}-yes", color="orange.8" if form.grave else None)
    refusal = html.Div(id=f"{act.name}-said", role="alert")
    return dmc.Stack([*form.parts, refusal, dmc.Group([yes], justify="flex-end")])


def _refused(text: str) -> Component:
    return dmc.Alert(text, color="orange", variant="light", style={"whiteSpace": "pre-line"})


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    return value
