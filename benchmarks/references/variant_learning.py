"""How soon are the best variants found? The figures of docs/test_and_learn.md.

python benchmarks/references/variant_learning.py [headline|grid|coverage|stopping|prior|context|speed] ...

A campaign: 4 images, 4 headlines, 3 copies, 3 offers. The first message is answered at the base rate and is an ordinary
one: other options add normal amounts to the log odds, pairs of them half as much (unless said otherwise), and all is
scaled so that the best of the 144 messages is answered `lift` times as often as the first. What is had after an
iteration is the true rate of the message that would be sent from then on, above the first one's, as a share of the
best one's.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import expit, logit, ndtr

PARTS = {"image": list("abcd"), "headline": list("abcd"), "copy": list("abc"), "offer": list("abc")}
SIZES = tuple(map(len, PARTS.values()))
MESSAGES = np.array(list(np.ndindex(*SIZES)))
WHOLE = 0.8


@dataclass(frozen=True)
class Shop:
    """What is true of a campaign, and how much is sent."""

    sends: int = 5_000
    base: float = 0.03
    lift: float = 2.0
    pairs: float = 0.5
    iterations: int = 8


def rates(rng: np.random.Generator, shop: Shop) -> np.ndarray:
    """Draw the true response rate of every message."""
    odds = np.zeros(len(MESSAGES))
    for part, size in enumerate(SIZES):
        effect = rng.normal(size=size)
        effect[0] = 0
        odds += effect[MESSAGES[:, part]]
    for one, other in combinations(range(len(SIZES)), 2):
        effect = rng.normal(size=(SIZES[one], SIZES[other])) * shop.pairs
        effect[0], effect[:, 0] = 0, 0
        odds += effect[MESSAGES[:, one], MESSAGES[:, other]]
    above = odds - odds[0]
    reach = logit(min(shop.base * shop.lift, 0.95)) - logit(shop.base)
    return expit(logit(shop.base) + above * reach / max(above.max(), 1e-9))


def thompson(rng: np.random.Generator, true: np.ndarray, shop: Shop) -> list[int]:
    """Return the message that the learner would send after each iteration."""
    from patron.decisions import VariantLearner
    from patron.decisions.learning.message_plan import drawn_messages

    learner, found = VariantLearner(PARTS, seed=int(rng.integers(1 << 30))), []
    for _ in range(shop.iterations):
        sent = np.bincount(drawn_messages(learner.plan.share[0], shop.sends, generator=rng), minlength=len(true))
        learner.update_counts(sent, rng.binomial(sent, true))
        found.append(int(learner.plan.recommended[0]))
    return found


def by_turns(rng: np.random.Generator, true: np.ndarray, shop: Shop, *, significance: float | None) -> list[int]:
    """One part after the other, its options evenly, all else as the best so far; keep the larger or the proven mean."""
    best, found = [0] * len(SIZES), []
    for turn in range(shop.iterations):
        part = turn % len(SIZES)
        tested = [place(best, part, option) for option in range(SIZES[part])]
        sent = np.full(len(tested), shop.sends // len(tested))
        answered = rng.binomial(sent, true[tested])
        best[part] = chosen(sent, answered, best[part], significance)
        found.append(place(best, 0, best[0]))
    return found


def place(best: list[int], part: int, option: int) -> int:
    one = list(best)
    one[part] = option
    return int(np.ravel_multi_index(one, SIZES))


def chosen(sent: np.ndarray, answered: np.ndarray, now: int, significance: float | None) -> int:
    mean = answered / sent
    top = int(mean.argmax())
    if significance is None or top == now:
        return top
    pooled = (answered[top] + answered[now]) / (sent[top] + sent[now])
    error = np.sqrt(pooled * (1 - pooled) * (1 / sent[top] + 1 / sent[now]))
    p_value = 2 * (1 - ndtr((mean[top] - mean[now]) / max(error, 1e-12)))
    return top if p_value * (len(sent) - 1) < significance else now  # Bonferroni over the challengers


def all_at_once(rng: np.random.Generator, true: np.ndarray, shop: Shop) -> list[int]:
    """Send all messages evenly, always, and take the one with the largest mean."""
    sent, answered, found = np.zeros(len(true)), np.zeros(len(true)), []
    for _ in range(shop.iterations):
        now = rng.multinomial(shop.sends, np.full(len(true), 1 / len(true)))
        sent, answered = sent + now, answered + rng.binomial(now, true)
        found.append(int((answered / np.maximum(sent, 1)).argmax()))
    return found


WAYS: dict[str, Callable[..., list[int]]] = {
    "Thompson sampling": thompson,
    "one part a time, larger mean": lambda *given: by_turns(*given, significance=None),
    "one part a time, significance": lambda *given: by_turns(*given, significance=0.05),
    "all messages evenly": all_at_once,
}


def had(way: Callable[..., list[int]], shop: Shop, campaigns: int) -> np.ndarray:
    """Return the share of the reachable effect that is had, (campaigns, iterations)."""
    shares = []
    for seed in range(campaigns):
        rng = np.random.default_rng([seed, 77])
        true = rates(rng, shop)
        picked = way(rng, true, shop)
        shares.append((true[picked] - true[0]) / (true.max() - true[0]))
    return np.array(shares)


def told(name: str, shares: np.ndarray) -> None:
    first = np.where((shares >= WHOLE).any(1), (shares >= WHOLE).argmax(1) + 1.0, np.inf)
    print(
        f"{name:38s} median had {np.median(shares, 0).round(2).tolist()} mean {shares.mean(0).round(2).tolist()}; "
        f"80 % first after (median) {np.median(first):g}, by the 4th {(first <= 4).mean():.3f}, "
        f"at the 4th {(shares[:, 3] >= WHOLE).mean():.3f}",
        flush=True,
    )


def headline() -> None:
    for shop in (Shop(), Shop(sends=10_000, lift=1.5), Shop(base=0.01)):
        print(shop)
        for name, way in WAYS.items():
            told(name, had(way, shop, 200))
    for pairs in (0.0, 0.25, 1.0):
        told(f"Thompson, pairs {pairs}", had(thompson, Shop(pairs=pairs), 200))


def grid() -> None:
    for lift in (1.25, 1.5, 2.0, 3.0):
        for sends in (1_000, 2_500, 5_000, 10_000, 25_000):
            shares = had(thompson, Shop(sends=sends, lift=lift, iterations=6), 40)
            told(f"lift {lift} sends {sends}", shares)


def coverage() -> None:
    """How often the intervals of the readings by inverse propensity hold, after five iterations."""
    from patron.decisions import VariantLearner
    from patron.decisions.learning.message_plan import drawn_messages
    from patron.decisions.learning.read_options import read_option

    for shop in (Shop(), Shop(lift=1.0), Shop(base=0.1)):
        held = wide = readings = believed = plain = 0.0
        for seed in range(300):
            rng = np.random.default_rng([seed, 78])
            true = rates(rng, shop)
            learner = VariantLearner(PARTS, seed=seed)
            for _ in range(5):
                sent = np.bincount(drawn_messages(learner.plan.share[0], shop.sends, generator=rng), minlength=144)
                learner.update_counts(sent, rng.binomial(sent, true))
            sends, answers = (array[0] for array in learner.counts)
            for part, size in enumerate(SIZES):
                for option in range(size):
                    has = MESSAGES[:, part] == option
                    truth = true[has].mean()
                    read = read_option(learner.parts, learner.iterations, part, option)
                    if read is None:  # too few answers: nothing is said
                        continue
                    drawn = learner.plan.draws[:, 0, has].mean(axis=1)
                    low, high = np.quantile(drawn, (0.025, 0.975))
                    mean = answers[has].sum() / sends[has].sum()
                    error = 1.96 * np.sqrt(mean * (1 - mean) / sends[has].sum())
                    plain += abs(mean - truth) <= error
                    held += read.low <= truth <= read.high
                    wide += (read.high - read.low) / truth / 2
                    believed += low <= truth <= high
                    readings += 1
        print(
            shop, f"inverse propensity holds {held / readings:.4f} (half width {wide / readings:.2f} of the rate), "
            f"belief {believed / readings:.4f}, plain means {plain / readings:.4f}", flush=True,
        )  # fmt: skip


def stopping() -> None:
    """Is what the status says true, and when does it stop?"""
    from patron.decisions import VariantLearner
    from patron.decisions.learning.message_plan import drawn_messages

    for shop in (Shop(iterations=12), Shop(iterations=12, lift=1.5), Shop(iterations=12, lift=1.0001)):
        said, true_had, gains, gained, stops, at_stop = [], [], [], [], [], []
        for seed in range(30):
            rng = np.random.default_rng([seed, 79])
            true = rates(rng, shop)
            learner, best, gain, stopped = VariantLearner(PARTS, seed=seed), 0, None, None
            for turn in range(shop.iterations):
                sent = np.bincount(drawn_messages(learner.plan.share[0], shop.sends, generator=rng), minlength=144)
                learner.update_counts(sent, rng.binomial(sent, true))
                status, now = learner.status(), int(learner.plan.recommended[0])
                if gain is not None and turn < 5:
                    gains.append(gain)
                    gained.append(true[now] - true[best])
                share = (true[now] - true[0]) / (true.max() - true[0])
                best, gain = now, status.next_gain
                if turn < 5:
                    said.append(status.share_had)
                    true_had.append(share)
                if status.stop:
                    stopped = turn + 1
                    at_stop.append((share, status.reason))
                    break
            stops.append(stopped or np.inf)
        reasons = {reason: sum(why == reason for _, why in at_stop) for _, reason in at_stop}
        print(
            shop, f"said {np.mean(said):.3f} had {np.mean(true_had):.3f}; next gain said {np.mean(gains):.5f} "
            f"came {np.mean(gained):.5f}; stops after (median) {np.median(stops):g}, having "
            f"{np.mean([share for share, _ in at_stop]):.3f}, {reasons}", flush=True,
        )  # fmt: skip


def prior() -> None:
    """What past triggers help, when options do the same in them, and when they do not."""
    from patron.decisions import VariantLearner
    from patron.decisions.learning.learned_prior import PastEffect, learned_prior
    from patron.decisions.learning.message_plan import drawn_messages
    from patron.decisions.learning.option_effects import option_effects

    shop = Shop(iterations=4)
    for alike in (1.0, 0.7, 0.0):
        shares: dict[str, list[list[float]]] = {"without": [], "with": []}
        weights = []
        for seed in range(40):
            rng = np.random.default_rng([seed, 80])
            shared = [rng.normal(size=size) for size in SIZES]

            def one(rng: np.random.Generator, shared: list[np.ndarray] = shared, alike: float = alike) -> np.ndarray:
                odds = np.zeros(len(MESSAGES))
                for part, size in enumerate(SIZES):
                    effect = np.sqrt(alike) * shared[part] + np.sqrt(1 - alike) * rng.normal(size=size)
                    odds += (effect - effect[0])[MESSAGES[:, part]]
                reach = logit(shop.base * shop.lift) - logit(shop.base)
                return expit(logit(shop.base) + odds * reach / max(odds.max(), 0.5))

            past = []
            for trigger in range(5):
                true, learner = one(rng), VariantLearner(PARTS, seed=seed)
                for _ in range(3):
                    sent = np.bincount(drawn_messages(learner.plan.share[0], 5_000, generator=rng), minlength=144)
                    learner.update_counts(sent, rng.binomial(sent, true))
                past += [
                    PastEffect(trigger=str(trigger), family="cart", channel="email", part=row.part, option=row.option,
                               effect=row.effect, variance=row.variance)
                    for row in option_effects(learner)
                ]  # fmt: skip
            true = one(rng)
            known = learned_prior(past, family="cart", channel="email")
            weights.append(1 - known.weight["trigger"])
            for name, given in (("without", None), ("with", known)):
                again = np.random.default_rng([seed, 81])
                learner, line = VariantLearner(PARTS, seed=seed, prior=given), []
                for _ in range(shop.iterations):
                    best = int(learner.plan.recommended[0]) if given or learner.iterations else 0
                    line.append((true[best] - true[0]) / (true.max() - true[0]))
                    sent = np.bincount(drawn_messages(learner.plan.share[0], 5_000, generator=again), minlength=144)
                    learner.update_counts(sent, again.binomial(sent, true))
                shares[name].append(line)
        for name, lines in shares.items():
            medians = np.median(lines, 0).round(2).tolist()
            print(f"alike {alike} {name:8s} had before iterations 1 to 4 (median) {medians}", end="; ")
            print(f"weight of what is alike {np.mean(weights):.2f}", flush=True)


def context() -> None:
    """Three segments whose best messages differ: one plan for all, and a plan each."""
    from patron.decisions import VariantLearner
    from patron.decisions.learning.message_plan import drawn_messages

    shop, segments = Shop(iterations=5), ("gold", "silver", "new")
    for differ in (0.0, 0.7):
        lines: dict[str, list[list[float]]] = {"one plan": [], "a plan each": []}
        for seed in range(30):
            rng = np.random.default_rng([seed, 82])
            common = rates(rng, shop)
            true = np.array([expit((1 - differ) * logit(common) + differ * logit(rates(rng, shop))) for _ in segments])
            for name, given in (("one plan", ()), ("a plan each", segments)):
                learner, line = VariantLearner(PARTS, seed=seed, context=given), []
                for _ in range(shop.iterations):
                    plan = learner.plan.share if given else np.repeat(learner.plan.share, 3, axis=0)
                    sent = np.array([
                        np.bincount(drawn_messages(own, shop.sends // 3, generator=rng), minlength=144) for own in plan
                    ])  # fmt: skip
                    came = rng.binomial(sent, true)
                    learner.update_counts(*((sent, came) if given else (sent.sum(0), came.sum(0))))
                    best = learner.plan.recommended if given else np.repeat(learner.plan.recommended, 3)
                    line.append(float(np.mean((true[range(3), best] - true[:, 0]) / (true.max(1) - true[:, 0]))))
                lines[name].append(line)
        for name, found in lines.items():
            print(f"differ {differ} {name:12s} mean had", np.mean(found, 0).round(2).tolist(), flush=True)


def speed() -> None:
    from patron.decisions import VariantLearner

    learner = VariantLearner(PARTS, seed=1)
    learner.update_counts(np.full(144, 35), np.full(144, 1))
    learner.propose(1)
    started, cpu = time.perf_counter(), time.process_time()
    for _ in range(10_000):
        learner.propose(1)
    spent, used = time.perf_counter() - started, time.process_time() - cpu
    print(f"propose(1): {spent / 10_000 * 1e6:.0f} microseconds of wall, {used / 10_000 * 1e6:.0f} of processor")
    started, cpu = time.perf_counter(), time.process_time()
    for _ in range(20):
        learner.update_counts(np.full(144, 35), np.full(144, 1)).propose(1)
    print(f"update and plan: {(time.process_time() - cpu) / 20 * 1e3:.0f} ms of processor")
    started, cpu = time.perf_counter(), time.process_time()
    learner.propose(1_000_000)
    print(f"propose(1,000,000): {time.process_time() - cpu:.2f} s of processor")


def main() -> None:
    parts = {one.__name__: one for one in (headline, grid, coverage, stopping, prior, context, speed)}
    for name in sys.argv[1:] or parts:
        print(f"== {name}", flush=True)
        parts[name]()


if __name__ == "__main__":
    main()
