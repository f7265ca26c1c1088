"""The recipe for the output of mix models: exact sums of draws, real outputs of two packages, and what it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from patron.contracts.raw import FIELDS
from patron.errors import ArgumentError
from patron.sources.mix_models import mix_rows

EXPORTS = Path(__file__).parent / "exports"


@dataclass(frozen=True)
class _Coord:
    values: Any


@dataclass(frozen=True)
class Labelled:
    """As much of a labelled array (xarray) as the recipe reads."""

    values: NDArray[np.float64]
    dims: tuple[str, ...]
    names: dict[str, Any]

    @property
    def coords(self) -> dict[str, _Coord]:
        return {name: _Coord(np.asarray(values)) for name, values in self.names.items()}


def drawn(weeks: int = 6, draws: int = 40, seed: int = 1, **more: Any) -> Labelled:
    rng = np.random.default_rng(seed)
    values = rng.gamma(4.0, 25.0, (2, draws, weeks, 2)) * rng.normal(1, 0.2, (2, draws, 1, 2))
    starts = np.datetime64("2024-01-01") + 7 * np.arange(weeks)
    return Labelled(
        values, ("chain", "draw", "date", "channel"), {"date": starts, "channel": ["Search", "TV"]} | more
    )  # fmt: skip


def amounts(table: Any, channel: str, name: str = "contribution") -> list[Decimal]:
    return [row[name] for row in table.to_pylist() if row["channel"] == channel]


def test_rows_have_the_fields_of_the_source_and_the_draws_means_and_quantiles() -> None:
    told = drawn()
    rows = mix_rows(told, model="m", level=0.9)
    assert rows.schema.names == [field.name for field in FIELDS["mix_model"]]
    flat = told.values.reshape(-1, 6, 2)
    assert amounts(rows, "TV") == [Decimal(f"{mean:.2f}") for mean in flat[:, :, 1].mean(axis=0)]
    low, high = np.quantile(flat[:, 2, 0], [0.05, 0.95])
    row = rows.to_pylist()[4]
    assert (row["channel"], row["period_start"], row["period_days"]) == ("Search", date(2024, 1, 15), 7)
    assert (row["low"], row["high"]) == (Decimal(f"{low:.2f}"), Decimal(f"{high:.2f}"))
    assert row["fitted_on"] == date(2024, 2, 11), "what a week is said to have brought was learned from later weeks"


@settings(max_examples=25, deadline=None)
@given(weeks=st.integers(1, 9), together=st.integers(1, 4), seed=st.integers(0, 99))
def test_periods_put_together_hold_the_last_ones_whole_and_never_wider_intervals(
    weeks: int, together: int, seed: int
) -> None:
    told = drawn(weeks=weeks, seed=seed)
    weekly = mix_rows(told, model="m", period_days=7)
    blocks = mix_rows(told, model="m", period_days=7, together=together)
    kept = weeks - weeks % together
    for channel in ("Search", "TV"):
        one, other = amounts(weekly, channel), amounts(blocks, channel)
        assert len(other) == kept // together
        assert abs(sum(one[weeks - kept :]) - sum(other)) <= Decimal("0.01") * max(weeks, 1)
        wide = [
            sum(amounts(table, channel, "high")[-n:]) - sum(amounts(table, channel, "low")[-n:])
            for table, n in ((weekly, kept), (blocks, kept // together)) if n
        ]  # fmt: skip
        assert not wide or wide[1] <= wide[0] * Decimal("1.1") + 1, "draws of weeks err apart in part"


def test_places_are_added_up_draw_by_draw_and_spend_goes_by_name() -> None:
    told = drawn()
    parts = np.stack([told.values * share for share in (0.25, 0.75)], axis=2)
    by_place = Labelled(parts, ("chain", "draw", "geo", "date", "channel"), {**told.names, "geo": ["n", "s"]})
    spend = {"TV": [5.0] * 6, "Search": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}
    whole = mix_rows(told, model="m", spend=spend, together=3)
    assert mix_rows(by_place, model="m", spend=spend, together=3).equals(whole)
    assert amounts(whole, "Search", "spend") == [Decimal(6), Decimal(15)]
    labelled = Labelled(
        np.array([[spend["Search"], spend["TV"]]]), ("geo", "media_channel", "time"), {}
    )  # fmt: skip
    assert amounts(mix_rows(told, model="m", spend=labelled, together=3), "TV", "spend") == [Decimal(15)] * 2


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"dims": ("chain", "draw", "week", "channel")}, "dimensions chain, draw, week, channel"),
        ({"dims": ("a", "b", "date", "channel")}, "needs draw"),
        ({"starts": ["2024-01-01"] * 6}, "do not follow one another"),
        ({"values": np.nan}, "not finite"),
        ({"level": 1.0}, "level"),
        ({"together": 0}, "`together` came as 0"),
        ({"period_days": 0}, "`period_days` came as 0"),
        ({"spend": {"TV": [1.0] * 6}}, "channels Search"),
        ({"spend": {"TV": [1.0] * 5, "Search": [1.0] * 6}}, "6 amounts"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(change: dict[str, Any], wanted: str) -> None:
    told = drawn()
    values = told.values * change.get("values", 1.0)
    names = told.names | ({"date": np.array(change["starts"], dtype="datetime64[D]")} if "starts" in change else {})
    options = {name: change[name] for name in ("level", "together", "period_days", "spend") if name in change}
    with pytest.raises(ArgumentError) as caught:
        mix_rows(Labelled(values, change.get("dims", told.dims), names), model="m", **options)
    assert wanted in str(caught.value)


@pytest.mark.parametrize("package", ["pymc_marketing", "meridian"])
def test_real_outputs_are_read_and_lie_about_the_truth(package: str) -> None:
    kept = np.load(EXPORTS / f"mix_{package}.npz")
    starts = np.array([date.fromordinal(int(day)) for day in kept["days"]], dtype="datetime64[D]")
    told = Labelled(kept["draws"], ("draw", "date", "channel"), {"date": starts, "channel": ["x1", "x2"]})
    row = {one["channel"]: one for one in mix_rows(told, model=package, together=52).to_pylist()}
    for channel, true in zip(("x1", "x2"), kept["truth"].sum(axis=0).tolist(), strict=True):
        assert row[channel]["period_days"] == 364
        # Both packages are within a fifth of what each channel truly brought in the year.
        assert abs(float(row[channel]["contribution"]) / true - 1) < 0.2
        assert float(row[channel]["low"]) < 1.05 * true < 1.1 * float(row[channel]["high"])
