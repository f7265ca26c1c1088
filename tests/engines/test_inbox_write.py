"""Groups of events in the inbox: each message once, numbers in the order of commits."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select

from patron.engines import inbox_recent
from patron.engines.database import writing
from patron.engines.inbox_dead import dead_counts, dead_letters, drop_dead_letters
from patron.engines.inbox_group import KEY_BYTES
from patron.engines.inbox_sqlite import inbox_of
from patron.engines.inbox_state import events_after, moment, newest
from patron.engines.inbox_tables import INBOX, INBOX_RECENT, INBOX_SEEN
from patron.engines.inbox_write import Group, InboxWriter, dead_key, event_key
from patron.engines.state import State

NOW = 1_736_942_400_000_000


def group(ids, dead=()):
    ids = list(ids)
    return Group(
        keys=[event_key("shop", one) for one in ids],
        events=[(one, "shop", "track", NOW, None, False, None, b"{}") for one in ids],
        dead_keys=[dead_key("shop", one) for one in dead],
        dead=[("type", "shop", "batch", NOW, None, True, b"{}", one) for one in dead],
    )


def ids_of(state):
    with state.engine.connect() as connection:
        return [(row.number, row.message_id) for row in events_after(connection, 0, limit=100_000)]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One database for all examples; each begins by emptying it."""
    with State.open(tmp_path_factory.mktemp("inbox") / "state.db") as state:
        yield state


@settings(max_examples=25, deadline=None)
@given(groups=st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=12), max_size=8))
def test_each_message_is_kept_once_in_the_order_in_which_it_first_came(shared, groups):
    with writing(shared.engine) as connection:
        for table in (INBOX, INBOX_RECENT, INBOX_SEEN):
            connection.execute(delete(table))
    inbox_of(shared.engine).lose()
    with closing(InboxWriter(shared.engine)) as writer:
        written = sum(writer.write(group(ids), now=NOW) for ids in groups)
    kept = ids_of(shared)
    first = list(dict.fromkeys(one for ids in groups for one in ids))
    assert [message_id for _, message_id in kept] == first
    assert written == len(first)
    numbers = [number for number, _ in kept]
    assert numbers == sorted(set(numbers))


def test_a_large_group_is_written_whole_and_again_not_at_all(tmp_path):
    ids = [f"m-{number}" for number in range(1_111)]
    with State.open(tmp_path / "state.db") as state, closing(InboxWriter(state.engine)) as writer:
        assert writer.write(group(ids, [b"x", b"y"]), now=NOW) == len(ids) + 2
        assert writer.write(group([*ids, "new"], [b"x", b"z", b"z"]), now=NOW) == 2
        assert [message_id for _, message_id in ids_of(state)] == [*ids, "new"]
        with state.engine.connect() as connection:
            assert newest(connection) == len(ids) + 1
            rows = events_after(connection, len(ids), limit=5)
            assert [(row.message_id, row.received_at) for row in rows] == [("new", moment(NOW))]
            assert [one.payload for one in dead_letters(connection)] == [b"x", b"y", b"z"]
            assert dead_counts(connection) == {"type": 3}
        with writing(state.engine) as connection:
            assert drop_dead_letters(connection, reason="event") == 0
            assert drop_dead_letters(connection) == 3


def test_a_number_is_never_given_again(tmp_path):
    with State.open(tmp_path / "state.db") as state, closing(InboxWriter(state.engine)) as writer:
        writer.write(group("abc"), now=NOW)
        with writing(state.engine) as connection:
            connection.execute(delete(INBOX))
        writer.write(group("d"), now=NOW)
        assert ids_of(state) == [(4, "d")]


def test_what_fails_leaves_nothing_and_the_writer_goes_on(tmp_path):
    with State.open(tmp_path / "state.db") as state, closing(InboxWriter(state.engine)) as writer:
        broken = group("abc")
        broken.events[2] = ("c", None, "track", NOW, None, False, None, b"{}")
        try:
            writer.write(broken, now=NOW)
        except state.engine.dialect.loaded_dbapi.Error:
            pass
        else:
            raise AssertionError
        assert ids_of(state) == []
        assert writer.write(group("abc"), now=NOW) == 3, "their keys went with them"


def read_while_written(state, writers=3, groups=15):
    """Write from several threads, and read as a cursor does meanwhile; return what was read."""
    begun = threading.Barrier(writers + 1)

    def write(name):
        with closing(InboxWriter(state.engine)) as writer:
            begun.wait()
            for place in range(groups):
                writer.write(group([f"{name}-{place}", f"shared-{place}"]), now=NOW)

    threads = [threading.Thread(target=write, args=(name,)) for name in range(writers)]
    for one in threads:
        one.start()
    begun.wait()
    read, cursor = [], 0
    while True:
        done = not any(one.is_alive() for one in threads)
        with state.engine.connect() as connection:
            rows = events_after(connection, cursor, limit=7)
        read += [row.message_id for row in rows]
        cursor = rows[-1].number if rows else cursor
        if done and not rows:
            return read


def expected(writers=3, groups=15):
    return sorted([f"shared-{place}" for place in range(groups)] + [
        f"{name}-{place}" for name in range(writers) for place in range(groups)
    ])  # fmt: skip


def test_a_reader_misses_nothing_of_several_writers(tmp_path):
    with State.open(tmp_path / "state.db") as state:
        assert sorted(read_while_written(state)) == expected()


def test_a_reader_misses_nothing_of_several_writers_on_postgresql(empty_database):
    with State.open(empty_database) as state:
        assert sorted(read_while_written(state)) == expected()


ids = st.lists(st.integers(0, 60).map(str), max_size=12)


@settings(max_examples=40, deadline=None)
@given(
    acts=st.lists(
        st.tuples(st.integers(0, 1), st.sampled_from(["write", "write", "settle", "again"]), ids), max_size=30
    )
)
def test_what_came_is_known_wherever_its_key_stands(shared, acts):
    """Keys go from a set to sorted runs to the tree, and two processes write: each message is kept once."""
    with pytest.MonkeyPatch.context() as patch:
        for name, many in {"MOST": 16, "YOUNG": 5, "SLICE": 7}.items():
            patch.setattr(inbox_recent, name, many)
        with writing(shared.engine) as connection:
            for table in (INBOX, INBOX_RECENT, INBOX_SEEN):
                connection.execute(delete(table))
        inbox_of(shared.engine).lose()
        second = State.open(shared.engine.url.database)  # as another process has it
        writers = [InboxWriter(shared.engine), InboxWriter(second.engine)]
        seen = set()
        for who, act, some in acts:
            if act == "write":
                assert writers[who].write(group(some), now=NOW) == len(set(some) - seen)
                seen |= set(some)
            elif act == "settle":
                while writers[who].settle():
                    pass
            else:  # a process ends, and another begins
                writers[who].close()
                inbox_of(writers[who].engine).lose()
        for one in writers:
            one.close()
        second.close()
    assert sorted(message_id for _, message_id in ids_of(shared)) == sorted(seen)


def test_keys_that_are_put_away_leave_the_log(tmp_path, monkeypatch):
    for name, many in {"MOST": 1_000, "YOUNG": 100, "SLICE": 300}.items():
        monkeypatch.setattr(inbox_recent, name, many)
    with State.open(tmp_path / "state.db") as state, closing(InboxWriter(state.engine)) as writer:
        for begin in range(0, 1_200, 60):
            writer.write(group(str(one) for one in range(begin, begin + 60)), now=NOW)
            writer.settle()
        while writer.settle():
            pass
        with state.engine.connect() as connection:
            in_tree = connection.execute(select(func.count()).select_from(INBOX_SEEN)).scalar_one()
            in_log = connection.execute(select(func.sum(func.length(INBOX_RECENT.c["keys"])))).scalar_one()
        assert in_tree >= 1_000
        assert in_tree + (in_log or 0) // KEY_BYTES == 1_200


def test_keys_of_a_log_that_was_moved_to_postgresql_are_known_there(empty_database):
    with State.open(empty_database) as state:
        with writing(state.engine) as connection:
            connection.execute(insert(INBOX_RECENT).values(number=1, day=20_000, keys=event_key("shop", "a")))
        with closing(InboxWriter(state.engine)) as writer:
            assert writer.write(group("ab"), now=NOW) == 1
