"""Finished steps: there whole or not at all, and only as long as no run is published."""

from __future__ import annotations

import errno
import json
import os
from datetime import date

import ibis
import pyarrow as pa
import pytest
from crash_while_publishing import manifest

from patron.contracts.person import LINKS
from patron.engines.store import Store

DAY = date(2011, 12, 9)
ROWS = pa.Table.from_pylist(
    [{"source": "a", "record_id": "1", "customer_id": "1", "rule": "own_id", "confidence": 1.0}],
    schema=LINKS.schema.to_pyarrow(),
)


@pytest.fixture
def connection():
    opened = ibis.duckdb.connect()
    yield opened
    opened.disconnect()


@pytest.fixture
def draft(tmp_path, connection):
    begun = Store(tmp_path / "runs").draft()
    begun.write("links", ibis.memtable(ROWS), connection)
    yield begun
    begun.discard()


def finish(draft, *, mark="m"):
    draft.finish("links", ("links",), fingerprint=mark, as_of=DAY, today=DAY, models={"m": {"r": 1.0}})


def test_a_finished_step_outlives_its_draft(draft, connection):
    finish(draft)
    draft.discard()
    later = Store(draft.runs).draft()
    found = later.finished.find("links")
    assert found.holds(("links",))
    assert (found.made.fingerprint, found.made.as_of, found.made.models) == ("m", DAY, {"m": {"r": 1.0}})
    assert later.reuse("links", found, connection).to_pyarrow().num_rows == 1
    later.publish(manifest(later.run_id(DAY)))
    assert not (draft.runs / ".finished").exists(), "a published run holds everything"
    assert later.finished.find("links") is None


def test_a_step_has_one_place(draft, connection):
    finish(draft)
    draft.write("links", ibis.memtable(ROWS.slice(0, 0)), connection)
    finish(draft, mark="n")
    found = draft.finished.find("links")
    assert (found.made.fingerprint, found.made.rows) == ("n", {"links": 0})
    assert sorted(file.name for file in draft.finished.folder.iterdir()) == ["links"]


def test_a_table_in_parts_is_put_there_in_parts(draft, connection):
    draft.parts("links", {"part-0001": ibis.memtable(ROWS)}, connection)
    finish(draft)
    found = draft.finished.find("links")
    assert [str(file.relative_to(found.folder)) for file in found.files("links")] == ["links/part-0001.parquet"]
    assert found.holds(("links",))


@pytest.mark.parametrize("harm", ["cut", "empty", "gone", "longer", "other"])
def test_what_is_not_whole_is_not_taken(draft, harm):
    finish(draft)
    found = draft.finished.find("links")
    file = found.files("links")[0]
    content = file.read_bytes()
    file.unlink()  # it is a link: the draft's own file stays as it is
    if harm != "gone":
        file.write_bytes(
            {"cut": content[:-5], "empty": b"", "longer": content + b"x", "other": b"x" * len(content)}[harm]
        )
    assert not found.holds(("links",))
    assert not found.holds(("orders",)), "nor a table that was never there"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"step": "links"}'])
def test_a_note_that_cannot_be_read_is_none(draft, content):
    finish(draft)
    (draft.finished.folder / "links" / "step.json").write_text(content)
    assert draft.finished.find("links") is None


def test_what_was_cut_off_on_its_way_is_worth_nothing(draft):
    finish(draft)
    place = draft.finished.folder
    (place / "links").rename(place / ".links")
    assert draft.finished.find("links") is None
    finish(draft)
    assert json.loads((place / "links" / "step.json").read_text())["fingerprint"] == "m"


@pytest.mark.parametrize(("number", "said"), [(errno.EPERM, False), (errno.EXDEV, False), (errno.ENOSPC, True)])
def test_without_hard_links_nothing_is_kept_and_a_full_disk_is_said(draft, monkeypatch, number, said):
    def refused(*_paths):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refused)
    if said:
        with pytest.raises(OSError, match="No space"):
            finish(draft)
    else:
        finish(draft)
    assert draft.finished.find("links") is None
    assert list(draft.finished.folder.iterdir()) == []
