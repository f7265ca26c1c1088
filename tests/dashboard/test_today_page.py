"""What to do today: launched here it is a trigger of the settings; what waits for an answer is answered here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from patron.dashboard.asked import Asked
from patron.dashboard.launching import LAUNCH
from patron.dashboard.pages.today import best
from patron.decisions.opportunity import trigger_name
from patron.errors import ArgumentError
from patron.pipeline import open_project
from patron.pipeline.saved_settings import saved
from patron.server.services import Services
from war_room import WarRoom, settle


def test_a_launch_is_a_trigger_in_its_pilot_with_the_hold_out_that_was_chosen(
    asked: Callable[..., Asked], services: Services
) -> None:
    one = asked("operator")
    name = trigger_name(best(one)[0])
    done = LAUNCH.act(one, name, {"holdout": 25, "most": 2, "team": None})
    made = services.project.settings.triggers[name]
    assert name in done.text
    assert (made.state, made.holdout, made.caps.per_customer) == ("pilot", 0.25, 2)


def test_launched_twice_or_without_a_hold_out_it_is_refused(asked: Callable[..., Asked], services: Services) -> None:
    one = asked("operator")
    name = trigger_name(best(one)[0])
    with pytest.raises(ArgumentError, match="share"):
        LAUNCH.act(one, name, {"holdout": None, "most": 1})
    assert saved(services.project) == {}
    LAUNCH.act(one, name, {"holdout": 10, "most": 1})
    with pytest.raises(ArgumentError, match="already"):
        LAUNCH.act(one, name, {"holdout": 10, "most": 1})


def test_who_may_only_look_is_offered_nothing_to_press(page: Callable[..., Any]) -> None:
    assert "'act': 'launch'" in str(page("/today", role="operator"))
    assert "'act': 'launch'" not in str(page("/today", role="viewer"))


@pytest.mark.slow
@pytest.mark.browser
def test_a_pilot_is_launched_end_to_end(own_room: WarRoom) -> None:
    with own_room.page("/today", role="operator") as page:
        card = page.locator("[data-trigger]:has(button)").first
        name = card.get_attribute("data-trigger")
        card.locator("button").click()
        window = page.locator(".mantine-Modal-content")
        window.locator("input").first.fill("30")
        window.locator("button:has-text('Launch')").click()
        page.wait_for_selector("text=is launched")
        settle(page)
    project = open_project(own_room.folder)
    assert project.settings.triggers[name].state == "pilot"
    assert project.settings.triggers[name].holdout == 0.3
