"""The fits as pymc-marketing does them, by the maximum a posteriori, which gives no standard errors.

    python with_pymc.py TASK FILE ...

Its default priors move the answer; flat ones make it the same problem as the others solve.
"""

from __future__ import annotations

import logging
import sys
import warnings
from typing import Any

from laps import Laps


def fit(laps: Laps, kind: str, file: str) -> None:
    """Histories to parameters."""
    with laps.lap("import"):
        from pymc_extras.prior import Prior
        from pymc_marketing import clv
    names = ("r", "alpha", "s", "beta") if kind == "pareto_nbd" else ("r", "alpha", "a", "b")
    flat = {name: Prior("HalfFlat") for name in names}
    with laps.lap("read"):
        table = _read(file, ["frequency", "recency", "T"])
    with laps.lap("fit"):
        kinds = {
            "bg_nbd": clv.BetaGeoModel, "mbg_nbd": clv.ModifiedBetaGeoModel, "pareto_nbd": clv.ParetoNBDModel,
        }  # fmt: skip
        model = kinds[kind](data=table, model_config=flat)
        _climb(laps, model)


def spend(laps: Laps, file: str) -> None:
    """Mean spends to Gamma-Gamma parameters."""
    with laps.lap("import"):
        from pymc_extras.prior import Prior
        from pymc_marketing import clv
    with laps.lap("fit"):
        table = _read(file, ["frequency", "monetary_value"])
        table = table[(table["frequency"] > 0) & (table["monetary_value"] > 0)]
        model = clv.GammaGammaModel(data=table, model_config={name: Prior("HalfFlat") for name in ("p", "q", "v")})
        _climb(laps, model)


def _climb(laps: Laps, model: Any) -> None:
    model.fit(method="map", progressbar=False)
    laps.facts["parameters"] = {name: value.item() for name, value in model.idata.posterior.data_vars.items()}


def _read(file: str, columns: list[str]) -> Any:
    import pandas as pd

    table = pd.read_parquet(file, columns=columns)
    table.insert(0, "customer_id", range(len(table)))
    return table


def main() -> None:
    """Do one task."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    laps = Laps()
    {"fit": fit, "spend": spend}[sys.argv[1]](laps, *sys.argv[2:])
    laps.tell()


if __name__ == "__main__":
    main()
