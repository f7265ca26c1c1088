"""What the customers of the simulated shop write in reviews, beside answers and when they open a ticket.

What somebody writes about goes with how content she is, and of a ticket with its topic. Everybody writes in her own
language. All of it is drawn from a generator of its own, from tables that are there: all else stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.raw_experience import LEAST_POINTS, MOST_POINTS, MOST_STARS
from patron.simulate.wordings.texts import written

Ints = NDArray[np.int64]

KEY = 43
"""Sets these draws apart from all others of the same seed."""

SPOKEN = {"en": 0.84, "de": 0.10, "ru": 0.02, "ar": 0.02, "zh": 0.02}
WRITES = {"reviews": 0.6, "surveys": 0.4, "tickets": 0.9}
"""Share of each source's rows with a text."""

MOODS: Mapping[str, tuple[Mapping[str, float], ...]] = {
    "reviews": (
        {"late": 0.3, "broken": 0.25, "wrong": 0.25, "service": 0.2},
        {"late": 0.3, "wrong": 0.3, "price": 0.2, "quality": 0.2},
        {"quality": 0.4, "quick": 0.35, "price": 0.25},
    ),
    "surveys": (
        {"service": 0.3, "late": 0.25, "payment": 0.2, "refund": 0.25},
        {"late": 0.3, "price": 0.4, "quick": 0.3},
        {"quality": 0.4, "quick": 0.3, "price": 0.3},
    ),
}
"""What is written about by who is discontent, undecided, content."""

TOPICS = {"delivery": "late", "damaged": "broken", "product": "wrong", "payment": "payment", "refund": "refund",
          "return": "refund", "account": "account", "complaint": "service"}  # fmt: skip
"""What a ticket of each topic is written about."""

LOW, HIGH = 0.4, 0.7  # of the scale, up to which somebody is discontent, and undecided


def spoken(seed: int, sources: Mapping[str, pa.Table]) -> tuple[dict[str, pa.Table], pa.Table]:
    """Write the texts.

    Parameters
    ----------
    seed : int
        The shop's.
    sources : mapping of name to Table
        Those of ``reviews, surveys, tickets`` that are there, without texts.

    Returns
    -------
    dict of name to Table
        The same with ``text``; none where nothing was written.
    Table, one row per text
        ``text_id`` (as a run names it), ``theme`` (`other` where it says nothing), ``language``.
    """
    source = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(KEY,)))
    rngs = dict(zip(("people", *WRITES), source.spawn(1 + len(WRITES)), strict=True))
    home = _languages(rngs["people"], sources)
    made, truth = {}, []
    for name in (one for one in WRITES if one in sources):
        texts, told = _of_source(rngs[name], name, sources[name], home)
        made[name] = sources[name].append_column("text", texts)
        truth.append(told)
    return made, pa.concat_tables(truth)


def _languages(rng: np.random.Generator, sources: Mapping[str, pa.Table]) -> dict[str, str]:
    """Draw the language of everybody, whoever of them is in which source."""
    people = sorted({_who(row) for table in sources.values() for row in _named(table)})
    drawn = rng.choice(len(SPOKEN), len(people), p=list(SPOKEN.values()))
    return dict(zip(people, [list(SPOKEN)[place] for place in drawn], strict=True))


def _named(table: pa.Table) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = table.select(
        [name for name in ("customer_id", "invitation_id") if name in table.column_names]
    ).to_pylist()
    return rows


def _who(row: Mapping[str, str]) -> str:
    """Return by what a writer is known: an answer to an invitation may name nothing else."""
    return row["customer_id"] or row["invitation_id"]


def _scored(table: pa.Table) -> NDArray[np.bool_]:
    """Tell which rows have a score of a known scale; beside a choice among answers nobody writes."""
    if "kind" not in table.column_names:
        return np.ones(table.num_rows, bool)
    return np.isin(table["kind"].to_numpy(zero_copy_only=False), list(MOST_POINTS))


def _of_source(
    rng: np.random.Generator, name: str, table: pa.Table, home: Mapping[str, str]
) -> tuple[pa.Array, pa.Table]:
    writes = np.flatnonzero((rng.random(table.num_rows) < WRITES[name]) & _scored(table))
    rows = table.take(pa.array(writes)).to_pylist()
    themes = [_theme(rng, name, row) for row in rows]
    languages = [home[_who(row)] for row in rows]
    texts, truth = written(rng, themes, languages)
    whole: list[str | None] = [None] * table.num_rows
    for place, text in zip(writes.tolist(), texts, strict=True):
        whole[place] = text
    ids = [_text_id(name, row) for row in rows]
    strings = {"text_id": ids, "theme": truth, "language": languages}
    return pa.array(whole, pa.string()), pa.table({key: pa.array(value, pa.string()) for key, value in strings.items()})


def _text_id(name: str, row: Mapping[str, str]) -> str:
    if name == "surveys":
        return f"surveys:{row['survey_id']}:{row['question']}"
    return f"{name}:{row['review_id' if name == 'reviews' else 'ticket_id']}"


def _theme(rng: np.random.Generator, name: str, row: Mapping[str, float | str]) -> str:
    if name == "tickets":
        return TOPICS[str(row["topic"])]
    moods = MOODS[name][_mood(name, row)]
    return list(moods)[int(rng.choice(len(moods), p=list(moods.values())))]


def _mood(name: str, row: Mapping[str, float | str]) -> int:
    if name == "reviews":
        least, most, points = 1.0, MOST_STARS, float(row["rating"])
    else:
        question = str(row["kind"] if "kind" in row else row["question"])
        least, most, points = LEAST_POINTS[question], MOST_POINTS[question], float(row["score"])
    share = (points - least) / (most - least)
    return int(share > LOW) + int(share > HIGH)
