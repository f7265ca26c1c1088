"""Which part of the customers is an experiment's own, among those that exclude each other?

Experiments of one group cut the same hash space: each has a part from one place to another, parts do not overlap while
experiments run, and so nobody is in two of them. What an ended experiment had may be given to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from patron.engines.experiment_state import Registered
from patron.errors import ArgumentError
from patron.language import failure, listing, percent

CLOSE = 1e-9  # parts that touch


def part_of_group(
    wanted: float, others: Sequence[Registered], *, group: str, unit: str, on: date
) -> tuple[float, float]:
    """Return the lowest free part of a group's hash space that is as large as `wanted`.

    Parameters
    ----------
    wanted : float
        Share of the space, above 0 and up to 1.
    others : sequence of Registered
        All experiments that were ever started.
    group : str
        The group.
    unit : str
        What the experiment draws; a group draws one kind of unit, for a household's place says nothing of its members'.
    on : date
        The day on which it starts.

    Raises
    ------
    ArgumentError
        No free part is large enough, or the group's experiments draw another kind of unit.

    Examples
    --------
    >>> part_of_group(0.4, [], group="spring", unit="customer", on=date(2024, 3, 1))
    (0.0, 0.4)
    """
    running = [one for one in others if one.exclusive_group == group and _runs(one, on)]
    _check_unit(unit, running, group)
    free, largest = 0.0, 0.0
    for one in sorted(running, key=lambda one: one.space_low):
        largest = max(largest, one.space_low - free)
        if one.space_low - free >= wanted - CLOSE:
            break
        free = max(free, one.space_high)
    else:
        largest = max(largest, 1 - free)
    if largest < wanted - CLOSE:
        raise failure(
            ArgumentError, "experiments.group_full", came=percent(wanted), free=percent(largest), group=group,
            others=listing(one.name for one in running),
        )  # fmt: skip
    return free, min(free + wanted, 1.0)


def check_apart(experiment: Registered, others: Sequence[Registered]) -> None:
    """Refuse an experiment whose part of its group overlaps that of one that runs: two started at the same moment.

    Raises
    ------
    ArgumentError
        There is one.
    """
    if experiment.exclusive_group is None:
        return
    for one in others:
        same = one.exclusive_group == experiment.exclusive_group and one.name != experiment.name
        apart = one.space_high <= experiment.space_low + CLOSE or experiment.space_high <= one.space_low + CLOSE
        if same and _runs(one, experiment.started_on) and not apart:
            raise failure(
                ArgumentError, "experiments.overlap", came=experiment.name, other=one.name,
                group=experiment.exclusive_group,
            )  # fmt: skip


def _runs(one: Registered, on: date) -> bool:
    """Tell whether somebody could still be treated by an experiment after a day."""
    return (one.stopped_on or one.ends_on) > on


def _check_unit(unit: str, running: Sequence[Registered], group: str) -> None:
    for one in running:
        if one.unit != unit:
            raise failure(
                ArgumentError, "experiments.group_unit", came=unit, other=one.name, unit=one.unit, group=group
            )
