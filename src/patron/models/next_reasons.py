"""Why is a product recommended? In one sentence a row, told from what the customer bought.

A product that the customer has bought before is told by its own purchases; one that she only looked at by when that
was; another by that product of the customer's which speaks most for it; and what nothing speaks for is popular. There
are far fewer different sentences than rows: each is made once.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.language import say
from patron.models.next_candidates import Market

Places = NDArray[np.int64]

PIECE = 50_000  # sentences at a time
BITS = 20  # for a number of baskets or days


def speaks_most(market: Market, customer: Places, product: Places) -> Places:
    """Return which product of the customer's speaks most for another one; -1 where none does.

    Parameters
    ----------
    customer, product : array
        Places in the baskets, sorted by customer; few customers at a time.
    """
    toward = market.toward
    length = np.diff(toward.indptr)[product]
    row = np.repeat(np.arange(len(product)), length)
    place = np.repeat(toward.indptr[product] - (np.cumsum(length) - length), length) + np.arange(len(row))
    speaker = toward.indices[place]
    who, number = np.unique(customer, return_inverse=True)
    pair = market.pairs_of(who, number[row], speaker)
    weight = np.where(pair >= 0, toward.data[place] * market.tastes[pair], 0)
    because = np.full(len(product), -1, dtype=np.int64)
    spoken = np.flatnonzero(length)
    if len(spoken):
        starts = (np.cumsum(length) - length)[spoken]
        most = np.maximum.reduceat(weight, starts)
        top = np.flatnonzero(weight == np.repeat(most, length[spoken]))
        of, first = np.unique(row[top], return_index=True)  # of equally strong ones the smallest id
        because[of] = np.where(most > 0, speaker[top[first]], -1)
    return because


def sentences(
    market: Market, pair: Places, because: Places, looked: Places, segment: Places, *, names: Mapping[str, str]
) -> pa.Array:
    """Return a sentence for each row.

    Parameters
    ----------
    pair : array
        The place in the baskets' pairs of what the customer bought before; -1 otherwise.
    because : array
        The product that speaks most for the row's product; -1 where there is none.
    looked : array
        Days since the customer last looked at what she never bought; -1 where she did not.
    segment : array
        The segment whose popular products the customer is given; 0 where that is the shop.
    names : mapping
        What products are called, where they have a name.
    """
    own = pair >= 0
    key = np.where(because >= 0, because * 4 + 1, segment * 4)
    key[looked >= 0] = looked[looked >= 0] * 4 + 3
    key[own] = _facts(market, pair[own]) * 4 + 2
    different, place = np.unique(key, return_inverse=True)
    # In pieces, so that there are never sentences of all rows at once as Python's own, which take four times the room.
    said = [
        pa.array([_said(one, market, names) for one in different[start : start + PIECE].tolist()], pa.string())
        for start in range(0, len(different), PIECE)
    ]
    return pa.concat_arrays(said).take(pa.array(place)) if said else pa.array([], pa.string())


def _facts(market: Market, pair: Places) -> Places:
    """Pack times, baskets and days of pairs into one number each."""
    baskets = market.baskets.counts[market.baskets.customer[market.baskets.pairs[pair]]].astype(np.int64)
    times = np.rint(market.items.own["share"][pair] * baskets).astype(np.int64)
    days = market.items.own["days_since"][pair].astype(np.int64)
    return np.asarray((times << 2 * BITS) + (baskets << BITS) + days)


def _said(key: int, market: Market, names: Mapping[str, str]) -> str:
    fact, kind = key >> 2, key & 3
    if kind == 3:
        return say("next_product.looked", count=fact)
    if kind == 0:
        segments = market.membership.names
        return say("next_product.popular_here", segment=segments[fact - 1]) if fact else say("next_product.popular")
    if kind == 1:
        product = market.baskets.products[fact].as_py()
        return say("next_product.near", product=names.get(product, product))
    times, baskets, days = fact >> 2 * BITS, (fact >> BITS) & (1 << BITS) - 1, fact & (1 << BITS) - 1
    return say("next_product.own", count=days, times=times, baskets=baskets)
