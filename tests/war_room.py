"""A real dashboard in a real browser: signed in by role, with everything that its console said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from access_support import CHEAP, PASSWORD
from patron.pipeline import open_project
from patron.pipeline.clock import instant
from patron.privacy.roles import ROLES
from patron.privacy.users import add_user
from served import Served
from tests_support import TODAY

DESKTOP, PHONE = (1440, 900), (390, 844)


def add_people(folder: Path) -> None:
    """Let somebody of every role sign in, each called as the role."""
    with open_project(folder).state() as state:
        for role in ROLES:
            add_user(state, name=role, role=role, password_hash=CHEAP.hash(PASSWORD), now=instant(), actor="test")


class WarRoom(Served):
    """A server and a browser: ``with room.page("/today", role="viewer") as page: ...``."""

    def __init__(self, folder: Path, browser: Any) -> None:
        super().__init__(folder, "--today", TODAY.isoformat())
        self.browser = browser
        self._cookies: dict[str, list[Any]] = {}

    @contextmanager
    def page(
        self, path: str, *, role: str = "admin", size: tuple[int, int] = DESKTOP, dark: bool = False
    ) -> Iterator[Any]:
        """Open a page as somebody of a role; at the end nothing may have been complained of in the console."""
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
        )
        context.add_cookies(self._signed_in(role))
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        try:
            page.goto(f"{self.address}{path}")
            settle(page)
            yield page
            assert not complaints, complaints
        finally:
            context.close()

    def _signed_in(self, role: str) -> list[Any]:
        if role not in self._cookies:
            with self.client() as client:
                client.post("/login", json={"name": role, "password": PASSWORD}).raise_for_status()
                self._cookies[role] = [
                    {"name": one.name, "value": one.value or "", "url": self.address} for one in client.cookies.jar
                ]
        return self._cookies[role]


def settle(page: Any) -> None:
    """Wait until the page stands and no part of it is being asked for."""
    page.wait_for_selector("#page h1")
    for unfinished in ("[data-dash-is-loading=true]", ".plot:not(:has(.main-svg))"):
        page.wait_for_selector(unfinished, state="detached")


def wider(page: Any) -> int:
    """Return by how many pixels the page is wider than its window."""
    found: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found
