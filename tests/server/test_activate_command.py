"""`patron activate`: what a person does to have things delivered, and to see and mend what went wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from destination_server import DestinationServer, close
from patron.cli.main import app
from patron.engines.database import writing
from patron.engines.outbox_state import Entry, counts, put

SECRET = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@pytest.fixture
def hook():
    with DestinationServer() as server:
        yield server


@pytest.fixture
def folder(shop, hook):
    text = (
        "\ndestinations:\n"
        f"  hook: {{type: webhook, url: '{hook.url}', secret: {SECRET}, attempts: 1, cost: 0.5}}\n"
        f"  other: {{type: webhook, url: '{hook.url}', secret: '${{PATRON_OTHER}}'}}\n"
    )
    with (shop.folder / "patron.yaml").open("a", encoding="utf-8") as file:
        file.write(text)
    return shop


@pytest.fixture
def told(folder, monkeypatch):
    """Run a command in the project's folder, and return its exit code and its result."""
    monkeypatch.setenv("PATRON_OTHER", SECRET)

    def run(*words, as_json=True):
        project = [str(folder.folder)] if words[0] in ("now", "--") else ["--project", str(folder.folder)]
        words = words[1:] if words[0] == "--" else words
        done = CliRunner().invoke(app, ["activate", *words, *project, *(["--json"] if as_json else [])])
        return done.exit_code, json.loads(done.stdout) if as_json and done.stdout else done.output

    return run


def fill(shop, many, **more):
    now = datetime.now(UTC)
    ids = shop.last().table("profiles", shop.connection).select("customer_id").limit(many).to_pyarrow()[0].to_pylist()
    with shop.state() as state, writing(state.engine) as connection:
        return put(connection, [
            Entry(**{
                "delivery_id": f"d{place}", "destination": "hook", "kind": "message", "source": "live",
                "customer_id": one, "content": {"text": "hello"}, "made_at": now, "due_at": now, "channel": "email",
                "purpose": "operations", "address": "ann@example.org", **more,
            })
            for place, one in enumerate(ids)
        ])  # fmt: skip


def counted(shop):
    with shop.state() as state, state.engine.connect() as connection:
        return counts(connection)


def test_an_old_run_is_said_to_be_old_and_can_be_tried_out_on_its_day(folder, told):
    as_of = folder.last().manifest.as_of
    assert f"--today {as_of}" in told("--", "--dry-run", as_json=False)[1].replace("\n", " ")
    fill(folder, 1, delivery_id="then", due_at=datetime.now(UTC) + timedelta(days=30))
    day = (datetime.now(UTC) + timedelta(days=31)).date().isoformat()
    assert told("--", "--dry-run", "--today", day)[1]["destinations"]["hook"] == {"waiting": 1}


def test_a_day_with_deliveries(folder, hook, told):
    """Rehearse, deliver, look, give up, replay, pause, resume: one after the other, as somebody would."""
    fill(folder, 3)
    fill(folder, 1, delivery_id="later", due_at=datetime.now(UTC) + timedelta(days=1))
    before = counted(folder)
    code, would = told("--", "--dry-run")
    assert (code, would["destinations"]["hook"]) == (0, {"waiting": 3})
    assert (counted(folder), hook.requests) == (before, [])

    hook.will(close())
    code, done = told("--", "--destination", "hook")
    assert (code, done["destinations"]) == (0, {"hook": {"delivered": 2, "unknown": 1}})
    assert done["standing"]["hook"]["waiting"] == 1

    code, shown = told("status")
    row = next(one for one in shown["destinations"] if one["name"] == "hook")
    assert (row["cost"], row["health"], row["reasons"]) == (1.0, "works", {"unknown": {"closed": 1}})

    _code, given_up = told("dead")
    [one] = given_up["deliveries"]
    assert (one["state"], one["reason"]) == ("unknown", "closed")
    assert "ann@" not in json.dumps(given_up)
    assert told("replay", one["delivery_id"]) == (0, {"replayed": [], "left": [one["delivery_id"]]})
    assert told("replay", one["delivery_id"], "--unknown")[1]["replayed"] == [one["delivery_id"]]

    assert told("pause", "hook")[0] == 0
    assert told("now")[1]["destinations"]["hook"] == {}
    assert told("resume", "hook")[0] == 0
    assert told("now")[1]["destinations"]["hook"] == {"delivered": 1}
    assert told("drain", "hook")[1]["draining"] is True
    assert fill(folder, 1, delivery_id="new") == 0
    assert len({request.headers["webhook-id"] for request in hook.requests}) == 3
    with folder.state() as state, state.engine.connect() as connection:
        actions = connection.exec_driver_sql("SELECT action FROM audit ORDER BY number").scalars().all()
    assert actions[-4:] == ["delivery.replayed", "destination.paused", "destination.resumed", "destination.drains"]


def test_what_a_person_reads(folder, hook, told):
    fill(folder, 2)
    assert "delivered" in told("now", as_json=False)[1]
    assert "hook" in told("status", as_json=False)[1]
    assert "Nothing was given up" in told("dead", as_json=False)[1]


def test_mistakes_are_said(folder, told, monkeypatch):
    assert told("pause", "hok", as_json=False)[0] == 2
    assert told("--", "--destination", "hok", as_json=False)[0] == 2
    assert told("replay", as_json=False)[0] == 2
    monkeypatch.delenv("PATRON_OTHER")
    fill(folder, 1)
    code, done = told("now")
    assert code == 1
    assert done["destinations"]["hook"]["delivered"] == 1  # the other one was not kept from it
    assert list(done["not_opened"]) == ["other"]
