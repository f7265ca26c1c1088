"""Who may be written to: each refusal where it holds and nowhere else, the gravest first, hold-outs last."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest
from decision_rows import DAY, contacts_of, found, messages, table

from patron.contracts.decision import CONTACTS, REFUSALS
from patron.contracts.person import CONSENTS
from patron.contracts.raw_messages import RAW_MESSAGES
from patron.decisions import Circumstances, ContactRules, Holdout, contacts, eligible, holds
from patron.errors import ArgumentError, ContractError, SettingsError
from patron.privacy import Policy, guard

Row = dict[str, Any]
KINDS = ("promotion", "service", "transactional", "legal")
NOON = datetime.fromisoformat("2026-03-01T12:00")

SPARED = {
    "service": {"paused", "sensitive", "open_case", "cool_down", "margin_floor"},
    "transactional": set(REFUSALS) - {"restricted", "said_no", "no_consent"},
    "legal": set(REFUSALS),
}
"""What the docs promise: docs/eligibility.md."""


def sent(who: str, *, at: datetime = NOON, **more: Any) -> Row:
    return {"message_id": f"{who}{at}", "customer_id": who, "sent_at": at, "channel": "email", **more}


def said(who: str, allowed: bool, *, purpose: str = "marketing", channel: str = "all", since: date = DAY) -> Row:
    return {
        "customer_id": who, "purpose": purpose, "channel": channel, "allowed": allowed, "lawful_basis": None,
        "reason": "granted" if allowed else "denied", "since": since, "expires_on": None, "records": 1,
        "conflict": False,
    }  # fmt: skip


def ticket(who: str, *, opened: datetime, closed: datetime | None = None, topic: str = "delivery") -> Row:
    return {"customer_id": who, "opened_at": opened, "closed_at": closed, "topic": topic}


def tickets(*rows: Row) -> ir.Table:
    moment = pa.timestamp("us")
    kinds = {"customer_id": pa.string(), "opened_at": moment, "closed_at": moment, "topic": pa.string()}
    return ibis.memtable(pa.Table.from_pylist(list(rows), schema=pa.schema(kinds)))


EVERYBODY = [said(name, True, since=date(2025, 1, 1)) for name in (*REFUSALS, "fine", "back")]
SAID = [
    *(row for row in EVERYBODY if row["customer_id"] not in ("no_consent", "said_no", "back")),
    said("said_no", True), said("said_no", False, channel="email"), said("restricted", False, purpose="*"),
    said("back", True, channel="email", since=date(2026, 3, 2)),
]  # fmt: skip

KNOWN = Circumstances(
    guard=guard(table(CONSENTS, SAID), policy=Policy(marketing="consent")),
    messages=table(
        RAW_MESSAGES,
        [
            sent("unsubscribed", unsubscribed_at=NOON), sent("back", unsubscribed_at=NOON),
            sent("fine", at=NOON - timedelta(days=9), bounced_at=NOON - timedelta(days=9)),
            sent("fine", delivered_at=NOON),
            *(sent("bounced", at=NOON - timedelta(days=ago), bounced_at=NOON) for ago in (1, 2)),
        ],
    ),
    tickets=tickets(
        ticket("open_case", opened=NOON - timedelta(days=60)),
        ticket("cool_down", opened=NOON - timedelta(days=3), closed=NOON, topic="complaint"),
        ticket("fine", opened=NOON - timedelta(days=60), closed=NOON - timedelta(days=50), topic="complaint"),
    ),
    sensitive=ibis.memtable({"customer_id": ["sensitive"]}), paused=ibis.memtable({"customer_id": ["paused"]}),
    products=ibis.memtable({"product_id": ["gone", "there"], "stock": [0.0, 2.0]}),
    contacts=contacts_of(
        ("already_sent", DAY, "win_back"), ("fine", DAY - timedelta(days=8), "win_back"),
        ("group_lately", DAY - timedelta(days=3), "other"), ("fine", DAY - timedelta(days=20), "other"),
    ),
    groups={"win_back": "loyal", "other": "loyal"},
)  # fmt: skip

OWN: dict[str, Row] = {
    "out_of_stock": {"subject_kind": "product", "subject": "gone"}, "margin_floor": {"value": 0.05},
    "yields": {"yields_to": "cart"}, "capped": {"capped": "every"}, "group_lately": {"exclusive": "loyal"},
    "fine": {"subject_kind": "product", "subject": "there", "exclusive": "loyal"},
}  # fmt: skip


@pytest.fixture(scope="module")
def judged() -> dict[tuple[str, str], Row]:
    rows = [
        {"customer_id": who, "kind": kind, "trigger": "win_back" if kind == "promotion" else f"win_back {kind}"}
        | OWN.get(who, {})
        for who in (*REFUSALS, "fine", "back")
        for kind in KINDS
    ]
    more = [("already_sent", DAY, f"win_back {kind}") for kind in KINDS]
    every = ibis.union(KNOWN.contacts, contacts_of(*more))
    known = Circumstances(**{**vars(KNOWN), "contacts": every})
    return found(eligible(messages(*rows), as_of=DAY, known=known))


@pytest.mark.parametrize("reason", REFUSALS)
def test_each_refusal_holds_for_whom_it_is_about_and_the_kinds_that_it_binds(
    judged: dict[tuple[str, str], Row], reason: str
) -> None:
    for kind in KINDS:
        row = judged[reason, "win_back" if kind == "promotion" else f"win_back {kind}"]
        if reason in SPARED.get(kind, set()):
            assert (row["outcome"], row["reason"]) == (None, None), (kind, row["reason"])
        else:
            assert (row["outcome"], row["reason"]) == ("refused", reason), kind


@pytest.mark.parametrize("who", ["fine", "back"])
def test_nothing_speaks_against_the_others(judged: dict[tuple[str, str], Row], who: str) -> None:
    row = judged[who, "win_back"]
    assert (row["outcome"], row["reason"]) == (None, None)
    assert row["send_on"] == DAY + timedelta(days=1)


def test_of_several_refusals_the_gravest_is_named() -> None:
    row = {"customer_id": "said_no", "value": -1.0, "capped": "every", "yields_to": "cart"}
    assert found(eligible(messages(row), as_of=DAY, known=KNOWN))["said_no", "win_back"]["reason"] == "said_no"


def test_without_a_consent_regime_only_a_no_refuses() -> None:
    soft = guard(table(CONSENTS, SAID), policy=Policy(marketing="legitimate_interests"))
    rows = messages(*({"customer_id": who} for who in ("no_consent", "said_no", "restricted")))
    judged = found(eligible(rows, as_of=DAY, known=Circumstances(guard=soft)))
    reasons = [judged[who, "win_back"]["reason"] for who in ("no_consent", "said_no", "restricted")]
    assert reasons == [None, "said_no", "restricted"]


def test_a_message_for_operations_needs_no_consent_for_marketing() -> None:
    rows = messages({"customer_id": "said_no", "purpose": "operations", "kind": "service"})
    assert found(eligible(rows, as_of=DAY, known=KNOWN))["said_no", "win_back"]["outcome"] is None


def test_the_widest_hold_out_is_named_and_only_of_those_who_would_have_been_written_to() -> None:
    levels = (
        Holdout(name="global", share=0.3), Holdout(name="programme:loyal", share=0.4),
        Holdout(name="trigger:win_back", share=0.5, programme="loyal"), Holdout(name="trigger:other", share=0.9),
    )  # fmt: skip
    people = [f"c{number}" for number in range(60)]
    rows = [{"customer_id": who, "programme": "loyal"} for who in people]
    rows += [{"customer_id": who, "trigger": "plain"} for who in people]
    rows += [{"customer_id": who, "trigger": "owed", "kind": "legal"} for who in people]
    rows += [{"customer_id": f"poor {who}", "value": 0.0} for who in people]
    judged = found(eligible(messages(*rows), as_of=DAY, known=Circumstances(holdouts=levels)))
    for who in people:
        assert judged[who, "win_back"]["held_by"] == holds(who, levels[:3])
        assert judged[who, "plain"]["held_by"] == holds(who, levels[:1])
        assert judged[who, "owed"]["held_by"] is None
        assert judged[f"poor {who}", "win_back"]["reason"] == "margin_floor"
    assert {row["outcome"] for row in judged.values() if row["held_by"]} == {"held_out"}


def test_a_message_is_stale_after_its_last_day_and_leaves_the_morning_after_it() -> None:
    rows = messages(
        {"customer_id": "late", "expires_on": DAY - timedelta(days=1)}, {"customer_id": "last", "expires_on": DAY}
    )
    judged = found(eligible(rows, as_of=DAY))
    assert judged["late", "win_back"]["reason"] == "stale"
    assert judged["last", "win_back"]["outcome"] is None


def test_what_becomes_known_later_changes_nothing() -> None:
    later = datetime.fromisoformat("2026-03-03T08:00")
    rows = messages({"customer_id": "eve"})
    known = Circumstances(
        messages=table(
            RAW_MESSAGES, [sent("eve", at=later, unsubscribed_at=later), sent("eve", unsubscribed_at=later)]
        ),
        tickets=tickets(ticket("eve", opened=later), ticket("eve", opened=NOON - timedelta(days=90), closed=later)),
        contacts=contacts(table(RAW_MESSAGES, [sent("eve", at=later, campaign="win_back")]), as_of=DAY),
    )
    row = found(eligible(rows, as_of=DAY, known=known))["eve", "win_back"]
    assert row["reason"] == "open_case"  # the case was open on the day, that it is closed later is not known
    assert not known.contacts.count().to_pyarrow().as_py()  # type: ignore[union-attr]


def test_an_unknown_purpose_and_a_missing_column_are_refused() -> None:
    with pytest.raises(SettingsError, match="selling"):
        eligible(messages({"customer_id": "a", "purpose": "selling"}), as_of=DAY, known=KNOWN)
    with pytest.raises(ContractError, match="value"):
        eligible(messages({"customer_id": "a"}).drop("value"), as_of=DAY)
    with pytest.raises(ArgumentError, match="bounces"):
        ContactRules(bounces=0)


def test_contacts_count_what_was_decided_until_a_source_tells_of_it() -> None:
    told = table(RAW_MESSAGES, [sent("ann", campaign="win_back"), sent("bob", campaign="news")])
    plan = {"outcome": "sent", "channel": "email", "trigger": "win_back", "send_on": date(2026, 3, 1)}
    rows = [{**plan, "customer_id": who} for who in ("ann", "bob")] + [
        {**plan, "customer_id": "ann", "send_on": date(2026, 3, 5)},
        {**plan, "customer_id": "eve", "outcome": "queued"},
    ]  # fmt: skip
    before = table(
        CONTACTS,
        [
            {"customer_id": "eve", "channel": "sms", "campaign": "cart", "sent_on": date(2026, 2, 27), "messages": 1,
             "source": "decided"},
            {"customer_id": "eve", "channel": "sms", "campaign": "cart", "sent_on": date(2025, 2, 27), "messages": 1,
             "source": "decided"},
            {"customer_id": "ann", "channel": "email", "campaign": "old", "sent_on": date(2026, 2, 27), "messages": 1,
             "source": "told"},
        ],
    )  # fmt: skip
    made = contacts(told, ibis.memtable(pa.Table.from_pylist(rows)), before, as_of=DAY)
    assert CONTACTS.check(made) is made
    every = {
        (row["customer_id"], row["campaign"], row["sent_on"], row["source"]) for row in made.to_pyarrow().to_pylist()
    }
    assert every == {
        ("ann", "win_back", date(2026, 3, 1), "told"), ("bob", "news", date(2026, 3, 1), "told"),
        ("bob", "win_back", date(2026, 3, 1), "decided"), ("ann", "win_back", date(2026, 3, 5), "decided"),
        ("eve", "cart", date(2026, 2, 27), "decided"),
    }  # fmt: skip
