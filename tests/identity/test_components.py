"""Connected components in the engine are those that SciPy finds, in few rounds whatever the graph looks like."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from patron.identity import components
from patron.identity.components import _downwards, _large_star, _small_star
from patron.identity.keep import in_memory


def found(left, right):
    """Labels by node, and how many tables were written."""
    names = []

    def keep(name, table):
        names.append(name)
        return in_memory(name, table)

    edges = ibis.memtable(pa.table({"left": pa.array(left, pa.int64()), "right": pa.array(right, pa.int64())}))
    made = components(edges, keep=keep).to_pyarrow()
    return dict(zip(made["node"].to_pylist(), made["component"].to_pylist(), strict=True)), len(names)


def expected(left, right):
    size = max([*left, *right], default=0) + 1
    _, labels = connected_components(coo_matrix((np.ones(len(left)), (left, right)), shape=(size, size)))
    smallest = {}
    for node, label in enumerate(labels):
        smallest.setdefault(label, node)
    joined = {node for pair in zip(left, right, strict=True) for node in pair if pair[0] != pair[1]}
    return {node: smallest[labels[node]] for node in joined}


@pytest.mark.parametrize(("nodes", "edges"), [(12, 10), (60, 40), (300, 290), (300, 900), (2000, 1000)])
def test_as_scipy_finds_them(nodes, edges):
    rng = np.random.default_rng([nodes, edges])
    left, right = rng.integers(0, nodes, (2, edges)).tolist()
    assert found(left, right)[0] == expected(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [([], []), ([3], [3]), ([1, 2, 3], [2, 3, 1]), ([1, 2, 1, 1], [2, 1, 2, 1]), ([5, 9, 9], [9, 5, 2])],
    ids=["no edges", "itself alone", "a circle", "there and back", "twice"],
)
def test_small_cases(left, right):
    assert found(left, right)[0] == expected(left, right)


@pytest.mark.parametrize("order", ["sorted", "shuffled"])
def test_a_chain_of_100_000_takes_a_logarithm_of_rounds(order):
    nodes = np.arange(100_000)
    if order == "shuffled":
        np.random.default_rng(5).shuffle(nodes)
    labels, written = found(nodes[:-1], nodes[1:])
    assert len(labels) == 100_000
    assert set(labels.values()) == {0}
    assert written <= 2 * 20 + 1


def test_it_compiles_for_spark():
    assert ibis.pyspark
    edges = ibis.table({"left": "int64", "right": "int64"}, name="edges")
    assert "JOIN" in ibis.to_sql(_small_star(_large_star(_downwards(edges))), dialect="pyspark")
