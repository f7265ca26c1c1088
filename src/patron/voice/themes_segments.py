"""Who speaks of what: the share of each segment's writers who speak of each theme, against everybody else who writes.

In   contracts.theme.THEME_TEXTS and THEME_WORDS, contracts.customer.MEMBERSHIPS and FORECASTS
Out  contracts.theme.THEMES
Ref  Wilson (1927), JASA 22, 209-212; Fisher (1922), JRSS 85, 87-94: the exact test
     Katz, Baptista, Azen & Pike (1978), Biometrics 34, 469-474: the interval of a ratio of two shares, on its logarithm
     Benjamini & Yekutieli (2001), Annals of Statistics 29(4), 1165-1188
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import gammaln

from patron.contracts.theme import OTHER, THEMES
from patron.profile.experience import PASSIVE, PROMOTER
from patron.profile.known import known_by
from patron.stats.false_discovery import q_values
from patron.stats.wilson import wilson

Floats = NDArray[np.float64]

ALL = "all"
UNTOLD = {"theme": OTHER, "words": "", "x": None, "y": None}
LEVEL = 0.05  # false discovery rate of what is found
FAR = 40.0  # standard deviations beyond which no table is looked at: none of them adds up to anything
_Z = 1.959963984540054
_EXACT = "decimal(38, 4)"
_MONEY = "decimal(38, 2)"


def themes_by_segment(
    texts: ir.Table, words: ir.Table, memberships: ir.Table, forecasts: ir.Table, *, as_of: date
) -> ir.Table:  # fmt: skip
    """Return who speaks of what, with intervals and what differs between segments.

    Parameters
    ----------
    texts : Table, one row per text
        contracts.theme.THEME_TEXTS.
    words : Table, one row per theme
        contracts.theme.THEME_WORDS.
    memberships : Table, one row per customer and segmentation
        ``customer_id, segmentation, segment``: contracts.customer.MEMBERSHIPS.
    forecasts : Table, one row per customer
        ``customer_id, predicted_value``: contracts.customer.FORECASTS.
    as_of : date
        The last day we may know about.
    """
    known = known_by(texts, as_of=as_of, column="said_on")
    counted = _counted(_by_customer(known), memberships, forecasts).to_pyarrow()
    told = {row["theme"]: row for row in words.select("theme", "words", "x", "y").to_pyarrow().to_pylist()}
    return ibis.memtable(_table(counted.to_pylist(), told))


def _by_customer(texts: ir.Table) -> ir.Table:
    """Return one row per customer and theme."""
    promoter = texts.nps_score >= ibis.literal(PROMOTER, "float64")
    passive = texts.nps_score >= ibis.literal(PASSIVE, "float64")
    points = ibis.cases((texts.nps_score.isnull(), 0), (promoter, 100), (passive, 0), else_=-100)
    marked = texts.mutate(_points=points)
    return marked.group_by("customer_id", "theme").aggregate(
        texts=marked.count(), stars=marked.rating.cast(_EXACT).sum(), rated=marked.rating.count(),
        points=marked._points.sum(), scored=marked.nps_score.count(),
    )  # fmt: skip


def _counted(each: ir.Table, memberships: ir.Table, forecasts: ir.Table) -> ir.Table:
    """Count texts and people by segment and theme, beside all of the segment who wrote."""
    worth = forecasts.select(_who="customer_id", _value=forecasts.predicted_value.cast(_MONEY))
    valued = each.left_join(worth, [("customer_id", "_who")]).drop("_who")
    members = memberships.select("customer_id", "segmentation", "segment")
    writers = valued.select("customer_id").distinct()
    everybody = writers.mutate(segmentation=ibis.literal(ALL), segment=ibis.literal(ALL))
    placed = members.filter(members.segmentation != ALL).union(everybody)
    joined = valued.inner_join(placed, "customer_id")
    themes = joined.group_by("segmentation", "segment", "theme").aggregate(
        customers=joined.count(), texts=joined.texts.sum(), stars=joined.stars.sum(), rated=joined.rated.sum(),
        points=joined.points.sum(), scored=joined.scored.sum(), value=joined._value.sum(),
    )  # fmt: skip
    wrote = writers.inner_join(placed, "customer_id")
    sizes = wrote.group_by("segmentation", "segment").aggregate(writers=wrote.count())
    both = themes.inner_join(sizes, ["segmentation", "segment"])
    return both.order_by("segmentation", "segment", "theme")


def _table(rows: list[dict[str, Any]], told: dict[str, dict[str, Any]]) -> pa.Table:
    whole = {row["theme"]: row for row in rows if row["segmentation"] == ALL}
    parts = _tested(rows, whole)
    made = [
        {
            "segmentation": row["segmentation"], "segment": row["segment"], **told.get(row["theme"], UNTOLD),
            "texts": int(row["texts"]), "customers": row["customers"],
            "writers": row["writers"], "value": row["value"],
            "rating": float(row["stars"]) / row["rated"] if row["rated"] else None,
            "nps": float(row["points"]) / row["scored"] if row["scored"] else None,
            **part,
        }
        for row, part in zip(rows, parts, strict=True)
    ]  # fmt: skip
    return pa.Table.from_pylist(made, schema=THEMES.schema.to_pyarrow())


def _tested(rows: list[dict[str, Any]], whole: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return shares, lifts and tests, in the order of the rows."""
    if not rows:
        return []
    did, of = (np.array([row[name] for row in rows], np.float64) for name in ("customers", "writers"))
    all_did, all_of = (
        np.array([whole[row["theme"]][name] for row in rows], np.float64) for name in ("customers", "writers")
    )
    low, high = wilson(did, of)
    rest, others = all_did - did, all_of - of
    told = others > 0
    ratio = (did > 0) & (rest > 0) & told
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = (did / of) / (rest / others)
        error = np.sqrt(np.maximum(1 / did - 1 / of + 1 / rest - 1 / others, 0))
    p = np.ones(len(rows))
    p[told] = fisher(did[told], of[told], rest[told], others[told])
    q = np.full(len(rows), np.nan)
    q[told] = q_values(p[told]) if told.any() else q[told]
    return [
        {
            "share": did[at] / of[at], "share_low": low[at], "share_high": high[at],
            "lift": lift[at] if ratio[at] else None,
            "lift_low": lift[at] * np.exp(-_Z * error[at]) if ratio[at] else None,
            "lift_high": lift[at] * np.exp(_Z * error[at]) if ratio[at] else None,
            "p_value": p[at] if told[at] else None, "q_value": q[at] if told[at] else None,
            "found": bool(told[at] and q[at] <= LEVEL),
        }
        for at in range(len(rows))
    ]  # fmt: skip


def fisher(did: Floats, of: Floats, rest: Floats, others: Floats) -> Floats:
    """Return the two-sided p-value of Fisher's exact test for each pair of shares.

    Parameters
    ----------
    did, of, rest, others : array
        How many did it of how many, and how many of the others.

    Examples
    --------
    >>> fisher(*(np.array([one]) for one in (8.0, 10.0, 1.0, 6.0))).round(4).tolist()
    [0.035]
    """
    return np.array([_fisher(*one) for one in zip(did, of, rest, others, strict=True)])


def _fisher(did: float, of: float, rest: float, others: float) -> float:
    """Add up the chances of all tables with these margins that are no likelier than the one that came."""
    total, hits = of + others, did + rest
    mean = of * hits / total
    reach = FAR * np.sqrt(max(mean * (1 - hits / total) * others / max(total - 1, 1), 1.0))
    counts = np.arange(max(0.0, hits - others, np.floor(mean - reach)), min(hits, of, np.ceil(mean + reach)) + 1)
    if not counts[0] <= did <= counts[-1]:
        return 0.0
    chance = _choices(of, counts) + _choices(others, hits - counts) - _choices(total, hits)
    own = chance[int(did - counts[0])]
    return float(min(np.exp(chance[chance <= own + 1e-7]).sum(), 1.0))


def _choices(of: float, many: Any) -> Any:
    """Return the logarithm of the number of ways to choose."""
    return gammaln(of + 1) - gammaln(np.asarray(many) + 1) - gammaln(of - np.asarray(many) + 1)
