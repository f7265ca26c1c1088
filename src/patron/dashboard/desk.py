"""Where pages say what their controls do: each answer runs in a thread, with who asks, and fails in words."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from dash import Dash, callback_context, no_update, set_props
from dash.exceptions import PreventUpdate

from patron.dashboard.asked import ASKER, Asked
from patron.errors import PatronError
from patron.language import say
from patron.privacy.roles import Permission
from patron.server.guard import tell
from patron.server.services import Services

MESSAGES = "messages"
"""The component that shows what was done, or why not."""

Answer = Callable[..., Any]


class Desk:
    """The callbacks of one process's dashboard."""

    def __init__(self, dash: Dash, services: Services) -> None:
        self.dash, self.services = dash, services

    def on(
        self, *dependencies: Any, permission: Permission | None = None, **options: Any
    ) -> Callable[[Answer], Answer]:  # fmt: skip
        """Register ``answer(asked, *values)`` for outputs, inputs and states, in Dash's own words.

        Parameters
        ----------
        *dependencies
            `dash.Output`, `dash.Input`, `dash.State`.
        permission : Permission, optional
            Without it the asker is refused, whoever drew the button. None: whoever is signed in.
        **options
            Of `dash.Dash.callback`; nothing is answered at a page's beginning unless ``prevent_initial_call=False``.

        Returns
        -------
        callable
            A decorator, which leaves the function as it is. The function may raise any `PatronError`: what it says
            is shown, and nothing else changes.
        """
        options.setdefault("prevent_initial_call", True)

        def registered(answer: Answer) -> Answer:
            async def called(*values: Any) -> Any:
                return await asyncio.to_thread(self._answered, answer, permission, values)

            self.dash.callback(*dependencies, **options)(called)
            return answer

        return registered

    def _answered(self, answer: Answer, permission: Permission | None, values: tuple[Any, ...]) -> Any:
        try:
            asked = Asked(services=self.services, who=ASKER.get(), query={})
            if permission is not None:
                asked.need(permission)
            return answer(asked, *values)
        except PreventUpdate:
            raise
        except Exception as error:  # noqa: BLE001 - whatever fails is told to the person, and to the log
            said(error_text(error), title=say("dashboard.not_done"), failed=True)
            return _unchanged()


def error_text(error: Exception) -> str:
    """Return what a person is told of an error; one that nobody expected is logged, and told by a number alone."""
    if isinstance(error, PatronError):
        return str(error)
    number = secrets.token_hex(4)
    tell(error, number)
    return say("dashboard.failed", number=number)


def said(text: str, *, title: str = "", failed: bool = False) -> None:
    """Show a message at the edge of the page: what was done, or why it was not."""
    message: Mapping[str, Any] = {
        "id": secrets.token_hex(4), "action": "show", "title": title or None, "message": text,
        "color": "orange" if failed else "blue", "autoClose": False if failed else 8000,
    }  # fmt: skip
    set_props(MESSAGES, {"sendNotifications": [message]})


def queried(search: str | None) -> dict[str, str]:
    """Return the filters of an address: ``?segment=rfm.champions``."""
    return dict(parse_qsl((search or "").removeprefix("?"), max_num_fields=50))


def _unchanged() -> Any:
    outputs = callback_context.outputs_list
    return [no_update] * len(outputs) if isinstance(outputs, list) else no_update


__all__ = ["MESSAGES", "Desk", "error_text", "queried", "said"]
