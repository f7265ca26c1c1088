"""By how much do the arms of an experiment differ, metric by metric and segment by segment?

In   any table of units, one row a unit, with its arm, its metrics and what was known of it before
Out  one row per metric, arm, way of dividing and segment: effect and relative effect with their intervals

One pass of the engine sums what all metrics, covariates, arms and segments need; the rest is arithmetic on cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from patron.errors import ArgumentError
from patron.experiments.cells import Segmentation, label, segmentations_of
from patron.experiments.comparison_rows import Block, comparison_table
from patron.experiments.metric import Metric, check_columns, metrics_of
from patron.experiments.quantiles import quantiles
from patron.experiments.readings import Method, Prior, Question, Spread, read_arms, read_moments
from patron.experiments.summed import Summed, summed
from patron.experiments.unit_sums import Units
from patron.experiments.unit_survey import check_once, surveyed
from patron.language import failure, listing
from patron.stats.contrast import TIGHTEST_AT
from patron.stats.corrected import Correction
from patron.stats.difference import SMALLEST_ARM
from patron.stats.ratio_moments import Ratio


def compare(  # noqa: PLR0913 - the terms of the question
    units: Any,
    *,
    metric: str | Metric | Sequence[str | Metric],
    arm: str = "arm",
    control: object = "control",
    covariates: str | Sequence[str] = (),
    by: str | Sequence[str] | None = None,
    method: Method = "frequentist",
    level: float = 0.95,
    correction: Correction = "bh",
    arms: Sequence[object] = (),
    cluster: str | None = None,
    weight: str | None = None,
    unit: str | None = None,
    prior: Prior | None = None,
    spread: Spread = "own",
    tightest_at: float = TIGHTEST_AT,
    least: int = SMALLEST_ARM,
) -> pa.Table:
    """Compare the arms of an experiment with its control.

    Parameters
    ----------
    units : Table, one row per unit
        An Ibis, Arrow, pandas or Polars table of everybody who was assigned, whether the action arrived or not.
    metric : str, Metric or sequence of these
        ``"revenue"`` (of a boolean column the share), ``"margin / orders"``, or a `Metric`.
    arm : str
        The column that says which arm a unit is in.
    control : object
        The arm that the others are compared with.
    covariates : str or sequence of str
        Numbers known of each unit before it was assigned; what they foretell is taken off (CUPED), except from
        quantiles. Nothing here can see
        when they were known: one that the action itself changed takes part of its effect away. An unknown value is set
        to the mean of all.
    by : str or sequence of str, optional
        Columns whose values are segments; ``"channel x tier"`` crosses two, ``"all"`` is everybody.
    method : {"frequentist", "bayesian", "sequential"}
        Intervals for one reading at a time that was fixed beforehand, of a posterior, or always valid.
    level : float
        Of the intervals.
    correction : {"bh", "by", "holm", "none"}
        How ``q_value`` allows for all arms, metrics and segments of one way of dividing.
    arms : sequence of object
        Arms that were planned: one that nobody was put into is answered for all the same, as ``empty_arm``.
    cluster : str, optional
        What was drawn into the arms, such as a household, where a row is one of its members.
    weight : str, optional
        A column of weights of 0 or more, such as 1 / the chance of the unit's arm.
    unit : str, optional
        The unit's id; given, it is checked that each stands in one row only.
    prior : Prior, optional
        Of a Bayesian reading; flat unless told.
    spread : {"own", "alike"}
        Whether each arm has a variance of its own (Welch), or that of both together: for heavy tails in a small control
        group, as long as the action moves means more than spreads.
    tightest_at : float
        Units of both arms at which an always valid interval is narrowest.
    least : int
        Independent units that each arm needs for its figures to be read.

    Returns
    -------
    Table
        ``metric, arm, control, segmentation, segment``; ``n, n_control`` rows with a value, ``units, units_control``
        independent ones, ``missing`` rows of both arms without a value; ``mean, mean_control`` as they are; ``effect``
        (after covariates) and ``relative`` with ``_low`` and ``_high``, the latter none where control's mean is not
        5 standard errors above 0 (7 of an always valid reading); ``p_value``, ``relative_p_value``, ``q_value``;
        ``shrunk`` with its interval: the effect drawn to the mean of all segments; ``standard_error``; ``explained``,
        the share of variance that covariates took off; ``chance_to_win``, ``expected_loss`` and so on of a Bayesian
        reading; ``status``: ``read``, or why not (``empty_arm``, ``too_few``, ``no_spread``), and then only counts and
        means stand.

    Raises
    ------
    ArgumentError
        A column is not there, a value is not finite, a weight is negative, an arm is missing, a unit is in two rows, a
        cluster in two arms, a quantile is asked for of clusters or weighted units, or an option has a value that is
        not allowed.

    Examples
    --------
    >>> rows = {"arm": ["mail", "control"] * 100, "spend": [3.0, 2.0, 4.0, 1.0, 5.0, 3.0, 8.0, 2.0] * 25}
    >>> table = compare(ibis.memtable(rows), metric="spend")
    >>> table.select(["arm", "n", "mean", "mean_control", "effect", "status"]).to_pylist()
    [{'arm': 'mail', 'n': 100, 'mean': 5.0, 'mean_control': 2.0, 'effect': 3.0, 'status': 'read'}]
    """
    table = units if isinstance(units, ir.Table) else ibis.memtable(units)
    metrics = metrics_of(metric)
    told = Units(
        table=table, metrics=metrics, covariates=_covariates(covariates), arm=arm, weight=weight, cluster=cluster
    )
    ways = segmentations_of(by)
    _check(told, [column for way in ways for column in way.columns], unit)
    question = Question(
        method=method, level=level, least=least, tightest_at=tightest_at, prior=prior or Prior(), spread=spread
    )
    _check_question(question)
    base = label(control)
    check_once(table, arm=arm, unit=unit, cluster=cluster)
    found = summed(told, ways, surveyed(told), base, planned=[label(each) for each in arms])
    blocks = [_block(told, found, each, name, base, question) for each in metrics for name in found.cells]
    return comparison_table(blocks, control=base, method=method, correction=correction, level=level)


def _check(units: Units, segments: Sequence[str], unit: str | None) -> None:
    there = units.table.columns
    check_columns([units.arm], "arm", there)
    check_columns([column for metric in units.metrics for column in metric.columns], "metric", there)
    check_columns([column for each in units.covariates for column in each.columns], "covariates", there)
    check_columns(segments, "by", there)
    for each in units.metrics:
        if each.quantile is not None and (units.weight or units.cluster):
            raise failure(ArgumentError, "experiments.quantile_of_rows", metric=each.name)
    for name, column in (("weight", units.weight), ("cluster", units.cluster), ("unit", unit)):
        if column is not None:
            check_columns([column], name, there)


def _check_question(question: Question) -> None:
    if question.method not in get_args(Method):
        raise failure(ArgumentError, "experiments.method", came=question.method, allowed=listing(get_args(Method)))
    if question.spread not in get_args(Spread):
        raise failure(ArgumentError, "experiments.spread", came=question.spread, allowed=listing(get_args(Spread)))
    if not 0 < question.level < 1:
        raise failure(ArgumentError, "experiments.level", came=question.level)
    for argument, came in (("tightest_at", question.tightest_at), ("prior.deviation", question.prior.deviation)):
        if not came > 0:
            raise failure(ArgumentError, "experiments.positive", argument=argument, came=came)


def _covariates(covariates: str | Sequence[str]) -> tuple[Metric, ...]:
    """Return the covariates under names that no metric has: what is capped of a metric is not of a covariate."""
    return tuple(Metric(each.of, name=f"covariate {each.of}") for each in metrics_of(covariates)) if covariates else ()


def _block(units: Units, found: Summed, metric: Metric, way: str, control: str, question: Question) -> Block:
    """Return one metric's figures in one way of dividing."""
    cells = found.cells[way]
    base = cells.arms.index(control)
    others = [place for place in range(len(cells.arms)) if place != base]
    with np.errstate(invalid="ignore", divide="ignore"):
        if metric.quantile is not None:
            arms = quantiles(units.table, metric, arm=units.arm, segmentation=Segmentation(way), cells=cells)
            made = read_arms(arms.of(others), arms.of([base]), question)
        else:
            moments, ratios = cells.moments(found.layout.ratios[metric.name])
            share = _is_share(units, metric, ratios)
            made = read_moments(moments.of(others), moments.of([base]), ratios, question, share=share)
    counted = cells.counted(metric.name, found.layout)
    unknown = cells.members - counted
    return Block(
        metric=metric.name, segmentation=way, arms=[cells.arms[place] for place in others], segments=cells.segments,
        members=counted[others], members_control=np.broadcast_to(counted[[base]], counted[others].shape),
        missing=unknown[others] + unknown[[base]], figures=made,
    )  # fmt: skip


def _is_share(units: Units, metric: Metric, ratios: Sequence[Ratio]) -> bool:
    return len(ratios) == 1 and ratios[0].bottom is None and bool(units.table[metric.columns[0]].type().is_boolean())
