"""No edit of the audit goes unseen, whoever made it and wherever; and an act and its entry stand or fall together."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from itertools import islice

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from patron.engines.database import writing
from patron.engines.state import State
from patron.engines.state_tables import AUDIT, CORRECTIONS
from patron.errors import ArgumentError
from patron.privacy.audit import GENESIS, Entry, Head, append, append_all, head, verify
from patron.privacy.pseudonyms import pseudonym

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
SUBJECT = "p-" + "ab" * 16
FIELDS = ("made_at", "actor", "action", "subject", "facts", "previous", "hash")


def write(state, count, start=0):
    """Append entries, each a minute after the other, and return the head."""
    last = head(state)
    for place in range(start, start + count):
        with writing(state.engine) as connection:
            last = append(
                connection, actor="officer", action="request.opened", subject=SUBJECT if place % 2 else None,
                facts={"rows": place, "day": date(2024, 3, 1)}, now=NOW + timedelta(minutes=place),
            )  # fmt: skip
    return last


def change(state, number, **values):
    with writing(state.engine) as connection:
        connection.execute(update(AUDIT).where(AUDIT.c.number == number).values(**values))


def test_an_untouched_chain_is_intact(state):
    assert verify(state).intact
    assert head(state) == Head(0, GENESIS)
    last = write(state, 5)
    assert head(state) == last
    found = verify(state, last)
    assert (found.intact, found.entries, found.head) == (True, 5, last)
    assert str(last) in found.sentence


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(0, 4), max_size=5))
def test_many_entries_at_once_are_the_same_chain(cuts):
    """However entries are gathered, the chain is the one that they make one by one."""
    made = [Entry("officer", "customer.read", SUBJECT, {"place": place}, NOW) for place in range(sum(cuts))]
    with State.open(":memory:") as one_by_one, State.open(":memory:") as together:
        for entry in made:
            with writing(one_by_one.engine) as connection:
                append(connection, **vars(entry))
        rest = iter(made)
        for size in cuts:
            with writing(together.engine) as connection:
                last = append_all(connection, list(islice(rest, size)))
            assert last == head(together)
        assert head(together) == head(one_by_one)
        assert verify(together, head(one_by_one)).intact


def test_of_many_entries_one_that_cannot_be_written_stops_all(state):
    good, bad = (Entry("officer", "customer.read", subject, {}, NOW) for subject in (SUBJECT, "ann"))
    with pytest.raises(ArgumentError), writing(state.engine) as connection:
        append_all(connection, [good, bad])
    assert head(state) == Head(0, GENESIS)


def test_the_hash_is_what_the_module_says(state):
    """Recomputed from its documentation alone."""
    write(state, 2)
    with state.engine.connect() as connection:
        row = connection.execute(select(AUDIT).where(AUDIT.c.number == 2)).one()
    fields = [2, "2024-03-01T12:01:00.000000+00:00", "officer", "request.opened", SUBJECT,
              '{"day":"2024-03-01","rows":1}', row.previous]  # fmt: skip
    assert row.hash == sha256(json.dumps(fields, separators=(",", ":")).encode()).hexdigest()


@settings(max_examples=60)
@given(data=st.data())
def test_any_edit_of_any_field_of_any_row_is_found_at_that_row(data):
    with State.open(":memory:") as state:
        last = write(state, 4)
        number = data.draw(st.integers(1, 4))
        field = data.draw(st.sampled_from(FIELDS))
        with state.engine.connect() as connection:
            before = connection.execute(select(AUDIT.c[field]).where(AUDIT.c.number == number)).scalar_one()
        texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=70)
        edited = texts | st.sampled_from([str(before) + " ", str(before).upper(), str(before)[:-1], GENESIS])
        after = data.draw(edited | st.none() if field == "subject" else edited)
        assume(after != before)
        change(state, number, **{field: after})
        found = verify(state)
        assert (found.first_bad, found.problem, found.entries) == (number, "changed", number - 1)
        assert not verify(state, last).intact


@settings(max_examples=30)
@given(gone=st.sets(st.integers(1, 6), min_size=1, max_size=5))
def test_a_deletion_is_found_at_the_first_that_is_gone(gone):
    with State.open(":memory:") as state:
        last = write(state, 6)
        with writing(state.engine) as connection:
            connection.execute(AUDIT.delete().where(AUDIT.c.number.in_(gone)))
        found = verify(state, last)
        assert found.first_bad == min(gone)
        assert found.problem == ("cut" if gone == set(range(min(gone), 7)) else "missing")


@settings(max_examples=20)
@given(order=st.permutations([1, 2, 3, 4, 5]))
def test_any_other_order_is_found(order):
    assume(order != [1, 2, 3, 4, 5])
    with State.open(":memory:") as state:
        write(state, 5)
        with writing(state.engine) as connection:
            for old in range(1, 6):
                connection.execute(update(AUDIT).where(AUDIT.c.number == old).values(number=old + 100))
            for old, new in enumerate(order, 1):
                connection.execute(update(AUDIT).where(AUDIT.c.number == old + 100).values(number=new))
        found = verify(state)
        # The first number that now holds another entry.
        assert found.first_bad == next(n for n in range(1, 6) if order.index(n) + 1 != n)


@pytest.mark.parametrize("number", [-3, 0, 6])
def test_a_row_pushed_in_is_found(state, number):
    write(state, 5)
    forged = {"made_at": "x", "actor": "x", "action": "x", "subject": None, "facts": "{}", "previous": GENESIS}
    with writing(state.engine) as connection:
        connection.execute(insert(AUDIT).values(number=number, hash=GENESIS, **forged))
    assert verify(state).first_bad == number


def test_a_renumbered_end_is_found(state):
    write(state, 3)
    with writing(state.engine) as connection:
        connection.execute(update(AUDIT).where(AUDIT.c.number == 3).values(number=9))
    assert (verify(state).first_bad, verify(state).problem) == (3, "missing")


def test_a_cut_end_is_found_only_by_a_head_kept_elsewhere(state):
    last = write(state, 5)
    with writing(state.engine) as connection:
        connection.execute(AUDIT.delete().where(AUDIT.c.number > 3))
    assert verify(state).intact
    found = verify(state, last)
    assert (found.first_bad, found.problem, found.entries) == (4, "cut", 3)


def test_a_chain_written_anew_is_found_by_a_head_kept_elsewhere(state):
    last = write(state, 3)
    with writing(state.engine) as connection:
        connection.execute(AUDIT.delete())
    write(state, 4, start=7)
    assert verify(state).intact
    found = verify(state, last)
    assert (found.first_bad, found.problem) == (3, "replaced")
    assert "anew" in found.sentence


def test_a_head_stays_good_when_the_chain_grows(state):
    kept = Head.parse(str(write(state, 2)))
    write(state, 3, start=2)
    assert verify(state, kept).intact
    assert verify(state, Head(0, GENESIS)).intact
    assert verify(state, Head(0, "a" * 64)).problem == "replaced"


def test_more_entries_than_a_page_are_read_in_pages(state, monkeypatch):
    monkeypatch.setattr("patron.privacy.audit.PAGE", 3)
    last = write(state, 9)
    assert verify(state, last).entries == 9
    change(state, 7, facts="{}")
    assert verify(state, last).first_bad == 7


@pytest.mark.parametrize("raw", ["X'FF'", "CAST(X'FF' AS TEXT)"])
def test_bytes_that_are_no_text_are_found_at_their_row(tmp_path, raw):
    with State.open(tmp_path / "state.db") as state:
        write(state, 5)
    with sqlite3.connect(tmp_path / "state.db") as connection:
        connection.execute(f"UPDATE audit SET actor = {raw} WHERE number = 4")
    connection.close()
    with State.open(tmp_path / "state.db") as state:
        found = verify(state)
    assert found.first_bad == 4
    assert found.entries == 3


def test_an_act_that_fails_leaves_no_entry_and_an_entry_that_fails_no_act(state):
    act = {"customer_id": "ann", "attribute": "city", "value": "Rome", "made_on": date(2024, 3, 1)}
    entry = {"actor": "officer", "action": "x", "subject": None, "facts": {}, "now": NOW}

    def both(**changed):
        with writing(state.engine) as connection:
            connection.execute(insert(CORRECTIONS).values(**act))
            append(connection, **{**entry, **changed})
            if not changed:
                raise InterruptedError

    for changed, error in (({}, InterruptedError), ({"now": NOW.replace(tzinfo=None)}, ArgumentError)):
        with pytest.raises(error):
            both(**changed)
    with state.engine.connect() as connection:
        assert connection.execute(select(CORRECTIONS)).all() == []
    assert head(state) == Head(0, GENESIS)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"actor": ""}, "`actor`"),
        ({"action": "a\nb"}, "`action`"),
        ({"actor": "\ud800"}, "`actor`"),
        ({"subject": "ann@example.com"}, "pseudonym"),
        ({"now": datetime(2024, 3, 1)}, "time zone"),  # noqa: DTZ001 - that it has none is the point
        ({"facts": {"x": object()}}, "JSON"),
        ({"facts": {"x": float("nan")}}, "JSON"),
    ],
)
def test_what_must_not_stand_in_an_entry_is_refused_and_not_repeated(state, changed, told):
    given_ = {"actor": "a", "action": "b", "subject": None, "facts": {}, "now": NOW, **changed}
    with writing(state.engine) as connection, pytest.raises(ArgumentError, match=told) as error:
        append(connection, **given_)
    assert "example.com" not in str(error.value)


def test_times_of_any_zone_are_written_in_utc(state):
    with writing(state.engine) as connection:
        at = datetime(2024, 3, 1, 23, 30, tzinfo=timezone(-timedelta(hours=5)))
        append(connection, actor="a", action="b", subject=None, facts={}, now=at)
        assert connection.execute(select(AUDIT.c.made_at)).scalar_one() == "2024-03-02T04:30:00.000000+00:00"


@pytest.mark.parametrize("written", ["", "12", "x:" + GENESIS, "-1:" + GENESIS, "1:" + "G" * 64, "²:" + GENESIS])
def test_a_head_that_is_none_is_refused(written):
    with pytest.raises(ArgumentError, match="64 hexadecimal"):
        Head.parse(written)


APPENDING = """
import sys
from datetime import UTC, datetime
from patron.engines.database import writing
from patron.engines.state import State
from patron.privacy.audit import append
from patron.privacy.pseudonyms import pseudonym
print("ready", flush=True)
sys.stdin.readline()
with State.open(sys.argv[1]) as state:
    for turn in range(25):
        with writing(state.engine) as connection:
            subject = pseudonym(connection, "ann")
            append(connection, actor=sys.argv[2], action="x", subject=subject, facts={"turn": turn},
                   now=datetime(2024, 3, 1, tzinfo=UTC))
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def path(request, tmp_path):
    return tmp_path / "state.db" if request.param == "sqlite" else request.getfixturevalue("empty_database")


def test_processes_that_append_at_once_make_one_chain(path):
    State.open(path).close()
    children = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", APPENDING, str(path), name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for name in ("one", "two", "three")
    ]  # fmt: skip
    assert [child.stdout.readline() for child in children] == ["ready\n"] * 3
    for child in children:
        child.stdin.write("\n")
        child.stdin.flush()
    assert [child.communicate(timeout=120) for child in children] == [("", "")] * 3
    with State.open(path) as state:
        assert verify(state).entries == 75
        assert verify(state).intact
        with state.engine.connect() as connection:
            rows = connection.execute(select(AUDIT.c.actor, AUDIT.c.subject)).all()
            assert len({row.subject for row in rows}) == 1
        assert {row.actor for row in rows} == {"one", "two", "three"}
        with writing(state.engine) as connection:
            assert pseudonym(connection, "ann") == rows[0].subject
