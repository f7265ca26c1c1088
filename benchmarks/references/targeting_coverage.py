"""How often the intervals of Qini, of uplift and of policy value hold: the figures of decision 48.

python benchmarks/references/targeting_coverage.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

REPEATS, PEOPLE = 10_000, 4_000
sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))


def main() -> None:
    """Print one line a figure: how often its 95 % interval held the truth."""
    from patron.stats.uplift_area import Coefficient, coefficient
    from patron.stats.uplift_ranking import Ranked, ranked
    from uplift_support import campaign

    for definition, money in (("radcliffe", False), ("radcliffe", True), ("gutierrez_gerardy", True)):
        large = ranked(*campaign(np.random.default_rng(0), 8_000_000, money=money))
        assert isinstance(large, Ranked)
        truth = coefficient(large, definition).value
        generator, held, alarms = np.random.default_rng(3), 0, 0
        for _ in range(REPEATS):
            score, treated, outcome = campaign(generator, PEOPLE, money=money)
            found = coefficient(ranked(score, treated, outcome), definition)
            blind = coefficient(ranked(generator.random(PEOPLE), treated, outcome), "radcliffe")
            assert isinstance(found, Coefficient)
            held += found.low <= truth <= found.high
            alarms += not blind.low <= 0 <= blind.high
        kind = "money" if money else "visits"
        print(definition, kind, f"{held / REPEATS:.4f}, blind {alarms / REPEATS:.4f}", flush=True)
    _values()


def _values() -> None:
    from patron.stats.policy_value import PolicyValue, policy_value

    chances, costs = np.array([0.5, 0.3, 0.2]), np.array([0.0, 0.4, 1.0])

    def means(known: np.ndarray) -> np.ndarray:
        return np.column_stack([2 + known, 2.3 + 1.5 * known, 2.1 + known + 2 * (known > 0.5)])

    def rule(known: np.ndarray) -> np.ndarray:
        return np.where(known > 0.5, 2, np.where(known > 0.2, 1, 0))

    grid = (np.arange(1_000_000) + 0.5) / 1_000_000
    truth = float((means(grid)[np.arange(len(grid)), rule(grid)] - costs[rule(grid)]).mean())
    generator, held = np.random.default_rng(5), np.zeros(3)
    for _ in range(REPEATS):
        known, people = generator.random(1_500), np.arange(1_500)
        action = generator.choice(3, size=1_500, p=chances)
        outcome = means(known)[people, action] * generator.lognormal(-0.5, 1, 1_500)
        for place, predicted in enumerate((means(known), None, 0.0)):
            found = policy_value(rule(known), action, outcome, chances, predicted=predicted, cost=costs)
            assert isinstance(found, PolicyValue)
            held[place] += found.low <= truth <= found.high
    print("policy value: foreseen, arms' means, inverse propensity", held / REPEATS)


if __name__ == "__main__":
    main()
