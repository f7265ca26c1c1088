"""The snippet in a real browser: what it sends, what it keeps, and what it keeps to itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from patron.server.routes.browser import snippet_text

pytestmark = pytest.mark.browser

SHOP, SERVER = "https://shop.example", "https://patron.example"

PAGE = """<!doctype html><title>Tea</title>
<script>%s window.patron = window.patron || []; patron.push(["track", "Early", {n: 1}])</script>
<script src="https://patron.example/patron.js" data-key="K1" %s></script>
<button data-patron="Product Added" data-patron-product_id="P7" data-patron-price="9.90"><b>Buy</b></button>"""


class Shop:
    """A shop's page with the snippet; every event that leaves it is kept, and every other request is a complaint."""

    def __init__(
        self, browser: Any, *, options: str = "", before: str = "", path: str = "/tea", **context: Any
    ) -> None:
        self.context = browser.new_context(**context)
        self.sent: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.html = PAGE % (before, options)
        self.context.route("**/*", self._answer)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(SHOP + path)

    def _answer(self, route: Any) -> None:
        request = route.request
        self.asked.append(request.url)
        if request.url == f"{SERVER}/patron.js":
            route.fulfill(body=snippet_text(), content_type="text/javascript")
        elif request.url == f"{SERVER}/v1/batch":
            self.sent.append(json.loads(request.post_data))
            route.fulfill(body='{"success":true}', content_type="application/json")
        else:
            route.fulfill(body=self.html, content_type="text/html")

    def events(self, least: int = 0) -> list[dict[str, Any]]:
        """Send what waits, and return every event so far: of another batch, and `least` of them."""
        before = len(self.sent)
        self.page.evaluate("patron.flush()")
        for _ in range(500):
            if len(self.sent) > before and sum(len(body["batch"]) for body in self.sent) >= least:
                break
            self.page.wait_for_timeout(20)
        return [event for body in self.sent for event in body["batch"]]

    def stored(self) -> int:
        """Return how many things the browser keeps for the shop: in its storage and as cookies."""
        kept: int = self.page.evaluate("localStorage.length + sessionStorage.length")
        return kept + len(self.context.cookies())

    def close(self) -> None:
        self.context.close()


def test_a_page_and_what_is_done_on_it_are_sent_once_and_to_the_server_alone(browser):
    shop = Shop(browser, path="/tea?utm_source=news&utm_campaign=may&email=ann@example.com")
    shop.page.click("button b")
    shop.page.evaluate("patron.track('Product Viewed', {product_id: 'P7'}); patron.identify('C1', {plan: 'gold'})")
    events = shop.events()
    assert [(one["type"], one.get("event")) for one in events] == [
        ("page", None), ("track", "Early"), ("track", "Product Added"), ("track", "Product Viewed"), ("identify", None),
    ]  # fmt: skip
    assert events[2]["properties"] == {"product_id": "P7", "price": "9.90"}
    assert events[4]["userId"] == "C1"
    assert len({one["messageId"] for one in events}) == 5
    assert len({one["anonymousId"] for one in events}) == 1
    assert events[0]["context"]["campaign"] == {"source": "news", "name": "may"}
    assert events[0]["context"]["page"]["url"] == f"{SHOP}/tea"
    assert all(body["writeKey"] == "K1" and body["sentAt"] for body in shop.sent)
    assert "ann@example.com" not in json.dumps(shop.sent)
    assert {url.split("/")[2] for url in shop.asked} == {"shop.example", "patron.example"}
    assert shop.complaints == []
    shop.close()


def test_what_waits_is_sent_when_the_page_is_left(browser):
    shop = Shop(browser)
    shop.page.goto(f"{SHOP}/other")
    for _ in range(100):
        if shop.sent:
            break
        shop.page.wait_for_timeout(20)
    assert [one["type"] for one in shop.sent[0]["batch"]] == ["page", "track"]
    shop.close()


def test_without_consent_nothing_is_kept(browser):
    shop = Shop(browser)
    first = shop.events()[0]["anonymousId"]
    assert shop.stored() == 0
    shop.page.reload()
    assert {one["anonymousId"] for one in shop.events()} > {first}
    assert shop.stored() == 0
    shop.close()


def test_with_consent_one_id_is_kept_until_it_is_taken_back(browser):
    shop = Shop(browser)
    first = shop.events()[0]["anonymousId"]
    shop.page.evaluate("patron.consent(true)")
    assert shop.page.evaluate("Object.values(localStorage)") == [first]
    shop.html = PAGE % ("", 'data-consent="yes"')
    shop.page.reload()
    assert {one["anonymousId"] for one in shop.events()} == {first}
    shop.page.evaluate("patron.consent(false)")
    assert shop.stored() == 0
    shop.close()


@pytest.mark.parametrize("said", ["true", "'1'"])
def test_global_privacy_control_is_told_and_keeps_nothing_whatever_was_agreed_to(browser, said):
    heard = f"Object.defineProperty(navigator, 'globalPrivacyControl', {{value: {said}}});"
    shop = Shop(browser, before=heard, options='data-consent="yes"')
    events = shop.events()
    assert all(one["context"]["gpc"] is True for one in events)
    assert shop.stored() == 0
    shop.close()


def test_without_the_signal_none_is_told(browser):
    shop = Shop(browser, options='data-page="no"')
    events = shop.events()
    assert [one["type"] for one in events] == ["track"]
    assert events[0]["context"]["gpc"] is False
    shop.close()


def test_many_events_leave_in_several_batches(browser):
    shop = Shop(browser)
    shop.page.evaluate("for (let n = 0; n < 50; n++) patron.track('Seen', {n: n})")
    events = shop.events(least=50)
    assert [one["properties"]["n"] for one in events if one.get("event") == "Seen"] == list(range(50))
    assert max(len(body["batch"]) for body in shop.sent) <= 20
    shop.close()
