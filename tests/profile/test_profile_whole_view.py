"""Everything that is known of one customer: dated, sourced, and held to what she allows and licences say."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from patron.contracts import TABLES
from patron.errors import ArgumentError, SettingsError
from patron.privacy import Policy, guard
from patron.profile import whole_view

AS_OF = date(2024, 6, 30)


def table(name: str, *rows: dict[str, Any]) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(list(rows), schema=TABLES[name].schema.to_pyarrow()))


TABLES_OF_RUN = {
    "golden_records": table("golden_records", {
        "customer_id": "ann", "attribute": "email", "value": "a@x.test", "rule": "only", "source": "customers",
        "record_id": "1", "dated": date(2024, 1, 1), "others": 0,
    }),
    "traits": table("traits", *(
        {"customer_id": "ann", "trait": trait, "value": "x", "source": "Panel", "dated": date(2024, 5, 1),
         "expires_on": until, "purpose": purpose, "sensitive": False, "provenance": "t.csv#1", "confidence": 1.0,
         "match_rate": 0.25}
        for trait, purpose, until in (("home", "marketing", None), ("intent", "profiling", date(2024, 7, 1)))
    )),
    "experience": table("experience", {
        "customer_id": "ann", "nps_score": 9.0, "nps_group": "promoter", "nps_on": date(2024, 3, 3), "tickets": 2,
    }),
    "memberships": table("memberships", {"customer_id": "ann", "segmentation": "rfm", "segment": "loyal"}),
    "kpis": table("kpis"),
}  # fmt: skip


def view(**more: Any) -> dict[str, Any]:
    return {one.name: one for one in whole_view(TABLES_OF_RUN, "ann", **{"as_of": AS_OF, **more})}


def denying(*purposes: str) -> Any:
    said = [
        {"customer_id": "ann", "purpose": one, "channel": "all", "allowed": False, "reason": "objected",
         "since": date(2024, 1, 1), "records": 1, "conflict": False}
        for one in purposes
    ]  # fmt: skip
    return guard(table("consents", *said), policy=Policy(marketing="legitimate_interests"))


def test_each_attribute_has_its_day_its_source_its_purpose_and_its_expiry() -> None:
    found = view()
    assert set(found) == {"email", "home", "intent", "nps_score", "nps_group", "tickets", "rfm"}
    facts = {
        name: (one.value, one.unit, one.source, one.dated, one.purpose, one.expires_on, one.match_rate)
        for name, one in found.items()
    }
    assert facts["email"] == ("a@x.test", "", "customers", date(2024, 1, 1), "operations", None, None)
    assert facts["intent"] == ("x", "", "Panel", date(2024, 5, 1), "profiling", date(2024, 7, 1), 0.25)
    assert facts["nps_score"] == (9.0, "points", "surveys", date(2024, 3, 3), "profiling", None, None)
    assert facts["tickets"] == (2, "tickets", "tickets", AS_OF, "profiling", None, None)
    assert facts["rfm"][:4] == ("loyal", "", "memberships", AS_OF)


def test_all_values_that_stand_are_told_once() -> None:
    given = {"customer_id": "ann", "source": "Panel", "dated": date(2024, 5, 1), "purpose": "marketing",
             "sensitive": False, "confidence": 1.0}  # fmt: skip
    values = table("trait_values", *(
        given | {"trait": trait, "value": value, "replaced_on": gone, "provenance": f"t.csv#{row}"}
        for row, (trait, value, gone) in enumerate(
            (("home", "x", None), ("home", "y", None), ("home", "z", date(2024, 6, 1))), start=1
        )
    ))  # fmt: skip
    found = whole_view(TABLES_OF_RUN | {"trait_values": values}, "ann", as_of=AS_OF)
    assert sorted((one.value, one.table) for one in found if one.name == "home") == [
        ("x", "traits"), ("y", "trait_values"),
    ]  # fmt: skip
    assert not [one for one in whole_view(TABLES_OF_RUN | {"trait_values": values}, "ann", as_of=AS_OF,
                                          purpose="analytics") if one.name == "home"]  # fmt: skip


def test_what_may_not_be_used_any_more_is_not_shown() -> None:
    assert "intent" in view(today=date(2024, 7, 1))
    assert "intent" not in view(today=date(2024, 7, 2))


def test_a_customer_who_objects_to_a_purpose_is_not_shown_for_it() -> None:
    assert set(view(guard=denying("marketing"))) == {"email", "intent", "nps_score", "nps_group", "tickets", "rfm"}
    assert set(view(guard=denying("profiling"))) == {"email", "home"}
    assert view(guard=denying("*")) == {}


def test_for_one_purpose_traits_given_for_another_are_left_out() -> None:
    assert set(view(purpose="marketing")) == {"email", "home", "nps_score", "nps_group", "tickets", "rfm"}
    assert view(purpose="marketing", guard=denying("marketing")) == {}


def test_nobody_and_no_purpose() -> None:
    with pytest.raises(ArgumentError, match="zoe"):
        whole_view(TABLES_OF_RUN, "zoe", as_of=AS_OF)
    with pytest.raises(SettingsError, match="fun"):
        view(purpose="fun")
