"""What a run makes of collected events: beside its files, up to its day, once, and the same when it is made again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from inbox_calls import call, receive
from patron.engines.database import writing
from patron.engines.decision_log_tables import DECISION_LOG
from patron.engines.inbox_state import InboxRow
from patron.engines.moments import stored
from patron.engines.run_folder import Run
from patron.engines.timer_tables import SENDS
from patron.errors import NotEnoughData, SettingsError
from patron.pipeline import Project, open_project
from patron.pipeline.check import check
from patron.pipeline.replay import replay

TODAY = date(2026, 3, 20)
WANTED = "links"
SETTINGS = "name: Tea\ncurrency: EUR\ntimezone: Europe/Berlin\n"
FILES = """
sources:
  order_lines: {path: lines.csv}
  customers: {path: customers.csv}
  events: {path: events.csv, columns: {occurred_at: at, event: what, customer_id: who}}
"""


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def project_of(folder: Path, *, more: str = FILES) -> Project:
    folder.mkdir()
    (folder / "lines.csv").write_text(
        "customer_id,ordered_at,unit_price,product_id\nu1,2026-03-02,4,p\nu2,2026-03-10,5,q\n"
    )
    (folder / "customers.csv").write_text("customer_id,country,email\nu1,DE,\nu2,FR,bob@x.test\n")
    (folder / "events.csv").write_text("at,what,who\n2026-03-01 10:00,page_view,u1\n")
    (folder / "patron.yaml").write_text(SETTINGS + more)
    return open_project(folder)


def local(year: int, month: int, day: int, hour: int = 0) -> datetime:
    """Return a moment as tables have it: in the shop's time, without a zone."""
    return datetime(year, month, day, hour)  # noqa: DTZ001


def told(project: Project, *calls: InboxRow, first: int = 1) -> None:
    with project.state() as state:
        receive(state, calls, first=first)


def rows(project: Project, run: Run, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """Return some columns of a table of a run, sorted."""
    found = project.connection.to_pyarrow(run.table(table, project.connection).select(*columns)).to_pylist()
    return sorted((tuple(one.values()) for one in found), key=str)


def made(project: Project, *, as_of: date | None = None, tell: Callable[[Any], None] = lambda _: None) -> Run:
    return project.run(as_of, only=WANTED, today=TODAY, tell=tell)


FIRST = (
    call("page", at(2, 23), anonymousId="A"),
    call("identify", at(3), anonymousId="A", userId="u1",
         traits={"email": "old@x.test", "firstName": "Ann", "address": {"country": "AT"}}),
    call("identify", at(4), userId="u1", traits={"email": "ann@x.test"}),
    call("identify", at(5), userId="u3", traits={"email": "eve@x.test"}),
    call("identify", at(18), userId="u3", traits={"email": "later@x.test"}),
    call("track", at(3), anonymousId="B", event="Email Opened"),
    call("page", at(19), anonymousId="B"),
    call("page", at(3, 20), anonymousId="C", gpc=True),
    call("page", at(3, 21), anonymousId="C", gpc=True),
    call("identify", at(8), anonymousId="C", userId="u2", traits={"firstName": "Bob"}),
    call("track", at(5), userId="u1", event="Email Link Clicked", properties={"message_id": "s1"}),
    call("track", at(6), userId="u1", event="Order Completed", properties={"order_id": "o9", "total": 10}),
)  # fmt: skip
"""What the server is told before the first run."""

LATE = InboxRow(0, "", "web", "page", at(19), call("page", at(4), anonymousId="L").payload)
"""What it is told while that run is made: something that had happened days before."""


@dataclass(frozen=True)
class Story:
    """A project and its runs: of the first events, of those sent meanwhile, with nothing new, of an old day."""

    project: Project
    first: Run
    second: Run
    third: Run
    old: Run

    def rows(self, run: str, table: str, *columns: str) -> list[tuple[Any, ...]]:
        return rows(self.project, getattr(self, run), table, *columns)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    project = project_of(tmp_path_factory.mktemp("story") / "shop")
    told(project, *FIRST)
    with project.state() as state, writing(state.engine) as connection:
        connection.execute(insert(SENDS), SENT)
        connection.execute(insert(DECISION_LOG), DECIDED)
    sent: list[bool] = []

    def meanwhile(_progress: object) -> None:
        if not sent:
            sent.append(True)
            told(project, LATE, first=len(FIRST) + 1)

    first = made(project, tell=meanwhile)
    return Story(project, first, made(project), made(project), made(project, as_of=date(2026, 3, 5)))


def send(name: str, outcome: str, day: int) -> dict[str, Any]:
    return {
        "send_id": name, "customer_id": "u1", "person": "u1", "trigger": "cart_left", "iteration": 1, "step": "one",
        "kind": "trigger", "action": "message", "channel": "email", "subject_kind": "cart", "subject": "c",
        "purpose": "marketing", "variant": "warm", "fired_at": stored(at(day)), "decided_at": stored(at(day)),
        "send_at": None if outcome == "held_out" else stored(at(day)), "expires_at": stored(at(day + 1)),
        "outcome": outcome, "occasion": name,
    }  # fmt: skip


SENT = [
    send("s1", "sent", 3), send("s2", "waiting", 4), send("s3", "held_out", 4), send("s4", "refused", 4),
    send("s5", "sent", 19),
]  # fmt: skip
"""What live triggers decided; the last lies after the run's day."""


def decided(
    name: str, *, shown: int | None, trigger: str | None = "greeting", clicked: int | None = None
) -> dict[str, Any]:
    return {
        "decision_id": name, "decided_at": stored(at(3)), "asked_by": "site", "anonymous_id": "A", "placement": "hero",
        "kind": "message", "outcome": "given", "reason": "best", "propensity": 1.0, "shares": "{}", "trigger": trigger,
        "variant": "warm", "given": "{}", "shown_at": shown and stored(at(shown)),
        "clicked_at": clicked and stored(at(clicked)),
    }  # fmt: skip


DECIDED = [decided("d1", shown=3, clicked=4), decided("d2", shown=None), decided("d3", shown=3, trigger=None)]
"""What was decided on request: shown and clicked, only asked for, and no message of a trigger."""


def test_events_stand_beside_those_of_files_in_the_time_of_the_shop(story):
    found = story.rows("first", "raw_events", "event", "customer_id", "anonymous_id", "occurred_at")
    assert ("page_view", "u1", None, local(2026, 3, 1, 10)) in found, "the file's"
    assert ("page_view", None, "A", local(2026, 3, 3, 0)) in found
    assert ("identify", "u1", "A", local(2026, 3, 3, 13)) in found
    assert ("visitor:A", "u1") in story.rows("first", "links", "record_id", "customer_id"), "hers before she signed in"


def test_every_row_that_was_collected_is_counted(story):
    quality = story.rows("first", "quality", "source", "check", "rows")
    assert ("inbox_messages", "missing_key", 1) in quality, "whose mail was opened is not known"
    assert ("inbox_events", "later", 1) in quality, "after the last order, so after the run's day"
    sums: dict[tuple[str, str], int] = {}
    for source, outcome, count in story.rows("first", "quality", "source", "outcome", "rows"):
        sums[source, outcome] = sums.get((source, outcome), 0) + count
    collected = {source for source, _ in sums if source.startswith("inbox_")}
    assert collected == {"inbox_events", "inbox_customers", "inbox_identifiers", "inbox_messages", "inbox_consents"}
    for source in collected:
        outcomes = (sums.get((source, one), 0) for one in ("kept", "rejected", "later", "removed"))
        assert sums[source, "read"] == sum(outcomes)


def test_what_files_say_of_a_customer_stands_first_and_the_server_adds_to_it(story):
    assert story.rows("first", "raw_customers", "customer_id", "country", "email", "given_name") == [
        ("u1", "DE", "ann@x.test", "Ann"), ("u2", "FR", "bob@x.test", "Bob"), ("u3", None, "eve@x.test", None),
    ]  # fmt: skip


def test_a_browser_that_objected_is_its_owner_s_objection_once_she_is_known(story):
    assert story.rows("first", "raw_consents", "customer_id", "purpose", "status", "signal") == [
        ("u2", "advertising", "denied", "gpc=1"),
    ]  # fmt: skip


def test_events_sent_while_a_run_is_made_are_in_the_next_and_no_event_is_in_twice(story):
    assert [one.manifest.collected_to for one in (story.first, story.second, story.third)] == [12, 13, 13]
    counts = [one.rows("raw_events") for one in (story.first, story.second, story.third)]
    assert counts == [counts[0], counts[0] + 1, counts[0] + 1]
    ids = [one for (one,) in story.rows("third", "raw_events", "event_id")]
    assert len(ids) == len(set(ids))


def test_a_late_event_lands_on_its_own_day(story):
    assert ("L", local(2026, 3, 4, 13)) in story.rows("second", "raw_events", "anonymous_id", "occurred_at")


def test_an_old_day_does_not_see_what_was_told_later(story):
    assert max(at for (at,) in story.rows("old", "raw_events", "occurred_at")) < local(2026, 3, 6)
    assert ("L",) in story.rows("old", "raw_events", "anonymous_id"), "told late, and done before"
    assert story.rows("old", "raw_customers", "customer_id", "given_name") == [
        ("u1", "Ann"), ("u2", None), ("u3", None),
    ]  # fmt: skip
    assert story.old.rows("raw_consents") == 0, "whose browser objected was not known yet"
    assert ("visitor:C", "u2") not in story.rows("old", "links", "record_id", "customer_id")


def test_what_live_triggers_sent_is_messages(story):
    found = story.rows("first", "raw_messages", "message_id", "campaign", "message", "variant", "sent_at", "clicked_at")
    assert found == [
        ("d1", "greeting", "hero", "warm", local(2026, 3, 3, 13), local(2026, 3, 4, 13)),
        ("s1", "cart_left", "one", "warm", local(2026, 3, 3, 13), local(2026, 3, 5, 13)),
        ("s2", "cart_left", "one", "warm", local(2026, 3, 4, 13), None),
    ]  # fmt: skip


def test_without_being_told_so_orders_are_events(story):
    assert story.first.rows("raw_order_lines") == 2
    assert ("order", "o9") in story.rows("first", "raw_events", "event", "order_id")


@pytest.mark.slow
def test_a_run_made_again_reads_the_parts_that_it_read(story):
    again = replay(story.project, story.first.manifest.run_id)
    assert again.read_again
    assert again.equal
    assert [key.partition(":")[0] for key in again.new_inputs] == ["inbox_events"]


@pytest.mark.slow
def test_check_says_what_waits_and_writes_nothing(story, tmp_path):
    project = open_project(shutil.copytree(story.project.folder, tmp_path / "shop"))
    told(project, call("page", at(4), anonymousId="A"), call("page", at(5), anonymousId="A"), first=14)
    before = sorted(str(one) for one in project.own.rglob("*") if "inbox" in str(one))
    checked = check(project, today=TODAY)
    assert checked.waiting == 2
    assert {row["source"] for row in checked.quality} >= {"events", "inbox_events"}
    assert sorted(str(one) for one in project.own.rglob("*") if "inbox" in str(one)) == before


ORDERS = "\nsources: {}\nserver: {orders: true}\n"


def order(day: int, name: str, *prices: float, event: str = "Order Completed", user: str | None = "u1") -> InboxRow:
    told_of = {"order_id": name, "products": [{"product_id": "p", "price": one, "quantity": 1} for one in prices]}
    said = {"userId": user} if user else {"anonymousId": "A"}
    return call("track", at(day), event=event, properties=told_of if prices else {"order_id": name}, **said)


@pytest.mark.slow
def test_a_shop_whose_events_are_its_orders_needs_no_other_source(tmp_path):
    project = project_of(tmp_path / "shop", more=ORDERS)
    told(
        project,
        order(3, "o1", 10, 20), order(4, "o1", 10, 20),
        order(5, "o2", 7), order(6, "o2", event="Order Cancelled"), order(6, "o2", event="Order Cancelled"),
        order(6, "o3", 5, user=None), order(7, "o1", 20, event="Order Refunded"),
    )  # fmt: skip
    run = made(project)
    assert rows(project, run, "raw_order_lines", "order_id", "quantity", "amount", "ordered_at") == [
        ("o1", -1.0, Decimal("-20.00"), local(2026, 3, 7, 13)),
        ("o1", 1.0, Decimal("10.00"), local(2026, 3, 3, 13)),
        ("o1", 1.0, Decimal("20.00"), local(2026, 3, 3, 13)),
        ("o2", -1.0, Decimal("-7.00"), local(2026, 3, 6, 13)),
        ("o2", 1.0, Decimal("7.00"), local(2026, 3, 5, 13)),
    ]  # fmt: skip
    assert ("order_lines", "missing_customer", "rejected", 1) in rows(
        project, run, "quality", "source", "check", "outcome", "rows"
    )
    assert made(project, as_of=date(2026, 3, 5)).rows("raw_order_lines") == 3, "not cancelled yet"


def test_orders_from_two_places_are_refused(tmp_path):
    with pytest.raises(SettingsError, match="orders from one place alone"):
        project_of(tmp_path / "shop", more=f"{FILES}server: {{orders: true}}\n")


@pytest.mark.slow
def test_a_shop_without_an_order_yet_is_told_so(tmp_path):
    project = project_of(tmp_path / "shop", more=ORDERS)
    told(project, call("identify", at(3), userId="u1", traits={"createdAt": "2026-03-01"}))
    with pytest.raises(NotEnoughData):
        made(project)


@pytest.mark.slow
def test_the_day_of_a_shop_without_orders_goes_on_with_its_events(tmp_path):
    project = project_of(tmp_path / "shop", more="\nsources: {customers: {path: customers.csv}}\n")
    told(project, call("page", at(11), userId="u1"), call("page", at(12), anonymousId="A"))
    assert made(project).manifest.as_of == date(2026, 3, 12)
