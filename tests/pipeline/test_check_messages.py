"""Messages and teams of `patron.yaml`: every mistake with file, line and key; the step, previews and the command."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ibis
import ibis.expr.types as ir
import pytest
import yaml

from decisions.messages_shop import AS_OF, rows
from patron.contracts import TABLES
from patron.engines.preference_state import PREFERENCE_SCHEMA
from patron.errors import SettingsError
from patron.pipeline.check_messages import messages_of
from patron.pipeline.message_steps import MESSAGE_STEP
from patron.pipeline.project import Project
from patron.pipeline.settings import Settings
from patron.pipeline.step import Context
from patron.privacy.statements import SCHEMA

HEAD = """name: Mill
currency: EUR
sources: {order_lines: {path: x.csv}}
triggers:
  second: {signal: second_order_window, action: second_order, holdout: 10%, state: pilot, kind: KIND}
sequences:
  nurture: {signal: first_90_days, holdout: 10%, steps: [{name: hello, action: welcome}]}
sender:
  links: {unsubscribe: "https://mill.example/u"}
  footers: {email: "Leave: {{ unsubscribe_url }}"}
"""
LINES = HEAD.count("\n")

OFFERS = ", ".join(f"o{n}" for n in range(70))
TIMES = ", ".join(f"'{n // 60:02d}:{n % 60:02d}'" for n in range(70))

MISTAKES = [
    ("messages:\n  secnd: {parts: {copy: {a: x}}}", 2, "messages.secnd", "Did you mean 'second'?"),
    ("messages:\n  second: {parts: {headline: {a: '{{ gven_name }}'}}}", 2, "headline.a", "Did you mean 'given_name'?"),
    ("messages:\n  second:\n    parts:\n      headline: {a: Hi}\n      copy:\n        a: {en: Hi, de: '{{ x'}", 6,
     "copy.a.de", "cannot be read"),
    ("messages:\n  second:\n    parts: {headline: {a: '" + "x" * 70 + "'}}", 3, "headline.a", "60 are allowed"),
    ("messages:\n  second: {parts: {copy: {a: x}}}", 2, "messages.second.parts", "no headline"),
    ("messages:\n  second: {parts: {headline: {a: x}, channel: [email, sms]}}", 2, "headline.a",
     "no way to unsubscribe"),
    ("messages:\n  second: {parts: {headline: {a: x}, channel: [fax]}}", 2, "parts", "fax is none"),
    ("messages:\n  second: {parts: {headline: {a: x}, time: [noon]}}", 2, "parts", "noon is none"),
    ("messages:\n  second: {parts: {headline: {a b: x}}}", 2, "parts", "letters, digits"),
    ("messages:\n  second: {parts: {offer: {a: x}}}", 2, "parts", "a message needs words"),
    ("messages:\n  second: {parts: {headline: {}}}", 2, "parts", "at least one option"),
    ("messages:\n  second: {parts: {headline: {a: {text: {xx_yy_zz: x}}}}}", 2, "headline.a", "a language's tag"),
    ("messages:\n  second: {parts: {headline: {a: {txt: x}}}}", 2, "headline.a.txt", "Did you mean 'text'?"),
    ("messages:\n  second: {parts: {title: {a: x}}}", 2, "messages.second.parts", "title is none"),
    (f"messages:\n  second: {{parts: {{headline: {{a: x}}, offer: [{OFFERS}], time: [{TIMES}]}}}}", 2, "parts",
     "4096 variants at most"),
    ("teams:\n  growth: {triggers: [secnd]}", 2, "teams.growth.triggers.0", "Did you mean 'second'?"),
    ("teams:\n  growth: {goal: {metric: orders, target: 1, since: 2024-01-01, segmentation: rfm, segment: champion}}",
     2, "goal.segment", "Did you mean 'champions'?"),
    ("teams:\n  growth: {goal: {metric: ordrs, target: 1, since: 2024-01-01}}", 2, "goal.metric",
     "Did you mean 'orders'?"),
    ("teams:\n  growth: {goal: {metric: orders, since: 2024-01-01}}", 2, "teams.growth.goal", "change"),
    ("teams:\n  a: {triggers: [second]}\n  b: {triggers: [second]}", 2, "teams.a.triggers", "two teams"),
]  # fmt: skip


def project(folder: Path, text: str, *, kind: str = "promotion") -> Project:
    (folder / "patron.yaml").write_text(HEAD.replace("KIND", kind) + text, encoding="utf-8")
    return Project(folder)


@pytest.mark.parametrize(("text", "line", "key", "words"), MISTAKES)
def test_every_mistake_is_named_with_its_line_and_key(
    text: str, line: int, key: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as error:
        _ = project(tmp_path, text).settings
    assert error.value.data["line"] == LINES + line
    assert key in str(error.value.data["key"])
    assert words in str(error.value)


def test_faults_of_the_sender_are_at_the_sender(tmp_path: Path) -> None:
    text = HEAD.replace("https://mill.example/u", "mill").replace("KIND", "promotion")
    (tmp_path / "patron.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        _ = Project(tmp_path).settings
    assert (error.value.data["key"], error.value.data["line"]) == ("sender.links.unsubscribe", 9)


def test_a_message_takes_kind_and_channels_from_its_trigger(tmp_path: Path) -> None:
    text = """messages:
  second: {parts: {headline: {a: x}, time: [9:00, 18:30]}}
  nurture/hello: {kind: service, parts: {headline: {a: x}}}
"""
    found = messages_of(project(tmp_path, text).settings)
    assert (found["second"].kind, found["second"].channels()) == ("promotion", ("email",))
    assert found["second"].options()["time"] == ("09:00", "18:30")
    assert found["nurture/hello"].kind == "service"


def settings(**parts: Any) -> Settings:
    text = HEAD.replace("KIND", "promotion")
    told = {"second": {"parts": parts or {"headline": {"a": "{{ given_name }}"}, "offer": {"no": None, "ten": "10 %"}}}}
    return Settings.model_validate({**yaml.safe_load(text), "messages": told})


def made(settings_: Settings, **tables: ir.Table) -> dict[str, list[dict[str, Any]]]:
    given = {name: rows(name) for name in MESSAGE_STEP.needs}
    given["profiles"] = rows("profiles", *({"customer_id": who, "orders": 1} for who in ("ann", "bo", "cy")))
    context = Context(
        settings=settings_, as_of=AS_OF, tables={**given, **tables}, earlier=None,
        keep=lambda _name, table: ibis.memtable(table.to_pyarrow()),
        kept=SimpleNamespace(  # type: ignore[arg-type]
            statements=ibis.memtable(ibis.schema(SCHEMA).to_pyarrow().empty_table()),
            preferences=PREFERENCE_SCHEMA.empty_table(),
        ),
    )  # fmt: skip
    found = dict(MESSAGE_STEP.function(context))  # type: ignore[call-overload]
    return {name: TABLES[name].check(found[name]).to_pyarrow().to_pylist() for name in MESSAGE_STEP.makes}


def test_the_step_looks_at_those_it_fired_for_else_the_signals_else_everybody() -> None:
    signals = rows(
        "signals", *({"customer_id": who, "signal": "second_order_window", "subject": ""} for who in ("ann", "bo"))
    )
    fired = rows("candidates", {"customer_id": "ann", "trigger": "second", "subject": "p1", "subject_kind": "product"})
    cases = [
        ({"signals": signals, "candidates": fired}, "fired", 1), ({"signals": signals}, "signal", 2),
        ({}, "everybody", 3),
    ]  # fmt: skip
    for tables, basis, many in cases:
        found = made(settings(), **tables)
        assert len(found["variants"]) == 2 * 2
        (check,) = found["message_checks"]
        told = check["check"], check["customers"], check["audience"], check["audience_of"], check["severity"]
        assert told == ("value_missing", many, many, basis, "warning")


def test_warnings_about_words_and_stock_are_in_the_table() -> None:
    shown = {"headline": {"a": "NEVER AGAIN EVER"}, "copy": {"a": {"text": "x", "product": "p9", "category": "Tea"}}}
    found = made(settings(**shown), raw_products=rows("raw_products", {"product_id": "p9", "stock": 0.0}))
    told = {row["check"]: (row["severity"], row["customers"]) for row in found["message_checks"]}
    assert told == {"shouting": ("warning", None), "stock": ("error", 3), "category": ("warning", 3)}


def test_without_messages_nothing_is_computed() -> None:
    plain = Settings(name="Mill", currency="EUR", sources={"order_lines": {"path": "x.csv"}})
    assert made(plain) == {"variants": [], "message_checks": []}


def test_what_was_said_of_contact_counts() -> None:
    said = {"customer_id": "ann", "purpose": "marketing", "channel": "email", "allowed": False, "reason": "revoked"}
    consents = rows("consents", {**said, "since": date(2024, 1, 1), "records": 1, "conflict": False})
    found = made(settings(headline={"a": "x"}), consents=consents)
    assert [(row["check"], row["customers"]) for row in found["message_checks"]] == [("consent", 1)]
