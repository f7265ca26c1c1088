"""The step `decisions`: consent, hold-outs, levels and earlier contacts reach the auction; without triggers nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest
import yaml

from patron.contracts import TABLES
from patron.decisions.assignment import arm_of
from patron.decisions.eligibility import ContactRules
from patron.engines.preference_state import PREFERENCE_SCHEMA
from patron.errors import SettingsError
from patron.language import say
from patron.pipeline.contact_settings import ContactSettings
from patron.pipeline.decision_steps import DECISION_STEP, MADE
from patron.pipeline.reasons_said import said_why
from patron.pipeline.settings import Settings
from patron.pipeline.step import Handed
from patron.privacy import no_statements

TODAY = date(2026, 3, 1)
IDS = [f"c{one:03d}" for one in range(80)]
YAML = """
name: Shop
currency: EUR
timezone: Europe/Berlin
sources: {order_lines: {path: x.csv}}
contact: {most: 1, levels: 2}
triggers:
  cart: {signal: cart_abandoned, action: remind, holdout: 50%, state: scaled, believed: A reminder brings some back.}
  rain: {signal: cart_abandoned, action: remind, holdout: none, state: scaled, believed: Rain brings some of them back.}
"""
BASE: dict[str, Any] = {
    "form": "trigger", "kind": "promotion", "iteration": 1, "signal": "cart_abandoned", "subject_kind": "none",
    "subject": "", "action": "remind", "channel": "email", "purpose": "marketing", "value_low": 0.0,
    "value_high": 9.0, "cost": 0.0, "evidence": "assumed", "fired_on": TODAY,
    "expires_on": TODAY + timedelta(days=3),
}  # fmt: skip


def of(name: str, rows: list[dict[str, Any]]) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(rows, schema=TABLES[name].schema.to_pyarrow()))


def made(candidates: list[dict[str, Any]], *, handed: Handed | None = None, **tables: ir.Table) -> dict[str, Any]:
    filled = {name: TABLES[name].empty() for name in DECISION_STEP.needs} | tables
    rows = [{"predicted_value": place, "customer_id": who} for place, who in enumerate(IDS)]
    schema = pa.schema({"customer_id": pa.string(), "predicted_value": pa.float64()})
    filled["forecasts"] = ibis.memtable(pa.Table.from_pylist(rows, schema=schema))
    filled["candidates"] = of("candidates", candidates)
    context = SimpleNamespace(
        settings=Settings.model_validate(yaml.safe_load(YAML)), as_of=TODAY, handed=handed,
        keep=lambda _name, table: ibis.memtable(table.to_pyarrow()),
        kept=SimpleNamespace(triggers=(), statements=no_statements(), preferences=PREFERENCE_SCHEMA.empty_table()),
        of_customers=lambda name: filled[f"raw_{name}"],
    )  # fmt: skip
    asked: Any = type("Asked", (SimpleNamespace,), {"__getitem__": lambda _self, name: filled[name]})(**vars(context))
    found: Any = DECISION_STEP.function(asked)
    return {name: TABLES[name].check(found[name]).to_pyarrow().to_pylist() for name in MADE}


@pytest.fixture(scope="module")
def once() -> dict[str, Any]:
    rows = [{**BASE, "customer_id": who, "trigger": name, "value": value} for who in IDS for name, value in
            (("cart", 3.0), ("rain", 2.0))]  # fmt: skip
    no = {"customer_id": IDS[0], "purpose": "marketing", "channel": "email", "allowed": False, "reason": "revoked",
          "since": TODAY, "records": 1, "conflict": False}  # fmt: skip
    sent = datetime.fromisoformat("2026-02-27T12:00")
    letter = {"message_id": "1", "customer_id": IDS[1], "sent_at": sent, "channel": "email", "campaign": "news"}
    before = {**BASE, "trigger": "cart", "customer_id": IDS[2], "value": 1.0, "outcome": "sent", "send_on": TODAY}
    handed = Handed(
        run_id="r", as_of=TODAY - timedelta(days=1), firings=TABLES["firings"].empty(),
        triggers=TABLES["triggers"].empty(), decisions=of("decisions", [before]),
    )  # fmt: skip
    return made(rows, handed=handed, consents=of("consents", [no]), raw_messages=of("raw_messages", [letter]))


def test_each_customer_gets_one_of_what_she_may_get(once: dict[str, Any]) -> None:
    by = {(row["customer_id"], row["trigger"]): row for row in once["decisions"]}
    assert by[IDS[0], "cart"]["reason"] == by[IDS[0], "rain"]["reason"] == "said_no"
    assert by[IDS[1], "rain"]["reason"] == "contact_budget"  # the letter of two days before
    assert by[IDS[2], "rain"]["reason"] == "contact_budget"  # what the run before decided
    assert by[IDS[2], "cart"]["reason"] in ("already_sent", "holdout")
    for who in IDS[3:]:
        held = arm_of(who, salt="holdout:trigger:cart", holdout=0.5) == "control"
        assert by[who, "cart"]["outcome"] == ("held_out" if held else "sent")
        assert by[who, "rain"]["outcome"] == ("sent" if held else "queued")
    assert all(row["send_at"].hour == 9 for row in once["decisions"] if row["outcome"] == "sent")


def test_the_tables_beside_it_agree_with_it(once: dict[str, Any]) -> None:
    sent = sum(row["outcome"] == "sent" for row in once["decisions"])
    reasons = {(row["outcome"], row["reason"]): row["messages"] for row in once["decision_reasons"]}
    assert reasons["sent", "none"] == sent
    assert sum(reasons.values()) == len(once["decisions"])
    assert sum(row["sent"] for row in once["attention"] if row["part"] == "trigger") == sent
    assert [(row["level"], row["customers"]) for row in once["attention_prices"]] == [(1, 40), (2, 40)]
    assert {row["channel"] for row in once["fatigue"]} == {"email"}
    assert {(row["customer_id"], row["source"]) for row in once["contacts"]} == {(IDS[1], "told"), (IDS[2], "decided")}


def test_without_messages_to_send_only_contacts_are_told() -> None:
    found = made([])
    assert not any(found.values())


@pytest.mark.parametrize(
    "reason", TABLES["decisions"].columns[[c.name for c in TABLES["decisions"].columns].index("reason")].values
)
def test_every_refusal_can_be_read_to_the_customer(reason: str) -> None:
    row = {"outcome": "refused", "reason": reason, "channel": "email", "send_on": None}
    text = said_why(row, ContactSettings())
    assert text.endswith(".")
    assert "{" not in text
    assert say(f"attention_report.reason_{reason}")


@pytest.mark.parametrize(
    "wrong",
    [{"quiet": "9pm"}, {"hour": "25:00"}, {"channels": {"pigeon": 1}}, {"channels": {"sms": -1}}, {"most": -1},
     {"countries": {"Atlantis": {}}}, {"countries": {"DE": {"timezone": "Berlin"}}}, {"quiet_days": ["sonntag"]},
     {"quiet_channels": ["all"]}],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises((ValueError, SettingsError)):
        ContactSettings.model_validate(wrong)


def test_settings_become_rules() -> None:
    said: dict[str, Any] = {
        "quiet": "22:00-07:30", "countries": {"Germany": {"quiet_days": ["sunday"], "quiet": "20:00-09:00"}},
        "cool_down": "30d",
    }  # fmt: skip
    rules = ContactSettings.model_validate(said).rules(timezone="Europe/Paris")
    assert isinstance(rules, ContactRules)
    assert (rules.hours.of("DE").days, rules.hours.of("FR").days) == ((6,), ())
    assert (rules.cool_down_days, rules.hours.zone) == (30, "Europe/Paris")
    assert ContactSettings.model_validate_json(ContactSettings.model_validate(said).model_dump_json()) == (
        ContactSettings.model_validate(said)
    )
