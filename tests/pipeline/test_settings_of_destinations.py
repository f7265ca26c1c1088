"""What `patron.yaml` says of destinations becomes destinations; mistakes are named with their line, secrets never."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from patron.activation.destinations import Delivery
from patron.errors import SettingsError
from patron.pipeline.settings_file import read_settings

WRITTEN = """\
name: Shop
currency: GBP
timezone: Europe/London
sources:
  order_lines: {path: data/*.csv}
destinations:
  hook:
    type: webhook
    url: https://shop.example/hooks/${HOOK}
    secret: ${WEBHOOK_SECRET}
    old_secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
    headers: {Authorization: Bearer s3cret}
    batch: 100
  texts:
    type: twilio
    account_sid: AC0123456789abcdef0123456789abcdef
    auth_token: ${TWILIO_TOKEN}
    sender: "+15005550006"
    callback: https://crm.example.com/v1/feedback/texts
    cost: 0.08
  push: {type: fcm, service_account: account.json}
  out:
    type: files
    folder: out/going
    format: parquet
    columns: {email: address, first: content.facts.given_name}
  post: {type: letters, folder: print, country: GB, delimiter: ";"}
  team: {type: calls, folder: "memory://calls", country: DE, hours: {DE: "10:00-18:00", "*": "09:00-20:00"}}
"""
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRETS = {"HOOK": "h00k", "WEBHOOK_SECRET": "whsec_bmV3LXNlY3JldC1mb3ItdGhlLXRlc3RzLTAwMDE=", "TWILIO_TOKEN": "tw1lio"}


def settings(folder: Path, text: str = WRITTEN):
    (folder / "patron.yaml").write_text(text, encoding="utf-8")
    return read_settings(folder)


@pytest.fixture
def secrets(monkeypatch):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("name", ["hook", "texts", "out", "post", "team"])
def test_each_kind_opens(tmp_path, secrets, name):
    section = settings(tmp_path).destinations[name]
    destination = section.opened_as(name)
    assert destination.name == name
    assert destination.repeats == ("never" if name == "texts" else "recognised")
    assert destination.largest_batch <= section.at_once or name == "hook"
    destination.close()


def test_each_channel_has_a_destination_without_being_told(tmp_path):
    found = {name: section.channels for name, section in settings(tmp_path).destinations.items()}
    assert found == {"hook": [], "texts": ["sms"], "push": ["push"], "out": [], "post": ["post"], "team": ["phone"]}


def test_a_folder_begins_at_the_project(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    project = tmp_path / "shop"
    project.mkdir()
    destination = settings(project).destinations["out"].opened_as("out")
    one = Delivery(delivery_id="d1", kind="message", customer_id="c1", content={})
    assert destination.deliver([one], now=NOW)[0].status == "accepted"
    assert len(list((project / "out" / "going").glob("*.parquet"))) == 1


def test_what_is_kept_of_the_settings_shows_no_secret(tmp_path):
    kept = settings(tmp_path).model_dump_json()
    for secret in ("s3cret", "MfKQ9r8G", "shop.example/hooks"):
        assert secret not in kept
    shown = json.loads(kept)["destinations"]
    assert shown["texts"]["auth_token"] == "${TWILIO_TOKEN}"
    assert shown["hook"]["headers"] == {"Authorization": "***"}


def test_a_text_costs_by_its_parts(tmp_path):
    section = settings(tmp_path).destinations["texts"]
    for text, cost in (("a" * 160, 0.08), ("a" * 161, 0.16), ("ж" * 71, 0.16)):
        one = Delivery(delivery_id="d", kind="message", customer_id="c", content={"text": text})
        assert section.cost_of(one) == pytest.approx(cost)


def test_a_secret_that_is_not_set_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("TWILIO_TOKEN", raising=False)
    with pytest.raises(SettingsError, match=r"TWILIO_TOKEN at destinations\.texts\.auth_token"):
        settings(tmp_path).destinations["texts"].opened_as("texts")


def test_an_account_that_cannot_be_read_is_said_without_its_content(tmp_path):
    section = settings(tmp_path).destinations["push"]
    with pytest.raises(SettingsError, match=r"destinations\.push\.service_account"):
        section.opened_as("push")


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [("https://shop.example/hooks/${HOOK}", "http://shop.example/hooks", "TLS"),
     ("AC0123456789abcdef0123456789abcdef", "SK1", "account_sid"),
     ("sender:", "api_key_sid: SK1\n    sender:", "API key"),
     ("first: content.facts.given_name", "first: given_name", "given_name"),
     ("email: address", "'e mail': address", "column"), ("country: GB", "country: UK", "UK"),
     ("country: DE,", "country: Germany,", "Germany"), ("10:00-18:00", "10-18", "10-18"), ('";"', '"#"', "delimiter"),
     ("batch: 100", "batches: 100", "batch")],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path, right, wrong, said):
    assert right in WRITTEN
    with pytest.raises(SettingsError, match=said) as caught:
        settings(tmp_path, WRITTEN.replace(right, wrong))
    assert isinstance(caught.value.data["line"], int)
    for secret in ("s3cret", "MfKQ9r8G"):
        assert secret not in str(caught.value)


def test_a_key_that_is_misspelt_is_named_as_it_stands_in_the_file(tmp_path):
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, WRITTEN.replace("callback:", "colback:"))
    assert caught.value.data["key"] == "destinations.texts.colback"
    assert caught.value.data["line"] == 1 + WRITTEN.splitlines().index(
        "    callback: https://crm.example.com/v1/feedback/texts"
    )
    assert "'callback'" in str(caught.value)


def test_on_this_machine_and_where_it_is_said_an_address_needs_no_tls(tmp_path):
    for address in ("http://127.0.0.1:8080/x", "http://localhost/x", "${WHOLE_ADDRESS}"):
        settings(tmp_path, WRITTEN.replace("https://shop.example/hooks/${HOOK}", address))
    text = WRITTEN.replace(
        "url: https://shop.example/hooks/${HOOK}", "url: http://inside.example\n    allow_http: true"
    )
    settings(tmp_path, text)
