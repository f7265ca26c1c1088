"""Which steps does a run go through?"""

from __future__ import annotations

from patron.errors import ArgumentError
from patron.language import did_you_mean, failure
from patron.pipeline.people_steps import PEOPLE_STEPS
from patron.pipeline.step import Step
from patron.pipeline.steps import STEPS


def wanted(only: str | None = None) -> tuple[Step, ...]:
    """Return all steps, or one with those whose tables it needs, in the order in which they run.

    Who is who and what people agreed to is always made: no other table is held to its purpose without it.

    Raises
    ------
    ArgumentError
        There is no such step.

    Examples
    --------
    >>> [step.name for step in wanted("profiles")][-2:]
    ['history', 'profiles']
    """
    if only is None:
        return STEPS
    if only not in (names := [step.name for step in STEPS]):
        raise failure(ArgumentError, "runs.no_such_step", came=only, hint=did_you_mean(only, names))
    chosen = {step.name for step in PEOPLE_STEPS} | {only}
    needed: set[str] = set()
    for step in reversed(STEPS):
        if step.name in chosen or needed.intersection(step.makes):
            chosen.add(step.name)
            needed.update(step.needs)
    return tuple(step for step in STEPS if step.name in chosen)
