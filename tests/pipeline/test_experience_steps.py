"""The steps `traits` and `experience`: what a customer does not allow is not there, nor what no source tells."""

from __future__ import annotations

from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts import TABLES
from patron.contracts.experience import TOLD_BY
from patron.pipeline.experience_steps import EXPERIENCE_STEPS
from patron.pipeline.settings import Settings
from patron.pipeline.step import Context

AS_OF = date(2024, 6, 30)
NOON = datetime(2024, 6, 1, 12)  # noqa: DTZ001 - a shop's own clock
PEOPLE = ("ann", "bob")


def table(name: str, *rows: dict[str, Any]) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(list(rows), schema=TABLES[name].schema.to_pyarrow()))


def no(who: str, purpose: str) -> dict[str, Any]:
    return {"customer_id": who, "purpose": purpose, "channel": "all", "allowed": False, "reason": "objected",
            "since": date(2024, 1, 1), "records": 1, "conflict": False}  # fmt: skip


def made(step: str, wanted: str | None = None, **tables: ir.Table) -> list[dict[str, Any]]:
    """What a step makes of a shop of two customers, and of these tables."""
    needs = {name: TABLES[name].empty() for one in EXPERIENCE_STEPS for name in one.needs}
    needs["profiles"] = table("profiles", *({"customer_id": who, "return_rate": 0.5} for who in PEOPLE))
    needs["links"] = table("links", *(
        {"source": source, "record_id": f"{who}'s", "customer_id": who, "rule": "email", "confidence": 1.0}
        for who in PEOPLE for source in ("surveys", "referrals", "traits")
    ))  # fmt: skip
    context = Context(
        settings=Settings.model_validate(
            {"name": "x", "currency": "EUR", "sources": {"order_lines": {"path": "x.csv"}},
             "privacy": {"basis": dict.fromkeys(("marketing", "advertising"), "legitimate_interests")}}
        ),
        as_of=AS_OF, tables=needs | tables, keep=lambda _name, kept: kept, earlier=None,
        kept=SimpleNamespace(statements=TABLES["raw_consents"].empty()),  # type: ignore[arg-type]
    )  # fmt: skip
    function = next(one.function for one in EXPERIENCE_STEPS if one.name == step)
    found = function(context)
    assert isinstance(found, dict)
    name = wanted or step
    rows: list[dict[str, Any]] = TABLES[name].check(found[name]).order_by("customer_id").to_pyarrow().to_pylist()
    return rows


def told(who: str, purpose: str, row: int) -> dict[str, Any]:
    return {"file": "t.csv", "row": row, "customer_id": who, "trait": purpose, "value": "x", "purpose": purpose}


def test_a_trait_goes_with_what_its_customer_allows_it_for() -> None:
    purposes = ("analytics", "marketing", "advertising")
    raw = table("raw_traits", *(
        told(f"{who}'s", purpose, row)
        for row, (who, purpose) in enumerate(((who, purpose) for who in PEOPLE for purpose in purposes), start=1)
    ))  # fmt: skip
    consents = table("consents", no("ann", "marketing"), no("bob", "*"))
    found = {(row["customer_id"], row["trait"]) for row in made("traits", raw_traits=raw, consents=consents)}
    everything = {(row["customer_id"], row["trait"]) for row in made("traits", raw_traits=raw)}
    assert everything == {(who, purpose) for who in PEOPLE for purpose in purposes}
    assert found == {("ann", "analytics"), ("ann", "advertising")}
    values = made("traits", "trait_values", raw_traits=raw, consents=consents)
    assert {(row["customer_id"], row["trait"]) for row in values} == found


def test_records_become_customers_on_both_sides_of_a_referral() -> None:
    referral = {"referral_id": "1", "customer_id": "ann's", "referred_on": date(2024, 1, 1), "referred_id": "bob's",
                "converted_on": date(2024, 2, 1)}  # fmt: skip
    survey = {"survey_id": "1", "customer_id": "bob's", "question": "nps", "kind": "nps", "score": 9.0, "scale": 10.0,
              "answered_at": NOON}  # fmt: skip
    ann, bob = made(
        "experience", raw_referrals=table("raw_referrals", referral), raw_surveys=table("raw_surveys", survey)
    )
    assert (ann["referrals_made"], ann["referrals_won"], ann["referrals_received"]) == (1, 1, 0)
    assert (bob["referrals_received"], bob["nps_group"], bob["answers"], ann["answers"]) == (1, "promoter", 1, 0)
    absent = {name for source, names in TOLD_BY.items() if source not in ("surveys", "referrals", "order_lines")
              for name in names}  # fmt: skip
    assert all(ann[name] is None and bob[name] is None for name in absent)


def test_events_that_tell_nothing_of_sharing_make_nobody_share_nothing() -> None:
    seen = {"event_id": "1", "event": "page_view", "occurred_at": NOON, "customer_id": "ann"}
    assert [row["shares"] for row in made("experience", raw_events=table("raw_events", seen))] == [None, None]
    shared = [seen, seen | {"event_id": "2", "event": "Product Shared"}]
    assert [row["shares"] for row in made("experience", raw_events=table("raw_events", *shared))] == [1, 0]
