"""Who was in which segment on an earlier day, computed again from what was known on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir

from patron.models import Lookback
from patron.pipeline.behaviour_steps import known_people
from patron.pipeline.settings import Settings
from patron.pipeline.standing import divided, predicted, profiled, standing
from patron.segments import stage_memberships, stages
from patron.segments.behaviour import SEGMENTATION as BEHAVIOUR

Keep = Callable[[str, ir.Table], ir.Table]


@dataclass(frozen=True, kw_only=True)
class People:
    """Of those who may be profiled: raw lines, records and subscriptions with the customer's id, and what they are."""

    lines: ir.Table
    customers: ir.Table
    households: ir.Table
    subscriptions: ir.Table
    covariates: ir.Table


@dataclass(frozen=True, kw_only=True)
class Stood:
    """Memberships, forecasts, profiles and orders as of a day."""

    memberships: ir.Table
    forecasts: ir.Table
    profiles: ir.Table
    orders: ir.Table


def stood(people: People, *, as_of: date, settings: Settings, lookback: Lookback | None, keep: Keep) -> Stood:
    """Return where the customers stood on a day.

    Parameters
    ----------
    people : People
        What is known of them now; of their lines only those up to the day are used.
    as_of : date
        The day.
    settings : Settings
        The project's. Own segments that ask of more than profiles and forecasts are left out.
    lookback : Lookback, optional
        What the forecasts are chosen and recalibrated by.
    keep : callable
        As for `standing.standing`.
    """
    at = standing(people.lines, as_of=as_of, settings=settings, keep=keep)
    table, _ = predicted(
        at, as_of=as_of, settings=settings, lookback=lookback, households=people.households,
        subscriptions=people.subscriptions, covariates=people.covariates,
    )  # fmt: skip
    ahead = keep("forecasts", table)
    whole = profiled(
        at, lines=people.lines, customers=people.customers, households=people.households, as_of=as_of, settings=settings
    )
    profiles = keep("profiles", whole)
    placed = stages(
        at.orders, at.rhythm, known_people(people.customers, profiles), as_of=as_of,
        at_risk_factor=settings.stages.at_risk_factor, loyal_from=settings.stages.loyal_from,
    )  # fmt: skip
    members = divided(profiles, ahead, settings=settings, placed=stage_memberships(placed), absent=(BEHAVIOUR,))
    return Stood(memberships=members, forecasts=ahead, profiles=profiles, orders=at.orders)
