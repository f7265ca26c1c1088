"""Customers drawn from the purchase and spend models themselves, with their hidden truth.

Each function draws what its paper assumes and nothing else, so a model that is fitted to its output must find the
parameters again. Time is continuous; its unit is the caller's (that of `T` and of the rates).

Ref  Fader, Hardie & Lee (2005), Marketing Science 24(2), 275-284: BG/NBD, assumptions i to v
     Batislam, Denizel & Filiztekin (2007), International Journal of Research in Marketing 24(3): MBG/NBD
     Reutterer, Platzer & Schroeder (2021), International Journal of Research in Marketing 38(1): BG/CNBD-k, MBG/CNBD-k
     Schmittlein, Morrison & Colombo (1987), Management Science 33(1), 1-24: Pareto/NBD, section 3
     Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value": equations 1a and 1b
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from patron.simulate.arguments import not_negative, one_each, positive, seeded, whole

Floats = NDArray[np.float64]


def bg_nbd(
    customers: int, *, r: float, alpha: ArrayLike, a: ArrayLike, b: ArrayLike, T: ArrayLike, seed: int,
    horizon: float | None = None,
) -> pa.Table:  # fmt: skip
    """Draw customers who buy at random and may leave after any repeat purchase.

    Parameters
    ----------
    customers : int
        How many.
    r, alpha : float
        Shape and rate of the gamma distribution of purchase rates. One alpha, a or b for all, or as covariates make
        them one for each customer.
    a, b : float
        Parameters of the beta distribution of dropout probabilities.
    T : float or array of shape (customers,)
        Time from the first purchase to the end of observation.
    seed : int
        The same seed gives the same customers.
    horizon : float, optional
        Also count each customer's purchases in (T, T + horizon].

    Returns
    -------
    Table, one row per customer
        ``frequency, recency, T``; the hidden ``rate, dropout, alive`` (at T); ``purchases_after`` with a horizon.

    Raises
    ------
    ArgumentError
        A parameter is not above zero, or `T` is negative or of another length.

    Examples
    --------
    >>> bg_nbd(2, r=0.243, alpha=4.414, a=0.793, b=2.426, T=52, seed=1).column_names
    ['frequency', 'recency', 'T', 'rate', 'dropout', 'alive']
    """
    return _draw_until_dropout(
        customers, k=1, r=r, alpha=alpha, a=a, b=b, T=T, seed=seed, horizon=horizon, at_first=False
    ).drop_columns(["litt"])


def mbg_nbd(
    customers: int, *, r: float, alpha: ArrayLike, a: ArrayLike, b: ArrayLike, T: ArrayLike, seed: int,
    horizon: float | None = None,
) -> pa.Table:  # fmt: skip
    """Draw customers who buy at random and may leave after any purchase, the first one too.

    Arguments, result and errors are those of `bg_nbd`.

    Examples
    --------
    >>> mbg_nbd(2, r=0.525, alpha=6.183, a=0.891, b=1.614, T=52, seed=1).num_rows
    2
    """
    return _draw_until_dropout(
        customers, k=1, r=r, alpha=alpha, a=a, b=b, T=T, seed=seed, horizon=horizon, at_first=True
    ).drop_columns(["litt"])


def bg_cnbd(  # noqa: PLR0913 - the parameters of the model
    customers: int, *, k: int, r: float, alpha: float, a: float, b: float, T: ArrayLike, seed: int,
    horizon: float | None = None,
) -> pa.Table:  # fmt: skip
    """Draw customers who buy at regular intervals and may leave after any repeat purchase.

    A purchase is every `k`-th arrival after the one before, so the times between purchases are Erlang-k; alpha is the
    rate of the gamma distribution of the rates of arrivals. Other arguments and errors are those of `bg_nbd`, and so is
    the result but for one column more: ``litt``, the sum of the logs of the times between the purchases up to T.

    Examples
    --------
    >>> bg_cnbd(2, k=3, r=0.85, alpha=1.45, a=0.79, b=2.42, T=52, seed=1).column_names
    ['frequency', 'recency', 'T', 'litt', 'rate', 'dropout', 'alive']
    """
    return _draw_until_dropout(
        customers, k=k, r=r, alpha=alpha, a=a, b=b, T=T, seed=seed, horizon=horizon, at_first=False
    )


def mbg_cnbd(  # noqa: PLR0913 - the parameters of the model
    customers: int, *, k: int, r: float, alpha: float, a: float, b: float, T: ArrayLike, seed: int,
    horizon: float | None = None,
) -> pa.Table:  # fmt: skip
    """Draw customers who buy at regular intervals and may leave after any purchase, the first one too.

    Arguments, result and errors are those of `bg_cnbd`.

    Examples
    --------
    >>> mbg_cnbd(2, k=3, r=0.85, alpha=1.45, a=0.79, b=2.42, T=52, seed=1).num_rows
    2
    """
    return _draw_until_dropout(
        customers, k=k, r=r, alpha=alpha, a=a, b=b, T=T, seed=seed, horizon=horizon, at_first=True
    )


def pareto_nbd(
    customers: int,
    *,
    r: float,
    alpha: ArrayLike,
    s: float,
    beta: ArrayLike,
    T: ArrayLike,
    seed: int,
    horizon: float | None = None,
) -> pa.Table:
    """Draw customers who buy at random during a lifetime that may end at any moment.

    Parameters
    ----------
    customers : int
        How many.
    r, alpha : float
        Shape and rate of the gamma distribution of purchase rates. One alpha or beta for all, or as covariates make
        them one for each customer.
    s, beta : float
        Shape and rate of the gamma distribution of dropout rates.
    T : float or array of shape (customers,)
        Time from the first purchase to the end of observation.
    seed : int
        The same seed gives the same customers.
    horizon : float, optional
        Also count each customer's purchases in (T, T + horizon].

    Returns
    -------
    Table, one row per customer
        ``frequency, recency, T``; the hidden ``rate, lifetime, alive`` (at T); ``purchases_after`` with a horizon.

    Raises
    ------
    ArgumentError
        A parameter is not above zero, or `T` is negative or of another length.

    Examples
    --------
    >>> pareto_nbd(2, r=0.553, alpha=10.578, s=0.606, beta=11.669, T=52, seed=1, horizon=26).column_names
    ['frequency', 'recency', 'T', 'rate', 'lifetime', 'alive', 'purchases_after']
    """
    rng = seeded(seed)
    n = whole("customers", customers, least=1)
    positive(r=r, alpha=alpha, s=s, beta=beta)
    alpha, beta = (one_each(name, v, customers=n) for name, v in (("alpha", alpha), ("beta", beta)))
    ages = one_each("T", T, customers=n)
    ahead = _ahead(horizon)
    rate = rng.gamma(r, 1 / alpha, n)
    with np.errstate(divide="ignore"):  # a dropout rate that underflows to zero is a lifetime without end
        lifetime = rng.exponential(1.0, n) / rng.gamma(s, 1 / beta, n)
    active = np.minimum(lifetime, ages)
    frequency = rng.poisson(rate * active)
    # The last of x purchases, given x, is the largest of x uniform moments of the active time.
    recency = np.where(frequency > 0, active * rng.random(n) ** (1 / np.maximum(frequency, 1)), 0.0)
    after = rng.poisson(rate * (np.minimum(lifetime, ages + ahead) - active).clip(0))
    alive = lifetime > ages
    columns = {
        "frequency": frequency,
        "recency": recency,
        "T": ages,
        "rate": rate,
        "lifetime": lifetime,
        "alive": alive,
    }
    return pa.table(columns | ({} if horizon is None else {"purchases_after": after}))


def gamma_gamma(frequency: ArrayLike, *, p: float, q: float, gamma: float, seed: int) -> pa.Array:
    """Draw each customer's mean spend over `frequency` purchases.

    Parameters
    ----------
    frequency : array of shape (customers,)
        How many purchases the mean is taken over.
    p, q, gamma : float
        A purchase is gamma distributed with shape p and rate nu; nu over customers with shape q and rate gamma.
    seed : int
        The same seed gives the same customers.

    Returns
    -------
    Array of float, shape (customers,)
        Null where the frequency is 0. Its expectation is ``p * gamma / (q - 1)`` for q above 1.

    Raises
    ------
    ArgumentError
        A parameter is not above zero, or a frequency is negative or not a number.

    Examples
    --------
    >>> gamma_gamma([0, 3], p=6.25, q=3.74, gamma=15.44, seed=1).is_null().to_pylist()
    [True, False]
    """
    rng = seeded(seed)
    positive(p=p, q=q, gamma=gamma)
    counts = not_negative("frequency", frequency)
    times = np.where(counts > 0, counts, 1.0)
    nu = rng.gamma(q, 1 / gamma, counts.shape)
    return pa.array(rng.gamma(p * times) / (nu * times), mask=counts == 0)


def _draw_until_dropout(  # noqa: PLR0913 - the parameters of the model
    customers: int, *, k: int, r: float, alpha: ArrayLike, a: ArrayLike, b: ArrayLike, T: ArrayLike, seed: int,
    horizon: float | None, at_first: bool,
) -> pa.Table:  # fmt: skip
    rng = seeded(seed)
    n = whole("customers", customers, least=1)
    whole("k", k, least=1)
    positive(r=r, alpha=alpha, a=a, b=b)
    alpha, a, b = (one_each(name, v, customers=n) for name, v in (("alpha", alpha), ("a", a), ("b", b)))
    ages = one_each("T", T, customers=n)
    ahead = _ahead(horizon)
    rate = rng.gamma(r, 1 / alpha, n)
    dropout = rng.beta(a, b, n)
    frequency, recency, litt, after, alive = _buy_until_dropout(
        rng, rate, dropout, k=k, ages=ages, ends=ages + ahead, at_first=at_first
    )
    seen = {"frequency": frequency, "recency": recency, "T": ages, "litt": litt}
    hidden = {"rate": rate, "dropout": dropout, "alive": alive}
    return pa.table(seen | hidden | ({} if horizon is None else {"purchases_after": after}))


def _ahead(horizon: float | None) -> float:
    """Return how far beyond T to draw."""
    return 0.0 if horizon is None else float(not_negative("horizon", horizon))


def _buy_until_dropout(
    rng: np.random.Generator, rate: Floats, dropout: Floats, *, k: int, ages: Floats, ends: Floats, at_first: bool
) -> tuple[NDArray[np.int64], Floats, Floats, NDArray[np.int64], NDArray[np.bool_]]:
    """Let all customers buy, one round a purchase, until each has left or is past the end."""
    frequency, after = np.zeros(len(rate), np.int64), np.zeros(len(rate), np.int64)
    recency, litt, alive = np.zeros(len(rate)), np.zeros(len(rate)), np.ones(len(rate), np.bool_)
    moment = np.zeros(len(rate))
    if at_first:
        alive = rng.random(len(rate)) >= dropout
    still = np.flatnonzero(alive)
    while len(still):
        with np.errstate(divide="ignore"):  # a rate that underflows to zero waits for ever
            moment[still] += rng.standard_gamma(k, len(still)) / rate[still]
        still = still[moment[still] <= ends[still]]
        seen = still[moment[still] <= ages[still]]
        frequency[seen] += 1
        litt[seen] += np.log(moment[seen] - recency[seen])
        recency[seen] = moment[seen]
        after[still[moment[still] > ages[still]]] += 1
        left = rng.random(len(still)) < dropout[still]
        alive[still[left]] &= moment[still[left]] > ages[still[left]]
        still = still[~left]
    return frequency, recency, litt, after, alive
