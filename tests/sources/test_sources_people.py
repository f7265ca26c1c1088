"""Sources about people: the law of counting on any rows, what the run may know, and the words of consent."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shop_files import Shop, load

from patron.contracts import PURPOSES
from patron.contracts.raw import FIELDS
from patron.contracts.raw_people import CHANNELS, CONSENT_STATUS, LAWFUL_BASES
from patron.errors import SettingsError
from patron.sources.came import Came
from patron.sources.customer_ids import customer_id
from patron.sources.people import PEOPLE
from patron.sources.people import words as vocabulary
from patron.sources.rules import Setting
from patron.sources.spec import SourceSpec

ORDERS = "customer_id,ordered_at,unit_price\nann,2024-03-01,4\n"
few = settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))

DAYS = ["2024-01-01", "2024-03-01 10:00:00", "2024-05-05", "2099-01-01", "1970-01-01", "", "soon", "infinity"]
BEGINS = ("occurred_at", "given_at", "seen_on", "dated", "opened_at", "started_on", "first_seen_on",
          "reviewed_at", "answered_at", "referred_on", "day")  # fmt: skip
MESS = {
    "customer_id": ["ann", "Ann@X.test", " bob", "", "null"],
    "status": ["yes", "no", "Unsubscribed", "", "perhaps"],
    "email_status": ["yes", "never subscribed", "", "perhaps"],
    "email_opt_out": ["yes", "no", "", "?"],
    "purpose": ["marketing", "", "fun"],
    "channel": ["email", "", "pigeon"],
    "lawful_basis": ["consent", "", "because"],
    "kind": ["email", "E-Mail", "", "CRM"],
    "amount": ["1.005", "", "x", "-4", "99999999999999999999"],
    "satisfaction": ["1", "4.5", "6", "", "x", "inf"],
    "rating": ["1", "4.5", "6", "", "x", "inf"],
    "score": ["1", "4.5", "10", "", "x", "inf"],
    "scale": ["10", "0", "1", "", "", "x", "inf"],
    "question": ["nps", "CES", "customer satisfaction", "", "mood"],
    "points": ["1", "-4", "", "x", "inf"],
    "price": ["9.99", "0", "", "x"],
    "category_index": ["1.1", "-1", "", "x", "inf"],
    "period_days": ["30", "month", "0", "1.5", "", "x", "1e30"],
}


def row_of(fields: list[str]) -> st.SearchStrategy[list[str]]:
    days = {name for source in PEOPLE for one in FIELDS[source] if one.type != "string" for name in [one.name]}
    values = [MESS.get(name, DAYS if name in days - {"amount"} else ["a", "b", "", "nan"]) for name in fields]
    return st.tuples(*(st.sampled_from(one) for one in values)).map(list)


def written(header: list[str], rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def shop_of(source: str, *files: str, **options: Any) -> Shop:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
        for number, text in enumerate(files):
            (folder / f"it_{number}.csv").write_text(text, encoding="utf-8")
        sources: Mapping[str, Mapping[str, Any]] = {
            "order_lines": {"path": "orders.csv"},
            source: {"path": "it_*.csv", "format": {"dates": "iso"}},
        }
        return load(folder, sources, **options)


@pytest.mark.parametrize("source", list(PEOPLE))
@given(st.data())
@few
def test_no_row_is_lost_and_what_comes_later_changes_nothing(source: str, data: st.DataObject) -> None:
    """`load` holds the law of counting; a row after the run's day, and one that comes twice, add nothing."""
    header = [field.name for field in FIELDS[source]]
    rows = data.draw(st.lists(row_of(header), max_size=12))
    one = shop_of(source, written(header, rows))
    assert one.counts(source).get("read", 0) == len(rows)
    days = [field.name for field in FIELDS[source] if field.name in BEGINS]
    if not days:
        return
    moved = [
        ["2024-03-02" if name == days[0] else value for name, value in zip(header, row, strict=True)] for row in rows
    ]
    both = shop_of(source, written(header, rows), written(header, moved))
    assert both.rows[f"raw_{source}"] == one.rows[f"raw_{source}"]


@pytest.mark.parametrize("source", ["events", "traits", "consents", "identifiers"])
def test_the_day_of_the_run_is_the_last_that_is_known(source: str) -> None:
    day = {"events": "occurred_at", "traits": "dated", "consents": "given_at", "identifiers": "seen_on"}[source]
    rest = {"events": "event", "traits": "trait,value", "consents": "status", "identifiers": "kind,value"}[source]
    values = {"events": "view", "traits": "age,5", "consents": "yes", "identifiers": "email,a@x"}[source]
    text = f"customer_id,{day},{rest}\nann,2024-03-01 23:59:59,{values}\nann,2024-03-02,{values}\n"
    assert {"kept": 1, "later": 1}.items() <= shop_of(source, text).counts(source).items()
    # Asked about a later day, both are known; the identifier is the same one on both days.
    kept = {"kept": 1, "repeated_key": 1} if source == "identifiers" else {"kept": 2}
    assert kept.items() <= shop_of(source, text, as_of=date(2024, 3, 2)).counts(source).items()


def test_without_orders_the_day_of_the_customers_is_the_last_that_is_known(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("customer_id,acquired_on\nann,2024-02-01\n", encoding="utf-8")
    (tmp_path / "events.csv").write_text(
        "customer_id,occurred_at,event\nann,2024-02-01,view\nann,2024-02-02,view\n", encoding="utf-8"
    )
    shop = load(tmp_path, {name: {"path": f"{name}.csv"} for name in ("customers", "events")})
    assert shop.counts("events") == {"read": 2, "kept": 1, "later": 1}


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("Subscribed", "granted"), ("SUBSCRIBED", "granted"), ("Unsubscribed", "revoked"),
        ("Never subscribed", "denied"), ("NEVER_SUBSCRIBED", "denied"), ("opted_in", "granted"),
        ("opted-out", "revoked"), ("true", "granted"), ("FALSE", "denied"), ("1", "granted"), ("0", "denied"),
        ("Yes", "granted"), ("no", "denied"), ("revoked", "revoked"), ("pending", "denied"),
        ("subscribed?!", "granted"), ("cleaned", None), ("maybe", None), ("10", None), ("not sure", None),
        ("...", None),
    ],
)  # fmt: skip
def test_what_systems_say_for_yes_and_no(said: str, status: str | None) -> None:
    text = ibis.memtable({"said": [said]}).said
    word = vocabulary.spelt(vocabulary.plain(text), vocabulary.STATUS_WORDS).name("word").as_table()
    found = word.to_pyarrow()["word"][0].as_py()
    assert ("denied" if found == "never" else found) == status


@pytest.mark.parametrize(
    ("words", "meanings"),
    [
        (vocabulary.STATUS_WORDS, {*CONSENT_STATUS, "never"}),
        (vocabulary.OPT_OUT_WORDS, {"revoked", ""}),
        (vocabulary.PURPOSE_WORDS, set(PURPOSES)),
        (vocabulary.CHANNEL_WORDS, set(CHANNELS)),
        (vocabulary.BASIS_WORDS, set(LAWFUL_BASES)),
    ],
)
def test_every_word_means_one_thing_and_every_meaning_is_its_own_word(
    words: vocabulary.Words, meanings: set[str]
) -> None:
    assert set(words) == meanings
    every = [word for spellings in words.values() for word in spellings]
    assert len(set(every)) == len(every)
    assert all(word.isascii() and word.isalnum() and word == word.lower() for word in every)
    for meaning in meanings - {"never", ""}:
        assert meaning.replace("_", "") in words[meaning]


@pytest.mark.parametrize("source", list(PEOPLE))
def test_a_required_field_without_a_column_is_an_error(source: str) -> None:
    with pytest.raises(SettingsError):
        shop_of(source, "nothing\n1\n")


@pytest.mark.parametrize("source", list(PEOPLE))
def test_it_compiles_for_spark(source: str) -> None:
    assert ibis.pyspark
    names = [field.name for field in FIELDS[source]]
    rows = ibis.table(
        {"file_number": "int64", "file": "string", "row": "int64", "broken": "boolean", "breaks": "int64",
         "trimmed": "boolean", **dict.fromkeys(names, "string")}, name="rows",
    )  # fmt: skip
    marks = ibis.table({"file_number": "int64", "row": "int64", "mark": "int64", "seal": "int64"}, name="marks")
    setting = Setting(SourceSpec(path="x"), date(2024, 3, 1), date(2024, 6, 30), source)
    for mapped in (names, [name for name in names if name != "event_id"]):
        came = Came(rows, rows, marks, tuple(mapped), rows, ())
        judged = PEOPLE[source].judged(came, setting)
        assert "rule" in judged.columns
        assert ibis.to_sql(PEOPLE[source].collected(judged, setting), dialect="pyspark")


@pytest.mark.parametrize(
    ("came", "id_"),
    [
        ("Anna@X.de", "anna@x.de"), ("anna@x.de", "anna@x.de"), ("ÄNNE@Käse.de", "änne@käse.de"),
        ("anna\u00a0@x.de", "anna@x.de"), ("Anna@", "Anna@"), ("@Anna", "@Anna"), ("A 7@B", "A 7@B"),
        ("A7", "A7"), ("A@b@c", "A@b@c"), (None, None),
    ],
)  # fmt: skip
def test_an_id_that_is_an_address_is_one_in_any_capitals(came: str | None, id_: str | None) -> None:
    text = ibis.memtable({"id": [came]}, schema={"id": "string"}).id
    assert customer_id(text).name("id").as_table().to_pyarrow()["id"][0].as_py() == id_
