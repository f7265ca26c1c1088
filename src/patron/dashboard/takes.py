"""Taking a figure along: as a picture, or its numbers as a table."""

from __future__ import annotations

from dash import ALL, ClientsideFunction, Input, Output

from patron.dashboard.desk import Desk


def register_takes(desk: Desk) -> None:
    """Say what the buttons under a figure do; both work in the browser, with what it has drawn."""
    desk.dash.clientside_callback(
        ClientsideFunction("patron", "png"), Output({"png": ALL}, "className"), Input({"png": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )  # fmt: skip
    desk.dash.clientside_callback(
        ClientsideFunction("patron", "csv"), Output({"csv": ALL}, "className"), Input({"csv": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )  # fmt: skip
