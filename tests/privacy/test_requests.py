"""Requests: their days by the law's own examples, what holds at once, and what cannot be done twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from patron.contracts import person
from patron.engines.state_tables import METADATA
from patron.errors import ArgumentError
from patron.privacy.audit import head, verify
from patron.privacy.corrections import corrections
from patron.privacy.deadlines import business_days_after, confirmed_by, due_on, months_after
from patron.privacy.plan import Plan
from patron.privacy.requests import AT_ONCE, KINDS, MEANWHILE, REFUSALS, Register, requests
from patron.privacy.rights import RIGHTS, rights
from patron.privacy.stores import Erased, Subject

CAME = date(2024, 3, 1)
NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def register(state):
    return Register(state, "officer")


def opened(register, kind="access", customer="ann", law="gdpr", received_on=CAME):
    return register.open(kind, customer, known=True, law=law, received_on=received_on, now=NOW)


def held(state):
    return [(row["customer_id"], row["right"], row["until"]) for row in rights(state).to_pyarrow().to_pylist()]


# Days

DUE = [
    # received, law, kind, extended, due, why
    ("2023-03-05", "gdpr", "access", False, "2023-04-04", "a month is 31 days; 30 come first (EDPB: until 5 April)"),
    ("2023-08-31", "gdpr", "access", False, "2023-09-30", "EDPB 01/2022: September has no 31st"),
    ("2023-01-31", "gdpr", "access", False, "2023-02-28", "February's last day"),
    ("2024-01-31", "gdpr", "access", False, "2024-02-29", "of a leap year"),
    ("2023-12-31", "gdpr", "erasure", False, "2024-01-30", "over the year's end"),
    ("2023-11-30", "gdpr", "access", True, "2024-02-28", "90 days come before three months"),
    ("2023-12-01", "gdpr", "access", True, "2024-02-29", "90 days, and three months are 91"),
    ("2023-02-01", "gdpr", "access", True, "2023-05-01", "three months are 89 days"),
    ("2023-01-01", "ccpa", "access", False, "2023-02-15", "45 days"),
    ("2023-01-01", "ccpa", "erasure", True, "2023-04-01", "90 days"),
    ("2024-03-01", "ccpa", "opt_out_sale", False, "2024-03-22", "15 business days after a Friday"),
    ("2024-03-02", "ccpa", "limit_sensitive", False, "2024-03-22", "and after a Saturday"),
    ("2024-03-03", "ccpa", "limit_sensitive", False, "2024-03-22", "and after a Sunday"),
    ("2024-03-01", "gdpr", "opt_out_sale", False, "2024-03-31", "European law knows no business days"),
]


@pytest.mark.parametrize(("received", "law", "kind", "extended", "due", "why"), DUE)
def test_the_last_day(received, law, kind, extended, due, why):
    found = due_on(date.fromisoformat(received), law=law, kind=kind, extended=extended)
    assert found == date.fromisoformat(due), why


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.booleans())
def test_no_day_is_later_than_the_law_or_the_plain_count_of_days(day, extended):
    months = 3 if extended else 1
    due = due_on(day, law="gdpr", extended=extended)
    assert due == min(months_after(day, months), day + timedelta(days=30 * months))
    assert day + timedelta(days=28) <= due


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 48))
def test_months_keep_the_day_or_end_the_month(day, months):
    later = months_after(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 30))
def test_business_days_are_counted_from_monday_to_friday(day, count):
    later = business_days_after(day, count)
    between = [day + timedelta(days=n) for n in range(1, (later - day).days + 1)]
    assert later.weekday() < 5
    assert sum(one.weekday() < 5 for one in between) == count


def test_only_california_wants_the_receipt_confirmed():
    assert confirmed_by(CAME, law="gdpr") is None
    assert confirmed_by(CAME, law="ccpa") == date(2024, 3, 15)


# Taking in


def test_the_kinds_are_those_of_the_contract():
    assert set(AT_ONCE) | set(MEANWHILE) == set(RIGHTS)
    assert set(RIGHTS) < set(KINDS)


def test_a_request_is_taken_in_with_its_day_and_an_entry(state, register):
    request = opened(register)
    assert (request.request_id, request.status, request.due_on) == ("R-1", "open", date(2024, 3, 31))
    assert register.find("R-1") == request
    assert head(state).number == 1
    assert verify(state).intact


def test_somebody_unknown_is_told_so_and_is_nobody_after_it(state, register):
    with pytest.raises(ArgumentError, match="Nothing is held of a customer 'nobody'") as error:
        register.open("erasure", "nobody", known=False, law="gdpr", received_on=CAME, now=NOW)
    assert error.value.data["came"] == "nobody"
    with state.engine.connect() as connection:
        assert all(connection.execute(select(table)).all() == [] for table in METADATA.sorted_tables)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(AT_ONCE)))
def test_the_same_asked_twice_is_one_request_until_it_is_answered(state, register, kind):
    first = opened(register, kind)
    assert opened(register, kind, received_on=CAME - timedelta(days=1)) == first
    assert opened(register, kind, customer="bob") != first
    assert opened(register, kind, law="ccpa") != first
    assert head(state).number == 3
    register.close(first.request_id, on=CAME, now=NOW)
    assert opened(register, kind).request_id == "R-4"


@pytest.mark.parametrize("kind", AT_ONCE)
def test_an_opt_out_holds_at_once_and_is_answered(state, register, kind):
    request = opened(register, kind)
    assert (request.status, request.closed_on) == ("done", CAME)
    assert held(state) == [("ann", kind, None)]


@pytest.mark.parametrize("kind", MEANWHILE)
def test_what_may_be_refused_holds_until_it_is(state, register, kind):
    request = opened(register, kind)
    assert request.status == "open"
    assert held(state) == [("ann", kind, None)]
    register.refuse(request.request_id, reason="overriding_interest", on=date(2024, 3, 9), now=NOW)
    assert held(state) == [("ann", kind, date(2024, 3, 9))]


def test_what_was_answered_holds_on_until_it_is_lifted(state, register):
    request = opened(register, "restriction")
    register.close(request.request_id, on=CAME, now=NOW)
    assert held(state) == [("ann", "restriction", None)]
    assert register.lift("ann", "restriction", until=date(2024, 4, 1), now=NOW)
    assert not register.lift("ann", "restriction", until=date(2024, 4, 1), now=NOW)
    assert not register.lift("bob", "restriction", until=date(2024, 4, 1), now=NOW)
    assert held(state) == [("ann", "restriction", date(2024, 4, 1))]
    assert head(state).number == 3  # what changed nothing is no act


@pytest.mark.parametrize("kind", ["access", "erasure", "portability", "correction"])
def test_other_requests_exercise_no_right(state, register, kind):
    opened(register, kind)
    assert held(state) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"kind": "acess"}, "Did you mean 'access'"),
        ({"law": "lgpd"}, "not a law"),
        ({"received_on": date(2042, 3, 1)}, "lies after today"),
    ],
)
def test_what_cannot_be_is_refused(state, register, changed, told):
    with pytest.raises(ArgumentError, match=told):
        opened(register, **changed)
    assert register.all() == []
    assert head(state).number == 0


# Answering


def test_an_extension_is_given_once_and_in_time(register):
    request = opened(register)
    with pytest.raises(ArgumentError, match="cannot be extended"):
        register.extend(request.request_id, on=date(2024, 4, 1), now=NOW)
    longer = register.extend(request.request_id, on=date(2024, 3, 31), now=NOW)
    assert (longer.extended, longer.due_on) == (True, date(2024, 5, 30))
    with pytest.raises(ArgumentError, match="extended before"):
        register.extend(request.request_id, on=date(2024, 4, 1), now=NOW)


def test_a_certificate_asked_twice_is_the_same(state, register):
    request = opened(register, "erasure")
    done = register.close(request.request_id, on=CAME, now=NOW, certificate='{"a": 1}')
    entries = head(state)
    again = register.close(request.request_id, on=date(2024, 6, 1), now=NOW, certificate='{"a": 2}', note="x")
    assert again == done == register.find(request.request_id)
    assert done.certificate == '{"a": 1}'
    assert head(state) == entries


def test_what_is_answered_cannot_be_changed(register):
    refused = opened(register)
    register.refuse(refused.request_id, reason="not_identified", on=CAME, now=NOW, note="no reply")
    assert register.find(refused.request_id).note == "not_identified: no reply"
    done = opened(register, "portability")
    register.close(done.request_id, on=CAME, now=NOW)
    for request in (refused, done):
        for act in (
            lambda r: register.refuse(r.request_id, reason="not_identified", on=CAME, now=NOW),
            lambda r: register.extend(r.request_id, on=CAME, now=NOW),
            lambda r: register.work(r.request_id, Plan(Subject("ann")), now=NOW),
        ):
            with pytest.raises(ArgumentError, match="was answered"):
                act(request)
    with pytest.raises(ArgumentError, match="was answered"):
        register.close(refused.request_id, on=CAME, now=NOW)


def test_a_refusal_needs_a_reason_that_the_law_knows(register):
    request = opened(register)
    with pytest.raises(ArgumentError, match=REFUSALS[0]):
        register.refuse(request.request_id, reason="busy", on=CAME, now=NOW)
    assert register.find(request.request_id) == request


def test_nothing_is_answered_before_it_came(register):
    request = opened(register)
    with pytest.raises(ArgumentError, match="on 2024-03-01 only"):
        register.close(request.request_id, on=date(2024, 2, 29), now=NOW)


def test_an_unknown_request_is_told(register):
    with pytest.raises(ArgumentError, match="no request 'R-7'"):
        register.find("R-7")


def test_corrections_answer_their_request(state, register):
    request = opened(register, "correction")
    register.correct(request.request_id, "city", "Rome", on=CAME, now=NOW)
    register.correct(request.request_id, "street", "Via Appia 1", on=CAME, now=NOW)
    assert register.find(request.request_id).status == "done"
    assert [row["value"] for row in corrections(state).to_pyarrow().to_pylist()] == ["Rome", "Via Appia 1"]
    with state.engine.connect() as connection:
        facts = [row.facts for row in connection.execute(select(METADATA.tables["audit"]))]
    assert not any("Rome" in fact or "ann" in fact for fact in facts)
    with pytest.raises(ArgumentError, match="not for a correction"):
        register.correct(opened(register).request_id, "city", "Rome", on=CAME, now=NOW)


def test_a_refused_correction_changes_nothing(state, register):
    request = opened(register, "correction")
    register.refuse(request.request_id, reason="not_identified", on=CAME, now=NOW)
    with pytest.raises(ArgumentError, match="was answered"):
        register.correct(request.request_id, "city", "Rome", on=CAME, now=NOW)
    assert corrections(state).to_pyarrow().num_rows == 0


# Working on it


def test_what_was_begun_is_found_again_with_its_plan(state, register):
    request = opened(register, "erasure")
    plan = Plan(Subject("ann", frozenset({"ann", "a2"}), {"email": frozenset({"ann@example.com"})}))
    register.work(request.request_id, plan, now=NOW)
    further = plan.with_done((Erased("runs", {"profiles": 1}, {"models": "too few rows to matter"}),))
    register.work(request.request_id, further, now=NOW)
    (working,) = register.working()
    assert Plan.from_json(working.plan) == further
    assert head(state).number == 2  # opened, begun; how far it is, is no act
    with pytest.raises(ArgumentError, match="being worked on"):
        register.refuse(request.request_id, reason="not_identified", on=CAME, now=NOW)
    assert register.close(request.request_id, on=CAME, now=NOW).plan is None
    assert register.working() == []


def test_nothing_that_is_printed_names_a_person(register):
    request = opened(register, "erasure", customer="ann@example.com")
    assert "ann" not in repr(request)
    assert "ann" not in repr(Subject("ann@example.com", frozenset({"ann"}), {"email": frozenset({"ann@x"})}))


# The table


def test_the_table_says_how_things_stood_on_its_day(state, register):
    open_ = opened(register)
    done = opened(register, "portability")
    register.close(done.request_id, on=date(2024, 3, 20), now=NOW)
    opened(register, "opt_out_sale", customer="bob")
    overdue = opened(register, "access", customer="eve")
    register.close(overdue.request_id, on=date(2024, 4, 20), now=NOW)
    refused = opened(register, "access", customer="dan")
    register.refuse(refused.request_id, reason="not_identified", on=date(2024, 3, 2), now=NOW)

    def standing(day):
        table = person.REQUESTS.check(requests(state, day))
        return [(row["request_id"], row["status"], row["closed_on"]) for row in table.to_pyarrow().to_pylist()]

    assert standing(date(2024, 2, 29)) == []
    assert [status for _, status, _ in standing(date(2024, 3, 1))] == ["open", "open", "done", "open", "open"]
    assert [status for _, status, _ in standing(date(2024, 3, 31))] == ["open", "done", "done", "open", "refused"]
    assert standing(date(2024, 4, 1)) == [
        ("R-1", "late", None), ("R-2", "done", date(2024, 3, 20)), ("R-3", "done", CAME), ("R-4", "late", None),
        ("R-5", "refused", date(2024, 3, 2)),
    ]  # fmt: skip
    assert [r.request_id for r in register.late(date(2024, 4, 1))] == ["R-1", "R-4"]
    assert [r.request_id for r in register.late(date(2024, 4, 20))] == [open_.request_id]
    assert [r.request_id for r in register.of(["eve", "bob"])] == ["R-3", "R-4"]


def test_an_empty_register_is_an_empty_table(state):
    assert person.REQUESTS.check(requests(state, CAME)).to_pyarrow().num_rows == 0
