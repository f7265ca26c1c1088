"""The chance that the rival clock rings first, against the hypergeometric series and the laws of the race."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.stats.race import race, rival_first

LOGS = st.floats(-5, 4).map(np.exp).map(float)
COUNTS = st.sampled_from([0, 1, 3, 20, 500, 20_000])


def exact(shape: mp.mpf, rival: mp.mpf, ratio: mp.mpf) -> mp.mpf:
    """NIST DLMF 15.2.1: a series of positive terms, at either side of equal scales (Pfaff's transformation)."""
    if ratio < 1:
        return ratio * rival / (shape + rival) * series(rival + 1, shape + rival + 1, 1 - ratio)
    return rival / (shape + rival) * series(shape, shape + rival + 1, 1 - 1 / ratio)


def series(b: mp.mpf, c: mp.mpf, z: mp.mpf) -> mp.mpf:
    """2F1(1, b; c; z)."""
    term = total = mp.mpf(1)
    for n in range(1_000_000):
        term *= (b + n) / (c + n) * z
        total += term
        if term < total * (1 - z) * mp.mpf(10) ** -45:
            break
    return total


@settings(max_examples=40, deadline=None)
@given(r=LOGS, x=COUNTS, rival=LOGS, ratio=LOGS)
def test_twelve_digits_everywhere(r: float, x: int, rival: float, ratio: float) -> None:
    with mp.workdps(50):
        truth = exact(mp.mpf(r + x), mp.mpf(rival), mp.mpf(ratio))
        came = rival_first(np.array([r + x]), rival, np.array([ratio]), span=(ratio, ratio))[0]
        assert abs(mp.mpf(float(came)) / truth - 1) < 1e-12
        assert race(np.array([r + x]), rival, np.array([ratio]), span=(ratio, ratio)).chance[0] == pytest.approx(came)


@settings(max_examples=12, deadline=None)
@given(r=LOGS, x=COUNTS, rival=LOGS, ratio=LOGS)
def test_slopes(r: float, x: int, rival: float, ratio: float) -> None:
    one = race(np.array([r + x]), rival, np.array([ratio]), span=(ratio, ratio))
    with mp.workdps(50):
        at = [mp.mpf(r + x), mp.mpf(rival), mp.mpf(ratio)]
        scale = float(exact(*at))
        for place, slope in enumerate([one.by_shape * (r + x), one.by_rival * rival, one.by_log_ratio]):
            up, down = (
                [v * (1 + sign * mp.mpf(10) ** -15 * (i == place)) for i, v in enumerate(at)] for sign in (1, -1)
            )
            truth = float((exact(*up) - exact(*down)) / (2 * mp.mpf(10) ** -15))
            assert abs(slope[0] - truth) < scale * (1e-9 + 1e-11 * (r + x))


@pytest.mark.parametrize("ratio", [1e-12, 1e-6, 1e6, 1e12])
@pytest.mark.parametrize("shape", [1e-6, 0.3, 20_000.0])
@pytest.mark.parametrize("rival", [1e-6, 0.3, 1e7])
def test_far_from_anything_it_still_is_a_chance(shape: float, rival: float, ratio: float) -> None:
    one, other = np.array([shape]), np.array([rival])
    chance = rival_first(one, rival, np.array([ratio]), span=(ratio, ratio))[0]
    turned = rival_first(other, shape, np.array([1 / ratio]), span=(1 / ratio, 1 / ratio))[0]
    assert 0 < chance <= 1
    assert chance + turned == pytest.approx(1, abs=1e-11)


@settings(max_examples=40, deadline=None)
@given(r=LOGS, rival=LOGS, ratio=LOGS)
def test_one_of_the_two_rings_first(r: float, rival: float, ratio: float) -> None:
    chance = rival_first(np.array([r]), rival, np.array([ratio]), span=(ratio, ratio))[0]
    turned = rival_first(np.array([rival]), r, np.array([1 / ratio]), span=(1 / ratio, 1 / ratio))[0]
    assert chance + turned == pytest.approx(1, abs=1e-12)


def test_on_equal_scales_it_is_the_rival_s_share() -> None:
    shapes = np.array([1e-3, 0.5, 4.0, 1e5])
    chance = rival_first(shapes, 0.7, np.ones(4), span=(0.5, 3.0))
    assert chance == pytest.approx(0.7 / (0.7 + shapes), rel=1e-12)


@pytest.mark.parametrize("shapes", [20, 900])
def test_a_chance_does_not_depend_on_the_others(shapes: int) -> None:
    rng = np.random.default_rng(1)
    shape, ratio = np.sort(rng.integers(0, shapes, 5_000)) + 0.3, rng.uniform(0.2, 1, 5_000)
    together = rival_first(shape, 0.6, ratio, span=(0.2, 1.0))
    alone = [rival_first(shape[i : i + 1], 0.6, ratio[i : i + 1], span=(0.2, 1.0))[0] for i in range(0, 5_000, 50)]
    assert (together[::50] == alone).all()


def test_nobody_is_nothing() -> None:
    nobody = np.empty(0)
    assert len(rival_first(nobody, 1.0, nobody, span=(1.0, 1.0))) == 0
