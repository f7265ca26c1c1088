"""Where should each segment stand, and does it?

In   contracts.outcome.KPIS       one row per month, segment and metric
Out  contracts.outcome.TARGETS    one row per segment and metric with a target
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import isfinite, pi
from types import MappingProxyType

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.outcome import TARGETS
from patron.engines.constant import constant
from patron.errors import SettingsError
from patron.kpis.metrics import METRICS, metric
from patron.kpis.monthly import TOTAL
from patron.language import did_you_mean, failure

HISTORY_MONTHS = 12
FEWEST_MONTHS = 4
"""Three months have no spread worth the name."""

TOLERANCE = 0.01
"""A target from settings is met within one per cent of it."""

Settings = Mapping[tuple[str, str, str], float]

_KEY = ("segmentation", "segment", "metric")


def targets(
    kpis: ir.Table,
    *,
    settings: Settings = MappingProxyType({}),
    changes: Settings = MappingProxyType({}),
    as_of: date,
) -> ir.Table:
    """Compare each segment's last complete month with its target.

    A metric that is known on the run's day alone (`Metric.on_the_day`) is compared as it stands on that day.

    Parameters
    ----------
    kpis : Table
        ``contracts.outcome.KPIS``.
    settings : mapping of (segmentation, segment, metric) to float
        Targets that someone has set. They replace those from history.
    changes : mapping of (segmentation, segment, metric) to float
        How much more (or, below zero, less) of its own past is wanted of a segment: .05 is five per cent more. The
        sign is the goal's direction for this segment; elsewhere it may be another. These, too, replace history.
    as_of : date
        The last day we may know about: months that begin later are left out.

    Returns
    -------
    Table, one row per segment and metric
        ``contracts.outcome.TARGETS``. `month` is the last complete one, or that of `as_of`.

    Raises
    ------
    SettingsError
        A target names a metric that is not in the registry, or is not a finite number; or a change is asked of a
        metric whose past says nothing of the segment.

    Notes
    -----
    From history: target is the median of the complete months before `month`, at most 12 and for all segments the same
    ones; low and high are the quartiles. Inside them the segment is on track; outside it is ahead or behind, by the
    metric's better direction. With fewer than 4 months that have a value the status is unknown. The seasons are in
    those months but are not taken out: the best month of the year is ahead of its median.

    Only metrics whose past can be a target have one (`Metric.past_as_target`): within a segment those that tell what
    an order or a buyer is like. How many of a segment's members buy follows from how the segment was chosen.

    From a change: the own past is the median of the same months, drawn towards those of the segmentation's other
    segments as far as its months tell no difference from chance (Efron & Morris 1975; the noise of a median is pi / 2
    times that of a mean). A segment of five customers is so not held to a lucky month, and a large one to its own past.

    From settings: low and high are the target itself, and a value within one per cent of it is on track. A target for
    a segment that the table does not know stays visible, with no value and the status unknown.
    """
    _check(settings)
    _check(changes)
    _check_past(changes)
    known = kpis.filter(kpis.month <= ibis.literal(as_of))
    whole = known.filter(known.complete)
    latest = whole.aggregate(latest=whole.month.max()).filter(lambda t: t.latest.notnull())
    dated = known.cross_join(latest)
    now = dated.filter(dated.month == _compared(dated, as_of)).select(*_KEY, "value")
    chosen = _from_history(_history(dated))
    if settings:
        given = _from_settings(settings)
        chosen = ibis.union(chosen.anti_join(given, _KEY), given)
    if changes:
        given = _from_changes(_history(dated), changes)
        chosen = ibis.union(chosen.anti_join(given, _KEY), given)
    joined = chosen.left_join(now, _KEY).cross_join(latest)
    judged = joined.select(*_KEY, "value", "target", "low", "high", "source", "months", month=_compared(joined, as_of))
    return TARGETS.shape(judged.mutate(status=_status(judged)))


def _compared(dated: ir.Table, as_of: date) -> ir.DateValue:
    """Return the month in which a metric is compared with its target."""
    on_the_day = [metric.name for metric in METRICS if metric.on_the_day]
    return ibis.ifelse(dated.metric.isin(on_the_day), ibis.literal(as_of.replace(day=1)), dated.latest)


def _check(settings: Settings) -> None:
    names = [metric.name for metric in METRICS]
    for (segmentation, segment, name), target in settings.items():
        if name not in names:
            hint = did_you_mean(name, names)
            raise failure(
                SettingsError,
                "kpis.target_metric_unknown",
                segmentation=segmentation,
                segment=segment,
                metric=name,
                hint=hint,
            )
        if not isfinite(target):
            raise failure(
                SettingsError,
                "kpis.target_not_finite",
                segmentation=segmentation,
                segment=segment,
                metric=name,
                came=target,
            )


def _check_past(changes: Settings) -> None:
    for segmentation, segment, name in changes:
        if not metric(name).past_tells(in_total=segmentation == TOTAL):
            raise failure(
                SettingsError, "kpis.target_without_past", segmentation=segmentation, segment=segment, metric=name
            )


def _history(dated: ir.Table) -> ir.Table:
    """Return the months that the last complete one is measured against, of metrics whose past can be a target."""
    months_ago = (dated.latest.year() - dated.month.year()) * 12 + dated.latest.month() - dated.month.month()
    everywhere = [metric.name for metric in METRICS if metric.past_as_target == "segments"]
    in_total = [metric.name for metric in METRICS if metric.past_as_target == "total"]
    meant = dated.metric.isin(everywhere) | (dated.metric.isin(in_total) & (dated.segmentation == TOTAL))
    return dated.filter(meant, months_ago.between(1, HISTORY_MONTHS), dated.value.notnull())


def _from_history(past: ir.Table) -> ir.Table:
    return past.group_by(*_KEY).aggregate(
        target=past.value.median(),
        low=past.value.quantile(0.25),
        high=past.value.quantile(0.75),
        source=ibis.literal("history"),
        months=past.value.count(),
    )


def _from_changes(past: ir.Table, changes: Settings) -> ir.Table:
    own = past.group_by(*_KEY).aggregate(
        months=past.value.count(),
        level=past.value.median(),
        noise=past.value.var() * constant(pi / 2) / past.value.count().cast("float64"),
    )
    others = ibis.window(group_by=["segmentation", "metric"])
    between = ibis.greatest(own.level.var().over(others) - own.noise.mean().over(others), constant(0))
    # A lone segment, or one that was never seen to vary, keeps its own level.
    weight = (between / (between + own.noise).nullif(0)).fill_null(1.0)
    usual = own.mutate(usual=weight * own.level + (constant(1) - weight) * own.level.mean().over(others))
    asked = usual.inner_join(_written(changes, ("change",)), _KEY)
    target = asked.usual + asked.usual.abs() * asked.change
    source = ibis.literal("settings")
    return asked.select(*_KEY, target=target, low=target, high=target, source=source, months=asked.months)


def _written(settings: Settings, names: tuple[str, ...]) -> ir.Table:
    """Return what settings say as a table, the value under each of `names`."""
    rows = [
        dict(zip(_KEY, key, strict=True)) | dict.fromkeys(names, float(value))
        for key, value in sorted(settings.items())
    ]
    kinds = pa.schema([*((name, pa.string()) for name in _KEY), *((name, pa.float64()) for name in names)])
    return ibis.memtable(pa.Table.from_pylist(rows, schema=kinds))


def _from_settings(settings: Settings) -> ir.Table:
    given = _written(settings, ("target", "low", "high"))
    return given.mutate(source=ibis.literal("settings"), months=ibis.literal(FEWEST_MONTHS).cast("int64"))


def _status(judged: ir.Table) -> ir.StringValue:
    slack = ibis.ifelse(judged.source == "settings", judged.target.abs() * TOLERANCE, 0.0)
    # The rounding of a quartile's last bit is no reason to call a steady value ahead or behind.
    slack = ibis.greatest(slack, judged.target.abs() * 1e-9)
    above, below = judged.value > judged.high + slack, judged.value < judged.low - slack
    down = judged.metric.isin([metric.name for metric in METRICS if metric.better == "down"])
    return ibis.cases(
        (judged.value.isnull() | (judged.months < FEWEST_MONTHS), "unknown"),
        (ibis.ifelse(down, below, above), "ahead"),
        (ibis.ifelse(down, above, below), "behind"),
        else_="on_track",
    )
