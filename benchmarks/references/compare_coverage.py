"""How often do the intervals of `patron.experiments.compare` hold, and how often are its findings false?

python benchmarks/references/compare_coverage.py                 10,000 repetitions, the figures of docs/reading.md
python benchmarks/references/compare_coverage.py --repetitions 500

Repetitions take the place of segments, so that all of them are read at once by the functions that `compare` calls.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.stats.contrast import (
    SURE_BASE_ALWAYS,
    Reading,
    always_valid,
    difference_of,
    posterior,
    relative_of,
    welch,
)
from patron.stats.corrected import corrected
from patron.stats.pooled_effects import pooled_effects
from patron.stats.ratio_moments import Ratio, RatioMoments, adjusted_means, spread_alike

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int]], Floats]

AT_ONCE = 4_000_000  # values


def normal(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Draw values of one spread about 10."""
    return rng.normal(10.0, 4.0, shape)


def share(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Draw whether a unit did it; one in twenty did."""
    return (rng.random(shape) < 0.05).astype(np.float64)


def money(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Draw what a unit spent; three in ten buy, for log-normal amounts (sigma 1)."""
    return np.exp(rng.normal(3.0, 1.0, shape)) * (rng.random(shape) < 0.3)


def heavy(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Draw heavy tails: one in ten buys, for log-normal amounts of sigma 1.5 (skewness 12 before the zeros)."""
    return np.exp(rng.normal(3.0, 1.5, shape)) * (rng.random(shape) < 0.1)


def pareto(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Draw a Pareto tail of index 3, whose third moment is infinite; three in ten buy."""
    return 10.0 * (1 + rng.pareto(3.0, shape)) * (rng.random(shape) < 0.3)


MEANS: dict[Draw, float] = {
    normal: 10.0, share: 0.05, money: 0.3 * np.exp(3.5), heavy: 0.1 * np.exp(3 + 1.5**2 / 2), pareto: 0.3 * 15.0,
}  # fmt: skip


def moments(*columns: Floats) -> RatioMoments:
    """Sum over the last axis: repetitions x units."""
    rows = np.stack(columns, axis=-1)
    n = np.full(rows.shape[0], float(rows.shape[1]))
    return RatioMoments(n=n, sums=rows.sum(axis=1), products=np.swapaxes(rows, 1, 2) @ rows)


def chunks(repetitions: int, units: int) -> list[int]:
    """Return sizes of blocks of repetitions that fit in memory."""
    block = max(1, min(repetitions, AT_ONCE // units))
    return [min(block, repetitions - start) for start in range(0, repetitions, block)]


def covered(reading: Reading, truth: Floats | float) -> Floats:
    """Tell which intervals hold the truth; NaN where none is given."""
    held = ((reading.low <= truth) & (truth <= reading.high)).astype(np.float64)
    return np.where(np.isnan(reading.low), np.nan, held)


def means(draw: Draw, n: int, n_control: int, lift: float, repetitions: int, seed: int) -> dict[str, float]:
    """Return how often each interval of a mean holds; the arm spends `lift` more than control."""
    rng, found = np.random.default_rng(seed), []
    for block in chunks(repetitions, n + n_control):
        treated, control = draw(rng, (block, n)) * (1 + lift), draw(rng, (block, n_control))
        arms = adjusted_means(moments(treated), moments(control), [Ratio(0)])
        difference, relative = difference_of(*arms), relative_of(*arms)
        truth = MEANS[draw] * lift
        found.append([
            covered(welch(difference), truth), covered(welch(relative), lift),
            covered(posterior(difference), truth), covered(always_valid(difference), truth),
            covered(welch(difference_of(*spread_alike(*arms))), truth),
        ])  # fmt: skip
    held = [np.concatenate(parts) for parts in zip(*found, strict=True)]
    names = ("effect", "relative", "bayes", "one look of always valid", "spread alike")
    figures = {name: float(np.nanmean(each)) for name, each in zip(names, held, strict=True)}
    return figures | {"no relative effect given": float(np.isnan(held[1]).mean())}


def with_covariates(n: int, repetitions: int, seed: int) -> dict[str, float]:
    """Return the same of heavy money with two covariates that tell half of it."""
    rng, found, taken = np.random.default_rng(seed), [], []
    for block in chunks(repetitions, 8 * n):
        arms = []
        for lift in (1.1, 1.0):
            level = np.exp(rng.normal(0, 1, (block, n)))
            past = level * np.exp(rng.normal(0, 0.5, (block, n)))
            forecast = level * np.exp(rng.normal(0, 0.3, (block, n)))
            spent = lift * 10 * level * np.exp(rng.normal(0, 0.5, (block, n))) * (rng.random((block, n)) < 0.5)
            arms.append(moments(spent, past, forecast))
        one, other = adjusted_means(arms[0], arms[1], [Ratio(0), Ratio(1), Ratio(2)])
        base = 10 * 0.5 * np.exp(0.5 + 0.125)
        found.append([
            covered(welch(difference_of(one, other)), 0.1 * base), covered(welch(relative_of(one, other)), 0.1),
        ])  # fmt: skip
        taken.append(1 - one.variance / one.plain_variance)
    held = [float(np.concatenate(parts).mean()) for parts in zip(*found, strict=True)]
    return {"effect": held[0], "relative": held[1], "variance taken off": float(np.concatenate(taken).mean())}


def ratio(n: int, repetitions: int, seed: int) -> dict[str, float]:
    """Return the same of margin / orders, where who orders more often spends less each time; with a covariate too."""
    rng, found = np.random.default_rng(seed), []
    for block in chunks(repetitions, 6 * n):
        arms = []
        for lift in (1.05, 1.0):
            keen = rng.gamma(2.0, 1.0, (block, n))
            orders = 1.0 + rng.poisson(keen)
            spent = lift * orders * np.exp(rng.normal(2.5, 0.8, (block, n))) / np.sqrt(1 + keen)
            arms.append(moments(spent, orders, np.log1p(keen) + rng.normal(0, 0.3, (block, n))))
        found.append((arms, None))
    # The truth of a ratio of means, by integration: E(orders x amount) / E(orders).
    keen = np.random.default_rng(0).gamma(2.0, 1.0, 20_000_000)
    amount = float(((1 + keen) / np.sqrt(1 + keen)).mean() / (1 + keen).mean() * np.exp(2.5 + 0.32))
    held: dict[str, list[Floats]] = {"effect": [], "relative": [], "effect, covariate": []}
    for arms, _ in found:
        plain = adjusted_means(arms[0], arms[1], [Ratio(0, 1)])
        less = adjusted_means(arms[0], arms[1], [Ratio(0, 1), Ratio(2)])
        held["effect"].append(covered(welch(difference_of(*plain)), 0.05 * amount))
        held["relative"].append(covered(welch(relative_of(*plain)), 0.05))
        held["effect, covariate"].append(covered(welch(difference_of(*less)), 0.05 * amount))
    return {name: float(np.nanmean(np.concatenate(parts))) for name, parts in held.items()}


def clusters(homes: int, repetitions: int, seed: int) -> dict[str, float]:
    """Return the same of members of households who act alike: as clusters, and wrongly as units of their own."""
    rng = np.random.default_rng(seed)
    held: dict[str, list[Floats]] = {"effect": [], "relative": [], "members as units (wrong)": []}
    for block in chunks(repetitions, 12 * homes):
        arms, wrong = [], []
        for lift in (1.1, 1.0):
            size = 1.0 + rng.poisson(1.5, (block, homes))
            level = np.exp(rng.normal(0, 1, (block, homes)))
            # Members' own amounts: gamma of shape 1 each, so that a household's total is gamma of shape `size`.
            total = lift * 10 * level * rng.gamma(size)
            arms.append(moments(total, size))
            # Sum of squares of members, given the total: Dirichlet's second moment.
            squares = total**2 * 2 / (size + 1)
            members = size.sum(axis=1)
            wrong.append(RatioMoments(
                n=members, sums=total.sum(axis=1)[:, None], products=squares.sum(axis=1)[:, None, None]
            ))  # fmt: skip
        found = adjusted_means(arms[0], arms[1], [Ratio(0, 1)])
        base = 10 * np.exp(0.5)
        held["effect"].append(covered(welch(difference_of(*found)), 0.1 * base))
        held["relative"].append(covered(welch(relative_of(*found)), 0.1))
        plain = adjusted_means(wrong[0], wrong[1], [Ratio(0)])
        held["members as units (wrong)"].append(covered(welch(difference_of(*plain)), 0.1 * base))
    return {name: float(np.nanmean(np.concatenate(parts))) for name, parts in held.items()}


def capped(n: int, n_control: int, repetitions: int, seed: int) -> dict[str, float]:
    """Return how often the interval of heavy money, winsorised at 99 % of both arms, holds the capped truth."""
    rng, found = np.random.default_rng(seed), []
    many = np.random.default_rng(0)
    whole = [np.concatenate([heavy(many, (1, 2_000_000))[0] for _ in range(10)]) * lift for lift in (1.1, 1.0)]
    cap = np.quantile(np.concatenate([whole[0], whole[1][:: n // n_control]]), 0.99)
    truth = float(np.minimum(whole[0], cap).mean() - np.minimum(whole[1], cap).mean())
    for block in chunks(repetitions, 4 * n):
        both = np.concatenate([heavy(rng, (block, n)) * 1.1, heavy(rng, (block, n_control))], axis=1)
        cut = np.minimum(both, np.quantile(both, 0.99, axis=1, keepdims=True))
        arms = adjusted_means(moments(cut[:, :n]), moments(cut[:, n:]), [Ratio(0)])
        found.append(covered(welch(difference_of(*arms)), truth))
    return {"effect": float(np.concatenate(found).mean())}


def quantile(share: float, n: int, repetitions: int, seed: int) -> dict[str, float]:
    """Return the same of a quantile of log-normal amounts, read by the engine; repetitions are segments."""
    import pyarrow as pa

    from patron.experiments import Metric, compare

    rng, found = np.random.default_rng(seed), []
    truth = float(np.exp(1.5 * special.ndtri(share)) * 0.1)
    for block in chunks(repetitions, 2 * n):
        lift = np.repeat([1.1, 1.0], n)
        spent = np.exp(rng.normal(0, 1.5, (block, 2 * n))) * lift
        arms = np.broadcast_to(np.repeat(["mail", "control"], n), spent.shape)
        units = pa.table({
            "arm": arms.ravel(), "spent": spent.ravel(), "repetition": np.repeat(np.arange(block), 2 * n),
        })  # fmt: skip
        table = compare(units, metric=Metric("spent", quantile=share), by="repetition")
        low, high = (table[name].to_numpy() for name in ("effect_low", "effect_high"))
        found.append((low <= truth) & (truth <= high))
    return {"effect": float(np.concatenate(found).mean())}


def looks(draw: Draw, step: int, repetitions: int, seed: int, *, every: int = 100) -> dict[str, float]:
    """Return how often one of `every` looks finds an effect where there is none, each `step` units an arm later."""
    rng = np.random.default_rng(seed)
    wrong: dict[str, list[Floats]] = {"always valid": [], "relative": [], "fixed interval (wrong)": []}
    for block in chunks(repetitions, 2 * step * every):
        sums = []
        for _ in range(2):
            values = draw(rng, (block, step * every)).reshape(block, every, step)
            total, squares = values.sum(axis=2).cumsum(axis=1), (values**2).sum(axis=2).cumsum(axis=1)
            n = np.broadcast_to(np.arange(1.0, every + 1) * step, total.shape)
            sums.append(RatioMoments(n=n, sums=total[..., None], products=squares[..., None, None]))
        arms = adjusted_means(sums[0], sums[1], [Ratio(0)])
        difference, relative = difference_of(*arms), relative_of(*arms, sure=SURE_BASE_ALWAYS)
        for name, reading in (
            ("always valid", always_valid(difference)),
            ("relative", always_valid(relative)),
            ("fixed interval (wrong)", welch(difference)),
        ):
            wrong[name].append((covered(reading, 0.0) == 0).any(axis=1).astype(np.float64))
    return {name: float(np.concatenate(parts).mean()) for name, parts in wrong.items()}


def winners(draw: Draw, n: int, moved: int, repetitions: int, seed: int, *, segments: int = 50) -> dict[str, float]:
    """Return the share of false ones among the found segments, and of found ones among the moved, at q .1."""
    rng = np.random.default_rng(seed)
    lift = np.where(np.arange(segments) < moved, 1.25, 1.0)
    size = np.linspace(0.4, 1.6, segments)[rng.permutation(segments)] * n
    false: dict[str, list[float]] = {"bh": [], "holm": [], "none (wrong)": []}
    power: dict[str, list[float]] = {name: [] for name in false}
    for _ in range(repetitions):
        p = np.empty(segments)
        for place in range(segments):
            units = int(size[place])
            one, other = draw(rng, (1, units)) * lift[place], draw(rng, (1, units))
            p[place] = welch(difference_of(*adjusted_means(moments(one), moments(other), [Ratio(0)]))).p_value[0]
        for name in false:
            hits = corrected(p, "none" if name.startswith("none") else name) <= 0.1  # type: ignore[arg-type]
            false[name].append(float(hits[moved:].sum() / max(hits.sum(), 1)))
            power[name].append(float(hits[:moved].mean()) if moved else 0.0)
    return {f"{name}: false" if kind == 0 else f"{name}: found": float(np.mean(values[name]))
            for name in false for kind, values in enumerate((false, power))}  # fmt: skip


def shrunk(between: float, repetitions: int, seed: int, *, segments: int = 50) -> dict[str, float]:
    """Return how often a segment's shrunk interval holds its true effect, and the error beside the plain estimate's."""
    rng = np.random.default_rng(seed)
    held, plain, error, error_plain, chosen = [], [], [], [], []
    for _ in range(repetitions):
        noise = np.exp(rng.normal(0, 0.5, segments))
        truth = 1 + between * rng.normal(0, 1, segments)
        own = truth + noise * rng.normal(0, 1, segments)
        pooled = pooled_effects(own, noise**2)
        inside = (pooled.low <= truth) & (truth <= pooled.high)
        held.append(inside.mean())
        plain.append((np.abs(own - truth) <= 1.959964 * noise).mean())
        error.append(((pooled.estimate - truth) ** 2).mean())
        error_plain.append(((own - truth) ** 2).mean())
        best = own.argmax()
        chosen.append((inside[best], abs(own[best] - truth[best]) <= 1.959964 * noise[best]))
    best_shrunk, best_plain = np.mean(chosen, axis=0)
    return {
        "shrunk": float(np.mean(held)), "plain": float(np.mean(plain)), "best segment, shrunk": float(best_shrunk),
        "best segment, plain": float(best_plain),
        "squared error / plain's": float(np.mean(error) / np.mean(error_plain)),
    }  # fmt: skip


def told(what: str, found: dict[str, float]) -> None:
    """Print one line."""
    print(f"{what:<58}", "  ".join(f"{name} {value:.4f}" for name, value in found.items()), flush=True)


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=10_000)
    many = parser.parse_args().repetitions
    for draw, n, n_control in (
        (normal, 500, 500), (share, 2_000, 2_000), (money, 300, 300), (money, 2_000, 2_000), (heavy, 2_000, 2_000),
        (heavy, 10_000, 10_000), (pareto, 2_000, 2_000), (money, 9_000, 1_000), (heavy, 9_000, 1_000),
        (heavy, 36_000, 4_000),
    ):  # fmt: skip
        told(f"{draw.__name__}, {n:,} against {n_control:,}", means(draw, n, n_control, 0.1, many, 1))
    told("money with two covariates, 2,000 against 2,000", with_covariates(2_000, many, 2))
    told("margin / orders, 1,000 against 1,000", ratio(1_000, many, 3))
    told("households, 1,000 against 1,000", clusters(1_000, many, 4))
    told("heavy, winsorised at .99, 2,000 against 2,000", capped(2_000, 2_000, many, 5))
    told("heavy, winsorised at .99, 9,000 against 1,000", capped(9_000, 1_000, many, 5))
    for share_below, n in ((0.5, 500), (0.9, 1_000)):
        told(f"quantile {share_below} of log-normal amounts, {n:,} against {n:,}", quantile(share_below, n, many, 9))
    for draw in (normal, money, heavy):
        told(f"no effect, 100 looks, {draw.__name__}, 100 units an arm each", looks(draw, 100, many, 6))
    for moved in (0, 10):
        told(f"50 segments of about 1,000 a side, {moved} moved", winners(money, 1_000, moved, max(many // 10, 50), 7))
    for between in (0.0, 0.5, 1.0, 2.0):
        told(f"50 segments whose effects differ by {between} x noise", shrunk(between, max(many // 10, 50), 8))


if __name__ == "__main__":
    main()
