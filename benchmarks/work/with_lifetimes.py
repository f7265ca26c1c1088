"""The work as the library lifetimes does it: fits with standard errors, scores.

python with_lifetimes.py TASK FILE ...
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

from laps import Laps

HORIZON = 365


def fit(laps: Laps, kind: str, file: str) -> None:
    """Histories to parameters and their standard errors."""
    with laps.lap("import"):
        import lifetimes
    kinds = {
        "bg_nbd": lifetimes.BetaGeoFitter,
        "mbg_nbd": lifetimes.ModifiedBetaGeoFitter,
        "pareto_nbd": lifetimes.ParetoNBDFitter,
    }
    model = kinds[kind]()
    with laps.lap("read"):
        table = _read(file, ["frequency", "recency", "T"])
    with laps.lap("fit"):
        model.fit(table["frequency"], table["recency"], table["T"])
        if kind != "pareto_nbd":  # whose standard errors lifetimes does not give
            laps.facts["errors"] = model.standard_errors_.to_dict()
    laps.facts["parameters"] = model.params_.to_dict()


def spend(laps: Laps, file: str) -> None:
    """Mean spends to Gamma-Gamma parameters and their standard errors."""
    with laps.lap("import"):
        import lifetimes
    model = lifetimes.GammaGammaFitter()
    with laps.lap("fit"):
        table = _read(file, ["frequency", "monetary_value"])
        table = table[(table["frequency"] > 0) & (table["monetary_value"] > 0)]
        model.fit(table["frequency"], table["monetary_value"])
        laps.facts["errors"] = model.standard_errors_.to_dict()
    laps.facts["parameters"] = model.params_.to_dict()


def score(laps: Laps, file: str, kind: str = "bg_nbd") -> None:
    """Histories in memory to two scores each, as arrays."""
    with laps.lap("import"):
        import lifetimes
        import pandas as pd
    if kind == "pareto_nbd":
        model = lifetimes.ParetoNBDFitter()
        model.params_ = pd.Series({"r": 0.553, "alpha": 74.0, "s": 0.606, "beta": 81.7})
    else:
        model = lifetimes.BetaGeoFitter()
        model.params_ = pd.Series({"r": 0.243, "alpha": 30.9, "a": 0.793, "b": 2.426})
    with laps.lap("read"):
        table = _read(file, ["frequency", "recency", "T"])
        x, t_x, age = (table[name].to_numpy() for name in table)
    with laps.lap("work"):
        expected = model.conditional_expected_number_of_purchases_up_to_time(HORIZON, x, t_x, age)
        alive = model.conditional_probability_alive(x, t_x, age)
    laps.facts |= {"expected": float(expected.sum()), "alive": float(alive.sum())}


def _read(file: str, columns: list[str]) -> Any:
    import pandas as pd

    return pd.read_parquet(file, columns=columns)


def main() -> None:
    """Do one task."""
    warnings.simplefilter("ignore")
    laps = Laps()
    {"fit": fit, "spend": spend, "score": score}[sys.argv[1]](laps, *sys.argv[2:])
    laps.tell()


if __name__ == "__main__":
    main()
