"""Attributes from elsewhere: as of the day, within their licence, without what is specially protected."""

from __future__ import annotations

from datetime import date

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.person import CONSENTS, LINKS, TRAIT_VALUES, TRAITS
from patron.contracts.raw_people import RAW_TRAITS
from patron.privacy import Policy, prospect_traits, trait_names, trait_values, traits, traits_on

AS_OF = date(2025, 6, 30)


def table(rows, contract):
    return ibis.memtable(pa.Table.from_pylist(list(rows), schema=contract.schema.to_pyarrow()))


def trait(customer_id="ann", trait="income", value="high", **more):
    return {"customer_id": customer_id, "trait": trait, "value": value, "purpose": "analytics"} | more


def usable(*rows, owners=None, limited=(), sensitive=()):
    raw = table(({"file": "t.csv", "row": number, **row} for number, row in enumerate(rows, start=1)), RAW_TRAITS)
    links = [
        {"source": source, "record_id": record, "customer_id": owner, "rule": "email", "confidence": 1.0}
        for record, owner in (owners or {}).items()
        for source in ("customers", "traits")
    ]
    no = [
        {"customer_id": who, "purpose": purpose, "channel": "all", "allowed": False, "reason": "opted_out",
         "records": 1, "conflict": False}
        for who, purpose in limited
    ]  # fmt: skip
    made = traits(
        raw, table(links, LINKS), table(no, CONSENTS), as_of=AS_OF, policy=Policy(sensitive=frozenset(sensitive)),
        names=trait_names(raw),
    )  # fmt: skip
    return TRAITS.check(made).order_by("customer_id", "trait").to_pyarrow().to_pylist()


def values(found):
    return {(row["customer_id"], row["trait"]): row["value"] for row in found}


@pytest.mark.parametrize(
    ("more", "stays"),
    [
        ({}, True),
        ({"dated": AS_OF}, True),
        ({"dated": date(2025, 7, 1)}, False),
        ({"expires_on": AS_OF}, True),
        ({"expires_on": date(2025, 6, 29)}, False),
    ],
)
def test_only_what_is_known_and_licensed_on_the_day(more, stays):
    assert bool(usable(trait(**more))) == stays


def test_the_newest_value_stands_and_one_without_a_day_is_the_oldest():
    found = usable(
        trait(value="old", dated=date(2024, 1, 1)), trait(value="new", dated=date(2025, 1, 1)), trait(value="undated"),
        trait(value="expired", dated=date(2025, 2, 1), expires_on=date(2025, 3, 1)),
    )  # fmt: skip
    assert values(found) == {("ann", "income"): "new"}


def test_of_the_same_day_the_one_that_was_written_last():
    assert values(usable(trait(value="a"), trait(value="b"))) == {("ann", "income"): "b"}


def test_records_of_one_customer_share_what_is_known():
    found = usable(
        trait("ann", value="old", dated=date(2024, 1, 1)), trait("ann2", value="new", dated=date(2025, 1, 1)),
        trait("zoe"), owners={"ann": "ann", "ann2": "ann"},
    )  # fmt: skip
    assert values(found) == {("ann", "income"): "new", ("zoe", "income"): "high"}


def test_what_is_specially_protected_is_left_out_unless_the_settings_name_it():
    rows = (trait(trait="religion", value="x"), trait(trait="health_score", value="9"), trait())
    assert values(usable(*rows)) == {("ann", "income"): "high"}
    found = usable(*rows, sensitive=["Religion"])
    assert {(row["trait"], row["sensitive"]) for row in found} == {("income", False), ("religion", True)}


@pytest.mark.parametrize("purpose", ["sensitive", "*"])
def test_who_limited_the_use_of_sensitive_attributes_keeps_them_to_herself(purpose):
    rows = (trait(trait="religion"), trait(), trait("bob", trait="religion"))
    found = usable(*rows, sensitive=["religion"], limited=[("ann", purpose), ("bob", "marketing")])
    assert set(values(found)) == {("ann", "income"), ("bob", "religion")}


def test_an_attribute_that_was_not_judged_does_not_pass():
    raw = table([{"file": "t.csv", "row": 1, **trait()}], RAW_TRAITS)
    for names in ([], ["other"]):
        made = traits(raw, LINKS.empty(), CONSENTS.empty(), as_of=AS_OF, policy=Policy(), names=names)
        assert made.count().to_pyarrow().as_py() == 0


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.none() | st.dates(date(2025, 6, 25), date(2025, 7, 5))), max_size=6),
)
@settings(max_examples=10, deadline=None)
def test_one_value_a_customer_and_attribute_and_none_from_the_future(given_rows):
    found = usable(*(trait(who, dated=dated, value=str(dated)) for who, dated in given_rows))
    known = [(who, dated) for who, dated in given_rows if dated is None or dated <= AS_OF]
    assert {row["customer_id"] for row in found} == {who for who, _ in known}
    for row in found:
        days = [dated for who, dated in known if who == row["customer_id"] and dated]
        assert row["dated"] == max(days, default=None)


def of_prospects(*rows):
    raw = table(({"file": "t.csv", "row": number, **row} for number, row in enumerate(rows, start=1)), RAW_TRAITS)
    made = prospect_traits(raw, as_of=AS_OF, names=trait_names(raw)).to_pyarrow().to_pylist()
    return {(row["prospect_id"], row["trait"]): row["value"] for row in made}


def test_traits_of_prospects_are_no_customers_and_the_other_way_round():
    rows = (trait("ann", value="hers"), trait(None, value="his", prospect_id="L1"))
    assert values(usable(*rows)) == {("ann", "income"): "hers"}
    assert of_prospects(*rows) == {("L1", "income"): "his"}


@pytest.mark.parametrize(
    ("more", "stays"),
    [
        ({}, True),
        ({"dated": date(2025, 7, 1)}, False),
        ({"expires_on": date(2025, 6, 29)}, False),
        ({"trait": "religion"}, False),
    ],
)
def test_of_prospects_only_what_is_known_licensed_and_not_protected(more, stays):
    assert bool(of_prospects(trait(None, prospect_id="L1", **more))) == stays


def test_of_a_prospect_the_newest_value_stands():
    found = of_prospects(
        trait(None, prospect_id="L1", value="old", dated=date(2024, 1, 1)),
        trait(None, prospect_id="L1", value="new", dated=date(2025, 1, 1)),
    )
    assert found == {("L1", "income"): "new"}


def test_it_compiles_for_spark():
    assert ibis.pyspark
    made = traits(
        RAW_TRAITS.unbound(), LINKS.unbound(), CONSENTS.unbound(), as_of=AS_OF, names=["religion", "income"],
        policy=Policy(sensitive=frozenset({"religion"})),
    )  # fmt: skip
    assert "ROW_NUMBER" in ibis.to_sql(made, dialect="pyspark")


def test_a_value_says_where_it_stands_and_how_many_its_source_tells():
    raw = [
        {"file": "t.csv", "row": number, **trait(who, source=source, dated=date(2024, 1, number), licence="L")}
        for number, (who, source) in enumerate(
            (("ann", "Old"), ("ann", "New"), ("bob", "Old"), ("eve", "Old")), start=1
        )
    ]
    people = ibis.memtable({"customer_id": ["ann", "bob", "cid", "dan"]})
    made = traits(
        table(raw, RAW_TRAITS), LINKS.empty(), CONSENTS.empty(), as_of=AS_OF, policy=Policy(), names=["income"],
        people=people,
    ).order_by("customer_id")  # fmt: skip
    rows = [
        (row["customer_id"], row["source"], row["provenance"], row["licence"], row["match_rate"])
        for row in TRAITS.check(made).to_pyarrow().to_pylist()
    ]
    # The old source tells of two of the four, of one of them what the new one tells better; eve is no customer.
    assert rows == [
        ("ann", "New", "t.csv#2", "L", 0.25), ("bob", "Old", "t.csv#3", "L", 0.5), ("eve", "Old", "t.csv#4", "L", 0.5),
    ]  # fmt: skip


def test_a_value_is_as_sure_as_the_link_of_its_record():
    raw = table([{"file": "t.csv", "row": 1, **trait("ann2")}], RAW_TRAITS)
    link = {"source": "traits", "record_id": "ann2", "customer_id": "ann", "rule": "probable", "confidence": 0.75}
    (row,) = traits(
        raw, table([link], LINKS), CONSENTS.empty(), as_of=AS_OF, policy=Policy(), names=["income"]
    ).to_pyarrow().to_pylist()  # fmt: skip
    assert (row["customer_id"], row["confidence"]) == ("ann", 0.75)


PAPERS = (
    trait(trait="reads", value="Die Zeit", source="panel", dated=date(2024, 3, 1)),
    trait(trait="reads", value="Kicker", source="panel", dated=date(2024, 3, 1)),
    trait(trait="reads", value="Kicker", source="panel", dated=date(2025, 2, 1)),
    trait(trait="reads", value="Brigitte", source="panel", dated=date(2025, 2, 1)),
    trait(trait="reads", value="Le Monde", source="club"),
)


def all_values(*rows, owners=None, as_of=AS_OF, **more):
    raw = table(({"file": "t.csv", "row": number, **row} for number, row in enumerate(rows, start=1)), RAW_TRAITS)
    links = [
        {"source": "traits", "record_id": record, "customer_id": owner, "rule": "email", "confidence": 1.0}
        for record, owner in (owners or {}).items()
    ]
    made = trait_values(
        raw, table(links, LINKS), table([], CONSENTS), as_of=as_of, policy=Policy(), names=trait_names(raw), **more
    )
    return TRAIT_VALUES.check(made)


def told(values):
    return sorted((row["source"], row["value"]) for row in values.to_pyarrow().to_pylist())


def test_several_values_stand_together_and_the_next_snapshot_replaces_them_all():
    made = all_values(*PAPERS)
    assert made.count().to_pyarrow().as_py() == len(PAPERS)
    assert told(traits_on(made, AS_OF)) == [("club", "Le Monde"), ("panel", "Brigitte"), ("panel", "Kicker")]
    assert told(made.filter(made.replaced_on.isnull())) == told(traits_on(made, AS_OF))


def test_an_earlier_snapshot_is_read_as_of_its_day():
    made = all_values(*PAPERS)
    assert told(traits_on(made, date(2025, 1, 31))) == [
        ("club", "Le Monde"),
        ("panel", "Die Zeit"),
        ("panel", "Kicker"),
    ]
    assert told(traits_on(made, date(2025, 2, 1))) == [("club", "Le Monde"), ("panel", "Brigitte"), ("panel", "Kicker")]
    assert told(traits_on(made, date(2024, 2, 29))) == [("club", "Le Monde")]
    # A run about the earlier day knew the same, and nothing of what came later.
    then = all_values(*PAPERS, as_of=date(2025, 1, 31))
    assert told(then) == told(traits_on(made, date(2025, 1, 31)))
    assert then.replaced_on.count().to_pyarrow().as_py() == 0


def test_values_end_with_their_licence_and_of_two_records_one_value_stands_once():
    ended = trait(trait="attitude", value="cautious", dated=date(2024, 1, 1), expires_on=date(2025, 1, 1))
    newer = trait(trait="attitude", value="open", dated=date(2024, 6, 1), expires_on=date(2026, 1, 1))
    assert told(all_values(ended, newer)) == [(None, "open")]
    twice = all_values(trait("ann"), trait("anna"), owners={"anna": "ann"})
    assert told(twice) == [(None, "high")]


def test_values_of_an_attribute_compile_for_spark():
    assert ibis.pyspark
    made = trait_values(
        RAW_TRAITS.unbound(), LINKS.unbound(), CONSENTS.unbound(), as_of=AS_OF, policy=Policy(), names=["reads"]
    )
    assert "lead" in str(ibis.to_sql(traits_on(made, AS_OF), dialect="pyspark")).lower()
