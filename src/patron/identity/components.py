"""Which nodes of a graph hang together?

In   left, right       int64: one row an edge, in either direction, repeated or not
Out  node, component   one row per node of an edge that joins two; the component is its smallest node
Ref  Kiveris, Lattanzi, Mirrokni, Rastogi & Vassilvitskii (2014), Connected Components in MapReduce and Beyond, SoCC:
     alternating Large-Star and Small-Star

Everything happens in the engine. Each round makes the way to the smallest node of a component about half as long, so
that a chain of 100,000 nodes takes no more than some twenty rounds, and no round holds more edges than there were.
"""

from __future__ import annotations

from itertools import count

import ibis
import ibis.expr.types as ir

from patron.identity.keep import Keep


def components(edges: ir.Table, *, keep: Keep) -> ir.Table:
    """Label each node with the smallest node that it is connected with.

    Parameters
    ----------
    edges : Table
        ``left`` and ``right``, int64. An edge from a node to itself says nothing.
    keep : callable
        Writes each round aside.

    Returns
    -------
    Table, one row per node that is joined to another
        ``node`` and ``component``.

    Examples
    --------
    >>> import ibis
    >>> from patron.identity.keep import in_memory
    >>> edges = ibis.memtable({"left": [1, 3, 7], "right": [2, 2, 9]})
    >>> components(edges, keep=in_memory).order_by("node").to_pyarrow().to_pydict()
    {'node': [1, 2, 3, 7, 9], 'component': [1, 1, 1, 7, 7]}
    """
    hung = keep("edges", _downwards(edges))
    for number in count(1):
        if _flat(hung):
            break
        hung = keep(f"large_star_{number}", _large_star(hung))
        hung = keep(f"small_star_{number}", _small_star(hung))
    roots = hung.select(node="parent", component="parent").distinct()
    return ibis.union(hung.select(node="child", component="parent"), roots)


def _downwards(edges: ir.Table) -> ir.Table:
    """Turn every edge from the larger node to the smaller."""
    joining = edges.filter(edges.left != edges.right)
    return joining.select(
        child=ibis.greatest(joining.left, joining.right), parent=ibis.least(joining.left, joining.right)
    ).distinct()


def _large_star(hung: ir.Table) -> ir.Table:
    """Hang the larger neighbours of each node from its smallest neighbour."""
    above = _smallest(hung)
    found = hung.left_join(above, hung.parent == above.node)
    return found.select("child", parent=ibis.coalesce(found.smallest, found.parent)).distinct()


def _small_star(hung: ir.Table) -> ir.Table:
    """Hang each node, and its smaller neighbours, from the smallest of them."""
    above = _smallest(hung)
    found = hung.join(above, hung.child == above.node)
    beside = found.filter(found.parent != found.smallest)
    return ibis.union(
        beside.select(child="parent", parent="smallest"), above.select(child="node", parent="smallest"), distinct=True
    )


def _smallest(hung: ir.Table) -> ir.Table:
    return hung.group_by(node=hung.child).aggregate(smallest=hung.parent.min())


def _flat(hung: ir.Table) -> bool:
    """Tell whether every node hangs from one other that hangs from none."""
    nodes = hung.select(node="child")
    deep = hung.semi_join(nodes, hung.parent == nodes.node).aggregate(deep=lambda t: t.count())
    counts = hung.aggregate(rows=hung.count(), nodes=hung.child.nunique()).cross_join(deep).to_pyarrow().to_pylist()[0]
    return bool(counts["rows"] == counts["nodes"] and counts["deep"] == 0)
