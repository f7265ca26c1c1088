"""Which steps cost most, wherever people come from?

In   a map, as `journey_map` draws it
Out  one row per step that people come to: what those who came there brought less than comparable ones who did not
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import stdtrit

from patron.contracts.journey import DROP_OFF
from patron.journeys.edges import Edges
from patron.journeys.map import JourneyMap
from patron.journeys.moves import NOWHERE
from patron.journeys.stake import LEAST, Stake


def losses(drawn: JourneyMap, *, level: float = 0.95) -> pa.Table:
    """Return what is at stake on all edges to a step together, the dearest step first.

    The edges of one person hang together, so that intervals cannot be added up: this one is of the sum.

    Parameters
    ----------
    drawn : JourneyMap
        Of one segment; of several that of everybody counts.

    Returns
    -------
    Table, one row per step
        ``step``, ``times``, ``value_at_stake`` with ``low`` and ``high`` (missing where fewer than ten people tell), in
        money as in JOURNEY_EDGES. Steps whose edges tell of no money are not there.

    Examples
    --------
    >>> from patron.journeys import journey_map
    >>> from patron.simulate import planted_journeys
    >>> drawn = journey_map(planted_journeys(customers=2_000, seed=1).events)
    >>> losses(drawn)["step"].to_pylist()[:2]
    ['drop_off', 'payment_error']
    """
    edges = drawn.only()
    if edges.stake is None:
        return pa.Table.from_pylist([], schema=_SCHEMA)
    told = np.isfinite(edges.stake.value)
    rows = [
        _row(edges, edges.stake, told & (edges.to == place), level) for place in sorted(set(edges.to[told].tolist()))
    ]
    return pa.Table.from_pylist(sorted(rows, key=lambda row: (-row["value_at_stake"], row["step"])), schema=_SCHEMA)


_SCHEMA = pa.schema(
    [
        ("step", pa.string()),
        ("times", pa.int64()),
        *((name, pa.float64()) for name in ("value_at_stake", "low", "high")),
    ]
)


def _row(edges: Edges, stakes: Stake, mine: NDArray[np.bool_], level: float) -> dict[str, Any]:
    place = int(edges.to[mine][0])
    value = float(stakes.value[mine].sum())
    left_out = stakes.left_out[mine]
    # Where all comparable people are of one part, nothing is left to compare with: the edge stays as it is.
    without = np.where(np.isfinite(left_out), left_out, stakes.value[mine][:, None]).sum(axis=0)
    parts = int((edges.trials[mine].sum(axis=0) > 0).sum())
    own = int((edges.times[mine].sum(axis=0) > 0).sum())
    error = float(np.sqrt((parts - 1) / parts * ((without - value) ** 2).sum()))
    reach = float(stdtrit(max(parts - 1, 1), (1 + level) / 2)) * error
    told = own >= LEAST
    return {
        "step": DROP_OFF if place == NOWHERE else edges.names[place], "times": int(edges.times[mine].sum()),
        "value_at_stake": value / 100, "low": (value - reach) / 100 if told else None,
        "high": (value + reach) / 100 if told else None,
    }  # fmt: skip
