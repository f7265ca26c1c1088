"""Real outputs of two marketing-mix packages through our recipe, against the truth of the example data.

The example data (pymc-marketing's `mmm_example.csv`) were drawn from known parameters, so that what each channel truly
brought in each week is known. Each package is fitted in an environment of its own, in which Patron is importable:

    PYTHONPATH=src PYMC/bin/python benchmarks/references/mix_models.py pymc mmm_example.csv pymc.npz
    PYTHONPATH=src MERIDIAN/bin/python benchmarks/references/mix_models.py meridian mmm_example.csv meridian.npz

Each prints, for all weeks and for the last 52, the truth, the package's mean and interval (of the draws of the sum),
and the interval that a run makes of weekly rows, which is never narrower. The file holds 100 of the draws of the last
52 weeks; tests read it. Versions when measured: pymc-marketing 0.19.2, google-meridian 2.1.0.
"""

from __future__ import annotations

import csv
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patron.sources.mix_models import mix_rows

Floats = NDArray[np.float64]

CHANNELS = ("x1", "x2")
DECAYS, SATURATIONS, SIZES = (0.4, 0.2), (4.0, 3.0), (3_000.0, 2_000.0)
LAGS = 8
LAST = 52
KEPT = 100


def truth(spent: Floats) -> Floats:
    """Return what each channel truly brought in each week: weeks x channels."""
    columns = []
    for column, decay, saturation, size in zip(spent.T, DECAYS, SATURATIONS, SIZES, strict=True):
        weights = decay ** np.arange(LAGS)
        carried = np.convolve(column, weights / weights.sum())[: len(column)]
        columns.append(size * np.tanh(saturation * carried / 2))  # the logistic saturation of the package
    return np.stack(columns, axis=1)


def of_pymc(path: str) -> Any:
    """Fit pymc-marketing's model and return its contributions by draw, week and channel."""
    import pandas as pd
    from pymc_marketing.mmm import GeometricAdstock, LogisticSaturation
    from pymc_marketing.mmm.multidimensional import MMM

    data = pd.read_csv(path, parse_dates=["date_week"])
    mmm = MMM(
        date_column="date_week", channel_columns=list(CHANNELS), target_column="y",
        control_columns=["event_1", "event_2", "t"], yearly_seasonality=2, adstock=GeometricAdstock(l_max=LAGS),
        saturation=LogisticSaturation(),
    )  # fmt: skip
    mmm.build_model(data.drop(columns="y"), data["y"])
    mmm.add_original_scale_contribution_variable(var=["channel_contribution"])
    mmm.fit(data.drop(columns="y"), data["y"], chains=2, cores=1, tune=500, draws=500, random_seed=1, target_accept=0.9)
    return mmm.idata.posterior["channel_contribution_original_scale"]


def of_meridian(path: str) -> Any:
    """Fit Meridian's model, national and by week, and return its incremental outcome by draw, week and channel."""
    import pandas as pd
    from meridian.analysis import analyzer
    from meridian.data import data_frame_input_data_builder
    from meridian.model import model, spec

    data = pd.read_csv(path).rename(columns={"date_week": "time"}).assign(geo="national")
    paid = [f"{name}_spend" for name in CHANNELS]
    data = data.assign(**{name: data[channel] * 1_000 for name, channel in zip(paid, CHANNELS, strict=True)})
    builder = data_frame_input_data_builder.DataFrameInputDataBuilder(
        kpi_type="revenue", default_kpi_column="y", default_time_column="time", default_geo_column="geo"
    )
    builder = builder.with_kpi(data).with_controls(data, control_cols=["event_1", "event_2"])
    builder = builder.with_media(
        data, media_cols=list(CHANNELS), media_spend_cols=paid, media_channels=list(CHANNELS)
    )  # fmt: skip
    mmm = model.Meridian(input_data=builder.build(), model_spec=spec.ModelSpec(max_lag=LAGS, knots=30))
    mmm.sample_posterior(n_chains=2, n_adapt=500, n_burnin=200, n_keep=250, seed=1)
    return analyzer.Analyzer(mmm).incremental_outcome_xr(aggregate_geos=True, include_non_paid_channels=False)


def main(package: str, path: str, out: str) -> None:
    """Fit, convert, print against the truth, and keep some of the draws."""
    with Path(path).open(newline="") as file:
        rows = list(csv.DictReader(file))
    told = truth(np.array([[float(row[name]) for name in CHANNELS] for row in rows]))
    wall, cpu = time.perf_counter(), time.process_time()
    draws = {"pymc": of_pymc, "meridian": of_meridian}[package](path)
    print(f"{package}: fitted in {time.perf_counter() - wall:.0f} s, {time.process_time() - cpu:.0f} s of processor")
    for weeks in (len(rows), LAST):
        _compare(draws, told[-weeks:].sum(axis=0), weeks)
    time_name = "date" if "date" in draws.dims else "time"
    flat = np.asarray(draws.transpose("chain", "draw", time_name, "channel").values).reshape(-1, len(rows), 2)
    kept = flat[:: len(flat) // KEPT][:KEPT, -LAST:].astype(np.float32)
    days = np.array([date.fromisoformat(row["date_week"]).toordinal() for row in rows[-LAST:]])
    np.savez_compressed(out, draws=kept, days=days, truth=told[-LAST:].astype(np.float32))


def _compare(draws: Any, told: Floats, weeks: int) -> None:
    time_name = "date" if "date" in draws.dims else "time"
    part = draws.isel({time_name: slice(-weeks, None)})
    whole = mix_rows(part, model="whole", together=weeks).to_pylist()
    weekly = mix_rows(part, model="weekly").to_pylist()
    for place, row in enumerate(whole):
        own = [one for one in weekly if one["channel"] == row["channel"]]
        low, high = (float(sum(one[name] for one in own)) for name in ("low", "high"))
        wide = (high - low) / float(row["high"] - row["low"])
        print(
            f"{weeks} weeks {row['channel']}: truth {told[place]:,.0f}, mean {row['contribution']:,.0f}, of draws "
            f"{row['low']:,.0f} to {row['high']:,.0f}, of weekly rows {low:,.0f} to {high:,.0f} ({wide:.2f} x)"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
