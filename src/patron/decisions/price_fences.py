"""Which segments must pay the same price, because of what they have in common?

A fence is a column such as `country`: customers of one country pay one price. Where a country's customers are spread
over several segments, these segments cannot have prices of their own, and so on from segment to segment: segments that
are connected by a fence share one price.

Ref  Hanks, Cross & Noland (1992), Discounting in the hotel industry, Cornell Hotel and Restaurant Administration
     Quarterly 33(1), 15-23: fences
     Tarjan (1975), Efficiency of a good but not linear set union algorithm, Journal of the ACM 22(2), 215-225
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import ibis
import ibis.expr.types as ir

from patron.errors import ArgumentError
from patron.language import did_you_mean, failure


def fenced(memberships: ir.Table, profiles: ir.Table, *, fences: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return which segments have customers of which value of which fence: ``segmentation, segment, value``.

    Parameters
    ----------
    memberships : Table
        ``customer_id, segmentation, segment``.
    profiles : Table
        One row per customer; the fences are columns of it. A missing value is a value: all of whom it is not known
        pay the same.
    fences : sequence of str
        Within which the price must be the same.

    Raises
    ------
    ArgumentError
        A fence is no column of `profiles`.
    """
    for fence in fences:
        if fence not in profiles.columns:
            raise failure(
                ArgumentError, "price_offers.fence", came=fence, hint=did_you_mean(fence, profiles.columns)
            )  # fmt: skip
    if not fences:
        return []
    both = memberships.select("customer_id", "segmentation", "segment").inner_join(
        profiles.select("customer_id", **{f"fence_{place}": profiles[name] for place, name in enumerate(fences)}),
        "customer_id",
    )
    parts = [
        both.select(
            "segmentation", "segment",
            fence=ibis.literal(f"{name}: ") + both[f"fence_{place}"].cast("string").fill_null(""),
        ).distinct()
        for place, name in enumerate(fences)
    ]  # fmt: skip
    rows = ibis.union(*parts).to_pyarrow() if len(parts) > 1 else parts[0].to_pyarrow()
    return sorted((row["segmentation"], row["segment"], row["fence"]) for row in rows.to_pylist())


def same_price(
    segments: Iterable[tuple[str, str]], shared: Iterable[tuple[str, str, str]]
) -> dict[tuple[str, str], str]:
    """Return for each segment of each segmentation the name of the first one that it shares its price with.

    Parameters
    ----------
    segments : iterable of (segmentation, segment)
        Those that want a price.
    shared : iterable of (segmentation, segment, value)
        From `fenced`. Segments of different segmentations are different ways of dividing the same customers, and are
        not connected by them.

    Examples
    --------
    >>> shared = [("tier", "gold", "country: FR"), ("tier", "basic", "country: FR"), ("tier", "new", "country: UK")]
    >>> same_price([("tier", "basic"), ("tier", "gold"), ("tier", "new")], shared)
    {('tier', 'basic'): 'basic', ('tier', 'gold'): 'basic', ('tier', 'new'): 'new'}
    """
    wanted = sorted(set(segments))
    above = {one: one for one in wanted}
    first: dict[tuple[str, str], tuple[str, str]] = {}
    for segmentation, segment, value in shared:
        one = (segmentation, segment)
        if one not in above:
            continue
        other = first.setdefault((segmentation, value), one)
        roots = sorted((_root(above, one), _root(above, other)))
        above[roots[1]] = roots[0]
    return {one: _root(above, one)[1] for one in wanted}


def _root(above: dict[tuple[str, str], tuple[str, str]], one: tuple[str, str]) -> tuple[str, str]:
    while above[one] != one:
        above[one] = above[above[one]]
        one = above[one]
    return one
