"""In a real browser: every chart is drawn, nothing complains, a phone does not scroll sideways, dark is dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser


class Visit:
    """One look at a page, with everything it complained about or asked the network for."""

    def __init__(self, browser: Any, path: Path, *, width: int = 1280, scheme: str = "light") -> None:
        self.complaints: list[str] = []
        self.page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append("dialog"), dialog.dismiss()))
        self.page.on("request", self._asked)
        self.page.goto(path.as_uri())
        self.page.wait_for_function("document.documentElement.dataset.drawn === 'true'", timeout=60_000)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.complaints.append(request.url)

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.page.close()

    def drawn(self) -> tuple[int, int]:
        """Return how many charts there are, and how many hold a drawing of some size."""
        counts: list[int] = self.page.evaluate(
            """() => { const all = [...document.querySelectorAll('.plot')];
            return [all.length, all.filter(e => e.querySelector('svg.main-svg')?.clientWidth > 100).length]; }"""
        )
        return counts[0], counts[1]

    def overflow(self) -> int:
        wider: int = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return wider

    def ground(self) -> str:
        colour: str = self.page.evaluate("getComputedStyle(document.body).backgroundColor")
        return colour

    def ink_of_charts(self) -> str:
        colour: str = self.page.evaluate("getComputedStyle(document.querySelector('#chart-rfm .ytick text')).fill")
        return colour


def test_all_charts_are_drawn_in_silence(browser: Any, full_page: Path) -> None:
    with Visit(browser, full_page) as visit:
        charts, drawn = visit.drawn()
        assert charts == drawn >= 19
        assert visit.complaints == []


@pytest.mark.parametrize("width", [390, 820, 1400])
def test_nothing_runs_off_the_screen(browser: Any, full_page: Path, width: int) -> None:
    with Visit(browser, full_page, width=width) as visit:
        assert visit.overflow() <= 0
        inside: bool = visit.page.evaluate(
            """() => [...document.querySelectorAll('.plot')].every(e =>
            e.querySelector('svg.main-svg').getBoundingClientRect().right <= e.getBoundingClientRect().right + 1)"""
        )
        assert inside


def test_the_button_switches_page_and_charts(browser: Any, full_page: Path) -> None:
    with Visit(browser, full_page) as visit:
        before = visit.ground(), visit.ink_of_charts()
        button = visit.page.locator("#theme")
        button.focus()
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_timeout(800)
        after = visit.ground(), visit.ink_of_charts()
        assert before[0] == "rgb(245, 246, 248)"
        assert after[0] == "rgb(15, 19, 25)"
        assert before[1] != after[1]
        button.click()
        visit.page.wait_for_timeout(800)
        assert (visit.ground(), visit.ink_of_charts()) == before
        assert visit.complaints == []


def test_a_dark_system_gets_a_dark_page(browser: Any, full_page: Path) -> None:
    with Visit(browser, full_page, scheme="dark") as visit:
        assert visit.ground() == "rgb(15, 19, 25)"
        assert visit.ink_of_charts() == "rgb(233, 237, 243)"


def test_an_empty_run_is_drawn_in_silence(browser: Any, empty_page: Path) -> None:
    with Visit(browser, empty_page, width=390) as visit:
        assert visit.overflow() <= 0
        assert visit.complaints == []


def test_paper_is_light_and_narrow(browser: Any, full_page: Path) -> None:
    with Visit(browser, full_page, scheme="dark") as visit:
        visit.page.emulate_media(media="print")
        visit.page.set_viewport_size({"width": 688, "height": 1000})
        visit.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        visit.page.wait_for_timeout(800)
        assert visit.overflow() <= 0
        assert visit.ink_of_charts() == "rgb(26, 33, 48)"
        cut: str = visit.page.evaluate("getComputedStyle(document.querySelector('figure.chart')).breakInside")
        assert cut == "avoid"


def test_names_that_are_markup_do_nothing(browser: Any, hostile_page: Path) -> None:
    with Visit(browser, hostile_page) as visit:
        assert visit.complaints == []
        assert visit.page.locator("img").count() == 0
        assert visit.page.title().startswith("</script><script>alert")
