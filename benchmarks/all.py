"""Run the benchmarks and write docs/benchmarks.md.

python benchmarks/all.py                     everything; the large ones take most of an hour
python benchmarks/all.py --only bg_nbd       some; what the others found before stays on the page as it stands
python benchmarks/all.py --quick             small data, two minutes, printed and not written
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import access_speed
import attribution_speed
import behaviour_speed
import budget_speed
import compare_speed
import condition_speed
import decide
import delivery
import demand_speed
import fit_speed
import habit_speed
import history_speed
import intake_speed
import journey_speed
import live_triggers
import micro_speed
import next_product_speed
import portrait_speed
import price_speed
import propensity_speed
import replenishment_speed
import response_speed
import score_speed
import theme_speed
import trend_discovery
import uplift_speed
import voice_speed
import war_room_speed
from page import PAGE, page
from resolve_speed import identity
from result import Result, kept
from whole_run import whole_run

BENCHMARKS: dict[str, Callable[..., Result | None]] = {
    "history": history_speed.history,
    "large_history": history_speed.large_history,
    "bg_nbd": fit_speed.bg_nbd,
    "large_bg_nbd": fit_speed.large_bg_nbd,
    "mbg_nbd": fit_speed.mbg_nbd,
    "pareto_nbd": fit_speed.pareto_nbd,
    "gamma_gamma": fit_speed.gamma_gamma,
    "scores": score_speed.scores,
    "pareto_nbd_scores": score_speed.pareto_nbd_scores,
    "propensity": propensity_speed.propensity,
    "replenishment": replenishment_speed.replenishment,
    "demand": demand_speed.demand,
    "trends": trend_discovery.trends,
    "prices": price_speed.prices,
    "habits": habit_speed.habits,
    "budget": budget_speed.budget,
    "journeys": journey_speed.journeys,
    "micro": micro_speed.micro,
    "behaviours": behaviour_speed.behaviours,
    "voice": voice_speed.voice,
    "themes": theme_speed.themes,
    "portraits": portrait_speed.portraits,
    "conditions": condition_speed.conditions,
    "effects": compare_speed.effects,
    "next_product": next_product_speed.next_product,
    "response": response_speed.response,
    "uplift": uplift_speed.uplift,
    "attribution": attribution_speed.attribution,
    "intake": intake_speed.intake,
    "audited_reads": access_speed.audited_reads,
    "live_triggers": live_triggers.live_triggers,
    "war_room": war_room_speed.war_room,
    "decisions": decide.decisions,
    "delivery": delivery.delivery,
    "whole_run": whole_run,
    "identity": identity,
}


def main() -> None:
    """Measure what is asked for; the page holds that and what was measured before."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=BENCHMARKS, metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="small data, printed and not written")
    chosen = parser.parse_args()
    results = list(filter(None, (_measured(name, chosen.quick) for name in chosen.only or BENCHMARKS)))
    if chosen.quick:
        print(page(results) + "\nSmall data: the targets are for the full sizes.")
        return
    PAGE.write_text(page(list(filter(None, map(kept, BENCHMARKS)))), encoding="utf-8")


def _measured(name: str, quick: bool) -> Result | None:  # noqa: FBT001
    print(name, file=sys.stderr, flush=True)
    load = os.getloadavg()[0]
    result = BENCHMARKS[name](quick=quick)
    if result is None:
        print("  left out: its data are not there", file=sys.stderr, flush=True)
        return None
    day = f"{datetime.now(UTC):%Y-%m-%d}, with {load:.1f} processes running before it began"
    result = replace(result, measured=day)
    if not quick:
        result.keep()
    return result


if __name__ == "__main__":
    main()
