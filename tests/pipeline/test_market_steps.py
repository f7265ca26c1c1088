"""The steps `lookalikes` and `market_size`: truth, traps that must not be used, days, and who must not be listed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from market_shop import LAST, context, made_of, with_settings

from patron.contracts import TABLES
from patron.pipeline.erased_rows import Hers
from patron.pipeline.step import Context
from patron.privacy.stores import Subject
from patron.simulate import Shop, shop
from patron.simulate.dealings.market_traits import TRAPS
from patron.stats.auc import auc

DAY = date(2024, 1, 1)
POPULATION = [
    {"where": {"town": town}, "people": people, "source": "census", "dated": DAY}
    for town, people in (("city", 200_000), ("small town", 60_000), ("village", 30_000))
]


@pytest.fixture(scope="module")
def made() -> Shop:
    return shop(customers=3_000, seed=5, mess=False, dealings=True, market=True)


@pytest.fixture(scope="module")
def asked(made: Shop) -> Context:
    return context(made, market={"population": POPULATION, "cost_per_contact": 0.05})


@pytest.fixture(scope="module")
def found(asked: Context) -> dict[str, pa.Table]:
    return made_of(asked)


def facts(card: pa.Table, part: str) -> list[dict[str, Any]]:
    return [row for row in card.to_pylist() if row["part"] == part]


def truth_of(made: Shop, listed: pa.Table) -> tuple[Any, Any]:
    """Return who of the listed prospects is ideal, and the best score there is."""
    truth = made.truth["market"]
    place = pc.index_in(listed["prospect_id"], truth["prospect_id"].combine_chunks())
    told = truth.take(place.combine_chunks())
    return told["ideal"].to_numpy(), told["log_ratio"].to_numpy()


# The truth


def test_prospects_like_the_ideal_customers_stand_first(made: Shop, found: dict[str, pa.Table]) -> None:
    listed = found["lookalikes"]
    ideal, best = truth_of(made, listed)
    mine, reachable = (auc(one, ideal).value for one in (np.log(listed["ratio"].to_numpy()), best))
    assert mine is not None
    assert reachable is not None
    assert mine > reachable - 0.04
    first = listed["tenth"].to_numpy() == 1
    assert ideal[first].mean() > 2.5 * ideal.mean()
    assert np.bincount(listed["tenth"].to_numpy())[1:].min() > 0.08 * listed.num_rows


def test_the_card_tells_how_good_it_is_and_why(found: dict[str, pa.Table]) -> None:
    (area,) = facts(found["lookalike_card"], "auc")
    assert 0.7 < area["low"] < area["value"] < area["high"] < 0.85
    lift = facts(found["lookalike_card"], "lift")
    assert [row["place"] for row in lift] == list(range(1, 11))
    assert sum(row["customers"] for row in lift) == area["customers"] == 1_500
    assert lift[0]["low"] > 2
    odds = {(row["name"], row["text"]): row["value"] for row in facts(found["lookalike_card"], "trait")}
    assert odds["home", "house"] > 1.3 > 0.8 > odds["home", "flat"]
    assert {row["name"] for row in facts(found["lookalike_card"], "shift")} == {name for name, _ in odds}


def test_shops_whose_traits_mean_nothing_score_nobody(made: Shop) -> None:
    """The customers' values change places, so that no trait has to do with them."""
    asked = context(made)
    forecasts = asked["forecasts"].to_pyarrow()
    mixed = np.random.default_rng(2).permutation(forecasts["predicted_value"].to_numpy())
    tables = {**asked.tables, "forecasts": pa_table(customer_id=forecasts["customer_id"], predicted_value=mixed)}
    dull = made_of(Context(**{**vars(asked), "tables": tables}))
    assert dull["lookalikes"].num_rows == 0
    (status,) = dull["lookalike_card"].to_pylist()
    assert "no better than chance" in status["text"]


def pa_table(**columns: Any) -> Any:
    import ibis

    return ibis.memtable(pa.table(columns))


# What must not be used


def test_traps_are_no_traits(made: Shop, found: dict[str, pa.Table]) -> None:
    """Ended licence, sensitive, given for operations alone, dated later: each of them would tell everything."""
    assert set(TRAPS) <= set(made.traits["trait"].to_pylist())
    used = {row["name"] for row in facts(found["lookalike_card"], "trait")}
    assert used == {"age", "channel", "home", "household", "leisure", "newspaper", "town"}
    (area,) = facts(found["lookalike_card"], "auc")
    assert area["high"] < 0.9


@pytest.mark.parametrize("trap", sorted(TRAPS))
def test_a_trap_without_its_flaw_would_tell_everything(made: Shop, trap: str) -> None:
    """So the test before this one can fail."""
    told = made.traits.filter(pc.equal(made.traits["trait"], trap))
    size = told.num_rows
    mended = {
        "trait": pa.array(["vip"] * size), "purpose": pa.array(["advertising"] * size),
        "dated": pa.array([DAY] * size), "expires_on": pa.array([LAST + timedelta(days=1)] * size),
    }  # fmt: skip
    for name, column in mended.items():
        told = told.set_column(told.column_names.index(name), name, column)
    (area,) = facts(made_of(context(made.__class__(**{**vars(made), "traits": told})))["lookalike_card"], "auc")
    assert area["value"] > 0.99


def test_sensitive_traits_of_prospects_stay_out_whatever_the_settings_allow(made: Shop) -> None:
    asked = context(made)
    allowing = asked.settings.model_copy(
        update={"privacy": asked.settings.privacy.model_copy(update={"sensitive": ["health_interest"]})}
    )
    card = made_of(Context(**{**vars(asked), "settings": allowing}))["lookalike_card"]
    assert "health_interest" not in {row["name"] for row in facts(card, "trait")}


# Days


def test_nothing_that_is_known_later_changes_an_earlier_day(made: Shop) -> None:
    """Traits dated later, prospects seen later and conversions of later days: cut off or not, the tables are equal."""
    then = date(2023, 6, 30)
    whole = context(made, as_of=then)
    day = pa.scalar(then, pa.date32())
    cut = context(
        made, as_of=then,
        raw_prospects=whole["raw_prospects"].to_pyarrow().filter(
            pc.less_equal(whole["raw_prospects"].to_pyarrow()["first_seen_on"], day)
        ),
        raw_traits=whole["raw_traits"].to_pyarrow().filter(
            pc.less_equal(whole["raw_traits"].to_pyarrow()["dated"], day)
        ),
    )  # fmt: skip
    later = context(made, as_of=then, raw_traits=with_later(made, whole))
    tables = [made_of(one)["lookalikes"].sort_by("prospect_id") for one in (whole, cut, later)]
    assert tables[0].num_rows > 100
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])


def with_later(made: Shop, asked: Context) -> pa.Table:
    """Add newer values of every trait, all the same, from the day after the run's."""
    known = asked["raw_traits"].to_pyarrow()
    size = known.num_rows
    newer = known.set_column(known.column_names.index("value"), "value", pa.array(["later"] * size))
    day = pa.array([asked.as_of + timedelta(days=1)] * size)
    newer = newer.set_column(newer.column_names.index("dated"), "dated", day)
    newer = newer.set_column(newer.column_names.index("file"), "file", pa.array(["u"] * size))
    return pa.concat_tables([known, newer])


# Who is listed


def test_nobody_is_listed_who_is_a_customer_or_said_no(made: Shop, found: dict[str, pa.Table]) -> None:
    listed = found["lookalikes"]
    customers = made.prospects.filter(pc.is_valid(made.prospects["customer_id"]))["prospect_id"]
    assert customers.length() > 300
    assert not pc.any(pc.is_in(listed["prospect_id"], customers.combine_chunks())).as_py()
    best = listed.sort_by("rank")["prospect_id"].to_pylist()[:3]
    no = [
        {"customer_id": f"prospect:{who}", "purpose": purpose, "channel": "all", "allowed": False,
         "reason": "objected", "since": LAST, "records": 1, "conflict": False}
        for who, purpose in zip(best, ("marketing", "advertising", "*"), strict=True)
    ]  # fmt: skip
    without = made_of(context(made, consents=no))["lookalikes"]
    assert without.num_rows == listed.num_rows - 3
    assert not set(best) & set(without["prospect_id"].to_pylist())
    assert min(without["rank"].to_pylist()) == 1
    assert listed["customer_id"][0].as_py() == f"prospect:{listed['prospect_id'][0].as_py()}"


def test_another_group_can_be_ideal(made: Shop) -> None:
    people = made.customers["customer_id"].to_pylist()[::3]
    members = [{"customer_id": who, "segmentation": "tier", "segment": "gold"} for who in people]
    named = context(made, market={"ideal": {"segmentation": "tier", "segment": "gold"}}, memberships=members)
    (status,) = made_of(named)["lookalike_card"].to_pylist()
    assert "no better than chance" in status["text"]  # every third customer is nobody in particular
    unknown = with_settings(named, ideal={"segmentation": "tier", "segment": "goldd"})
    (status,) = made_of(unknown)["lookalike_card"].to_pylist()
    assert status["text"].startswith("There are 0 ideal customers")


# The market


def test_shares_are_those_of_the_customers(made: Shop, found: dict[str, pa.Table]) -> None:
    rows = {row["segment"]: row for row in found["market_size"].to_pylist()}
    assert set(rows) == {"town: city", "town: small town", "town: village"}
    towns = made.traits.filter(pc.and_(pc.equal(made.traits["trait"], "town"), pc.is_valid(made.traits["customer_id"])))
    city = pc.sum(pc.equal(towns["value"], "city")).as_py()
    row = rows["town: city"]
    assert row["known"] == city
    assert row["customers"] == pytest.approx(3_000 * city / towns.num_rows)
    assert row["share_low"] < row["share"] < row["share_high"]
    assert row["compared_with"] == "town: village"
    assert row["cost"] == pytest.approx((200_000 - row["customers"]) * 0.05)
    assert (row["cost_basis"], row["rank"]) == ("contact", 1)
    assert rows["town: village"]["ideal_share"] > row["ideal_share"]  # as the truth has it


def test_kinds_may_be_lists_ranges_and_what_the_profile_says(made: Shop) -> None:
    wheres = [{"age": "18-39"}, {"age": ["40-59", "60-99"]}, {"town": ["city", "village"]}, {"country": "DE"},
              {"channel": "search"}, {"age": "old"}, {"shoes": "red"}, {"home": "house", "town": "city"}]  # fmt: skip
    asked = context(
        made, market={"population": [
            {"where": where, "people": 50_000, "source": "census", "dated": DAY} for where in wheres
        ]},
        acquisition_value=[
            {"channel": channel, "horizon_days": 365, "customers": 9, "own_value": 9.0, "value": 9.0, "value_low": 8.0,
             "value_high": 10.0, "weight": 1.0, "allowable_cost": 3.0, "cost": cost, "basis": "revenue"}
            for channel, cost in (("all", 20.0), ("search", 30.0), ("social", None))
        ],
    )  # fmt: skip
    rows = {row["segment"]: row for row in made_of(asked)["market_size"].to_pylist()}
    young, old = rows["age: 18-39"]["known"], rows["age: 40-59, 60-99"]["known"]
    ages = made.traits.filter(pc.and_(pc.equal(made.traits["trait"], "age"), pc.is_valid(made.traits["customer_id"])))
    assert young + old == ages.num_rows
    assert rows["country: DE"]["customers"] == rows["country: DE"]["known"]
    assert rows["channel: search"]["known"] > 100
    assert rows["age: old"]["known"] == 0
    assert rows["shoes: red"]["share"] is None
    assert rows["home: house; town: city"]["known"] < rows["town: city, village"]["known"]
    assert rows["age: 40-59, 60-99"]["cost_basis"] in ("acquisition", None)


# Nothing to tell


def test_without_sources_and_settings_the_tables_are_empty(made: Shop) -> None:
    empty = made_of(context(made, raw_prospects=[], raw_traits=[]))
    assert {name: table.num_rows for name, table in empty.items()} == {
        "lookalikes": 0, "lookalike_card": 0, "market_size": 0,
    }  # fmt: skip


def test_prospects_without_traits_are_told_by_their_channel_or_not_at_all(made: Shop) -> None:
    found = made_of(context(made, raw_traits=[]))
    if found["lookalikes"].num_rows:
        assert {row["name"] for row in facts(found["lookalike_card"], "trait")} == {"channel"}
    else:
        assert len(found["lookalike_card"]) == 1
    few = made_of(context(made, raw_prospects=made.prospects.slice(0, 1)))
    assert few["lookalikes"].num_rows <= 1


def test_a_run_without_prospects_says_nothing_of_them(ran_project: Any) -> None:
    for name in ("lookalikes", "lookalike_card", "market_size"):
        assert TABLES[name].check(ran_project.table(name)).count().to_pyarrow().as_py() == 0


def test_erasure_finds_a_prospect_in_all_that_is_known_of_him(made: Shop, found: dict[str, pa.Table]) -> None:
    """By the prospect's name: his score, and his traits as they came."""
    one = found["lookalikes"]["prospect_id"][0].as_py()
    his = Hers(Subject(f"prospect:{one}", frozenset({f"prospect:{one}"})), {})
    listed = found["lookalikes"].combine_chunks().to_batches()[0]
    assert [row["prospect_id"] for row in listed.filter(his.mask(listed)).to_pylist()] == [one]
    came = made.traits.filter(pc.equal(made.traits["prospect_id"], one)).num_rows
    batch = made.traits.combine_chunks().to_batches()[0]
    left = his.without(batch)
    assert came > 3
    assert left.num_rows == batch.num_rows - came
    assert one not in left.column("prospect_id").to_pylist()
