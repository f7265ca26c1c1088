"""A shop with a run of hand-made rows, whose messages are to leave: who is known, allowed, decided about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from patron.engines.database import writing
from patron.engines.send_state import Send, remember_sends
from patron.engines.state import State
from patron.pipeline import Project, open_project
from published_run import publish_run

DAY = date(2026, 3, 1)
"""The run's day."""

MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""Of the day on which what it decided is sent."""

SETTINGS = """\
name: Tea
currency: EUR
timezone: Europe/Paris
sources: {customers: {path: customers.csv}}
server: {public_url: https://patron.tea.example}
identity: {country: FR}
triggers:
  cart: {signal: cart_abandoned, action: remind, holdout: none, state: scaled, channels: [email, sms, post, phone]}
  half: {signal: cart_abandoned, action: remind, holdout: 50%, state: scaled}
  mute: {signal: cart_abandoned, action: remind, holdout: none, state: scaled}
messages:
  cart:
    parts:
      headline: {warm: {en: "{{ given_name | default('Hello') }}, your cart", fr: "Votre panier"}}
      copy:
        long: {en: "Look: https://tea.example/cart?id=7#top. Stop: {{ unsubscribe_url }} or {{ preferences_url }}",
               fr: "Voir : https://tea.example/panier - {{ unsubscribe_url }}"}
  half: {parts: {headline: {plain: "Half"}, copy: {plain: "Half {{ unsubscribe_url }}"}}}
destinations:
  mail: {type: files, folder: out/mail, channels: [email]}
  texts: {type: files, folder: out/texts, channels: [sms, push]}
  post: {type: letters, folder: out/post, country: FR}
  later: {type: files, folder: out/later, channels: [email]}
"""

GOLDEN = {
    "ann": {"email": " Ann.Lee@Example.com", "given_name": "Ann", "family_name": "Lee", "phone": "07 00 90 01 23",
            "street": "1 rue Haute", "city": "Lyon", "postal_code": "69001"},
    "bob": {"email": "bob@example.com", "phone": "+447700900123", "push_token": "tok-bob", "country": "GB"},
    "eve": {"given_name": "Eve"},
    "moe": {"email": "a" * 64},
}  # fmt: skip


def delivering_shop(folder: Path, *, settings: str = SETTINGS, **tables: Any) -> Project:
    """Write the shop and publish its run; `tables` are rows that take the place of those that it has."""
    folder.mkdir(parents=True)
    (folder / "customers.csv").write_text("customer_id\nann\n")
    (folder / "patron.yaml").write_text(settings, encoding="utf-8")
    shop = open_project(folder)
    publish(shop, **tables)
    return shop


def publish(shop: Project, *, as_of: date = DAY, **tables: Any) -> None:
    """Publish a run with these rows."""
    people = [*GOLDEN, *tables.pop("more_people", ())]
    every = {
        "profiles": [{"customer_id": one, "country": GOLDEN.get(one, {}).get("country")} for one in people],
        "links": [{"customer_id": one, "record_id": one} for one in people],
        "golden_records": [
            {"customer_id": one, "attribute": name, "value": value}
            for one, told in GOLDEN.items()
            for name, value in sorted(told.items())
        ],
        "households": [{"customer_id": one, "household_id": f"h:{one}"} for one in people],
        "consents": [
            {"customer_id": one, "purpose": "marketing", "channel": "all", "allowed": True, "since": as_of}
            for one in people
        ],
        "raw_consents": [{"file": "f", "row": 1}],
        "traits": [], "next_products": [], "product_cycles": [], "raw_products": [], "decisions": [],
    }  # fmt: skip
    publish_run(shop, {**every, **tables}, as_of=as_of)


def decided(customer_id: str, **said: Any) -> dict[str, Any]:
    """Return a row of decisions: what the shop sends to her on the morning after the run's day."""
    plain = {
        "customer_id": customer_id, "trigger": "cart", "iteration": 1, "kind": "promotion", "channel": "email",
        "purpose": "marketing", "outcome": "sent", "send_on": DAY + timedelta(days=1), "subject_kind": "none",
        "subject": "", "send_at": datetime(2026, 3, 2, 8), "expires_on": DAY + timedelta(days=1),  # noqa: DTZ001
        "variant": None,
    }  # fmt: skip
    return {**plain, **said}


def live(state: State, customer_id: str, **said: Any) -> str:
    """Write a live message that waits, and return its name."""
    plain = {
        "send_id": f"live-{customer_id}-{said.get('channel', 'email')}", "customer_id": customer_id,
        "person": customer_id, "trigger": "cart", "iteration": 1, "kind": "promotion", "action": "remind",
        "channel": "email", "subject_kind": "none", "subject": "", "occasion": "m1", "purpose": "marketing",
        "fired_at": MORNING, "decided_at": MORNING, "send_at": MORNING, "expires_at": MORNING + timedelta(hours=24),
        "outcome": "waiting",
    }  # fmt: skip
    send = Send(**{**plain, **said})
    with writing(state.engine) as connection:
        remember_sends(connection, [send])
    return send.send_id
