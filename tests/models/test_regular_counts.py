"""What regular buyers are expected to buy: against high precision, and the distribution against its mean."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from regular_kinds import COLUMNS, KINDS, SHOP, Kind, customers, drawn

from patron.models.dropout import DropoutParams, expected_purchases


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


def exact_purchases(params: DropoutParams, x: int, t_x: float, T: float, horizon: float) -> mp.mpf:
    """The definition, event by event: over the phases, the arrivals ahead, and the purchases that they make."""
    with mp.workdps(30):
        k, n = params.k, x + params.extra
        r, alpha, a, b, last, age, t = (
            mp.mpf(v) for v in (params.r, params.alpha, params.a, params.b, t_x, T, horizon)
        )
        shape, beta, z = r + k * x, b + n, t / (alpha + age + t)
        silent = [mp.rf(shape, j) / mp.factorial(j) * ((age - last) / (alpha + age)) ** j for j in range(k)]
        left = a / (beta - 1) * ((alpha + age) / (alpha + last)) ** shape if n else mp.mpf(0)
        total = mp.mpf(0)
        for j, weight in enumerate(silent):
            chance, stay, counted, count, arrivals = (1 - z) ** (shape + j), mp.mpf(1), mp.mpf(0), 0, 0
            mean, busy = (shape + j) * z / (1 - z), mp.mpf(0)
            while arrivals < mean + 5 or chance * (arrivals + 1) * 50 > busy * mp.mpf(10) ** -16:
                if (arrivals + j) // k > count:
                    counted, count = counted + stay, count + 1
                    stay *= (beta + count - 1) / (a + beta + count - 1)
                busy += chance * counted
                chance *= (shape + j + arrivals) / (arrivals + 1) * z
                arrivals += 1
            total += weight * busy
        return total / (sum(silent) + left)


@pytest.mark.parametrize("k", [2, 5])
@pytest.mark.parametrize(
    ("x", "t_x", "T", "horizon"),
    [
        (0, 0.0, 38.86, 39.0),
        (1, 38.86, 38.86, 1e-4),  # bought today: not a chance tomorrow, but not none
        (4, 35.0, 38.86, 39.0),
        (10, 12.0, 38.86, 200.0),
        (300, 38.0, 38.86, 10.0),
        (20_000, 38.855, 38.86, 0.5),
    ],
)
def test_expected_purchases_to_ten_digits(kind: Kind, k: int, x: int, t_x: float, T: float, horizon: float) -> None:
    params = kind.params(**SHOP, k=k)
    truth = exact_purchases(params, x, t_x, T, horizon)
    assert float(abs(expected_purchases(params, x, t_x, T, horizon) - truth) / truth) < 1e-10


def test_a_busy_customer_and_a_long_horizon_are_in_proportion(kind: Kind) -> None:
    busy = customers((5_000, 38.86, 38.86), (20_000, 38.86, 38.86))
    expected = kind.model.from_params(k=3, **SHOP).expected_purchases(busy, horizon=39)
    assert expected[1] / expected[0] == pytest.approx(4, rel=2e-3)
    assert expected[0] < 5_000 * 39 / 38.86


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(list(KINDS)), k=st.integers(2, 12), x=st.integers(0, 30_000), share=st.floats(0, 1),
    T=st.floats(0, 4_000), horizon=st.just(0.0) | st.floats(1e-3, 4_000),
    r=st.floats(0.01, 20), alpha=st.floats(0.01, 500), a=st.floats(0.01, 20), b=st.floats(0.01, 20),
)  # fmt: skip
def test_scores_are_finite_and_in_order(
    name: str, k: int, x: int, share: float, T: float, horizon: float, r: float, alpha: float, a: float, b: float
) -> None:
    model = KINDS[name].model.from_params(k=k, r=r, alpha=alpha, a=a, b=b)
    one = customers((x, share * T if x else 0, T))
    alive, purchases = model.probability_alive(one)[0], model.expected_purchases(one, horizon=horizon)[0]
    low, high = model.purchase_interval(one, horizon=min(horizon, T + 30))[0]
    assert 0 <= alive <= 1
    # No more than all arrivals that the last phase leads to expect, each k-th of them, the first perhaps at once.
    assert 0 <= purchases <= alive * ((r + k * x + k - 1) * horizon / (alpha + T) / k + 1)
    assert 0 <= low <= high
    assert np.isfinite(high)
    assert np.isfinite(model.scores(*(one[c].to_numpy() for c in COLUMNS))).all()


def test_the_chances_add_up_to_the_expected_count_and_the_tables_hold_them(kind: Kind) -> None:
    model = kind.model.from_params(k=3, **SHOP)
    x, t_x, T = (np.array(v, dtype=float) for v in ([0, 1, 7, 7], [0, 4, 30, 20], [10, 40, 33, 33]))
    outlook = model.outlook(x, t_x, T, 26.0)
    for rows, table in outlook.tables():
        for row, chances in zip(rows, table, strict=True):
            one = outlook.take(np.array([row]))
            assert chances == pytest.approx(one.at_least(np.arange(len(chances))), abs=1e-12)
            assert one.at_least(len(chances))[0] < 1e-6
            assert one.at_least(np.arange(1, 600)).sum() == pytest.approx(
                model.ahead(x[[row]], t_x[[row]], T[[row]], 26.0)[0], rel=1e-11
            )


@pytest.mark.parametrize("factor", [0.0, 0.3, 1.0, 1.7, 6.0])
def test_a_rescaled_outlook_expects_so_many_times_as_many(kind: Kind, factor: float) -> None:
    model = kind.model.from_params(k=3, r=0.85, alpha=4.0, a=0.3, b=3.0)
    x, t_x, T = (np.array(v, dtype=float) for v in ([0, 1, 7, 7], [0, 4, 33, 20], [10, 40, 33, 33]))
    outlook = model.outlook(x, t_x, T, 26.0)
    changed = outlook.rescaled(np.full(4, factor))
    for row in range(4):
        wanted = factor * model.ahead(x[[row]], t_x[[row]], T[[row]], 26.0)[0]
        one = changed.take(np.array([row]))
        assert one.at_least(np.arange(1, 6_000)).sum() == pytest.approx(wanted, rel=1e-6, abs=1e-12)
    assert ((changed.reach == outlook.reach) | (changed.alive == 1)).all()


def test_who_has_just_bought_waits_and_who_is_due_buys(kind: Kind) -> None:
    """Of two who are surely there, the regular buyer's next week tells them apart; a random buyer's does not."""
    params = {"r": 50.0, "alpha": 50.0, "a": 1e-6, "b": 1.0}
    fresh, due = customers((10, 20.0, 20.0)), customers((10, 18.0, 20.0))
    regular, at_random = kind.model.from_params(k=4, **params | {"alpha": 12.5}), kind.at_random.from_params(**params)
    soon = [float(regular.expected_purchases(one, horizon=0.5)[0]) for one in (fresh, due)]
    assert soon[1] > 3 * soon[0]
    soon = [float(at_random.expected_purchases(one, horizon=0.5)[0]) for one in (fresh, due)]
    assert soon[1] == pytest.approx(soon[0], rel=1e-3)


def test_a_new_customer(kind: Kind) -> None:
    table = kind.draw(100_000, k=2, **SHOP, T=30.0, seed=7)
    model = kind.model.from_params(k=2, **SHOP)
    assert model.expected_purchases_of_new([1.0, 30.0])[1] == pytest.approx(
        table["frequency"].to_numpy().mean(), rel=0.02
    )
    assert float(model.expected_purchases_of_new(30.0)) == model.expected_purchases_of_new([1.0, 30.0])[1]


def test_the_interval_of_what_is_expected_moves_all_parameters_but_k(kind: Kind) -> None:
    table = drawn(kind, n=2_000, k=3)
    model = kind.model().fit(table)
    low, high = model.expected_purchases_interval(table, horizon=26).T
    expected = model.expected_purchases(table, horizon=26)
    assert ((low < expected) & (expected < high)).all()
    assert model.moved(np.full(4, 0.1)).params_["k"] == 3
