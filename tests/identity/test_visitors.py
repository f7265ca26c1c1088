"""Visits before a sign-in find their customer; on shared browsers only where it is known; never by what came later."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import ibis
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.person import LINKS
from patron.contracts.raw_people import RAW_EVENTS
from patron.identity.visitors import events_with_customer, shared_browsers, visitors

START = datetime.combine(date(2024, 1, 1), time(12))
LAST = date(2024, 12, 31)


def _table(contract: Any, rows: list[dict[str, Any]]) -> Any:
    columns = {name: [row.get(name) for row in rows] for name in contract.names}
    return ibis.memtable(pa.table(columns, schema=contract.schema.to_pyarrow()))


def happened(*said: tuple[int, str | None, str | None, str | None]) -> Any:
    """Events as (day, browser, visit, customer)."""
    rows = [
        {"event_id": f"e{n}", "event": "page_view", "occurred_at": START + timedelta(days=day),
         "anonymous_id": browser, "session_id": visit, "customer_id": who}
        for n, (day, browser, visit, who) in enumerate(said)
    ]  # fmt: skip
    return _table(RAW_EVENTS, rows)


def owned(owners: dict[str, str] | None = None) -> Any:
    return _table(
        LINKS,
        [{"source": "customers", "record_id": record, "customer_id": owner, "rule": "own_id", "confidence": 1.0}
         for record, owner in (owners or {}).items()],
    )  # fmt: skip


def whose(events: Any, *, as_of: date = LAST, owners: dict[str, str] | None = None) -> list[str | None]:
    links = owned(owners)
    found = ibis.memtable(visitors(events, links, as_of=as_of).to_pyarrow())
    LINKS.check(ibis.union(links, found))
    joined = RAW_EVENTS.check(events_with_customer(events, ibis.union(links, found)))
    rows = sorted(joined.to_pyarrow().to_pylist(), key=lambda row: int(row["event_id"][1:]))
    return [row["customer_id"] for row in rows]


def test_a_browser_of_one_customer_is_hers_also_before_the_sign_in() -> None:
    assert whose(happened((0, "d", "s1", None), (1, "d", "s2", "a"), (2, "d", None, None))) == ["a", "a", "a"]


def test_an_unknown_browser_is_nobodys() -> None:
    assert whose(happened((0, "d", "s1", None), (0, None, None, "a"))) == [None, "a"]


def test_on_a_shared_browser_a_visit_belongs_to_whom_it_knows() -> None:
    events = happened(
        (0, "d", "s0", None), (1, "d", "s1", None), (1, "d", "s1", "a"), (2, "d", "s2", "b"), (2, "d", "s2", None),
        (3, "d", None, None), (4, "d", "s4", "a"), (4, "d", "s4", "b"), (4, "d", "s4", None),
    )  # fmt: skip
    assert whose(events) == [None, "a", "a", "b", "b", None, "a", "b", None]


def test_a_visits_number_is_the_browsers_own() -> None:
    events = happened(
        (0, "d", "1", "a"), (0, "d", "2", "b"), (0, "e", "1", "c"), (0, "e", "3", "b"), (1, "e", "1", None)
    )
    assert whose(events)[-1] == "c"


def test_two_ids_of_one_customer_do_not_share() -> None:
    events = happened((0, "d", "s", None), (1, "d", "t", "a"), (2, "d", "u", "a2"))
    assert whose(events, owners={"a": "a", "a2": "a"}) == ["a", "a", "a"]


def test_nothing_is_used_that_is_known_later() -> None:
    events = happened((0, "d", "s0", None), (1, "d", "s1", "a"), (9, "d", "s2", "b"))
    before = visitors(events, owned(), as_of=date(2024, 1, 5)).to_pyarrow().to_pylist()
    assert [(row["record_id"], row["customer_id"], row["linked_on"]) for row in before] == [
        ("visitor:d", "a", date(2024, 1, 2))
    ]
    assert visitors(events, owned(), as_of=date(2024, 1, 1)).count().to_pyarrow().as_py() == 0


def test_tills_are_told() -> None:
    events = happened(
        *((n, "till", f"s{n}", f"c{n}") for n in range(7)), (0, "home", "s", "c1"), (8, "till", "x", None)
    )
    got = shared_browsers(events, owned(), as_of=LAST).to_pyarrow().to_pylist()
    assert got == [{"anonymous_id": "till", "customers": 7, "events": 8}]
    assert shared_browsers(events, owned(), as_of=LAST, most_people=7).count().to_pyarrow().as_py() == 0


events_of = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.sampled_from(["d", "e"]),
        st.sampled_from([None, "1", "2", "3"]),
        st.sampled_from([None, None, "a", "b", "a2"]),
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=15, deadline=None)
@given(events_of, st.integers(0, 9))
def test_a_later_sign_in_takes_only_what_was_ambiguous(said: list[Any], day: int) -> None:
    owners = {"a": "a", "b": "b", "a2": "a"}
    early = happened(*(event for event in said if event[0] <= day))
    early_rows = [event for event in said if event[0] <= day]
    until = (START + timedelta(days=day)).date()
    before = whose(early, owners=owners, as_of=until)
    told, told_early = (visitors(events, owned(owners), as_of=until) for events in (happened(*said), early))
    assert sorted(map(str, told.to_pyarrow().to_pylist())) == sorted(map(str, told_early.to_pyarrow().to_pylist()))
    after_all = whose(happened(*said), owners=owners)
    after = [who for event, who in zip(said, after_all, strict=True) if event[0] <= day]
    for (_, browser, visit, who), was, now in zip(early_rows, before, after, strict=True):
        if who is not None:
            assert was == now == owners[who]
            continue
        known = {owners[c] for d, b, v, c in said if c and b == browser and v == visit and visit is not None}
        everyone = {owners[c] for _, b, _, c in said if c and b == browser}
        assert now == (everyone.pop() if len(everyone) == 1 else known.pop() if len(known) == 1 else None)
        if was is not None and now != was:
            assert len({owners[c] for _, b, _, c in said if c and b == browser}) > 1, "only sharing takes it away"


def test_it_compiles_for_spark() -> None:
    _ = ibis.pyspark  # loads the dialect's options
    events, links = RAW_EVENTS.unbound(), LINKS.unbound()
    for made in (
        visitors(events, links, as_of=LAST),
        shared_browsers(events, links, as_of=LAST),
        events_with_customer(events, links),
    ):
        assert "SELECT" in ibis.to_sql(made, dialect="pyspark")
