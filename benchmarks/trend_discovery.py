"""How much of what `Demand.trends` finds is chance? On simulated shelves of which it is known what rose and fell."""

from __future__ import annotations

import statistics

from result import Result, at_least, at_most

SEASONS = {"none": 0.0, "three times as much": 2.0}
SEEDS = range(101, 117)
PRODUCTS, WEEKS, PLANTED = 240, 110, 0.02
MOVING = ("rising", "falling", "gone")


def trends(*, quick: bool) -> Result:
    """Count the false among the found, shop by shop: few products move, so that chance has most to find."""
    from patron.models import Demand
    from patron.simulate import shelf

    rows, shares, powers = [], [], []
    seeds = SEEDS[:2] if quick else SEEDS
    for name, season in SEASONS.items():
        found = false = planted = 0
        each = []
        for seed in seeds:
            drawn = shelf(PRODUCTS, WEEKS, seed=seed, planted=PLANTED, season=season)
            told = Demand().fit(drawn.order_lines, as_of=drawn.last_day).trends().to_pylist()
            kinds = dict(zip(*(drawn.truth[column].to_pylist() for column in ("product_id", "kind")), strict=True))
            mine = [(row["rising"], kinds[row["item"]]) for row in told if row["found"] and row["item"] in kinds]
            wrong = sum(not _right(rising, kind) for rising, kind in mine)
            found, false = found + len(mine), false + wrong
            planted += sum(kind in MOVING for kind in kinds.values())
            each.append(wrong / max(len(mine), 1))
        shares.append(statistics.mean(each))
        powers.append((found - false) / planted)
        rows.append([name, str(found), str(false), f"{shares[-1]:.1%}", f"{powers[-1]:.0%}"])
    return Result(
        name="trends",
        title=f"Trends of {len(seeds)} simulated shelves of {PRODUCTS} products",
        included=f"{WEEKS} weeks; {PLANTED:.0%} of the products each rise to three times as much in the last eight "
        "weeks, fall to a third, and leave; as many are new. False is what did not move, or moved the other way; the "
        "share is the mean over the shelves.",
        columns=("season", "found", "false", "share of the found", "planted that are found"),
        rows=rows,
        targets=[
            at_most("false among the found", max(shares), 0.10, ""),
            at_least("planted that are found", min(powers), 0.75, ""),
        ],
    )


def _right(rising: bool, kind: str) -> bool:  # noqa: FBT001
    return kind in MOVING and rising == (kind == "rising")
