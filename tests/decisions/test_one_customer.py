"""One customer at a time: eligibility and the auction say row by row what they say of tables."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
import pytest
from decision_rows import BASE, DAY, messages, table
from hypothesis import example, given, settings
from hypothesis import strategies as st

from patron.contracts.decision import CONTACTS, OUTCOMES, REFUSALS, WAITS
from patron.contracts.learning import VARIANT_PLAN
from patron.contracts.person import CONSENTS
from patron.contracts.raw_messages import RAW_MESSAGES
from patron.decisions import Circumstances, ContactBudget, ContactRules, Fatigue, Holdout, auction, eligible
from patron.decisions.attention.one import best
from patron.decisions.attention.read import read_terms
from patron.decisions.eligibility.contacts import lately
from patron.decisions.eligibility.one import Hers, House, judged
from patron.decisions.eligibility.quiet import Hours, Quiet
from patron.decisions.hash_space import digits
from patron.decisions.learning import with_variants
from patron.decisions.learning.one import VariantPlans
from patron.errors import SettingsError
from patron.privacy import STAGES, Policy, Purpose, guard, permitted
from patron.privacy.one import may_use

Row = dict[str, Any]

PEOPLE = 120
CHANNELS = ("email", "sms", "post")
GROUPS = {"t0": "loyal", "t1": "loyal", "t5": "gifts"}
HOLDOUTS = (
    Holdout(name="global", share=0.05), Holdout(name="programme:win", share=0.1), Holdout(name="trigger:t2", share=0.3),
)  # fmt: skip
HOURS = Hours(
    zone="Europe/Berlin",
    quiet={"": Quiet(), "FR": Quiet(begins=time(0), ends=time(23, 59), days=(1, 2), channels=CHANNELS)},
)
COUNTRIES = (None, "DE", "France", "US", "Atlantis")


def day(draw: Random, back: int, ahead: int = 3) -> date:
    return DAY + timedelta(days=draw.randint(-back, ahead))


def moment(draw: Random, back: int) -> datetime:
    return datetime.combine(day(draw, back), time(draw.randint(0, 23), draw.randint(0, 59)))


def maybe(draw: Random, value: Any, share: float = 0.5) -> Any:
    return value if draw.random() < share else None


def drawn_candidates(draw: Random) -> list[Row]:
    rows = []
    for who in range(PEOPLE):
        for name in draw.sample(range(7), draw.randint(1, 5)):
            trigger = f"t{name}"
            rows.append({
                **BASE, "customer_id": f"c{who}", "trigger": trigger, "form": draw.choice(["trigger", "sequence"]),
                "kind": draw.choices(["promotion", "service", "transactional", "legal"], [8, 2, 1, 1])[0],
                "programme": maybe(draw, "win"), "channel": draw.choice(CHANNELS),
                "purpose": draw.choices(["marketing", "operations", "advertising"], [6, 1, 1])[0],
                "value": draw.randint(-1, 12) / 2, "cost": draw.randint(0, 4) / 8, "fired_on": day(draw, 4, 0),
                "expires_on": day(draw, 2, 9), "exclusive": GROUPS.get(trigger),
                "yields_to": maybe(draw, "t6", 0.05), "capped": maybe(draw, "every", 0.05),
                "subject_kind": draw.choice(["none", "product"]), "subject": draw.choice(["gone", "there"]),
            })  # fmt: skip
    return rows


def drawn_consents(draw: Random) -> list[Row]:
    rows: dict[tuple[str, str, str], Row] = {}
    for who in range(PEOPLE):
        for _ in range(draw.randint(0, 4)):
            purpose = draw.choices(["marketing", "advertising", "profiling", "*"], [6, 2, 1, 0.2])[0]
            channel = draw.choice(["all", *CHANNELS])
            allowed = draw.random() < 0.7 and purpose != "*"
            rows[f"c{who}", purpose, channel] = {
                "customer_id": f"c{who}", "purpose": purpose, "channel": channel, "allowed": allowed,
                "reason": "granted" if allowed else "denied", "lawful_basis": None, "since": day(draw, 30, 0),
                "expires_on": None, "records": 1, "conflict": False,
            }  # fmt: skip
    return list(rows.values())


def drawn_messages(draw: Random) -> list[Row]:
    empty = dict.fromkeys(RAW_MESSAGES.names)
    rows = []
    for number in range(PEOPLE):
        later = {name: maybe(draw, moment(draw, 20), 0.2) for name in ("delivered_at", "opened_at", "clicked_at")}
        left, back = maybe(draw, moment(draw, 20), 0.15), maybe(draw, moment(draw, 20), 0.6)
        rows.append({
            **empty, "message_id": str(number), "customer_id": f"c{draw.randint(0, PEOPLE // 3)}",
            "sent_at": moment(draw, 20), "channel": maybe(draw, draw.choice(CHANNELS), 0.9), **later,
            "unsubscribed_at": left, "bounced_at": back,
        })  # fmt: skip
    return rows


def drawn_contacts(draw: Random) -> list[Row]:
    rows = {}
    for _ in range(PEOPLE):
        row = {
            "customer_id": f"c{draw.randint(0, PEOPLE)}", "channel": draw.choice(CHANNELS),
            "campaign": draw.choice(["news", "t0", "t1", "t2", "t5"]), "sent_on": day(draw, 10), "source": "told",
        }  # fmt: skip
        rows[tuple(row.values())] = {**row, "messages": draw.randint(1, 2)}
    return list(rows.values())


def drawn_tickets(draw: Random) -> list[Row]:
    return [
        {
            "customer_id": f"c{draw.randint(0, PEOPLE)}", "opened_at": moment(draw, 60),
            "closed_at": maybe(draw, moment(draw, 40), 0.9), "topic": maybe(draw, draw.choice(["complaint", "size"])),
        }
        for _ in range(PEOPLE // 4)
    ]  # fmt: skip


def by_customer(rows: list[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["customer_id"]].append(row)
    return grouped


def ticket_table(rows: list[Row]) -> Any:
    at = pa.timestamp("us")
    kinds = {"customer_id": pa.string(), "opened_at": at, "closed_at": at, "topic": pa.string()}
    return ibis.memtable(pa.Table.from_pylist(rows, schema=pa.schema(kinds)))


@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 2**32), basis=st.sampled_from(["consent", "legitimate_interests"]))
@example(seed=1, basis="consent")
@example(seed=2, basis="legitimate_interests")
def test_one_message_is_judged_as_the_table_judges_it(seed: int, basis: str) -> None:
    draw = Random(seed)
    candidates, consents, sent = drawn_candidates(draw), drawn_consents(draw), drawn_messages(draw)
    contacts, tickets = drawn_contacts(draw), drawn_tickets(draw)
    quiet = {f"c{who}" for who in range(PEOPLE) if draw.random() < 0.1}
    resting = {f"c{who}" for who in range(PEOPLE) if draw.random() < 0.05}
    homes = {f"c{who}": draw.choice(COUNTRIES) for who in range(PEOPLE)}
    policy, rules = Policy(marketing=basis), ContactRules(hours=HOURS)
    people = {"customer_id": pa.array(list(homes)), "country": pa.array(list(homes.values()), pa.string())}
    known = Circumstances(
        guard=guard(table(CONSENTS, consents), policy=policy), holdouts=HOLDOUTS, messages=table(RAW_MESSAGES, sent),
        contacts=table(CONTACTS, contacts), tickets=ticket_table(tickets),
        products=ibis.memtable({"product_id": ["gone", "there"], "stock": [0.0, 2.0]}),
        sensitive=ibis.memtable({"customer_id": [*quiet, "nobody"]}), people=ibis.memtable(pa.table(people)),
        paused=ibis.memtable({"customer_id": [*resting, "nobody"]}),
        groups=GROUPS,
    )  # fmt: skip
    wanted = eligible(messages(*candidates), as_of=DAY, rules=rules, known=known).to_pyarrow().to_pylist()
    house = House(rules=rules, policy=policy, holdouts=HOLDOUTS, sold_out={"gone"}, groups=GROUPS)
    own = [by_customer(rows) for rows in (consents, sent, contacts, tickets)]
    reasons = set()
    for row in wanted:
        who = row["customer_id"]
        said, messages_of, contacts_of, tickets_of = (each.get(who, []) for each in own)
        hers = Hers(
            customer_id=who, consents=said, messages=messages_of, contacts=contacts_of, tickets=tickets_of,
            sensitive=who in quiet, paused=who in resting, country=homes[who],
        )  # fmt: skip
        found = judged(row, hers, house, as_of=DAY)
        assert vars(found) == {name: row[name] for name in vars(found)}, (row, found)
        reasons.add(row["reason"])
    assert len(reasons & set(REFUSALS)) >= len(REFUSALS) - 3  # the draw meets nearly all of them
    assert {"holdout", "stale", None} <= reasons


BUDGETS = (
    ContactBudget(most=2, per_channel={"sms": 1}), ContactBudget(most=0), ContactBudget(most=4, window_days=3),
)  # fmt: skip


@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 2**32), budget=st.sampled_from(BUDGETS), reserve=st.booleans())
@example(seed=1, budget=BUDGETS[0], reserve=True)
@example(seed=2, budget=BUDGETS[2], reserve=False)
def test_one_customers_messages_bid_as_they_do_in_the_table(seed: int, budget: ContactBudget, reserve: bool) -> None:
    draw = Random(seed)
    rows = [{**row, "value": row["value"] + draw.random()} for row in drawn_candidates(draw)]
    contacts = drawn_contacts(draw)
    levels = {f"c{who}": draw.randint(1, 3) for who in range(PEOPLE) if who % 10}
    tired = {
        "email": Fatigue(channel="email", unsubscribe=0.01, growth=1.3, habituation=0.1, mean_used=0.7),
        "sms": Fatigue(channel="sms"),
    }  # fmt: skip
    own_most = {f"c{who}": draw.randint(0, 3) for who in range(0, PEOPLE, 3)}
    caps = ibis.memtable({"customer_id": list(own_most), "most": list(own_most.values())})
    capped = messages(*rows).left_join(caps, "customer_id").drop("customer_id_right")
    made = auction(
        capped, contact_budget=budget, as_of=DAY, contacts=table(CONTACTS, contacts), fatigue=tired,
        levels=ibis.memtable({"customer_id": list(levels), "level": list(levels.values())}), reserve=reserve,
    )  # fmt: skip
    wanted = {(row["customer_id"], row["trigger"]): row for row in made.decisions.to_pyarrow().to_pylist()}
    terms = read_terms(
        made.shadow_prices.to_pyarrow().to_pylist(), made.fatigue.to_pyarrow().to_pylist(),
        made.worths.to_pyarrow().to_pylist(), budget=budget, reserve=reserve,
    )  # fmt: skip
    used = lately(table(CONTACTS, contacts), on=DAY + timedelta(days=1), window_days=budget.window_days)
    used_of = by_customer(used.to_pyarrow().to_pylist())
    seen = set()
    for who, own in by_customer(rows).items():
        for one in best(
            own, terms, contacts=used_of.get(who, []), level=levels.get(who, 1), most=own_most.get(who)
        ).every:
            row = wanted[who, one.candidate["trigger"]]
            assert (one.outcome, one.reason, one.used, one.rank) == tuple(
                row[name] for name in ("outcome", "reason", "used", "rank")
            ), (row, one)
            for name in ("bid", "price", "fatigue_cost"):
                came, asked = getattr(one, name), row[name]
                assert came == asked if asked is None else came == pytest.approx(asked, rel=1e-9, abs=1e-9)
            seen.add(one.reason or one.outcome)
    if budget.most:
        assert {"sent", "price"} <= seen <= {*WAITS, *OUTCOMES}


def test_what_one_person_said_counts_as_it_does_for_the_table() -> None:
    draw = Random(7)
    consents = drawn_consents(draw)
    people = sorted({row["customer_id"] for row in consents} | {"silent"})
    own = by_customer(consents)
    for basis in ("consent", "legitimate_interests", "contract"):
        policy = Policy(marketing=basis, profiling=basis)
        held = guard(table(CONSENTS, consents), policy=policy)
        for purpose in (Purpose.MARKETING, Purpose.PROFILING):
            for stage in STAGES:
                for channel in (None, "email"):
                    rows = ibis.memtable({"customer_id": people})
                    may = permitted(rows, purpose=purpose, stage=stage, guard=held, channel=channel)
                    found = {
                        who
                        for who in people
                        if may_use(own.get(who, []), policy, purpose, stage=stage, channel=channel)
                    }
                    assert found == set(may.customer_id.to_pyarrow().to_pylist()), (basis, purpose, stage, channel)


LIVE: Row = {**BASE, "customer_id": "ann", "channel": "sms", "fired_on": DAY, "expires_on": DAY}
BERLIN = ZoneInfo("Europe/Berlin")


def at(hour: int, days: int = 0) -> datetime:
    return datetime.combine(DAY + timedelta(days=days), time(hour), tzinfo=BERLIN)


def test_what_is_decided_now_leaves_now_and_not_in_a_quiet_hour() -> None:
    hers, house = Hers(customer_id="ann", country="DE"), House(rules=ContactRules(hours=HOURS))
    midday = judged(LIVE, hers, house, as_of=DAY, now=at(12))
    assert (midday.outcome, midday.send_on, midday.send_at) == (None, DAY, datetime.combine(DAY, time(12)))
    # At night it waits for the morning, by which it makes no sense any more.
    assert judged(LIVE, hers, house, as_of=DAY, now=at(22)).reason == "quiet"
    longer = {**LIVE, "expires_on": DAY + timedelta(days=1)}
    assert judged(longer, hers, house, as_of=DAY, now=at(22)).send_at == datetime.combine(
        DAY + timedelta(days=1), time(8)
    )
    owed = {**LIVE, "kind": "transactional"}
    assert judged(owed, hers, house, as_of=DAY, now=at(22)).send_at == datetime.combine(DAY, time(22))


def test_a_country_where_it_is_always_quiet_gets_nothing_and_an_unknown_purpose_is_refused_loudly() -> None:
    always = replace(HOURS, quiet={"": Quiet(days=tuple(range(7)))})
    house = House(rules=ContactRules(hours=always), policy=Policy(marketing="consent"))
    yes = [{"purpose": "marketing", "channel": "all", "allowed": True, "since": DAY}]
    hers = Hers(customer_id="ann", consents=yes)
    assert judged(LIVE, hers, house, as_of=DAY, now=at(12)).reason == "quiet"
    with pytest.raises(SettingsError):
        judged({**LIVE, "purpose": "fun"}, hers, house, as_of=DAY)


def test_without_published_prices_what_brings_more_than_nothing_is_sent() -> None:
    terms = read_terms([], [], [], budget=ContactBudget(most=1), reserve=True)
    rows = [{**LIVE, "trigger": name, "value": value} for name, value in (("a", 1.0), ("b", 2.0), ("c", -1.0))]
    found = best(rows, terms)
    assert [one.candidate["trigger"] for one in found.chosen] == ["b"]
    assert [one.reason for one in found.queued] == ["outbid", "price"]


def plan_rows(trigger: str, iteration: int, segment: str, standing: bool, **shares: float) -> list[Row]:
    rows, low = [], 0.0
    for place, (name, share) in enumerate(shares.items()):
        rows.append({
            "trigger": trigger, "iteration": iteration, "segment": segment, "variant": name, "began_on": DAY,
            "standing": standing, "place": place, "share": share, "low": digits(low), "high": digits(low + share),
            "expected": 0.1, "sends": 0, "responses": 0,
        })  # fmt: skip
        low += share
    return rows


def test_one_customers_variant_is_the_tables() -> None:
    plan = [
        *plan_rows("cart", 1, "all", False, a=0.5, b=0.5), *plan_rows("cart", 2, "all", True, a=0.25, b=0.75),
        *plan_rows("care", 1, "gold", True, x=0.5, y=0.5), *plan_rows("care", 1, "other", True, x=0.75, y=0.25),
        *plan_rows("care/second", 1, "all", True, z=1.0),
    ]  # fmt: skip
    rows = [
        {"customer_id": f"c{who}", "trigger": trigger, "step": step}
        for who in range(40)
        for trigger, step in (("cart", None), ("care", "first"), ("care", "second"), ("none", None))
    ]
    kinds = pa.schema({"customer_id": pa.string(), "trigger": pa.string(), "step": pa.string()})
    gold = {f"c{who}": "gold" for who in range(0, 40, 3)}
    drawn = with_variants(
        ibis.memtable(pa.Table.from_pylist(rows, schema=kinds)), table(VARIANT_PLAN, plan), salt="shop",
        segments=ibis.memtable({"customer_id": list(gold), "segment": list(gold.values())}),
    )  # fmt: skip
    plans = VariantPlans.of(plan)
    seen = set()
    for row in drawn.to_pyarrow().to_pylist():
        found = plans.variant(
            row["customer_id"], trigger=row["trigger"], step=row["step"], segment=gold.get(row["customer_id"]),
            salt="shop",
        )  # fmt: skip
        assert (found or (None, None)) == (row["variant"], row["variant_propensity"])
        seen.add(row["variant"])
    assert seen == {"a", "b", "x", "y", "z", None}
