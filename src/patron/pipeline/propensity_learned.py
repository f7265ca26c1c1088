"""Learn one target: judge a model on days it had not seen, fit it again for today, and foretell with reasons."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.errors import FitError, NotEnoughData
from patron.models.propensity import Propensity, check_enough
from patron.models.propensity_judged import MODEL, NAIVE, PEER, figure, grade, tested
from patron.models.propensity_targets import Target, spent_above
from patron.models.rfm_logistic import COLUMNS as RFM
from patron.models.rfm_logistic import rfm_logistic
from patron.models.what_came import Question
from patron.pipeline.propensity_card import Bins, Row, described, figures, row, score_rows
from patron.pipeline.propensity_past import Past, numbers
from patron.pipeline.propensity_plan import JudgedDay, Plan

Floats = NDArray[np.float64]

REASONS = 3

NOT_LEARNED = ("weekday",)
"""The weekday of the day tells half a dozen days apart, and nothing of the weeks after them."""


@dataclass(frozen=True)
class Asked:
    """One target and horizon, and the days it is learned from."""

    target: Target
    plan: Plan
    above: float | None = None

    @property
    def name(self) -> str:
        """For the manifest."""
        return f"propensity_{self.target.name}_{self.plan.horizon}"

    def model(self) -> Propensity:
        """Return a model of it, to be fitted."""
        return Propensity(self.target.name, horizon=self.plan.horizon)


@dataclass(frozen=True)
class Learned:
    """What came of one target: rows of both tables, and figures for the manifest."""

    scores: pa.Table
    card: list[Row]
    figures: Mapping[str, float]


@dataclass(frozen=True)
class Rows:
    """Rows of some days of whom a target can be foretold."""

    table: pa.Table
    outcome: Floats
    did_before: Floats
    numbers: Mapping[str, Floats]


def learned(asked: Asked, past: Past, *, lapse_factor: float, then: Bins) -> Learned:
    """Learn one target.

    Parameters
    ----------
    asked : Asked
        Which, and on which days.
    past : Past
        Features and what came.
    lapse_factor : float
        Expected intervals of silence that make a lapsed customer.
    then : mapping
        The bins of the last run.

    Raises
    ------
    NotEnoughData
        Too few did it, or did it not.
    LeakError
        A feature knows the answer.
    """
    days = asked.plan
    terms = {"lapse_factor": lapse_factor, "above": _above(asked, past, lapse_factor)}
    last, *others = days.tests
    earlier, tests = _judged(asked, past, last, terms)
    now = _rows(asked, past, [(day, days.today) for day in days.now], terms)
    model = asked.model().fit(now.table, now.outcome, earlier=earlier)
    walked = [tests, *_walked(asked, past, others, terms)]
    people = _learnable(past.people(days.today, asked.target, lapse_factor=lapse_factor))
    chances, worth = model.predict(people), grade(tests)
    base_rate = float(figure(tests, "auc", MODEL)["actual"])
    card = [
        *(row(asked.target.name, days.horizon, **one) for one_day in walked for one in one_day),
        *described(model, days=len(days.now), base_rate=base_rate, above=terms["above"], grade=worth),
        *score_rows(model, chances, then),
    ]
    return Learned(_scores(model, people, chances, worth), card, figures(tests, model))


def _judged(asked: Asked, past: Past, test: JudgedDay, terms: Mapping[str, float]) -> tuple[Propensity, list[Row]]:
    """Fit the model that stood on a day, and judge it by what came."""
    before = _rows(asked, past, [(day, test.judged) for day in test.before], terms)
    came = _rows(asked, past, [(test.judged, test.known_on)], terms)
    check_enough(came.outcome)
    model = asked.model().fit(before.table, before.outcome)
    return model, tested(_forecasts(model, before, came), came.outcome, origin=test.judged)


def _walked(asked: Asked, past: Past, tests: Sequence[JudgedDay], terms: Mapping[str, float]) -> Iterator[list[Row]]:
    """Yield the tests on earlier days, up to the first that had too little to learn from."""
    for test in tests:
        try:
            yield _judged(asked, past, test, terms)[1]
        except (NotEnoughData, FitError):
            return


def _rows(asked: Asked, past: Past, days: Sequence[tuple[date, date]], terms: Mapping[str, float]) -> Rows:
    """Put together the rows of some days, each with its outcome as known on another."""
    tables, came, before = [], [], []
    for day, known_on in days:
        seen = past.seen(Question(day, asked.plan.horizon, known_on), **terms)
        chosen = asked.target.population(seen)
        tables.append(_learnable(past.features[day].filter(pa.array(chosen))))
        came.append(asked.target.did(seen)[chosen].astype(np.float64))
        before.append(asked.target.did_before(seen)[chosen].astype(np.float64))
    table = pa.concat_tables(tables)
    return Rows(table, np.concatenate(came), np.concatenate(before), numbers(table))


def _learnable(table: pa.Table) -> pa.Table:
    """Leave out what is not learned from."""
    return table.drop_columns([name for name in NOT_LEARNED if name in table.column_names])


def _above(asked: Asked, past: Past, lapse_factor: float) -> float:
    """Return the amount of `spends`: as told, else what was spent before the first day that is learned from."""
    if asked.target.name != "spends":
        return math.nan
    if asked.above is not None:
        return asked.above
    last = asked.plan.tests[0]
    first = Question(last.before[0], asked.plan.horizon, last.judged)
    seen = past.seen(first, above=math.nan, lapse_factor=lapse_factor)
    return spent_above(seen.came["previous_amount"])


def _forecasts(model: Propensity, before: Rows, judged: Rows) -> dict[str, Floats]:
    found = {MODEL: model.predict(judged.table), NAIVE: judged.did_before}
    if all(name in judged.numbers for name in RFM):
        found[PEER] = rfm_logistic(before.numbers, before.outcome, judged.numbers)
    return found


def _scores(model: Propensity, people: pa.Table, chances: Floats, worth: str) -> pa.Table:
    def each(value: Any, kind: pa.DataType) -> pa.Array:
        return pa.repeat(pa.scalar(value, kind), people.num_rows)

    reasons = model.reason_columns(people, top=REASONS)
    return pa.table({
        "customer_id": people["customer_id"],
        "target": each(model.target, pa.string()),
        "horizon_days": each(model.horizon, pa.int64()),
        "probability": chances,
        **{f"reason_{rank}": words for rank, words in enumerate(reasons, start=1)},
        "grade": each(worth, pa.string()),
        "model": each(f"{MODEL}+{model.params_.calibrator.kind}", pa.string()),
    })  # fmt: skip
