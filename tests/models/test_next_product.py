"""Next products: laws, policies, hard input, and a shop in which it is known what is bought next."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from patron.errors import ArgumentError, ContractError, NotFitted
from patron.models import NextProduct
from patron.models.baskets import baskets_of, read_baskets
from patron.models.next_candidates import Market
from patron.models.product_neighbours import MOST_PRODUCTS, neighbours

AS_OF = date(2024, 6, 30)


def lines(rows: list[tuple[str, str, int]], quantity: float = 1.0) -> pa.Table:
    """Order lines of (customer, product, days before AS_OF)."""
    customer, product, days = zip(*rows, strict=True)
    return pa.table({
        "customer_id": pa.array(customer, pa.string()), "product_id": pa.array(product, pa.string()),
        "ordered_at": pa.array([AS_OF - timedelta(days=day) for day in days], pa.date32()),
        "quantity": np.full(len(rows), quantity),
    })  # fmt: skip


def market(customers: int = 1_200, *, seed: int = 1) -> tuple[pa.Table, dict[str, set[str]]]:
    """Customers of ten tastes, each with three favourites of a taste's twenty products; and their next baskets."""
    rng = np.random.default_rng(seed)
    rows, after = [], {}
    for number in range(customers):
        taste, name = number % 10, f"c{number:04d}"
        favourites = rng.choice(20, 3, replace=False)
        for basket in range(rng.integers(2, 8) + 1):
            chosen = {int(one) for one in favourites if rng.random() < 0.5} | set(rng.integers(0, 20, 2).tolist())
            products = {f"p{taste}_{one:02d}" for one in chosen}
            if basket == 0:
                after[name] = products
            else:
                rows += [(name, product, 7 * (basket - 1)) for product in sorted(products)]
    return lines(rows), after


SHOP, AFTER = market()


@pytest.fixture(scope="module")
def model() -> NextProduct:
    return NextProduct().fit(SHOP, as_of=AS_OF)


def ranked(table: pa.Table) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in table.to_pylist():
        found.setdefault(row["customer_id"], []).append(row["product_id"])
        assert row["rank"] == len(found[row["customer_id"]])
    return found


def recall(top: dict[str, list[str]]) -> float:
    return float(np.mean([len(AFTER[who] & set(products)) / len(AFTER[who]) for who, products in top.items()]))


def test_it_foretells_better_than_own_frequency_alone(model: NextProduct) -> None:
    own = NextProduct(repeat_policy="only").fit(SHOP, as_of=AS_OF)
    assert model.params_.trees is not None
    of_model, of_own = recall(ranked(model.recommend(10))), recall(ranked(own.recommend(10)))
    assert of_model > of_own + 0.03
    assert of_model > 0.6  # ten of twenty products of the right taste would find a half


def test_the_score_is_the_chance_to_be_in_the_next_basket(model: NextProduct) -> None:
    table = model.recommend(10).to_pylist()
    came = np.array([row["product_id"] in AFTER[row["customer_id"]] for row in table])
    score = np.array([row["score"] for row in table])
    assert score.mean() == pytest.approx(came.mean(), abs=0.03)
    assert all(row["score"] >= then["score"] for row, then in pairwise(table) if then["rank"] > 1)


@pytest.mark.parametrize(("policy", "repeats"), [("only", {True}), ("exclude", {False}), ("include", {True, False})])
def test_the_policy_says_whether_repeats_are_told(policy: str, repeats: set[bool]) -> None:
    bought: dict[str, set[str]] = {}
    for row in SHOP.to_pylist():
        bought.setdefault(row["customer_id"], set()).add(row["product_id"])
    top = ranked(NextProduct(repeat_policy=policy).fit(SHOP, as_of=AS_OF).recommend(5))
    assert {product in bought[who] for who, products in top.items() for product in products} == repeats


def test_only_what_is_offered_is_recommended_and_the_list_is_still_full(model: NextProduct) -> None:
    offered = {f"p{taste}_{one:02d}" for taste in range(10) for one in range(0, 20, 2)}
    top = ranked(model.recommend(5, offered=offered))
    assert {len(products) for products in top.values()} == {5}
    assert {product for products in top.values() for product in products} <= offered
    again = ranked(model.recommend(5))
    assert any(product not in offered for products in again.values() for product in products)


def test_each_candidate_has_the_numbers_of_its_own_customer_and_product() -> None:
    baskets = read_baskets(SHOP, as_of=AS_OF)
    seen = Market(baskets, policy="include")
    block = seen.looking(60)(np.arange(0, 40))
    own = block.pair >= 0
    rows = baskets.pairs[block.pair[own]]
    assert np.array_equal(baskets.customer[rows], block.customer[own])
    assert np.array_equal(baskets.product[rows], block.product[own])
    bought = {(who, what) for who, what in zip(baskets.customer.tolist(), baskets.product.tolist(), strict=True)}
    told = zip(block.customer.tolist(), block.product.tolist(), strict=True)
    assert [(who, what) in bought for who, what in told] == own.tolist()
    assert np.array_equal(block.features[seen.names.index("share"), own], seen.items.own["share"][block.pair[own]])
    near = (seen.taste @ seen.near.similar).toarray()[block.customer, block.product]
    assert block.features[seen.names.index("near")] == pytest.approx(near, abs=1e-5)


def clicks(share: float, *, seed: int = 5) -> pa.Table:
    """A share of what comes in the next basket was looked at within the week before, and as much of something else.

    The same holds for the baskets before, so that there is something to learn from.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for row in SHOP.to_pylist():
        after = [(product, 0) for product in sorted(AFTER[row["customer_id"]])]
        bought = (row["product_id"], (AS_OF - row["ordered_at"]).days + 1)
        for product, days in [bought, *after]:
            for what in (product, f"p{rng.integers(0, 10)}_{rng.integers(0, 20):02d}"):
                if rng.random() < share:
                    rows.append((row["customer_id"], what, AS_OF - timedelta(days=int(days + rng.integers(0, 6)))))
    customer, product, day = zip(*rows, strict=True)
    return pa.table({"customer_id": customer, "product_id": product, "viewed_at": pa.array(day, pa.date32())})


def test_what_was_looked_at_and_not_bought_is_foretold_and_told(model: NextProduct) -> None:
    views = clicks(0.3)
    fitted = NextProduct().fit(SHOP, as_of=AS_OF, views=views)
    table = fitted.recommend(10)
    assert recall(ranked(table)) > recall(ranked(model.recommend(10))) + 0.05
    assert fitted.importance_["looks"] + fitted.importance_["days_since_look"] > 0.02
    seen = {(row["customer_id"], row["product_id"]): row["viewed_at"] for row in views.sort_by("viewed_at").to_pylist()}
    told = [row for row in table.to_pylist() if row["reason"].startswith("Looked at")]
    assert len(told) > 500
    for row in told:
        days = (AS_OF - seen[row["customer_id"], row["product_id"]]).days
        assert row["reason"] == f"Looked at {days} day{'' if days == 1 else 's'} ago, and not bought"


def test_looks_of_others_and_of_later_days_change_nothing(model: NextProduct) -> None:
    views = clicks(0.3)
    later = views.set_column(2, "viewed_at", pa.array([AS_OF + timedelta(days=1)] * len(views), pa.date32()))
    strangers = views.set_column(0, "customer_id", pa.array(["nobody"] * len(views)))
    for without in (later, strangers, views.slice(0, 0)):
        table = NextProduct(candidates=60).fit(SHOP, as_of=AS_OF, views=without).recommend(5)
        assert table.num_rows == model.recommend(5).num_rows
        assert not [one for one in table["reason"].to_pylist() if one.startswith("Looked")]
    whole = pa.concat_tables([views, later.slice(0, 500)])
    fitted = [NextProduct().fit(SHOP, as_of=AS_OF, views=one).recommend(5) for one in (views, whole)]
    assert fitted[0].equals(fitted[1])


def test_strangers_are_given_what_is_popular(model: NextProduct) -> None:
    table = model.recommend(3, customers=["nobody", "c0001", "nobody"])
    assert table["customer_id"].to_pylist() == ["c0001"] * 3 + ["nobody"] * 3
    assert set(table.slice(3)["reason"].to_pylist()) == {"Bought by many"}
    only = NextProduct(repeat_policy="only").fit(SHOP, as_of=AS_OF)
    assert only.recommend(3, customers=["nobody"]).num_rows == 0


def test_reasons_name_own_purchases_and_what_goes_together() -> None:
    """Everybody who buys bread buys butter; c0 has bread alone, twice, the last time three days ago."""
    rows = [(f"c{number}", product, 20) for number in range(1, 40) for product in ("bread", "butter")]
    table = lines([*rows, ("c0", "bread", 3), ("c0", "bread", 10), *((f"d{n}", "salt", 5) for n in range(60))])
    found = {row["product_id"]: row["reason"] for row in NextProduct().fit(table, as_of=AS_OF).recommend(
        3, customers=["c0"]).to_pylist()}  # fmt: skip
    assert found == {
        "bread": "In 2 of 2 baskets, last 3 days ago",
        "butter": "Goes with bread, which the customer buys",
        "salt": "Bought by many",
    }


def test_kinds_of_tables_and_the_order_of_rows_change_nothing(model: NextProduct) -> None:
    shuffled = SHOP.take(pa.array(np.random.default_rng(2).permutation(SHOP.num_rows)))
    expected = model.recommend(5)
    for table in (shuffled, ibis.memtable(SHOP), SHOP.to_pandas()):
        assert NextProduct().fit(table, as_of=AS_OF).recommend(5).equals(expected)


def test_nothing_that_comes_later_changes_the_past(model: NextProduct) -> None:
    later = SHOP.set_column(2, "ordered_at", pa.array([AS_OF + timedelta(days=1)] * SHOP.num_rows, pa.date32()))
    both = pa.concat_tables([SHOP, later])
    assert NextProduct().fit(both, as_of=AS_OF).recommend(5).equals(model.recommend(5))


def test_threads_change_nothing(model: NextProduct) -> None:
    assert NextProduct(threads=1).fit(SHOP, as_of=AS_OF).recommend(5).equals(model.recommend(5))


HARD: dict[str, list[tuple[str, str, int]]] = {
    "one line": [("a", "x", 1)],
    "a product bought once": [("a", "x", 1), ("a", "y", 9), ("b", "x", 2), ("b", "x", 3)],
    "a catalogue of one product": [(f"c{n}", "x", day) for n in range(30) for day in (1, 8, 15)],
    "all baskets equal": [(f"c{n}", product, day) for n in range(30) for day in (1, 8) for product in "xyz"],
    "one basket each": [(f"c{n}", f"p{n % 7}", 4) for n in range(50)],
    "one customer": [("a", f"p{n % 5}", n) for n in range(40)],
}


@pytest.mark.parametrize("policy", ["include", "only", "exclude"])
@pytest.mark.parametrize("name", HARD)
def test_hard_input_is_ranked_without_trees(name: str, policy: str) -> None:
    fitted = NextProduct(repeat_policy=policy).fit(lines(HARD[name]), as_of=AS_OF)
    assert fitted.params_.trees is None
    table = fitted.recommend(10)
    assert not table.column("reason").null_count
    assert np.isfinite(table["score"].to_numpy()).all()
    top = ranked(table)
    assert all(len(set(products)) == len(products) for products in top.values())
    if policy == "only":
        assert set(top) == {who for who, _, _ in HARD[name]}


def test_orders_of_one_day_are_one_basket_and_returns_are_none() -> None:
    table = pa.concat_tables([
        lines([("a", "x", 1), ("a", "y", 1), ("a", "x", 1), ("a", "z", 5)]), lines([("a", "y", 1)], quantity=-1.0),
    ])  # fmt: skip
    baskets = read_baskets(table, as_of=AS_OF)
    products = baskets.products.take(pa.array(baskets.product)).to_pylist()
    assert list(zip(products, baskets.age.tolist(), baskets.days.tolist(), strict=True)) == [("x", 0, 1), ("z", 1, 5)]


def test_a_customer_with_fifty_thousand_lines_does_not_tie_all_products_together() -> None:
    rng = np.random.default_rng(3)
    wholesale = pa.table({
        "customer_id": ["w"] * 50_000, "product_id": [f"p{one}" for one in rng.integers(0, 20_000, 50_000)],
        "age": rng.integers(0, 300, 50_000), "days": np.zeros(50_000, dtype=np.int64),
    })  # fmt: skip
    found = neighbours(baskets_of(wholesale))
    assert found.similar.nnz > 0
    assert len(np.unique(found.similar.indices)) <= MOST_PRODUCTS


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: NextProduct(repeat_policy="never"), "repeat_policy"),
        (lambda: NextProduct(candidates=0), "candidates"),
        (lambda: NextProduct().fit(SHOP, as_of=AS_OF).recommend(0), "'k'"),
        (lambda: NextProduct().fit(SHOP, as_of=date(2001, 1, 1)), "2001-01-01"),
        (lambda: NextProduct().fit([1, 2], as_of=AS_OF), "list"),
    ],
)
def test_what_cannot_be_is_told(call: Any, says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        call()


def test_a_missing_column_and_a_model_that_was_not_fitted() -> None:
    with pytest.raises(ContractError, match="product_id"):
        NextProduct().fit(SHOP.drop_columns("product_id"), as_of=AS_OF)
    with pytest.raises(ContractError, match="viewed_at"):
        NextProduct().fit(SHOP, as_of=AS_OF, views=SHOP.slice(0, 1))
    with pytest.raises(NotFitted, match="recommend"):
        NextProduct().recommend()
