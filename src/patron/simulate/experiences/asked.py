"""A survey among all customers: who was invited, who kept silent, and what those would have said.

Half a year of silence costs points, and whoever has been silent long, or bought seldom, seldom answers. So those who
answer are more content than those who were asked, and what was bought, and when, tells by how much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.calendar import Calendar
from patron.simulate.experiences.attitudes import means
from patron.simulate.lines import DAY, Lines
from patron.simulate.tables import ids_column, moments_column, names_column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SURVEY = "relationship"
BEFORE_END = 40  # days from the invitations to the last day
INVITED = 0.7  # share of the customers of that day
WITHIN = 20.0  # days in which answers come
QUIET = 180.0  # days of silence that cost the whole of COOLED
COOLED = {"nps": 2.0, "ces": 1.0}
SPREAD = {"nps": 1.2, "ces": 0.8}
MOST = {"nps": (0.0, 10.0), "ces": (1.0, 7.0)}
CHANNELS = ("email", "sms", "post")
WHY = ("price", "range", "quality", "advice", "near")
WHY_SHARES = ((0.05, 0.20, 0.45, 0.25, 0.05), (0.25, 0.30, 0.20, 0.10, 0.15), (0.60, 0.10, 0.05, 0.05, 0.20))
"""What each attitude comes for; one in four names a second reason."""
HEARD = ("email", "sms", "post", "not_at_all")
HEARD_SHARES = ((0.60, 0.20, 0.15, 0.05), (0.50, 0.15, 0.15, 0.20), (0.20, 0.05, 0.15, 0.60))


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """The invitations, the answers to them, and what everybody would have answered."""

    invitations: pa.Table
    answers: pa.Table
    truth: pa.Table


def chances(orders: Floats, days: Floats) -> Floats:
    """Return the chance of an answer by orders so far and days since the last one."""
    return np.asarray(1 / (1 + np.exp(-(-1.0 + 0.5 * np.log(orders) - 1.1 * np.minimum(days / QUIET, 1.5)))))


def asked(rng: np.random.Generator, *, lines: Lines, attitude: Ints, ids: pa.Array, calendar: Calendar) -> Asked:
    """Draw the survey.

    Returns
    -------
    Asked
        ``truth``: one row per invited customer with ``answers`` (the chance), ``answered``, and ``nps`` and ``ces``:
        what she says, or would have said.
    """
    day = max(calendar.days - BEFORE_END, 1)
    who, orders, days = _customers(lines, day)
    some = np.flatnonzero(rng.random(len(who)) < INVITED)
    who, orders, days = who[some], orders[some], days[some]
    chance = chances(orders, days)
    mood = attitude[who]
    said = {name: _points(rng, name, mood, np.minimum(days / QUIET, 1.0)) for name in COOLED}
    chosen = {"why_us": _chosen(rng, mood, WHY, WHY_SHARES, again=0.25),
              "how_to_hear": _chosen(rng, mood, HEARD, HEARD_SHARES, again=0.0)}  # fmt: skip
    answered = rng.random(len(who)) < chance
    second = (day * DAY + rng.random(len(who)) * DAY / 2).astype(np.int64)
    later = second + (rng.random(len(who)) * WITHIN * DAY).astype(np.int64)
    invitation = ids_column("I", np.arange(1, len(who) + 1), digits=7)
    invitations = pa.table(
        {
            "invitation_id": invitation, "customer_id": ids.take(pa.array(who)),
            "asked_at": moments_column(calendar.first_day, second),
            "survey": pa.array([SURVEY] * len(who), pa.string()),
            "channel": names_column(CHANNELS, rng.choice(len(CHANNELS), len(who), p=(0.8, 0.1, 0.1))),
        }
    )  # fmt: skip
    rows = np.flatnonzero(answered)
    parts = [
        _answers(invitations.take(rows), name, moments_column(calendar.first_day, later[rows]), **told)
        for name, told in (
            *((name, {"score": pa.array(points[rows])}) for name, points in said.items()),
            *((name, {"choice": words.take(rows)}) for name, words in chosen.items()),
        )
    ]
    truth = pa.table({"customer_id": ids.take(pa.array(who)), "answers": chance, "answered": answered, **said})
    return Asked(invitations=invitations, answers=pa.concat_tables(parts, promote_options="default"), truth=truth)


def _customers(lines: Lines, day: int) -> tuple[Ints, Floats, Floats]:
    """Return who has ordered before a day, how often, and how many days ago last."""
    sold = (lines.origin < 0) & (lines.day < day) & (lines.customer >= 0)
    _, first = np.unique(lines.order[sold], return_index=True)
    buyer, bought = lines.customer[sold][first], lines.day[sold][first]
    who, place = np.unique(buyer, return_inverse=True)
    last = np.zeros(len(who), dtype=np.int64)
    np.maximum.at(last, place, bought)
    return who, np.bincount(place, minlength=len(who)).astype(float), (day - last).astype(float)


def _points(rng: np.random.Generator, name: str, mood: Ints, quiet: Floats) -> Floats:
    drawn = means(name)[mood] - COOLED[name] * quiet + rng.normal(0, SPREAD[name], len(mood))
    return np.asarray(np.clip(np.rint(drawn), *MOST[name]))


def _chosen(
    rng: np.random.Generator, mood: Ints, words: tuple[str, ...], shares: tuple[tuple[float, ...], ...], *, again: float
) -> pa.Array:
    """Draw what each chooses; a share of `again` chooses a second one, as a survey tool writes it."""
    ladder = np.cumsum(np.array(shares), axis=1)[:, :-1]
    one, two = ((rng.random((len(mood), 1)) >= ladder[mood]).sum(axis=1) for _ in range(2))
    both = (rng.random(len(mood)) < again) & (one != two)
    names = np.array(words, dtype=object)
    return pa.array(np.where(both, names[one] + ";" + names[two], names[one]), pa.string())


def _answers(invited: pa.Table, question: str, answered_at: pa.Array, **told: pa.Array) -> pa.Table:
    """Return the answers to one question; columns as in `contracts.raw.FIELDS`. Who answered, the invitation tells."""
    named = pa.array([question] * invited.num_rows, pa.string())
    return pa.table(
        {
            "survey_id": invited["invitation_id"], "customer_id": pa.nulls(invited.num_rows, pa.string()),
            "question": named,
            "kind": pa.array(["choice" if "choice" in told else question] * invited.num_rows, pa.string()),
            "answered_at": answered_at, "channel": invited["channel"],
            "invitation_id": invited["invitation_id"], **told,
        }
    )  # fmt: skip
