"""Why is a product recommended? In one sentence a row, told from what the customer bought.

A product that the customer has bought before is told by its own purchases; another by that product of the customer's
which speaks most for it; and what nothing speaks for is popular. There are far fewer different sentences than rows:
each is made once.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.language import say
from patron.models.next_candidates import Block, Market

Places = NDArray[np.int64]


def reasons(market: Market, block: Block) -> pa.Array:
    """Return a sentence for each row."""
    if not len(block.customer):
        return pa.array([], pa.string())
    names = market.baskets.products
    found = np.full(len(block.customer), "", dtype=object)
    own = block.features[:, market.names.index("share")] > 0
    because, strength = _strongest_own(market, block)
    near = ~own & (strength > 0)
    found[own] = _repeats(market, block, own)
    for product in np.unique(because[near]).tolist():
        found[near & (because == product)] = say("next_product.near", product=names[product].as_py())
    found[~own & ~near] = say("next_product.popular")
    return pa.array(found, pa.string())


def _repeats(market: Market, block: Block, own: NDArray[np.bool_]) -> list[str]:
    share, since, baskets = (
        block.features[own, market.names.index(name)] for name in ("share", "days_since", "baskets")
    )
    facts = np.column_stack([np.rint(share * baskets), baskets, since]).astype(np.int64)
    different, place = np.unique(facts, axis=0, return_inverse=True)
    sentences = [
        say("next_product.own", count=days, times=times, baskets=of) for times, of, days in different.tolist()
    ]  # fmt: skip
    return [sentences[one] for one in place.ravel().tolist()]


def _strongest_own(market: Market, block: Block) -> tuple[Places, NDArray[np.float32]]:
    """Return of each row which product of the customer's speaks most for it, and how much."""
    because, strength = np.full(len(block.customer), -1, dtype=np.int64), np.zeros(len(block.customer), np.float32)
    known = np.flatnonzero(block.customer >= 0)
    if not len(known):
        return because, strength
    both = (market.taste[block.customer[known]] * market.toward[block.product[known]]).tocsr()
    filled = np.flatnonzero(np.diff(both.indptr))
    if len(filled):
        starts = both.indptr[filled]
        most = np.maximum.reduceat(both.data, starts)
        rows = np.repeat(np.arange(len(filled)), np.diff(both.indptr)[filled])
        top = np.flatnonzero(both.data == most[rows])
        first = np.unique(rows[top], return_index=True)[1]
        because[known[filled]], strength[known[filled]] = both.indices[top[first]], most
    return because, strength
