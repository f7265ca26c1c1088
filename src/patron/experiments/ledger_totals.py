"""Do the claims add up to what the hold-out says?

In   the rows of the ledger, the hold-outs, variances of sums of claims
Out  contracts.ledger.LEDGER_TOTALS

A claim says what an arm brought more than its own control; the hold-out says what everything that it withholds brought.
Were the claims right and their effects to add up, the gap would be 0 but for chance. A gap below 0 says that the
campaigns together bring more than their claims; above 0 that claims overlap (two campaigns that each would have brought
the same order), or that an effect was counted which only moved orders forward.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from patron.decisions.holdouts import PROGRAMME
from patron.experiments.claim_outcomes import Claim, Side
from patron.experiments.measured_claims import ALL, Arm, able, total_of
from patron.models.estimator import NORMAL_95
from patron.stats.difference import SMALLEST_ARM
from patron.stats.false_discovery import PROVEN

Row = dict[str, Any]
Sums = dict[str, dict[str, float]]

FALSE_ALARM = 0.025
"""How often a 95 % interval lies wholly above 0 where there is no effect."""


EVIDENCE_OF = {"measured": ("measured",), "modelled": ("modelled",), "measured_and_modelled": ("measured", "modelled")}


@dataclass(frozen=True, kw_only=True)
class Scope:
    """One hold-out: of everything (`all`) or of a programme; its total with its standard error where it can be read."""

    name: str
    claim: Claim
    figure: tuple[float, float] | None

    def compared(self, row: Mapping[str, Any]) -> bool:
        """Tell whether the hold-out withheld what the row claims: a campaign that began in its days, of its programme.

        A campaign that began earlier reached the later held-out as well. The loyalty programme, referrals and clicks
        are not withheld from anybody.
        """
        if not row["counted"] or row.get("experiment") is None:
            return False
        inside = self.claim.from_day <= row["from_day"] <= self.claim.to_day
        return inside and (self.name == ALL or f"{PROGRAMME}{row['programme']}" == self.name)


def shares(arms: Sequence[Arm], sides: Mapping[str, Mapping[bool, Side]]) -> dict[str, float]:
    """Return by claim the factor that brings its plain standard error to the one with which it is read.

    An always-valid interval is wider than its standard error says; such a claim counts with its plain one.
    """
    found = {}
    for arm in arms:
        pair = sides.get(arm.claim.entry)
        if arm.read and pair is not None and able(pair):
            plain = total_of(pair)[1]
            read = arm.error if arm.reading.get("method", "frequentist") != "sequential" else plain
            found[arm.claim.entry] = read / plain if plain else 1.0
    return found


def sums_wanted(rows: Sequence[Row], factors: Mapping[str, float], scopes: Sequence[Scope]) -> Sums:
    """Return the sums of entries whose variance is wanted, by scope and part."""
    counted = [row for row in rows if row["counted"] and row["evidence"] != "assumed"]
    wanted: Sums = {}
    for part, evidence in EVIDENCE_OF.items():
        wanted[f"{ALL}:{part}"] = {
            row["entry"]: factors.get(row["entry"], 1.0) for row in counted if row["evidence"] in evidence
        }
    for scope in scopes:
        claims = {row["entry"]: factors.get(row["entry"], 1.0) for row in counted if scope.compared(row)}
        wanted[f"{scope.name}:claims"] = claims
        if scope.figure is not None:
            wanted[f"{scope.name}:gap"] = claims | {scope.claim.entry: -1.0}
    return {name: parts for name, parts in wanted.items() if parts}


def totals(
    rows: Sequence[Row], scopes: Sequence[Scope], sides: Mapping[str, Mapping[bool, Side]],
    variances: Mapping[str, float],
) -> list[Row]:  # fmt: skip
    """Return the totals of each kind of evidence, and for each hold-out its claims, its own figure and the gap."""
    found = [
        _sum(ALL, part, _of(rows, evidence), variances.get(f"{ALL}:{part}")) for part, evidence in EVIDENCE_OF.items()
    ]
    found.append(_sum(ALL, "assumed", _of(rows, ("assumed",)), None))
    for scope in scopes:
        found += _against(scope, [row for row in rows if scope.compared(row)], sides, variances)
    if all(scope.name != ALL for scope in scopes):
        found += [_empty(ALL, part, "no_holdout") for part in ("holdout", "gap")]
    return found


def _of(rows: Sequence[Row], evidence: Sequence[str]) -> list[Row]:
    return [row for row in rows if row["counted"] and row["evidence"] in evidence]


def _empty(scope: str, part: str, status: str) -> Row:
    return {"scope": scope, "part": part, "entries": 0, "customers": 0, "unknown_costs": 0, "status": status}


def _sum(scope: str, part: str, rows: Sequence[Row], variance: float | None) -> Row:
    if not rows:
        return _empty(scope, part, "nothing")
    costs = [row["cost"] for row in rows if row["cost"] is not None]
    effect = math.fsum(row["effect"] for row in rows)
    cost, unknown = (math.fsum(costs) if costs else None), len(rows) - len(costs)
    total = {
        "scope": scope, "part": part, "entries": len(rows), "customers": sum(row["customers"] for row in rows),
        "cost": cost, "unknown_costs": unknown, "effect": effect, **_ends(effect, variance),
        "net": effect - cost if cost is not None and not unknown else None, "status": "read",
    }  # fmt: skip
    return total | (_winners(rows) if part == "measured" else {})


def _ends(effect: float, variance: float | None) -> Row:
    if not variance:
        return {}
    reach = NORMAL_95 * math.sqrt(variance)
    return {"effect_low": effect - reach, "effect_high": effect + reach}


def _winners(rows: Sequence[Row]) -> Row:
    won = [row for row in rows if row["effect_low"] > 0]
    return {
        "winners": len(won), "false_winners": FALSE_ALARM * len(rows),
        "found": sum(1 for row in won if row.get("q_value") is not None and row["q_value"] < PROVEN),
    }  # fmt: skip


def _against(
    scope: Scope, rows: Sequence[Row], sides: Mapping[str, Mapping[bool, Side]], variances: Mapping[str, float]
) -> list[Row]:
    claims = _sum(scope.name, "claims", rows, variances.get(f"{scope.name}:claims"))
    pair = sides.get(scope.claim.entry)
    if scope.figure is None or pair is None:
        status = "too_few" if pair else "too_early"
        return [claims, *(_empty(scope.name, part, status) for part in ("holdout", "gap"))]
    least = min(side.n for side in pair.values())
    if least < SMALLEST_ARM:
        return [claims, *(_empty(scope.name, part, "too_few") | {"customers": least} for part in ("holdout", "gap"))]
    effect, error = scope.figure
    about = {"customers": least, "entries": 0, "unknown_costs": 0}
    held = {"scope": scope.name, "part": "holdout", "effect": effect, "status": "read", **about,
            **_ends(effect, error * error)}  # fmt: skip
    if not rows:
        return [claims, held, _empty(scope.name, "gap", "nothing")]
    gap = claims["effect"] - effect
    ends = _ends(gap, variances.get(f"{scope.name}:gap"))
    agree = bool(ends) and ends["effect_low"] <= 0 <= ends["effect_high"]
    return [claims, held, {
        "scope": scope.name, "part": "gap", "effect": gap, "status": "agree" if agree else "differ", **about, **ends,
        "entries": len(rows),
    }]  # fmt: skip
