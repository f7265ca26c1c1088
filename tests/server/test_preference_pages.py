"""In a real browser without JavaScript: a person unsubscribes, chooses, and takes it back, on a phone and a desk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from patron.pipeline.public_links import links_of
from served import Served
from server_project import empty_project
from signed_link_pages import MORE

SHOTS = os.environ.get("PATRON_SHOTS")  # a folder into which pictures of the pages go
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Any]]:
    project = empty_project(tmp_path_factory.mktemp("pages"), MORE)
    with Served(project.folder) as served:
        yield served, links_of(project, now=datetime.now(UTC))


def visit(browser: Any, url: str, **options: Any) -> tuple[Any, list[str]]:
    context = browser.new_context(java_script_enabled=False, **options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto(url)
    return page, complaints


def shown(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def fits(page: Any) -> bool:
    """Tell whether nothing of the page stands beyond the screen's edge."""
    width = page.viewport_size["width"]
    boxes = [one.bounding_box() for one in page.locator("h1, h2, p, label, button, select, dd, fieldset").all()]
    return all(box is None or box["x"] + box["width"] <= width for box in boxes)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("desk", {"viewport": {"width": 1200, "height": 900}}),
        ("phone", {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "is_mobile": True}),
        ("contrast", {"viewport": {"width": 800, "height": 900}, "contrast": "more"}),
        ("forced", {"viewport": {"width": 800, "height": 900}, "forced_colors": "active"}),
    ],
)
def test_a_person_chooses_and_takes_it_back(browser, shop, name, options):
    served, links = shop
    url = links.preferences(f"ann-{name}", delivery_id=name).replace("https://shop.example", served.address)
    page, complaints = visit(browser, url, **options)
    shown(page, f"{name}-before")
    assert fits(page)
    email = page.get_by_label("E-mails", exact=True)
    assert email.is_checked()
    email.uncheck()
    page.get_by_label("How often").select_option("2")
    page.get_by_label("A break of 30 days").check()
    page.get_by_role("button", name="Save").click()
    assert "Your choices are saved" in page.get_by_role("status").inner_text()
    shown(page, f"{name}-saved")
    assert not page.get_by_label("E-mails", exact=True).is_checked()
    assert page.get_by_label("How often").input_value() == "2"
    page.get_by_label("E-mails", exact=True).check()
    page.get_by_label("A break of 30 days").uncheck()
    page.get_by_role("button", name="Save").click()
    assert page.get_by_label("E-mails", exact=True).is_checked()
    page.get_by_text("See what you hold of me").click()
    page.get_by_role("button", name="Ask for it", exact=True).click()
    assert "We have your request" in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="Stop all messages").click()
    assert "no more offers and news" in page.get_by_role("status").inner_text()
    assert not page.get_by_label("Text messages").is_checked()
    assert complaints == []
    page.context.close()


def test_a_person_unsubscribes_by_the_button(browser, shop):
    served, links = shop
    url = links.unsubscribe("bob", channel="email", delivery_id="d9").replace("https://shop.example", served.address)
    page, complaints = visit(browser, url, viewport={"width": 360, "height": 740})
    shown(page, "unsubscribe")
    assert fits(page)
    page.get_by_role("button", name="Unsubscribe").click()
    assert "no more e-mails" in page.get_by_role("status").inner_text()
    shown(page, "unsubscribed")
    assert complaints == []
    assert links.unsubscribe("bob", channel="email", delivery_id="d9")[-20:] not in served.told()


def test_by_the_keyboard_alone(browser, shop):
    served, links = shop
    url = links.preferences("eve", delivery_id="d7").replace("https://shop.example", served.address)
    page, _ = visit(browser, url)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    assert "Your choices are saved" in page.get_by_role("status").inner_text()
    assert not page.get_by_label("E-mails", exact=True).is_checked()
