"""Every page, for every role, on a desk and on a phone: it stands, fits its window, and nothing is complained of."""

from __future__ import annotations

import pytest

from patron.dashboard.pages import PAGES
from patron.language import say
from patron.privacy.roles import ROLES
from war_room import DESKTOP, PHONE, WarRoom, wider

NAMES = [page.name for page in PAGES]


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_stands_and_fits_its_window(room: WarRoom, name: str, size: tuple[int, int]) -> None:
    asked = next(page for page in PAGES if page.name == name)
    with room.page(asked.path, size=size, dark=size == PHONE) as page:
        assert page.locator("#page h1").inner_text() == say(asked.title)
        assert not page.locator("#page .empty.failed").count()
        assert wider(page) <= 0


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("role", ROLES)
def test_the_navigation_leads_to_what_a_role_may_see(room: WarRoom, role: str) -> None:
    with room.page("/today", role=role) as page:
        shown = set(page.locator("#navigation a").all_inner_texts())
    assert shown == {say(one.title) for one in PAGES if one.listed and one.permission in ROLES[role]}
