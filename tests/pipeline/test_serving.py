"""The published run as a server reads it."""

from __future__ import annotations

import base64
import threading
from datetime import date, datetime
from decimal import Decimal

import pytest

from patron.engines.cipher import VARIABLE
from patron.errors import MissingTable, RunError
from patron.pipeline import serving
from patron.pipeline.erasure import erase
from patron.pipeline.served import served
from patron.pipeline.serving import open_published, owner, published_of
from published_run import publish_run
from server_project import empty_project

DAY = date(2026, 3, 1)
AT = datetime(2026, 2, 28, 10)  # noqa: DTZ001 - as tables hold it

LINKS = [
    {"source": "order_lines", "record_id": record, "customer_id": customer, "rule": "email", "confidence": 1.0}
    for record, customer in (("ann", "ann"), ("ann2", "ann"), ("bob", "bob"))
] + [{"source": "events", "record_id": "visitor:b1", "customer_id": "ann", "rule": "visitor", "confidence": 1.0}]
EVENTS = [
    {"event_id": "1", "event": "page_view", "occurred_at": AT, "customer_id": "ann2", "anonymous_id": "b1",
     "session_id": "s1"},
    {"event_id": "2", "event": "page_view", "occurred_at": AT, "anonymous_id": "b1", "session_id": "s2"},
    {"event_id": "3", "event": "search", "occurred_at": AT, "customer_id": "ann", "anonymous_id": "b2",
     "session_id": "s3"},
    {"event_id": "4", "event": "search", "occurred_at": AT, "customer_id": "bob", "anonymous_id": "b2",
     "session_id": "s4"},
    {"event_id": "5", "event": "search", "occurred_at": datetime(2025, 3, 1), "customer_id": "bob"},  # noqa: DTZ001
]  # fmt: skip
TABLES = {
    "links": LINKS,
    "raw_events": EVENTS,
    "profiles": [{"customer_id": "bob", "orders": 2, "net_revenue": Decimal("12.50")}, {"customer_id": "ann"}],
    "orders": [
        {"order_id": "3", "customer_id": "bob", "ordered_at": AT},
        {"order_id": "1", "customer_id": "bob", "ordered_at": AT},
        {"order_id": "2", "customer_id": "ann", "ordered_at": AT},
    ],
    "golden_records": [{"customer_id": "ann", "attribute": "email", "value": "ann@tea.example", "rule": "only"}],
    "kpis": [],
}


@pytest.fixture
def project(tmp_path):
    made = empty_project(tmp_path)
    publish_run(made, TABLES, as_of=DAY, collected_to=17)
    return made


@pytest.fixture
def published(project):
    return open_published(project)


def test_a_customer_s_rows_of_any_table(published):
    assert (published.as_of, published.collected_to) == (DAY, 17)
    bob = published.row("profiles", "bob")
    assert (bob["orders"], bob["net_revenue"], bob["main_channel"]) == (2, Decimal("12.50"), None)
    assert published.row("profiles", "nobody") is None
    assert [row["order_id"] for row in published.rows("orders", "bob")] == ["1", "3"], "by the table's own key"
    assert published.rows("orders", "nobody") == []
    assert published.table("orders").count().to_pyarrow().as_py() == 3


@pytest.mark.parametrize("name", ["forecasts", "kpis", "nothing"])
def test_a_table_that_is_not_there_or_about_no_customers(published, name):
    with pytest.raises(MissingTable, match=name):
        published.row(name, "bob")


def test_whose_records_and_browsers(published):
    assert published.customer_of("ann2") == "ann"
    assert published.customer_of("nobody") is None
    assert published.records_of("ann") == ["ann", "ann2"]
    assert published.browsers_of("ann") == ["b1", "b2"]
    assert published.customer_of_anonymous("b1") == "ann", "hers alone, whatever the visit"
    assert published.customer_of_anonymous("b2") is None, "shared"
    assert published.customer_of_anonymous("b2", session_id="s4") == "bob"
    assert published.customer_of_anonymous("b3") is None


def test_events_that_may_still_count_are_the_customer_s_own(published):
    assert [row["event"] for row in published.events_of("ann")] == ["page_view", "search"]
    assert [row["event"] for row in published.events_of("bob")] == ["search"], "a year ago is too long ago"
    assert [(row["session_id"], row["event"]) for row in published.unsigned_events("b1")] == [("s2", "page_view")]


@pytest.mark.parametrize(
    ("signed_in", "visit", "whose"),
    [
        ([], "s", None), ([("s", "ann")], None, "ann"), ([(None, "ann"), ("s", "ann")], "t", "ann"),
        ([("s", "ann"), ("t", "bob")], "t", "bob"), ([("s", "ann"), ("s", "bob")], "s", None),
        ([("s", "ann"), (None, "bob")], None, None),
    ],
)  # fmt: skip
def test_owner(signed_in, visit, whose):
    assert owner(signed_in, visit) == whose


def test_the_next_run_is_taken_by_itself_and_the_files_of_the_last_go(project):
    current = published_of(project)
    first = current()
    assert first.row("profiles", "bob")["orders"] == 2
    assert current() is first
    publish_run(project, {**TABLES, "profiles": [{"customer_id": "bob", "orders": 3}]}, as_of=date(2026, 3, 2))
    second = current()
    assert second.run_id != first.run_id
    assert second.row("profiles", "bob")["orders"] == 3
    assert first.folder.exists()  # requests are answered by it until the new files are made
    second.forget_others()
    assert [one.name for one in served(project).iterdir()] == [second.folder.name]
    assert first.row("profiles", "bob")["orders"] == 2, "who still reads the earlier one reads on"


def test_without_a_run_that_is_said(tmp_path):
    with pytest.raises(RunError, match="patron run"):
        published_of(empty_project(tmp_path))()


def test_a_file_is_made_once_whoever_comes_first(project, monkeypatch):
    made = []
    writing = serving.write_lookup
    monkeypatch.setattr(
        serving, "write_lookup", lambda file, *rest, **more: made.append(file.name) or writing(file, *rest, **more)
    )
    several = [open_published(project) for _ in range(2)]
    found = []
    threads = [threading.Thread(target=lambda one=one: found.append(one.row("orders", "ann"))) for one in several * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row["order_id"] for row in found] == ["2"] * 6
    assert made.count("orders.customer_id.arrow") == 1


def test_a_cut_off_file_is_made_again(project):
    first = open_published(project)
    first.row("profiles", "bob")
    (file,) = first.folder.glob("profiles.*")
    file.unlink()
    assert open_published(project).row("profiles", "bob")["orders"] == 2


def test_names_and_addresses_stay_sealed(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, base64.b64encode(bytes(32)).decode())
    project = empty_project(tmp_path)
    publish_run(project, TABLES, as_of=DAY)
    published = open_published(project)
    assert published.row("golden_records", "ann")["value"] == "ann@tea.example"
    assert published.customer_of_anonymous("b1") == "ann"
    published.ready()
    for file in served(project).rglob("*.arrow"):
        content = file.read_bytes()
        assert b"tea.example" not in content, file.name
        assert b"b1" not in content, file.name


def test_an_erasure_reaches_what_was_made_of_the_run(project):
    current = published_of(project)
    assert current().row("profiles", "bob") is not None
    erase(project, "bob", today=DAY)
    assert b"bob" not in b"".join(file.read_bytes() for file in served(project).rglob("*.arrow"))
    assert current().row("profiles", "bob") is None
    assert current().row("profiles", "ann") is not None
    assert current().customer_of("bob") is None
