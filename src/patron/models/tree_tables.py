"""Ask small boosted trees about many rows at once: each tree is a table with one entry for each set of answers.

A tree of nine leaves asks eight questions of the kind "is this feature above that number?". Walking it row by row, a
processor guesses at each branch and is often wrong. Here all questions are asked of all rows, the answers of one tree
are put together to a byte, eight rows a machine word, and the byte is looked up. Trees share questions: one that two
trees ask stands at the same bit of both wherever there is room.

The scores are those of the library to the last bit: the same numbers are added in the same order.

Ref  Lucchese, Nardini, Orlando, Perego, Tonellotto & Venturini (2015), QuickScorer, SIGIR, 73-82: questions come first
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]
Bytes = NDArray[np.uint8]

MOST_LEAVES = 9
BITS = MOST_LEAVES - 1
ROWS = 8_192  # at a time: all answers about so many rows stay near the processor


class _Question(NamedTuple):
    """Is the feature above the threshold? `unknown` is the answer where the feature is NaN."""

    feature: int
    above: float
    unknown: bool
    bit: int


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """All questions about one feature: where their answers stand, and columns of what they are."""

    feature: int
    places: slice
    above: Matrix
    unknown: NDArray[np.bool_]
    bit: NDArray[np.uint64]


class TreeTables:
    """Trees as tables.

    Parameters
    ----------
    booster : lightgbm.Booster
        Of at most nine leaves a tree, with numbers as features.
    """

    def __init__(self, booster: Any) -> None:
        known: set[_Question] = set()
        trees = [_read(tree["tree_structure"], known) for tree in booster.dump_model()["tree_info"]]
        every = sorted(known)
        place = {question: number for number, question in enumerate(every)}
        self._tables = [([place[one] for one in questions], values) for questions, values in trees]
        self._asked = [_asked(every, feature) for feature in sorted({one.feature for one in every})]
        self._questions = len(every)

    def scores(self, columns: Matrix) -> Floats:
        """Return the log-odds of each row.

        Parameters
        ----------
        columns : array of shape (features, rows)
            Missing values are NaN.
        """
        total = np.zeros(columns.shape[1])
        answers = np.zeros((self._questions, ROWS), dtype=np.uint8)
        for start in range(0, len(total), ROWS):
            _answer(answers, self._asked, columns[:, start : start + ROWS])
            _add(total[start : start + ROWS], answers, self._tables)
        return total


def _read(tree: dict[str, Any], known: set[_Question]) -> tuple[list[_Question], Floats]:
    """Return the questions of a tree, and its value for each set of answers; new questions become known."""
    questions: list[_Question] = []
    values = np.zeros(1 << BITS)
    keys = np.arange(1 << BITS)

    def fill(node: dict[str, Any], chosen: NDArray[np.bool_]) -> None:
        if "split_index" not in node:
            values[chosen] = node["leaf_value"]
            return
        question = _question(node, {one.bit for one in questions}, known)
        questions.append(question)
        right = (keys >> question.bit & 1).astype(bool)
        fill(node["left_child"], chosen & ~right)
        fill(node["right_child"], chosen & right)

    fill(tree, np.ones(1 << BITS, dtype=bool))
    known.update(questions)
    return questions, values


def _question(node: dict[str, Any], taken: set[int], known: set[_Question]) -> _Question:
    """Return the question of a node of `dump_model`, where rows up to the threshold go left, at a bit that is free."""
    unknown = not node["default_left"] if node["missing_type"] == "NaN" else node["threshold"] < 0.0
    above = float(_down(node["threshold"]))
    ways = [_Question(int(node["split_feature"]), above, unknown, bit) for bit in range(BITS) if bit not in taken]
    return next((one for one in ways if one in known), ways[0])


def _down(threshold: float) -> np.float32:
    """Return the largest number of single precision that is not above a threshold: the same rows are above it."""
    with np.errstate(over="ignore"):  # where it asks only whether a feature is known
        near = np.float32(threshold)
    return np.nextafter(near, np.float32(-np.inf)) if float(near) > threshold else near


def _asked(every: Sequence[_Question], feature: int) -> _Asked:
    """Gather the questions about one feature, which stand side by side."""
    about = [place for place, one in enumerate(every) if one.feature == feature]
    questions = [every[place] for place in about]
    return _Asked(
        feature=feature,
        places=slice(about[0], about[-1] + 1),
        above=np.array([[one.above] for one in questions], dtype=np.float32),
        unknown=np.array([[one.unknown] for one in questions]),
        bit=np.array([[one.bit] for one in questions], dtype=np.uint64),
    )


def _answer(answers: Bytes, questions: Sequence[_Asked], columns: Matrix) -> None:
    """Ask all questions of some rows; each answer stands at its bit."""
    width = columns.shape[1]
    for asked in questions:
        values, block = columns[asked.feature], answers[asked.places]
        yes = block[:, :width].view(np.bool_)
        np.greater(values, asked.above, out=yes)
        nothing = np.isnan(values)
        if nothing.any():
            np.logical_or(yes, asked.unknown & nothing, out=yes)
        words = block.view(np.uint64)
        np.left_shift(words, asked.bit, out=words)


def _add(total: Floats, answers: Bytes, tables: Sequence[tuple[Sequence[int], Floats]]) -> None:
    """Add what each tree says of some rows."""
    words = answers.view(np.uint64)
    key = np.empty(words.shape[1] if len(words) else ROWS // 8, dtype=np.uint64)
    said = np.empty(len(total))
    for questions, values in tables:
        key[:] = 0
        for place in questions:
            np.bitwise_or(key, words[place], out=key)
        np.take(values, key.view(np.uint8)[: len(total)], out=said, mode="clip")
        np.add(total, said, out=total)
