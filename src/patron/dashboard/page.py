"""What a page is: where it stands, who may see it, what it shows, and what its buttons do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dash.development.base_component import Component

from patron.dashboard.acts import Act
from patron.dashboard.asked import Asked
from patron.dashboard.desk import Desk
from patron.privacy.roles import Permission

Shown = list[Component]
"""What stands under a page's title, from top to bottom."""


def _nothing(_desk: Desk) -> None:
    """Register nothing: the page only shows."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page.

    Parameters
    ----------
    name : str
        Its own, in code.
    title, question : str
        Keys of its name in the navigation, and of the one question that it answers.
    path : str
        Where it stands; what is below it (``/customers/C000123``) is its own too.
    permission : Permission
        Who may see it.
    shown : callable
        Gives what stands under the title. Runs in a thread; may raise any `PatronError`, which is told in its words.
    register : callable
        Says what its controls do (`Desk.on`).
    acts : tuple of Act
        What can be done on it, each in a window of its own.
    whole : bool
        Whether it tells of all customers: it is then refused to those who see a part only.
    listed : bool
        Whether the navigation leads to it.
    """

    name: str
    title: str
    question: str
    path: str
    permission: Permission
    shown: Callable[[Asked], Shown]
    register: Callable[[Desk], None] = _nothing
    acts: tuple[Act, ...] = ()
    whole: bool = True
    listed: bool = True

    def holds(self, path: str) -> bool:
        """Tell whether an address is this page's."""
        return path == self.path or (self.path != "/" and path.startswith(f"{self.path}/"))
