"""The steps `theme_texts` and `themes`: what comes in, what is quoted, whose it is, and where there is too little."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from patron.contracts import TABLES
from patron.contracts.theme import OTHER, SAID
from patron.pipeline.erased_files import rows_of, write_without
from patron.pipeline.erased_rows import Hers
from patron.pipeline.own_segments import customer_columns
from patron.pipeline.settings import Settings
from patron.pipeline.step import Context, Learned
from patron.pipeline.theme_steps import THEME_STEP, THEME_TEXT_STEP, said
from patron.privacy.stores import Subject
from patron.segments import rules
from patron.simulate.wordings import planted_texts
from patron.voice.themes_segments import _by_customer, _counted

DAY = date(2024, 12, 31)
BEGIN = datetime(2024, 1, 1, 12)  # noqa: DTZ001 - in the project's time zone
MADE = ("theme_texts", "theme_words", "customer_themes")


def filled(name: str, rows: list[dict[str, Any]]) -> Any:
    return ibis.memtable(pa.Table.from_pylist(rows, schema=TABLES[name].schema.to_pyarrow()))


def shop(texts: int = 500, *, extra: str = "") -> dict[str, Any]:
    """Return what the steps read: planted texts as reviews, some as answers and tickets."""
    planted = planted_texts(texts=texts, seed=2).texts.to_pylist()
    rows: dict[str, list[dict[str, Any]]] = {"reviews": [], "surveys": [], "tickets": []}
    for place, row in enumerate(planted):
        at = BEGIN + timedelta(hours=16 * place)
        text = row["text"] + extra
        who = row["customer_id"].lower()
        if place % 5 == 0:
            told = {"survey_id": row["text_id"], "question": "nps", "score": float(place % 11), "scale": 10.0}
            rows["surveys"].append(told | {"customer_id": who, "answered_at": at, "text": text})
        elif place % 5 == 1:
            told = {"ticket_id": row["text_id"], "customer_id": who, "opened_at": at, "text": text}
            rows["tickets"].append(told)
        else:
            told = {"review_id": row["text_id"], "customer_id": who, "rating": 1.0 + place % 5, "reviewed_at": at}
            rows["reviews"].append(told | {"text": text})
    tables = {f"raw_{name}": filled(f"raw_{name}", found) for name, found in rows.items()}
    people = sorted({row["customer_id"].lower() for row in planted})
    links = [
        {"source": source, "record_id": who, "customer_id": who.upper(), "rule": "own_id", "confidence": 1.0}
        for source in rows
        for who in people
    ]
    named = [
        {"customer_id": "C1", "attribute": "given_name", "value": "Refund", "rule": "only", "source": "customers",
         "record_id": "c1", "others": 0}
    ]  # fmt: skip
    members = [
        {"customer_id": who.upper(), "segmentation": "s", "segment": f"s{n % 3}"} for n, who in enumerate(people)
    ]
    worth = [{"customer_id": who.upper(), "predicted_value": 5.0} for who in people]
    return tables | {
        "links": filled("links", links), "golden_records": filled("golden_records", named),
        "memberships": filled("memberships", members), "forecasts": filled("forecasts", worth),
    }  # fmt: skip


def context(tables: dict[str, Any], **changes: Any) -> Context:
    made = Context(
        settings=None, as_of=DAY, tables=tables, keep=lambda _name, table: table, earlier=None, kept=None,  # type: ignore[arg-type]
    )  # fmt: skip
    return replace(made, **changes)


def made_of(tables: dict[str, Any], **changes: Any) -> dict[str, pa.Table]:
    made = dict(THEME_TEXT_STEP.function(context(tables, **changes)))  # type: ignore[call-overload]
    made |= dict(THEME_STEP.function(context(tables | made, **changes)))  # type: ignore[call-overload]
    return {name: TABLES[name].check(made[name]).to_pyarrow() for name in (*MADE, "themes")}


@pytest.fixture(scope="module")
def tables() -> dict[str, Any]:
    return shop()


@pytest.fixture(scope="module")
def found(tables: dict[str, Any]) -> dict[str, pa.Table]:
    return made_of(tables)


def test_every_text_has_a_theme_its_day_and_its_customer(tables: dict[str, Any], found: dict[str, pa.Table]) -> None:
    rows = found["theme_texts"].to_pylist()
    wrote = tables["raw_reviews"].count().to_pyarrow().as_py()
    assert sum(row["source"] == "reviews" for row in rows) == wrote
    assert len(rows) == 500
    known = {row["theme"] for row in found["theme_words"].to_pylist()} | {OTHER}
    assert {row["theme"] for row in rows} <= known
    assert all(row["customer_id"].isupper() for row in rows), "by links"
    for row in rows:
        assert (row["rating"] is not None) == (row["source"] == "reviews")
        assert (row["nps_score"] is not None) == (row["source"] == "surveys")
    assert {row["text_id"].split(":")[-1] for row in rows if row["source"] == "surveys"} == {"nps"}


def test_quotes_are_few_masked_and_of_different_customers(found: dict[str, pa.Table]) -> None:
    quoted = [row for row in found["theme_texts"].to_pylist() if row["quote"]]
    themes = {row["theme"] for row in quoted}
    assert len(themes) > 5
    for theme in themes:
        people = [row["customer_id"] for row in quoted if row["theme"] == theme]
        assert len(people) == len(set(people)) <= 3
    whole = " ".join(row["quote"] for row in quoted).lower()
    assert "refund" not in whole, "a name of a customer"
    assert not any(len(part) > 2 and part.isdigit() for part in whole.split())
    told = [row["words"] for row in found["theme_words"].to_pylist()]
    assert not [words for words in told if "refund" in words]


def test_a_name_that_everybody_writes_is_in_no_quote(tables: dict[str, Any]) -> None:
    signed = made_of(shop(extra=" Refund Miller 0171 2345678 miller@example.com"))
    quoted = [row["quote"].lower() for row in signed["theme_texts"].to_pylist() if row["quote"]]
    assert not [quote for quote in quoted if "refund" in quote or "@" in quote or "0171" in quote]


def test_what_each_customer_speaks_of(found: dict[str, pa.Table]) -> None:
    texts, told = found["theme_texts"].to_pylist(), found["customer_themes"].to_pylist()
    assert {row["customer_id"] for row in told} == {row["customer_id"] for row in texts}
    for row in told[:80]:
        own = [text for text in texts if text["customer_id"] == row["customer_id"]]
        about = {text["theme"] for text in own if text["theme"] != OTHER}
        assert row["texts_written"] == len(own)
        assert row["last_said_on"] == max(text["said_on"] for text in own)
        assert row["themes"] == ", ".join(sorted(about))
        assert (row["main_theme"] in about) if about else row["main_theme"] is None
        last = max((text["said_on"] for text in own if text["theme"] != OTHER), default=None)
        spoken = {text["theme"] for text in own if text["said_on"] == last and text["theme"] != OTHER}
        assert (row["last_theme"] in spoken) if about else row["last_theme"] is None


def test_themes_add_up_to_their_texts(found: dict[str, pa.Table]) -> None:
    rows = found["themes"].to_pylist()
    texts = found["theme_texts"].to_pylist()
    whole = {row["theme"]: row for row in rows if row["segmentation"] == "all"}
    assert sum(row["texts"] for row in whole.values()) == len(texts)
    for theme, row in whole.items():
        assert row["customers"] == len({text["customer_id"] for text in texts if text["theme"] == theme})
        assert row["customers"] == sum(
            part["customers"] for part in rows if part["theme"] == theme and part["segmentation"] == "s"
        )
        assert float(row["value"]) == 5.0 * row["customers"]


def test_nothing_that_is_written_later_is_known(tables: dict[str, Any]) -> None:
    """A run as of an earlier day, from all rows, is that from the rows that were there."""
    day = date(2024, 9, 30)
    cut = dict(tables)
    for name, when in (("raw_reviews", "reviewed_at"), ("raw_surveys", "answered_at"), ("raw_tickets", "opened_at")):
        cut[name] = tables[name].filter(tables[name][when].date() <= ibis.literal(day))
    early, then = (made_of(one, as_of=day) for one in (tables, cut))
    assert early == then
    assert max(row["said_on"] for row in early["theme_texts"].to_pylist()) == day


def test_an_earlier_run_passes_its_names_on(tables: dict[str, Any], found: dict[str, pa.Table]) -> None:
    old = {row["theme"]: f"own name of {row['theme']}" for row in found["theme_words"].to_pylist()}
    texts = found["theme_texts"].to_pylist()
    before = Learned(
        run_id="1", segment_models=TABLES["segment_models"].empty(),
        theme_texts=filled("theme_texts", [row | {"theme": old.get(row["theme"], OTHER)} for row in texts]),
        theme_words=filled(
            "theme_words",
            [
                row | {"theme": old[row["theme"]], "born_on": date(2020, 1, 1)}
                for row in found["theme_words"].to_pylist()
            ],
        ),
    )  # fmt: skip
    again = made_of(tables, learned=before)
    assert {row["theme"] for row in again["theme_words"].to_pylist()} == set(old.values())
    assert {row["born_on"] for row in again["theme_words"].to_pylist()} == {date(2020, 1, 1)}


def test_many_texts_come_a_batch_at_a_time(
    tables: dict[str, Any], found: dict[str, pa.Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patron.pipeline.theme_steps.MOST_TEXTS", 450)
    monkeypatch.setattr("patron.pipeline.theme_steps.BATCH", 100)
    made = made_of(tables)
    ids = made["theme_texts"]["text_id"].to_pylist()
    assert len(ids) == len(set(ids)) == 500
    assert sorted(ids) == sorted(found["theme_texts"]["text_id"].to_pylist())
    assert len(made["theme_words"]) > 5


@pytest.mark.parametrize("texts", [0, 1, 15])
def test_too_little_text_is_no_failure_of_the_run(tables: dict[str, Any], texts: int) -> None:
    few = dict(tables)
    for name in ("raw_reviews", "raw_surveys", "raw_tickets"):
        few[name] = tables[name].limit(texts)
    assert {name: len(table) for name, table in made_of(few).items()} == dict.fromkeys((*MADE, "themes"), 0)


def test_texts_without_a_letter_are_left_out_where_they_are_blank(tables: dict[str, Any]) -> None:
    row = tables["raw_reviews"].limit(4).to_pyarrow().to_pylist()
    blank = [one | {"text": text} for one, text in zip(row, ["", "  ", None, "👍"], strict=True)]
    whole = said({"reviews": filled("raw_reviews", blank)}, as_of=DAY)
    assert SAID.check(whole).to_pyarrow()["text"].to_pylist() == ["👍"]


def test_a_condition_asks_what_customers_speak_of(tables: dict[str, Any], found: dict[str, pa.Table]) -> None:
    theme = found["theme_words"]["theme"][0].as_py()
    settings = Settings.model_validate(
        {"name": "Shop", "currency": "EUR", "sources": {"orders": {"path": "x.csv", "columns": {
            "order_id": "a", "customer_id": "b", "ordered_at": "c"}}}}
    )  # fmt: skip
    columns = customer_columns(settings)
    where = f"themes LIKE '%{theme}%' AND texts_written >= 1"
    columns.check(where, where="segments.x")
    people = tables["forecasts"].select("customer_id")
    told = columns.table(
        ["themes", "texts_written"], {"profiles": people, "customer_themes": ibis.memtable(found["customer_themes"])},
        where="segments.x",
    )  # fmt: skip
    members = rules(told, {"x": where}, where="segments").to_pyarrow()
    own = [row for row in found["theme_texts"].to_pylist() if row["theme"] == theme]
    assert set(members["customer_id"].to_pylist()) == {row["customer_id"] for row in own}


def test_erasure_takes_her_texts_and_quotes(found: dict[str, pa.Table], tmp_path: Path) -> None:
    quoted = next(row for row in found["theme_texts"].to_pylist() if row["quote"])
    hers = Hers(Subject(quoted["customer_id"], frozenset(), {}), {})
    for name in ("theme_texts", "customer_themes"):
        file = tmp_path / f"{name}.parquet"
        pq.write_table(found[name], file)
        own, _ = rows_of(file, hers)
        assert own >= 1
        write_without([file], hers)
        assert quoted["customer_id"] not in pq.read_table(file)["customer_id"].to_pylist()
        assert rows_of(file, hers) == (0, 0)
    left = pq.read_table(tmp_path / "theme_texts.parquet")["quote"].to_pylist()
    assert quoted["quote"] not in left


def test_what_the_engine_does_compiles_for_spark(tables: dict[str, Any], found: dict[str, pa.Table]) -> None:
    assert ibis.pyspark
    plain = {name: TABLES[f"raw_{name}"].unbound() for name in ("reviews", "surveys", "tickets")}
    assert "UNION ALL" in ibis.to_sql(said(plain, as_of=DAY), dialect="pyspark")
    each = _by_customer(TABLES["theme_texts"].unbound())
    counted = _counted(each, TABLES["memberships"].unbound(), TABLES["forecasts"].unbound())
    assert "GROUP BY" in ibis.to_sql(counted, dialect="pyspark")
