"""Every chart on its contract's table, on the empty table, in another currency, and against the rows it drew."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import ibis.expr.types as ir
import plotly.graph_objects as go
import pytest

from patron import charts
from patron.charts.records import records
from patron.charts.theme import LIGHT, swaps
from patron.errors import ArgumentError, ContractError

Draw = Callable[[ir.Table], go.Figure]

# name: (table, the chart)
CHARTS: dict[str, tuple[str, Draw]] = {
    "behaviour": ("segments", charts.behaviour),
    "stages": ("segments", lambda t: charts.stages(t, currency="GBP")),
    "calibration": ("backtest", lambda t: charts.calibration(t, model="mbg_nbd", currency="GBP")),
    "calibration of orders": (
        "backtest",
        lambda t: charts.calibration(t, model="naive", currency="GBP", target="orders"),
    ),
    "calibration of chances": (
        "backtest",
        lambda t: charts.calibration(t, model="lightgbm", currency="GBP", target="buys"),
    ),
    "attribution": ("attribution", charts.attribution),
    "channel_credit": ("attribution", charts.channel_credit),
    "channels": ("channels", lambda t: charts.channels(t, currency="GBP")),
    "channel_evidence": ("channel_evidence", lambda t: charts.channel_evidence(t, currency="GBP")),
    "cohort_heatmap": ("cohorts", charts.cohort_heatmap),
    "cohort_value": ("cohorts", lambda t: charts.cohort_value(t, currency="GBP")),
    "drop_offs": ("journey_edges", lambda t: charts.drop_offs(t, currency="GBP")),
    "effects": ("effects", lambda t: charts.effects(t, currency="GBP")),
    "effects on orders": ("effects", lambda t: charts.effects(t, currency="GBP", metric="orders")),
    "equity_bridge": ("equity", lambda t: charts.equity_bridge(t, currency="GBP")),
    "growth_waterfall": ("growth", lambda t: charts.growth_waterfall(t, currency="GBP")),
    "habits": ("habits", charts.habits),
    "journey_map": ("journey_edges", charts.journey_map),
    "journey_sankey": ("journey_edges", charts.journey_sankey),
    "lookalikes": ("lookalike_card", charts.lookalikes),
    "kpi_trend in money": ("kpis", lambda t: charts.kpi_trend(t, metric="revenue", currency="GBP")),
    "kpi_trend in shares": ("kpis", lambda t: charts.kpi_trend(t, metric="retention_rate", currency="GBP")),
    "kpi_trend in counts": ("kpis", lambda t: charts.kpi_trend(t, metric="active", currency="GBP")),
    "lift": ("backtest", lambda t: charts.lift(t, models={"mbg_nbd": "MBG/NBD", "naive": "Naive"})),
    "movement": ("movements", lambda t: charts.movement(t, currency="GBP")),
    "gaps": ("gaps", lambda t: charts.gaps(t, currency="GBP")),
    "opportunities": ("opportunities", lambda t: charts.opportunities(t, currency="GBP")),
    "payback": ("payback", lambda t: charts.payback(t, currency="GBP")),
    "revenue_forecast": ("revenue_forecast", lambda t: charts.revenue_forecast(t, currency="GBP")),
    "rfm": ("segments", lambda t: charts.rfm(t, currency="GBP")),
    "theme_map": ("themes", charts.theme_map),
    "tiers": ("segments", charts.tiers),
    "value_map": ("segments", lambda t: charts.value_map(t, currency="GBP")),
}

each_chart = pytest.mark.parametrize("name", CHARTS)


@each_chart
def test_it_draws_its_table(run: dict[str, ir.Table], name: str) -> None:
    table, draw = CHARTS[name]
    figure = draw(run[table])
    assert len(figure.data) > 0
    assert figure.layout.title.text
    assert figure.layout.height >= 150
    assert figure.layout.paper_bgcolor in (None, "rgba(0,0,0,0)")


@each_chart
def test_it_draws_an_arrow_table_alike(run: dict[str, ir.Table], name: str) -> None:
    table, draw = CHARTS[name]
    assert draw(run[table].to_pyarrow()) == draw(run[table])


@each_chart
def test_an_empty_table_is_a_sentence(nothing: dict[str, ir.Table], name: str) -> None:
    table, draw = CHARTS[name]
    figure = draw(nothing[table])
    assert len(figure.data) == 0
    (note,) = figure.layout.annotations
    assert note.text.endswith(".")
    assert figure.layout.xaxis.visible is False


@each_chart
def test_every_colour_has_a_dark_one(run: dict[str, ir.Table], name: str) -> None:
    table, draw = CHARTS[name]
    figure = json.loads(draw(run[table]).to_json())
    figure["layout"].pop("template")
    colours = set(re.findall(r"#[0-9a-fA-F]{3,8}\b", json.dumps(figure)))
    assert colours
    assert colours <= set(swaps())


@each_chart
def test_another_table_is_refused(run: dict[str, ir.Table], name: str) -> None:
    with pytest.raises(ContractError):
        CHARTS[name][1](run["history"])
    with pytest.raises(ContractError):
        CHARTS[name][1](run["history"].to_pyarrow())


def test_a_title_is_shown_letter_by_letter(run: dict[str, ir.Table]) -> None:
    figure = charts.rfm(run["segments"], currency="GBP", title="<b>A&B</b>")
    assert figure.layout.title.text == "&lt;b&gt;A&amp;B&lt;/b&gt;"
    assert charts.rfm(run["segments"], currency="GBP", title="").layout.title.text is None


def test_rfm_draws_the_shares_as_they_are(run: dict[str, ir.Table]) -> None:
    rows = [row for row in records(run["segments"]) if row["segmentation"] == "rfm" and row["customers"]]
    customers, margin, predicted = charts.rfm(run["segments"], currency="GBP").data
    for trace, measure in ((customers, "customer_share"), (margin, "margin_share"), (predicted, "predicted_share")):
        assert list(trace.x) == pytest.approx([row[measure] for row in sorted(rows, key=lambda row: row["position"])])


def test_tiers_add_up_to_the_whole(run: dict[str, ir.Table]) -> None:
    figure = charts.tiers(run["segments"])
    for place in range(3):
        assert sum(trace.x[place] for trace in figure.data) == pytest.approx(1)


def test_value_map_puts_each_quarter_in_its_place(run: dict[str, ir.Table]) -> None:
    figure = charts.value_map(run["segments"], currency="GBP")
    titles = {note.text.split("<br>")[0]: (int(note.x), int(note.y)) for note in figure.layout.annotations}
    assert titles["<b>Stars</b>"] == (1, 1)
    assert titles["<b>Rising</b>"] == (0, 1)
    assert titles["<b>Fading</b>"] == (1, 0)
    assert titles["<b>Small</b>"] == (0, 0)


def test_the_cohorts_first_month_is_not_in_the_colours(run: dict[str, ir.Table]) -> None:
    grid = charts.cohort_heatmap(run["cohorts"]).data[0]
    assert min(grid.x) == 1
    assert max(grid.z) < 1
    assert grid.zmin == 0


def test_incomplete_cohort_months_have_a_frame_each(run: dict[str, ir.Table]) -> None:
    figure = charts.cohort_heatmap(run["cohorts"])
    starts = set(figure.data[0].y)
    assert len(figure.layout.shapes) == len(starts)


def test_only_the_latest_cohorts_are_drawn(run: dict[str, ir.Table]) -> None:
    grid = charts.cohort_heatmap(run["cohorts"], limit=3).data[0]
    assert sorted(set(grid.y)) == ["Aug 2025", "Oct 2025", "Sep 2025"]


def test_kpi_trend_parts_whole_from_open_months(run: dict[str, ir.Table]) -> None:
    dashed, solid = charts.kpi_trend(run["kpis"], metric="revenue", currency="GBP").data
    assert solid.y[-1] is None
    assert dashed.y[-1] is not None
    assert dashed.line.dash == "dot"
    assert dashed.marker.size[-1] > 0


def test_kpi_trend_knows_only_registered_metrics(run: dict[str, ir.Table]) -> None:
    with pytest.raises(ArgumentError, match="revenu"):
        charts.kpi_trend(run["kpis"], metric="revenu", currency="GBP")


def test_growth_waterfall_walks_from_before_to_after(run: dict[str, ir.Table]) -> None:
    bars = charts.growth_waterfall(run["growth"], currency="GBP").data[0]
    assert bars.y[0] + sum(bars.y[1:-1]) == pytest.approx(bars.y[-1])
    assert list(bars.measure) == ["absolute", *["relative"] * 4, "total"]


def test_growth_waterfall_says_when_a_formula_has_no_figures(run: dict[str, ir.Table]) -> None:
    assert not charts.growth_waterfall(run["growth"], currency="GBP", formula="traffic").data


def test_gaps_keep_their_order_and_limit(run: dict[str, ir.Table]) -> None:
    figure = charts.gaps(run["gaps"], currency="GBP", limit=4)
    (bars,) = figure.data
    assert list(bars.x) == sorted(bars.x, reverse=True)
    assert len(bars.x) == 4
    assert [label.partition(".")[0] for label in figure.layout.yaxis.categoryarray] == ["1", "2", "3", "4"]


def test_gaps_take_short_labels(run: dict[str, ir.Table]) -> None:
    first = min(records(run["gaps"]), key=lambda row: row["rank"])
    figure = charts.gaps(run["gaps"], currency="GBP", labels={first["step"]: "<short>"})
    assert figure.layout.yaxis.categoryarray[0] == "1. &lt;short&gt;"


def test_effects_are_coloured_only_when_proven(run: dict[str, ir.Table]) -> None:
    proven, unproven = charts.effects(run["effects"], currency="GBP").data
    assert proven.marker.color == LIGHT.gain
    assert unproven.marker.color == LIGHT.neutral
    assert unproven.x[0] - unproven.error_x.arrayminus[0] < 0 < unproven.x[0] + unproven.error_x.array[0]


def test_movement_leaves_the_stayers_pale(run: dict[str, ir.Table]) -> None:
    titles = {"stars": "Stars", "rising": "Rising", "fading": "Fading", "small": "Small"}
    grid = charts.movement(run["movements"], currency="GBP", titles=titles).data[0]
    assert list(grid.x) == ["Stars", "Rising", "Fading", "Small"]
    assert list(grid.y) == ["Stars", "Rising", "Fading", "Small", "Not yet<br>customers"]
    assert all(grid.z[place][place] in (0, None) for place in range(4))
    assert grid.zmax == -grid.zmin


def test_calibration_takes_one_scale_for_two_models(run: dict[str, ir.Table]) -> None:
    ends = {
        charts.calibration(run["backtest"], model=model, currency="GBP", top=500.0).layout.yaxis.range
        for model in ("mbg_nbd", "naive")
    }
    assert ends == {(0, 500.0)}


def test_money_is_in_the_projects_currency(run: dict[str, ir.Table]) -> None:
    axis = charts.cohort_value(run["cohorts"], currency="JPY").layout.yaxis
    assert all(label.startswith("¥") for label in axis.ticktext)
