"""Which customers took part in an experiment on browsers, and in which arm?

In   contracts.raw_people.RAW_EVENTS, contracts.person.LINKS, the experiment as it was registered
Out  contracts.experiment.ASSIGNMENTS

The arm is a hash of the browser's id, so it is known before anybody signs in and stays when she does: what the web page
computes by `patron.decisions.arm_among`, a run finds again. Somebody who is known on several browsers is in the arm of
the one on which she was first seen in the experiment; what she saw was a mixture where they differ.

She counts from the day on which she was first seen: `assigned_on` is the day before.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.experiment import ASSIGNMENTS
from patron.contracts.raw_people import RAW_EVENTS
from patron.decisions.arms import arms
from patron.decisions.hash_space import between, places
from patron.engines.constant import constant
from patron.engines.experiment_state import Registered
from patron.profile.known import day_of


def browsers(events: ir.Table, experiment: Registered, *, as_of: date) -> ir.Table:
    """Return who of the known customers was in which arm.

    Parameters
    ----------
    events : Table, one row per event
        contracts.raw_people.RAW_EVENTS with the run's customers, as `patron.identity.events_with_customer` returns it.
    experiment : Registered
        With the unit ``visitor``.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per customer
        contracts.experiment.ASSIGNMENTS. Nobody whose browser is not known to be hers by `as_of`.
    """
    last = min(day for day in (as_of, experiment.ends_on, experiment.stopped_on) if day is not None)
    seen = events.filter(
        events.anonymous_id.notnull(), events.customer_id.notnull(),
        day_of(events.occurred_at) > experiment.started_on, day_of(events.occurred_at) <= last,
    )  # fmt: skip
    first = seen.group_by("customer_id", "anonymous_id").aggregate(seen_at=seen.occurred_at.min())
    drawn = arms(taking_part(first, experiment, by="anonymous_id"), salt=experiment.salt, shares=experiment.shares,
                 by="anonymous_id")  # fmt: skip
    person = ibis.window(group_by="customer_id", order_by=["seen_at", "anonymous_id"])
    everyone = ibis.window(group_by="customer_id")
    judged = drawn.mutate(
        place=ibis.row_number().over(person),
        contaminated=drawn.arm.min().over(everyone) != drawn.arm.max().over(everyone),
    )
    one = judged.filter(judged.place == 0)
    propensity = ibis.cases(*((one.arm == arm, constant(share)) for arm, share in experiment.shares.items()))
    return ASSIGNMENTS.shape(
        one.mutate(
            experiment=ibis.literal(experiment.name), segment=ibis.literal(experiment.segment),
            assigned_on=(one.seen_at - ibis.interval(days=1)).date(),
            purpose=ibis.literal(experiment.promised["purpose"]), unit=ibis.null("int64"), propensity=propensity,
            stratum=ibis.null("string"),
        )
    )  # fmt: skip


def taking_part(units: ir.Table, experiment: Registered, *, by: str) -> ir.Table:
    """Return the units in the experiment's own part of the hash space that its group shares."""
    if (experiment.space_low, experiment.space_high) == (0.0, 1.0):
        return units
    place = places(units, salt=space_salt(experiment), by=by)
    return units.filter(between(place, experiment.space_low, experiment.space_high))


def space_salt(experiment: Registered) -> str:
    """Return the name of the draw that decides who takes part: one for all experiments of a group."""
    group = experiment.exclusive_group
    return f"exclusive:{group}" if group else f"part:{experiment.name}"


__all__ = ["RAW_EVENTS", "browsers", "space_salt", "taking_part"]
