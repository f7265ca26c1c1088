"""Shapley's axioms on games of all kinds, his own definition by brute force, and drawn orders with honest errors."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.stats.shapley import Coalitions, Floats, Worth, shapley


def game(players: int, seed: int) -> tuple[Floats, Worth]:
    """Return what every coalition wins, numbered by its members, and the game."""
    won = np.random.default_rng(seed).normal(size=1 << players)
    won[0] = 0.0
    return won, lambda who: won[_number(who)][:, None]


def _number(who: Coalitions) -> np.ndarray:
    return who @ (1 << np.arange(who.shape[1]))


GAMES = {"players": st.integers(1, 6), "seed": st.integers(0, 10_000)}


@given(**GAMES)
def test_it_is_the_mean_over_all_orders(players: int, seed: int) -> None:
    won, worth = game(players, seed)
    added = np.zeros(players)
    orders = list(permutations(range(players)))
    for order in orders:
        before = 0
        for player in order:
            added[player] += won[before | 1 << player] - won[before]
            before |= 1 << player
    assert shapley(worth, players)[0][:, 0] == pytest.approx(added / len(orders), abs=1e-12)


@given(**GAMES)
def test_efficiency_all_that_is_won_is_handed_out(players: int, seed: int) -> None:
    won, worth = game(players, seed)
    assert shapley(worth, players)[0].sum() == pytest.approx(won[-1], abs=1e-12)


@given(**GAMES)
def test_additivity_of_two_games(players: int, seed: int) -> None:
    (_, one), (_, two) = game(players, seed), game(players, seed + 1)
    both = shapley(lambda who: 2 * one(who) - two(who), players)[0]
    assert both == pytest.approx(2 * shapley(one, players)[0] - shapley(two, players)[0], abs=1e-12)


@given(**GAMES)
def test_symmetry_and_the_null_player(players: int, seed: int) -> None:
    """Of players 0 and 1 only their number counts; the last one changes nothing."""
    won, _ = game(players + 2, seed)

    def worth(who: Coalitions) -> Floats:
        alike = who.copy()
        alike[:, 0], alike[:, 1] = who[:, 0] | who[:, 1], who[:, 0] & who[:, 1]
        return np.asarray(won[_number(alike)][:, None])

    shares = shapley(lambda who: worth(who[:, :-1]), players + 3)[0][:, 0]
    assert shares[0] == pytest.approx(shares[1], abs=1e-12)
    assert shares[-1] == pytest.approx(0.0, abs=1e-12)


def curved(strength: Floats) -> Worth:
    return lambda who: np.sqrt(who @ strength)[:, None]


def test_twelve_players_are_exact_and_thirteen_have_an_error() -> None:
    assert shapley(curved(np.arange(1.0, 13)), 12)[1] is None
    shares, error = shapley(curved(np.arange(1.0, 14)), 13, orders=100)
    assert error is not None
    assert (error > 0).all()
    assert shares.sum() == pytest.approx(np.sqrt(np.arange(1.0, 14).sum()), abs=1e-12)


def test_an_additive_game_is_exact_whatever_orders_are_drawn() -> None:
    strength = np.arange(20.0)
    shares, error = shapley(lambda who: (who @ strength)[:, None], 20, orders=10)
    assert shares[:, 0] == pytest.approx(strength)
    assert error == pytest.approx(np.zeros((20, 1)), abs=1e-6)


def test_errors_of_drawn_orders_are_what_they_say() -> None:
    """Players 0 to 11 matter and 12 does not: the truth is the exact value of 12, and 95 % intervals cover 95 %."""
    strength = np.append(np.arange(1.0, 13), 0.0)
    truth = shapley(curved(strength[:-1]), 12)[0][:, 0]
    seen = [shapley(curved(strength), 13, orders=80, seed=seed) for seed in range(100)]
    apart = np.array([(shares[:-1, 0] - truth) / error[:-1, 0] for shares, error in seen if error is not None])
    assert 0.91 < (np.abs(apart) < 2.02).mean() < 0.98
    assert apart.mean() == pytest.approx(0, abs=0.15)
