"""Texts as points: the weights of their words' parts, drawn together into a few directions of meaning.

Stop words are found in the texts themselves: a word is one that is said alike in all groups of texts. Texts are divided
once with every word; of each frequent word the groups in which it stands are held against where words stand at all (the
Kullback-Leibler divergence, less what chance adds to it). Those that tell hardly anything are left out, and the space
is made anew.

Ref  Salton & Buckley (1988), Information Processing & Management 24, 513-523: term weights
     Deerwester, Dumais, Furnas, Landauer & Harshman (1990), JASIS 41, 391-407: latent semantic analysis
     Lo, He & Ounis (2005), Automatically building a stopword list, DIR workshop: the divergence
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from patron.voice.themes_words import parts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DIRECTIONS = 30
FEWEST_TEXTS = 5  # with a part, or it is noise
MOST_WORDS, MOST_PARTS = 30_000, 20_000  # kept, the most frequent ones
FREQUENT = 0.01  # share of the texts from which a word may be a stop word
ALIKE, OF_MIDDLE = 0.25, 0.75  # divergence below which it is one: in nats, and as a share of the middle frequent word's


@dataclass(frozen=True, eq=False)
class Space:
    """How a text becomes a point; texts without a known word have none (a row of zeros)."""

    words: Mapping[str, int]
    parts: sparse.csr_matrix  # words x parts
    weights: Floats  # of each part
    directions: Floats  # parts x directions

    def counts(self, texts: Sequence[Sequence[str]]) -> sparse.csr_matrix:
        """Count the known words of each text, shape (texts, words)."""
        return counted(texts, self.words)

    def place(self, texts: Sequence[Sequence[str]]) -> Floats:
        """Return the points, shape (texts, directions), each of length 1 or 0."""
        return self._placed(self.counts(texts))

    def _placed(self, counts: sparse.csr_matrix) -> Floats:
        return _unit(np.asarray(weighted(counts @ self.parts, self.weights) @ self.directions))


def space(texts: Sequence[Sequence[str]], *, stop: Collection[str] = (), seed: int) -> tuple[Space, Floats] | None:
    """Learn the space of some texts, and their points in it; none where they share too little.

    Parameters
    ----------
    texts : sequence of sequences of str
        The words of each.
    stop : collection of str
        Words to leave out.
    seed : int
        Of the decomposition.
    """
    from sklearn.utils.extmath import randomized_svd

    seen = Counter(word for words in texts for word in set(words))
    known = sorted(word for word, _ in _first(seen, MOST_WORDS) if word not in stop)
    counts = counted(texts, {word: place for place, word in enumerate(known)})
    made, many = _parts_of(known, seen)
    inside = np.flatnonzero(many >= FEWEST_TEXTS)
    if len(inside) > MOST_PARTS:
        inside = np.sort(inside[np.argsort(-many[inside], kind="stable")[:MOST_PARTS]])
    made = made[:, inside]
    held = counts @ made
    frequency = np.asarray((held > 0).sum(axis=0)).ravel()
    if len(inside) < 2 or len(texts) < FEWEST_TEXTS:
        return None
    weights = np.log((1 + len(texts)) / (1 + frequency)) + 1
    rows = weighted(held, weights)
    wide = min(DIRECTIONS, rows.shape[1] - 1, rows.shape[0] - 1)
    _, _, turned = randomized_svd(rows, n_components=wide, n_iter=4, random_state=seed)
    made_space = Space({word: place for place, word in enumerate(known)}, made, weights, np.asarray(turned.T))
    return made_space, _unit(np.asarray(rows @ made_space.directions))


def counted(texts: Sequence[Sequence[str]], known: Mapping[str, int]) -> sparse.csr_matrix:
    """Count known words by text, shape (texts, words)."""
    ends, places = [0], []
    for words in texts:
        places += [known[word] for word in words if word in known]
        ends.append(len(places))
    shape = (len(texts), max(len(known), 1))
    held = sparse.csr_matrix((np.ones(len(places)), np.array(places, np.int64), np.array(ends, np.int64)), shape=shape)
    held.sum_duplicates()
    return held


def weighted(held: sparse.csr_matrix, weights: Floats) -> sparse.csr_matrix:
    """Return rows of length 1 of parts weighed by how rare they are; one that comes often counts by its logarithm."""
    rows = held.tocsr().astype(np.float64)
    rows.data = 1 + np.log(rows.data)
    rows = rows @ sparse.diags(weights)
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return (sparse.diags(1 / np.where(length > 0, length, 1)) @ rows).tocsr()


def stop_words(texts: Sequence[Sequence[str]], groups: Ints) -> frozenset[str]:
    """Return the frequent words that are said alike in all groups of texts."""
    seen = Counter(word for words in texts for word in set(words))
    least = max(FREQUENT * len(texts), 2 * FEWEST_TEXTS)
    known = sorted(word for word, many in seen.items() if many >= FEWEST_TEXTS)
    if not known:
        return frozenset()
    held = counted(texts, {word: place for place, word in enumerate(known)})
    held.data[:] = 1.0
    number = int(groups.max()) + 1
    members = sparse.csr_matrix((np.ones(len(groups)), (groups, np.arange(len(groups)))), shape=(number, len(groups)))
    told = divergence(np.asarray((members @ held).todense()))
    frequent = np.array([seen[word] >= least for word in known])
    if not frequent.any():
        return frozenset()
    limit = min(ALIKE, OF_MIDDLE * float(np.median(told[frequent])))
    return frozenset(np.array(known)[frequent & (told < limit)].tolist())


def divergence(counts: Floats) -> Floats:
    """Return how far the groups in which each word stands are from where words stand at all.

    Parameters
    ----------
    counts : array, shape (groups, words)
        In how many texts of each group a word stands.

    Returns
    -------
    array, shape (words,)
        The Kullback-Leibler divergence in nats, less its expectation where the word is spread by chance.

    Examples
    --------
    >>> divergence(np.array([[50.0, 100.0], [50.0, 0.0]])).round(2).tolist()
    [0.14, 0.28]
    """
    usual = counts.sum(axis=1) / counts.sum()
    there = usual > 0
    counts, usual = counts[there], usual[there]
    many = np.maximum(counts.sum(axis=0), 1)
    share = counts / many
    terms = share * np.log(np.where(share > 0, share, 1) / usual[:, None])
    return np.asarray(terms.sum(axis=0) - (len(usual) - 1) / (2 * many))


def _first(seen: Mapping[str, int], most: int) -> list[tuple[str, int]]:
    """Return the most frequent words, whatever order they came in."""
    return sorted(seen.items(), key=lambda one: (-one[1], one[0]))[:most]


def _parts_of(known: Sequence[str], seen: Mapping[str, int]) -> tuple[sparse.csr_matrix, Ints]:
    """Return which word has which part, and in about how many texts each part stands."""
    names: dict[str, int] = {}
    rows, columns, many = [], [], []
    for row, word in enumerate(known):
        for part in parts(word):
            rows.append(row)
            columns.append(names.setdefault(part, len(names)))
            many.append(seen[word])
    shape = (max(len(known), 1), max(len(names), 1))
    made = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
    totals = np.bincount(np.array(columns, np.int64), weights=many, minlength=shape[1])
    return made, np.asarray(totals)


def _unit(rows: Floats) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length > 1e-9, length, 1) * (length > 1e-9))
