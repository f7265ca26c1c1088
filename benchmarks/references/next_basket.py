"""The rows of other methods in `docs/next_product.md`: the next basket on Ta-Feng, on the fixed split.

Run with the project's own environment::

    python benchmarks/references/next_basket.py ../shared/data/ta_feng

Both methods are written down here from their papers. What they have to be told (how fast a purchase fades, how many
neighbours, how much these count) is chosen on the validation users, among `CHOICES`.

Ref  Hu, He, Gao & Zhang (2020), SIGIR, 1071-1080: TIFU-KNN, equations 1 to 5
     Faggioli, Polato & Aiolli (2020), UMAP, 263-271: UP-CF, equations 1 to 4
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

K = 10
DISCOUNT = 1 / np.log2(np.arange(2, K + 2))

Baskets = dict[str, list[list[int]]]
Entry = tuple[int, int, float]
Tried = tuple[tuple[Any, ...], Any]


def main(folder: str) -> None:
    """Choose each method's numbers on the validation users, and print what they do on the test users."""
    parts = ("history", "future", "keyset")
    read = {part: json.loads((Path(folder) / f"tafeng_{part}.json").read_text()) for part in parts}
    # A history is framed by two markers.
    history: Baskets = {user: baskets[1:-1] for user, baskets in read["history"].items()}
    future, keys = read["future"], read["keyset"]
    users = sorted(history, key=int)
    places = {part: np.array([users.index(str(user)) for user in keys[part]]) for part in ("val", "test")}
    wanted = {place: set(future[user][1]) for place, user in enumerate(users)}
    histories = [history[user] for user in users]
    shape = (len(users), keys["item_num"] + 1)
    for name, method in (("TIFU-KNN", tifu_knn), ("UP-CF", up_cf)):
        tried = {
            choice: judged(scores, places["val"], wanted)[0]
            for choice, scores in method(histories, shape, places["val"], CHOICES[name])
        }
        best = max(tried, key=lambda choice: tried[choice])
        [(_, scores)] = method(histories, shape, places["test"], [[one] for one in best])
        figures = " ".join(f"{one:.4f}" for one in judged(scores, places["test"], wanted))
        print(f"{name} {best}: validation {tried[best]:.4f}; test {figures}", flush=True)


CHOICES: dict[str, list[list[Any]]] = {
    "TIFU-KNN": [[0.9], [0.7], [7], [300, 900], [0.5, 0.7, 0.9]],
    "UP-CF": [[5, 25, 100], [0.25], [1, 3, 5], [100, 300]],
}
"""Of TIFU-KNN: how a purchase fades within a group, and from group to group; baskets of a group; neighbours; what the
own purchases count. Of UP-CF: recent baskets; asymmetry; locality; neighbours."""


def tifu_knn(histories: list[Any], shape: tuple[int, int], asked: Any, choices: list[list[Any]]) -> Iterator[Tried]:
    """Yield scores: fading within groups of baskets and from group to group, and the mean of the nearest."""
    within, group, size, nearest, own = choices
    for fading in itertools.product(within, group, size):
        rows = [_fading(baskets, *fading) for baskets in histories]
        mine = _table([(user, item, weight) for user, row in enumerate(rows) for item, weight in row.items()], shape)
        squares = np.asarray(mine.multiply(mine).sum(axis=1)).ravel()
        near = _nearest(mine, asked, lambda _, both, squares=squares: both * 2 - squares[None, :], max(nearest))[0]
        for most, share in itertools.product(nearest, own):
            others = _mean(near[:, :most], mine)
            yield (*fading, most, share), (share * mine[asked] + (1 - share) * others).tocsr()


def up_cf(histories: list[Any], shape: tuple[int, int], asked: Any, choices: list[list[Any]]) -> Iterator[Tried]:
    """Yield scores: others' share of recent baskets with a product, weighed by an asymmetric cosine to a power."""
    windows, asymmetries, localities, nearest = choices
    bought = _table(
        [(user, item, 1.0) for user, baskets in enumerate(histories) for item in set().union(*baskets)], shape
    )
    count = np.asarray(bought.sum(axis=1)).ravel()
    wise = {window: _table(_recent(histories, window), shape) for window in windows}
    for power in asymmetries:

        def alike(block: Any, both: Any, power: float = power) -> Any:
            return both / (count[block, None] ** power * count[None, :] ** (1 - power))

        near, cosine = _nearest(bought, asked, alike, max(nearest), itself=True)
        for window, locality, most in itertools.product(windows, localities, nearest):
            weight = cosine[:, :most] ** locality
            yield (window, power, locality, most), _mean(near[:, :most], wise[window], weight)


def judged(scores: Any, places: Any, wanted: dict[int, set[int]]) -> tuple[float, float, float]:
    """Return recall, nDCG and the share of users with a hit, at ten."""
    figures = []
    for row, place in enumerate(places.tolist()):
        start, end = scores.indptr[row : row + 2]
        order = np.lexsort((scores.indices[start:end], -scores.data[start:end]))[:K]
        hits = np.zeros(K)
        hits[: len(order)] = [item in wanted[place] for item in scores.indices[start:end][order].tolist()]
        ideal = DISCOUNT[: min(len(wanted[place]), K)].sum()
        figures.append((hits.sum() / len(wanted[place]), (hits * DISCOUNT).sum() / ideal, float(hits.any())))
    recall, ndcg, hit = np.mean(figures, axis=0)
    return float(recall), float(ndcg), float(hit)


def _fading(baskets: list[list[int]], within: float, group: float, size: int) -> dict[int, float]:
    """Return one user's vector: groups are cut from the last basket backwards, so that the first may be smaller."""
    groups = [baskets[max(end - size, 0) : end] for end in range(len(baskets), 0, -size)]
    row: dict[int, float] = {}
    for age, members in enumerate(groups):
        for place, basket in enumerate(reversed(members)):
            weight = group**age / len(groups) * within**place / len(members)
            for item in set(basket):
                row[item] = row.get(item, 0.0) + weight
    return row


def _recent(histories: list[Any], window: int) -> list[Entry]:
    """Return the share of each user's recent baskets that hold a product."""
    return [
        (user, item, sum(item in basket for basket in baskets[-window:]) / len(baskets[-window:]))
        for user, baskets in enumerate(histories)
        for item in set().union(*baskets[-window:])
    ]


def _table(entries: list[Entry], shape: tuple[int, int]) -> Any:
    rows, columns, values = map(np.array, zip(*entries, strict=True))
    return sparse.csr_array((values, (rows, columns)), shape=shape)


def _nearest(table: Any, asked: Any, likeness: Any, most: int, *, itself: bool = False) -> tuple[Any, Any]:
    """Return the most alike of each user that is asked about, the most alike first, and how alike they are."""
    near, how = [], []
    for block in np.array_split(asked, max(1, len(asked) // 1000)):
        alike = likeness(block, (table[block] @ table.T).toarray())
        if not itself:
            alike[np.arange(len(block)), block] = -np.inf
        top = np.argpartition(-alike, most, axis=1)[:, :most]
        value = np.take_along_axis(alike, top, axis=1)
        order = np.argsort(-value, axis=1)
        near.append(np.take_along_axis(top, order, axis=1))
        how.append(np.take_along_axis(value, order, axis=1))
    return np.concatenate(near), np.concatenate(how)


def _mean(neighbours: Any, table: Any, weight: Any = None) -> Any:
    """Return the sum of the neighbours' rows by weight; the mean without one."""
    rows, near = neighbours.shape
    values = np.full(rows * near, 1 / near) if weight is None else weight.ravel()
    ends = np.arange(0, rows * near + 1, near)
    return (sparse.csr_array((values, neighbours.ravel(), ends), shape=(rows, table.shape[0])) @ table).tocsr()


if __name__ == "__main__":
    main(sys.argv[1])
