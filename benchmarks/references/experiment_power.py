"""How often does an experiment of the planned size see the effect that it was planned for, and one that is not there?

Prints the table of docs/experiments.md: 10,000 experiments a row, all at once in NumPy, each of the size that
`patron.stats.experiment_power.Plan` asks for a power of 80 %. About a minute on one core.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from patron.stats.experiment_power import Plan

TIMES = 10_000
LOOKS = 20


def means(random, kind, size, lift):
    """Return mean, variance and, of a ratio or with a covariate, what they need, of TIMES samples of `size`."""
    batch = max(1, 4_000_000 // size)
    parts = []
    for start in range(0, TIMES, batch):
        shape = (min(batch, TIMES - start), size)
        if kind == "share":
            drawn = random.binomial(size, 0.05 * (1 + lift), shape[0]) / size
            parts.append((drawn, drawn * (1 - drawn)))
            continue
        money = np.where(random.random(shape) < 0.3, random.lognormal(3, 1, shape), 0) * (1 + lift)
        if kind == "cuped":  # the past explains half
            past = random.normal(0, 1, shape)
            money = 20 + 10 * past + random.normal(0, 10, shape) + 20 * lift
            y, x = money - money.mean(1, keepdims=True), past - past.mean(1, keepdims=True)
            theta = (x * y).mean(1) / (x * x).mean(1)
            parts.append((money.mean(1) - theta * past.mean(1), (y - theta[:, None] * x).var(1)))
            continue
        if kind == "ratio":
            orders = 1 + random.poisson(1, shape)
            money = orders * (random.lognormal(3, 0.5, shape)) * (1 + lift)
            ratio = money.mean(1) / orders.mean(1)
            parts.append((ratio, (money - ratio[:, None] * orders).var(1) / orders.mean(1) ** 2))
            continue
        parts.append((money.mean(1), money.var(1)))
    return tuple(np.concatenate(values) for values in zip(*parts, strict=True))


def base_of(random, kind):
    """Return mean and spread of one unit, from a large sample."""
    if kind == "share":
        return 0.05, np.sqrt(0.05 * 0.95)
    many = 2_000_000
    if kind == "cuped":
        return 20.0, 10.0  # what the past leaves
    if kind == "ratio":
        orders = 1 + random.poisson(1, many)
        money = orders * random.lognormal(3, 0.5, many)
        ratio = money.mean() / orders.mean()
        return ratio, (money - ratio * orders).std() / orders.mean()
    money = np.where(random.random(many) < 0.3, random.lognormal(3, 1, many), 0)
    return money.mean(), money.std()


def seen(random, kind, plan, units, lift):
    """Return how often any treatment differs, read once at the end."""
    control, *treated = (max(2, round(units * share)) for share in plan.shares)
    mean, variance = means(random, kind, control, 0.0)
    first, found = np.zeros(TIMES, bool), np.zeros(TIMES, bool)
    for place, size in enumerate(treated):
        other, spread = means(random, kind, size, lift)
        hit = np.abs(other - mean) > plan.half_width * np.sqrt(variance / control + spread / size)
        first, found = (hit if place == 0 else first), found | hit
    return (first if lift else found).mean()


def looked_at(random, plan, units, lift):
    """Return how often an always valid interval leaves zero at one of LOOKS looks; normal outcomes of spread 1."""
    steps = np.linspace(units / LOOKS, units, LOOKS)
    parts = random.normal(lift * units / LOOKS, np.sqrt(4 * units / LOOKS), (TIMES, LOOKS)).cumsum(1) / steps
    level = plan.level
    rho = (-2 * np.log(level) + np.log(1 - 2 * np.log(level))) / units
    width = np.sqrt(2 * (steps * rho + 1) / (steps**2 * rho) * np.log(np.sqrt(steps * rho + 1) / level)) * 2
    return (np.abs(parts) > width).any(1).mean(), (np.abs(parts) > 2 * ndtri(0.975) / np.sqrt(steps)).any(1).mean()


def main() -> None:
    random = np.random.default_rng(45)
    print("| outcome | arms | lift | units | seen | seen where there is none |\n|---|---|---|---|---|---|")
    for kind, shares, lift in (
        ("share", (0.1, 0.9), 0.41), ("share", (0.5, 0.5), 0.2), ("share", (0.4, 0.3, 0.3), 0.2),
        ("money", (0.5, 0.5), 0.2), ("money", (0.1, 0.9), 0.3), ("ratio", (0.5, 0.5), 0.05), ("cuped", (0.5, 0.5), 0.1),
    ):  # fmt: skip
        plan = Plan(shares=shares)
        mean, spread = base_of(random, kind)
        units = float(plan.units_for(lift * mean, spread).item())
        power, false = (seen(random, kind, plan, units, each) for each in (lift, 0.0))
        print(f"| {kind} | {', '.join(map(str, shares))} | {lift:.0%} | {units:,.0f} | {power:.3f} | {false:.3f} |")
    plan = Plan(method="sequential")
    units = float(plan.units_for(0.1, 1.0).item())
    (power, _), (false, naive) = (looked_at(random, plan, units, each) for each in (0.1, 0.0))
    print(f"| normal, {LOOKS} looks | 0.5, 0.5 | .1 sd | {units:,.0f} | {power:.3f} | {false:.3f} |")
    print(f"a fixed interval looked at {LOOKS} times sees what is not there {naive:.3f}")


if __name__ == "__main__":
    main()
