"""What customers say: reviews, and answers to three questions. Who sent something back thinks less of the shop."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.raw_experience import LEAST_POINTS, MOST_POINTS, QUESTIONS
from patron.simulate.calendar import Calendar
from patron.simulate.experiences.attitudes import means
from patron.simulate.experiences.occasions import Occasions
from patron.simulate.extract import OrderNames
from patron.simulate.tables import ids_column, moments_column, names_column

Ints = NDArray[np.int64]

SPOILT = {"rating": 0.8, "nps": 1.5, "ces": 1.0, "csat": 0.8}  # points lost where something came back
SPREAD = {"rating": 0.6, "nps": 1.2, "ces": 0.8, "csat": 0.6}
ASKED = (0.5, 0.25, 0.25)  # share of answers to each question
CHANNELS = ("email", "web", "app")


def reviews(
    rng: np.random.Generator, said: Occasions, *, attitude: Ints, names: OrderNames, ids: pa.Array, calendar: Calendar
) -> pa.Table:
    """Draw the reviews; columns as in `contracts.raw.FIELDS`."""
    points = _points(rng, said, attitude, "rating", 1.0, 5.0)
    return pa.table(
        {
            "review_id": ids_column("W", np.arange(1, len(said) + 1), digits=7),
            "customer_id": ids.take(pa.array(said.customer)),
            "order_id": names.of(said.order),
            "product_id": ids_column("P", said.product + 1, digits=4),
            "rating": points,
            "reviewed_at": moments_column(calendar.first_day, said.second),
        }
    )


def surveys(
    rng: np.random.Generator, said: Occasions, *, attitude: Ints, ids: pa.Array, calendar: Calendar
) -> pa.Table:
    """Draw the answers; columns as in `contracts.raw.FIELDS`."""
    question = rng.choice(len(QUESTIONS), len(said), p=ASKED)
    score = np.zeros(len(said))
    for place, name in enumerate(QUESTIONS):
        drawn = _points(rng, said, attitude, name, LEAST_POINTS[name], MOST_POINTS[name])
        score = np.where(question == place, drawn, score)
    return pa.table(
        {
            "survey_id": ids_column("A", np.arange(1, len(said) + 1), digits=7),
            "customer_id": ids.take(pa.array(said.customer)),
            "question": names_column(QUESTIONS, question),
            "kind": names_column(QUESTIONS, question),
            "score": score,
            "answered_at": moments_column(calendar.first_day, said.second),
            "channel": names_column(CHANNELS, rng.integers(0, len(CHANNELS), len(said))),
        }
    )


def _points(
    rng: np.random.Generator, said: Occasions, attitude: Ints, name: str, least: float, most: float
) -> NDArray[np.float64]:
    mean = means(name)[attitude[said.customer]] - SPOILT[name] * said.returned
    return np.clip(np.rint(mean + rng.normal(0, SPREAD[name], len(said))), least, most)
