"""A channel's contribution, split between segments by what attribution credits there. A model's answer, no measurement.

The parts add up to the contribution, to the cent. A channel of which no touch is known is split as all sales are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from patron.contracts.channel_evidence import ATTRIBUTION, MIX_MODEL
from patron.kpis.credited_sales import Sales, Segment
from patron.kpis.factor_effects import whole_cents

Row = dict[str, Any]
SPLIT = (MIX_MODEL, ATTRIBUTION)
HUNDRED = 100


def split_rows(rows: Sequence[Row], sales: Sales) -> list[Row]:
    """Return the rows of the segments of every channel of which a mix model or attribution speaks.

    Parameters
    ----------
    rows : sequence of rows
        Of everybody.
    sales : Sales
        By channel and segment.
    """
    ways: dict[str, list[Segment]] = {}
    for segment in sales.segments():
        ways.setdefault(segment[0], []).append(segment)
    return [
        part
        for row in rows
        if row["source"] in SPLIT
        for segments in ways.values()
        for part in _parts(row, segments, _weights(row["channel"], segments, sales))
    ]


def _weights(channel: str, segments: Sequence[Segment], sales: Sales) -> list[Decimal]:
    """Return what to split by: the channel's credit, or all sales where it has none."""
    own = [max(sales.of(channel, segment).revenue, Decimal(0)) for segment in segments]
    if sum(own) > 0:
        return own
    return [max(sales.total(segment).revenue, Decimal(0)) for segment in segments]


def _parts(row: Row, segments: Sequence[Segment], weights: Sequence[Decimal]) -> Iterator[Row]:
    whole = sum(weights, start=Decimal(0))
    if whole <= 0:
        return
    shares = [Fraction(weight) / Fraction(whole) for weight in weights]
    amounts = {name: _shared(row[name], shares) for name in ("contribution", "low", "high")}
    for place, (segmentation, segment) in enumerate(segments):
        yield {
            **row, **dict.fromkeys(("spend", "roas", "roi", "roi_low", "roi_high", "pays", "agrees", "gap")),
            "segmentation": segmentation, "segment": segment, "gap_low": None, "gap_high": None, "q_value": None,
            **{name: None if split is None else split[place] for name, split in amounts.items()},
        }  # fmt: skip


def _shared(amount: Decimal | None, shares: Sequence[Fraction]) -> list[Decimal] | None:
    if amount is None:
        return None
    cents = whole_cents([Fraction(amount) * HUNDRED * share for share in shares])
    return [Decimal(part) / HUNDRED for part in cents]


def customers_of(row: Mapping[str, Any], sales: Sales) -> int:
    """Return how many customers of a row's segment bought in these days."""
    return sales.customers.get((row["segmentation"], row["segment"]), 0)
