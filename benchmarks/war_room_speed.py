"""How long does a person wait for a page, a filter, a customer, with a million customers? Measured in a real browser.

python benchmarks/war_room_speed.py                      a million customers
python benchmarks/war_room_speed.py --customers 20000    a first look
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from many_customers import shop_of
from result import Result, at_most
from served_process import free_port, patron, resident_mb, server

from patron.dashboard.pages import PAGES

CUSTOMERS = 1_000_000
PAGE_S, FILTER_S, CUSTOMER_S, GIGABYTES = 2.0, 0.5, 0.3, 1.5
TIMES = 5
CHROMIUM = "/usr/bin/chromium"

FILTERS = (
    ("/segments", "?segmentation=rfm"),
    ("/journeys", "?segment=rfm.champions"),
    ("/customers", "?segment=rfm.champions"),
)
"""Pages, and what a control of theirs puts into the address."""

GO = """async ([path, search]) => {
  const began = performance.now();
  window.dash_clientside.set_props('address', { pathname: path, search });
  const stands = () => !document.querySelector('[data-dash-is-loading=true]');
  await new Promise((done) => setTimeout(done, 30));
  while (!stands()) await new Promise((done) => requestAnimationFrame(done));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - began;
}"""


def war_room(*, quick: bool) -> Result:
    """Open pages of the dashboard in Chromium."""
    return measured(20_000 if quick else CUSTOMERS)


def measured(customers: int, *, seed: Path | None = None) -> Result:
    """Make a shop, serve it, and look at it."""
    with tempfile.TemporaryDirectory(prefix="patron-room-") as aside:
        folder = Path(aside) / "shop"
        ids = shop_of(customers, folder, seed=seed)
        patron("user", "add", "anna", "--role", "admin", "--no-password", "--project", folder)
        link = patron("user", "link", "anna", "--project", folder).splitlines()[-1]
        port = free_port()
        with server([sys.executable, "-m", "patron", "serve", str(folder), "--port", str(port)], port) as process:
            seen = _seen(f"http://127.0.0.1:{port}", link, ids[:TIMES])
            memory = resident_mb(process)
    return _result(customers, seen, memory)


def _seen(address: str, link: str, ids: Sequence[str]) -> dict[str, float]:
    """Return seconds by what was waited for, and the bytes of a first visit."""
    from playwright.sync_api import sync_playwright

    found: dict[str, float] = {}
    paths = [page.path for page in PAGES if page.listed]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(f"{address}{link[link.index('/sign-in') :]}")
        page.click("button")
        _stands(page)
        for path in paths:
            found[f"first {path}"] = _opened(page, f"{address}{path}")
        for path in paths:
            found[f"page {path}"] = statistics.median(_opened(page, f"{address}{path}") for _ in range(TIMES))
        for path, search in (one for one in FILTERS if one[0] in paths):
            _opened(page, f"{address}{path}")
            waits = [page.evaluate(GO, [path, search if turn % 2 == 0 else ""]) / 1000 for turn in range(2 * TIMES)]
            found[f"filter {path}{search}"] = statistics.median(waits[2:])
        _opened(page, f"{address}/customers/{ids[0]}")
        waits = [page.evaluate(GO, [f"/customers/{one}", ""]) / 1000 for one in ids]
        found["customer"] = statistics.median(waits)
        found["kilobytes"] = _kilobytes(browser, context.cookies(), f"{address}/today")
        browser.close()
    return found


def _opened(page: Any, address: str) -> float:
    began = time.perf_counter()
    page.goto(address)
    _stands(page)
    return time.perf_counter() - began


def _stands(page: Any) -> None:
    """Wait until a page stands and no part of it is being asked for; the policy forbids to evaluate anything there."""
    page.wait_for_selector("#page h1", timeout=120_000)
    page.wait_for_selector("[data-dash-is-loading=true]", state="detached", timeout=120_000)


def _kilobytes(browser: Any, cookies: list[Any], address: str) -> float:
    """Return what a browser that has nothing yet is sent for a page."""
    context = browser.new_context()
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(address)
    _stands(page)
    page.wait_for_timeout(2000)
    sizes = page.evaluate("performance.getEntriesByType('resource').map((one) => one.transferSize)")
    return float(sum(sizes)) / 1024


def _result(customers: int, seen: dict[str, float], memory: float) -> Result:
    pages = {name: took for name, took in seen.items() if name.startswith("page ")}
    filters = {name: took for name, took in seen.items() if name.startswith("filter ")}
    targets = [
        at_most("first page (/today), opened anew", seen["page /today"], PAGE_S, "s"),
        at_most("slowest page, opened anew", max(pages.values()), PAGE_S, "s"),
        at_most("slowest filter", max(filters.values(), default=0.0), FILTER_S, "s"),
        at_most("a customer's page, from another", seen["customer"], CUSTOMER_S, "s"),
        at_most("resident memory of the server", memory / 1024, GIGABYTES, "GB"),
    ]
    return Result(
        name="war_room", title=f"The war room with {customers:,} customers",
        included=f"Seconds in headless Chromium on one machine, medians of {TIMES}: a page from the address to its "
        "last part, scripts from the browser's cache; a filter from the change of the address. `first` is the first "
        f"look at a page after the server began. A first visit loads {seen['kilobytes']:,.0f} kB.",
        columns=("what", "seconds"),
        rows=[[name, f"{took:.2f}"] for name, took in seen.items() if name != "kilobytes"],
        targets=targets,
    )  # fmt: skip


def main() -> None:
    """Measure and print; the page is written by `all.py`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--seed", type=Path, help="a project to begin with, instead of a demo")
    given = parser.parse_args()
    result = measured(given.customers, seed=given.seed)
    for row in result.rows:
        print("  ".join(row))
    for target in result.targets:
        print("met" if target.met else "NOT MET", target.what, target.came, f"({target.limit})")


if __name__ == "__main__":
    main()
