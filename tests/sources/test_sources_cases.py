"""Cases as data: small files, and what cleaning must make of them. The law of counting is held in every one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from shop_files import load

from patron import errors
from patron.contracts.raw import QUALITY
from patron.language import has
from patron.pipeline.rate_settings import by_day
from patron.sources.currency import Exchange
from patron.sources.entities import OUTCOMES
from patron.sources.people import PEOPLE
from patron.sources.rules import CLEANING, ORDERS

CASES = [
    pytest.param(case, id=f"{file.stem}: {case['case']}")
    for file in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    for case in yaml.safe_load(file.read_text(encoding="utf-8"))
]
ENTITIES = ("customers", "products", "spend", *PEOPLE)
COUNTED = ("orders", *ENTITIES)


def shop_of(case, folder):
    for name, text in case["files"].items():
        (folder / name).write_bytes(text.encode(case.get("encoding", "utf-8")))
    sources = {"order_lines": {"path": "orders*.csv", **case.get("settings", {})}}
    for name in ENTITIES:
        if f"{name}.csv" in case["files"]:
            sources[name] = {"path": f"{name}.csv"}
    rates = {code: by_day(told) for code, told in case.get("rates", {}).items()}
    return load(folder, case.get("sources", sources), exchange=Exchange("EUR", rates), **case.get("run", {}))


def written(row, columns):
    return {
        name: row[name] if isinstance(row[name], (bool, int, float, type(None))) else str(row[name]) for name in columns
    }


def meant(row):
    return {k: v if isinstance(v, (bool, int, float, type(None))) else str(v) for k, v in row.items()}


def same(rows, expected):
    assert len(rows) == len(expected)
    assert [written(row, wanted) for row, wanted in zip(rows, expected, strict=True)] == [
        meant(row) for row in expected
    ]


@pytest.mark.parametrize("case", [case for case in CASES if "error" not in case.values[0]])
def test_what_becomes_of_the_rows(case, tmp_path):
    shop = shop_of(case, tmp_path)
    assert shop.counts() == case["counts"]
    for name in COUNTED:
        assert shop.counts(name) == case.get(name, {})
    if "as_of" in case:
        assert shop.loaded.as_of == case["as_of"]
    if "lines" in case:
        same(sorted(shop.lines, key=lambda line: line["line_id"]), case["lines"])
    if "rejected" in case:
        refused = [f"{row['rule']} {row['row']}: {row['content']}" for row in shop.rows["rejected"]]
        assert sorted(refused) == sorted(case["rejected"])
    for name, rows in case.get("tables", {}).items():
        same(shop.rows[name], rows)


@pytest.mark.parametrize("case", [case for case in CASES if "error" in case.values[0]])
def test_what_is_said_when_nothing_works(case, tmp_path):
    kind, _, text = case["error"].partition(" ")
    with pytest.raises(getattr(errors, kind)) as caught:
        shop_of(case, tmp_path)
    assert text in str(caught.value)
    assert caught.value.remedy
    assert caught.value.data


def test_every_rule_has_a_case_and_its_sentences():
    rules = {rule.name for rule in (*CLEANING, *ORDERS)} | set(OUTCOMES) | {"undecoded"}
    rules |= {rule for source in PEOPLE.values() for rule in source.outcomes}
    used = {check for case in CASES for name in ("counts", *COUNTED) for check in case.values[0].get(name, {})}
    assert rules <= used
    assert [rule for rule in sorted(used) if not has(f"quality.rule.{rule}")] == []


def test_the_table_of_findings_says_what_was_counted(tmp_path):
    case = next(case.values[0] for case in CASES if case.values[0]["case"].startswith("files that overlap"))
    shop = shop_of(case, tmp_path)
    rows = {row["check"]: row for row in shop.rows["quality"]}
    assert list(rows["read"]) == list(QUALITY.names)
    assert {check: row["rows"] for check, row in rows.items()} == case["counts"]
    assert rows["repeated_across_files"]["share"] == pytest.approx(2 / 7)
    assert rows["repeated_across_files"]["message"] == "2 rows stand in an earlier file already (28.6%); removed."
    assert rows["repeated_across_files"]["severity"] == "info"
    assert rows["read"]["advice"] is None


@pytest.mark.parametrize(("bad", "severity"), [(0, None), (1, "info"), (2, "warning"), (50, "error"), (199, "error")])
def test_what_is_lost_weighs_by_its_share(tmp_path, bad, severity):
    rows = [f"{'' if n < bad else 'ann'},2024-01-01,4" for n in range(200)]
    (tmp_path / "orders.csv").write_text("\n".join(["customer_id,ordered_at,unit_price", *rows]), encoding="utf-8")
    shop = load(tmp_path, {"order_lines": {"path": "orders.csv"}})
    found = {row["check"]: row["severity"] for row in shop.rows["quality"]}
    assert found.get("missing_customer") == severity
    assert found["kept"] == "info"
