"""The server tells of figures what the report would show, and nothing else."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import httpx
import pytest

from patron.contracts import TABLES
from patron.pipeline import Project
from patron.privacy.shared_tables import NO_PEOPLE
from patron.privacy.sharing import Sharing, read_memory
from patron.report.of_run import facts_of, memory_of
from patron.report.source import SHOWN, Source
from patron.server import shapes
from patron.server.figures import FIGURES, FigureBook, Figures

NAMED = {"/v1/kpis": "kpis", "/v1/segments": "segments", "/v1/ledger": "ledger", "/v1/opportunities": "opportunities"}


def _rows(client: httpx.Client, path: str, **params: Any) -> list[dict[str, Any]]:
    rows, cursor = [], None
    while True:
        answer = client.get(path, params={"limit": 1000, **params, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        rows += answer.json()["rows"]
        cursor = answer.json()["next"]
        if cursor is None:
            return rows


def test_no_table_of_figures_is_about_single_people():
    for name in FIGURES:
        names = TABLES[name].names
        assert not {"customer_id", "record_id", "anonymous_id", "order_id", "prospect_id"} & set(names), name


@pytest.mark.parametrize("name", ["segments", "kpis", "ledger"])
def test_the_rows_are_those_that_the_report_shows(reader, served: Project, name):
    run = served.last()
    tables = {table: run.table(table, served.connection) for table in TABLES if table in run.manifest.tables}
    memory = read_memory(memory_of(served, run.manifest))
    least = served.settings.privacy.smallest_cell
    sharing = Sharing(tables, as_of=run.manifest.as_of, least=least, memory=memory)
    shown = Source(tables, facts_of(served.settings, run.manifest, tables), sharing).shared(name)
    key = TABLES[name].key
    wanted = {tuple(str(row[one]) for one in key): row["withheld"] for row in (*shown.shown, *shown.withheld)}
    came = _rows(reader, f"/v1/tables/{name}")
    assert {tuple(str(row[one]) for one in key): row["withheld"] for row in came} == wanted
    assert wanted


def test_cells_of_too_few_people_lose_their_figures(reader, served: Project):
    least = served.settings.privacy.smallest_cell
    exact = served.table("segments").filter(lambda t: t.customers > 0).to_pyarrow().to_pylist()
    small = {(row["segmentation"], row["segment"]) for row in exact if row["customers"] < least}
    came = {(row["segmentation"], row["segment"]): row for row in _rows(reader, "/v1/segments")}
    assert small
    for cell in small:
        assert came[cell]["withheld"]
        assert came[cell]["customers"] is came[cell]["margin"] is came[cell]["predicted_value"] is None
    assert not all(row["withheld"] for row in came.values())


def test_what_was_shown_is_remembered_for_the_next_report(reader, served: Project):
    reader.get("/v1/segments")
    assert read_memory(memory_of(served, served.last().manifest))["segments"]


@pytest.mark.parametrize("path", NAMED)
def test_named_figures_are_their_tables(reader, path):
    assert _rows(reader, path) == _rows(reader, f"/v1/tables/{NAMED[path]}")


def test_every_table_that_is_listed_can_be_read_and_is_as_the_api_says(reader):
    listed = [row["table"] for row in _rows(reader, "/v1/tables")]
    assert set(NAMED.values()) <= set(listed) <= set(FIGURES)
    for name in listed[::4]:
        answer = reader.get(f"/v1/tables/{name}", params={"limit": 1000})
        if answer.status_code == 422:
            assert answer.json()["type"].endswith("server.argument")  # too large
            continue
        assert answer.status_code == 200, (name, answer.text)
        shapes.figures_page(name).model_validate_json(answer.content, strict=False)
        assert set(answer.json()) == {"rows", "next"}


def test_amounts_are_exact_text_and_estimates_numbers(reader):
    row = next(row for row in _rows(reader, "/v1/segments") if not row["withheld"])
    assert isinstance(row["margin"], str)
    assert row["margin"].partition(".")[2].isdigit()
    assert isinstance(row["predicted_value"], float)


def test_pages_together_are_the_whole(reader):
    whole = _rows(reader, "/v1/segments")
    assert _rows(reader, "/v1/segments", limit=3) == whole
    assert len(whole) > 6


def test_figures_are_found_by_their_columns(reader):
    rows = _rows(reader, "/v1/segments", segmentation="rfm")
    assert {row["segmentation"] for row in rows} == {"rfm"}
    month = _rows(reader, "/v1/kpis")[0]["month"]
    assert {row["month"] for row in _rows(reader, "/v1/kpis", month=month)} == {month}
    assert _rows(reader, "/v1/kpis", month=date(1999, 1, 1).isoformat()) == []


def test_a_condition_picks_rows_of_what_is_shown(reader):
    whole = _rows(reader, "/v1/segments")
    many = _rows(reader, "/v1/segments", where="customers > 40 AND segmentation <> 'rfm'")
    assert many == [row for row in whole if (row["customers"] or 0) > 40 and row["segmentation"] != "rfm"]
    hidden = _rows(reader, "/v1/segments", where="customers < 5")
    assert hidden == []  # what is withheld cannot be asked for


@pytest.mark.parametrize(
    "where", ["nope = 1", "customers >", "(SELECT 1) = 1", "'; DROP TABLE x", "customers = 'a'", "(" * 100, "1"]
)
def test_a_condition_that_is_none_is_refused_with_the_reason(reader, where):
    answer = reader.get("/v1/segments", params={"where": where})
    assert answer.status_code == 422
    assert answer.json()["detail"]


@pytest.mark.parametrize("name", ["profiles", "links", "rejected", "raw_customers", "../manifest", "nope"])
def test_other_tables_are_not_there(reader, name):
    assert reader.get(f"/v1/tables/{name}").status_code == 404


def test_who_may_see_a_part_of_the_customers_sees_no_figures_about_all(german):
    for path in (*NAMED, "/v1/tables", "/v1/tables/cohorts", "/v1/audiences", "/v1/experiments", "/v1/triggers"):
        answer = german.get(path)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:patron:problem:read.part_of_shop")


def test_an_answer_that_is_known_is_not_sent_again(reader):
    first = reader.get("/v1/segments")
    tag = first.headers["ETag"]
    for given in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = reader.get("/v1/segments", headers={"If-None-Match": given})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert reader.get("/v1/segments", headers={"If-None-Match": '"other"'}).content == first.content
    assert reader.get("/v1/segments?limit=2").headers["ETag"] != tag
    assert first.headers["Cache-Control"] == "private, no-cache"


def test_another_run_is_another_book_and_an_erasure_too(serving, served: Project):
    book = serving.app.services.part(FigureBook)
    run = served.last()
    same = book.of(run)
    assert book.of(served.last()) is same
    erased = run.manifest.model_copy(update={"erasures": {"R-1": {"profiles": 1}}})
    assert book.of(type(run)(run.folder, erased)) is not same


def test_tables_about_nobody_are_whole(reader, served: Project):
    assert len(_rows(reader, "/v1/tables/quality")) == served.last().rows("quality")
    assert set(NO_PEOPLE) - set(FIGURES) == set()
    assert json.dumps(sorted(set(FIGURES) - set(NO_PEOPLE) - set(SHOWN)))  # told as they are, through the same gate


def test_many_ask_at_once_and_all_are_answered_alike(reader):
    paths = ["/v1/segments", "/v1/kpis", "/v1/tables/targets", "/v1/segments/rfm/loyal/customers", "/v1/runs"] * 6
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(reader.get, paths))
    assert {answer.status_code for answer in answers} == {200}
    assert len({(path, answer.content) for path, answer in zip(paths, answers, strict=True)}) == 5


def test_two_processes_remember_what_both_showed(served: Project):
    run, names = served.last(), ("segments", "cohorts", "ledger", "targets")
    memory = memory_of(served, run.manifest)
    memory.unlink(missing_ok=True)
    books = [Figures(served, run, served.settings) for _ in names]
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda pair: pair[0].shown(pair[1]), zip(books, names, strict=True)))
    assert set(names) <= set(read_memory(memory))
