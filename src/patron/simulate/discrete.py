"""Customers of whole periods, drawn from the models themselves, with their hidden truth: BG/BB, and subscriptions.

Each function draws what its paper assumes and nothing else, so a model that is fitted to its output must find the
parameters again.

Ref  Fader, Hardie & Shang (2010), Marketing Science 29(6), 1086-1108: BG/BB, assumptions of section 2
     Fader & Hardie (2007), Journal of Interactive Marketing 21(1), 76-90: shifted beta-geometric
     Fader, Hardie, Liu, Davin & Steenburgh (2018), Journal of Interactive Marketing 43, 1-16: beta discrete Weibull
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from patron.simulate.arguments import one_each, positive, seeded, whole

Floats = NDArray[np.float64]

MOST_PERIODS = 100_000
NEVER = float(1 << 62)  # a period that is never reached


def bg_bb(
    customers: int,
    *,
    alpha: float,
    beta: float,
    gamma: float,
    delta: float,
    T: ArrayLike,
    seed: int,
    horizon: int | None = None,
) -> pa.Table:
    """Draw customers who in each period may buy once, and before each may leave for good.

    Parameters
    ----------
    customers : int
        How many.
    alpha, beta : float
        Parameters of the beta distribution of the chances to buy.
    gamma, delta : float
        Parameters of the beta distribution of the chances to leave.
    T : int or array of int of shape (customers,)
        Periods after that of the first purchase.
    seed : int
        The same seed gives the same customers.
    horizon : int, optional
        Also count each customer's purchases in the next so many periods.

    Returns
    -------
    Table, one row per customer
        ``frequency, recency, T``; the hidden ``chance, dropout, alive`` (in period T + 1); ``purchases_after`` with a
        horizon.

    Raises
    ------
    ArgumentError
        A parameter is not above zero, or `T` is no number of periods or of another length.

    Examples
    --------
    >>> bg_bb(2, alpha=1.2, beta=0.75, gamma=0.66, delta=2.78, T=6, seed=1).column_names
    ['frequency', 'recency', 'T', 'chance', 'dropout', 'alive']
    """
    rng = seeded(seed)
    n = whole("customers", customers, least=1)
    positive(alpha=alpha, beta=beta, gamma=gamma, delta=delta)
    ages = np.floor(one_each("T", T, customers=n))
    ahead = 0 if horizon is None else whole("horizon", horizon, least=0, most=MOST_PERIODS)
    chance, dropout = rng.beta(alpha, beta, n), rng.beta(gamma, delta, n)
    there = _last_period(rng.random(n), dropout) - 1  # the customer leaves before the period drawn
    frequency, recency, after = (np.zeros(n, np.int64) for _ in range(3))
    for period in range(1, int(ages.max()) + ahead + 1):
        buys = (period <= there) & (rng.random(n) < chance)
        seen = buys & (period <= ages)
        frequency[seen] += 1
        recency[seen] = period
        after[buys & (period > ages) & (period <= ages + ahead)] += 1
    columns = {
        "frequency": frequency,
        "recency": recency,
        "T": ages.astype(np.int64),
        "chance": chance,
        "dropout": dropout,
        "alive": there > ages,
    }
    return pa.table(columns | ({} if horizon is None else {"purchases_after": after}))


def shifted_beta_geometric(customers: int, *, alpha: float, beta: float, periods: ArrayLike, seed: int) -> pa.Table:
    """Draw subscribers who at the end of each period may leave.

    Parameters
    ----------
    customers : int
        How many.
    alpha, beta : float
        Parameters of the beta distribution of the chances to leave.
    periods : int or array of int of shape (customers,)
        How many ends of a period have been seen of each.
    seed : int
        The same seed gives the same customers.

    Returns
    -------
    Table, one row per customer
        ``tenure``, how many renewals there were; ``lost``, whether the next one was seen to fail; the hidden
        ``churn``, the chance to leave, and ``lifetime``, how many periods are paid for in all.

    Raises
    ------
    ArgumentError
        A parameter is not above zero, or `periods` is negative or of another length.

    Examples
    --------
    >>> shifted_beta_geometric(2, alpha=0.7, beta=1.2, periods=7, seed=1).column_names
    ['tenure', 'lost', 'churn', 'lifetime']
    """
    return beta_discrete_weibull(customers, alpha=alpha, beta=beta, c=1.0, periods=periods, seed=seed)


def beta_discrete_weibull(
    customers: int, *, alpha: float, beta: float, c: float, periods: ArrayLike, seed: int
) -> pa.Table:
    """Draw subscribers whose chance to leave rises (c above 1) or falls with the time they have stayed.

    Arguments, result and errors are those of `shifted_beta_geometric`; ``churn`` is the chance to leave at the first
    end of a period.

    Examples
    --------
    >>> beta_discrete_weibull(2, alpha=0.7, beta=1.2, c=1.5, periods=7, seed=1).num_rows
    2
    """
    rng = seeded(seed)
    n = whole("customers", customers, least=1)
    positive(alpha=alpha, beta=beta, c=c)
    seen = np.floor(one_each("periods", periods, customers=n))
    churn = rng.beta(alpha, beta, n)
    lifetime = _last_period(rng.random(n), churn, c)
    lost = lifetime <= seen
    return pa.table({
        "tenure": np.where(lost, lifetime - 1, seen).astype(np.int64),
        "lost": lost,
        "churn": churn,
        "lifetime": lifetime.astype(np.int64),
    })  # fmt: skip


def _last_period(chance: Floats, leaves: Floats, c: float = 1.0) -> Floats:
    """Return the first whole t from 1 on at which (1 - leaves)^(t^c), the share that stays longer, is below a chance.

    Chances are drawn from 0 to below 1, so 1 - `chance` has a logarithm.
    """
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # who never leaves, who always does
        waited = (np.log(1 - chance) / np.log1p(-leaves)) ** (1 / c)
    return np.fmin(np.fmax(np.ceil(waited), 1.0), NEVER)
