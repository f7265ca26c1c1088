"""What is each possible message expected to bring, and how is that known?

In   `due`, Trigger, Known
Out  the same rows with ``value, value_low, value_high, cost, evidence``

From the best source to the last:

1. an experiment that the trigger names: what its action changed for people like her (`RESPONSES`)
2. what the action brings for the signal in her segment (`ACTION_EFFECTS`): measured before modelled before assumed, a
   segment before everybody; moved by how much is at stake for her against the mean of those for whom the signal fires.
   Of a campaign, or where nothing is known of the signal: the least that the action brings for any
3. where nobody knows anything of the action: `REACH` of what is at stake, assumed

Whatever it was, as soon as the trigger's own hold-out has been read, the mean of its candidates is what it turned out
to bring.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from patron.contracts.outcome import EVIDENCE
from patron.decisions.triggers.known import Known
from patron.decisions.triggers.trigger import Trigger
from patron.engines.constant import constant

REACH = 0.02
"""Which share of what is at stake a message is assumed to win where nothing at all is known of its action."""

MOST = 5.0
"""How far one customer's stake moves the mean of her segment, up or down: a mean says little far from itself."""

_KEY = ("customer_id", "trigger")
_VALUES = ("value", "value_low", "value_high")


def valued(ready: ir.Table, triggers: Sequence[Trigger], *, known: Known) -> ir.Table:
    """Add what each message is expected to bring, and what the trigger says of it.

    Parameters
    ----------
    ready : Table
        From `due`.
    triggers : sequence of Trigger
        Those that run on the day.
    known : Known
        Effects, responses, segments, readings and who may be contacted by what, as far as they are there.

    Returns
    -------
    Table, one row per customer and trigger
        With the columns of `CANDIDATES`.
    """
    rows = _by_channel(_described(ready, triggers), triggers, known)
    rows = _assumed(rows)
    if known.effects is not None:
        rows = _by_effect(rows, known.effects, known.members)
    rows = _with_own_cost(rows)
    if known.responses is not None and any(one.experiment for one in triggers):
        rows = _by_response(rows, known.responses)
    if known.readings is not None:
        rows = as_read(rows, known.readings)
    return _capped_by_day(rows, triggers)


def _described(ready: ir.Table, triggers: Sequence[Trigger]) -> ir.Table:
    """Join what the settings say of each trigger and, of a sequence, of its step."""
    said = []
    for one in triggers:
        shared = {
            "trigger": one.name, "form": one.form, "kind": one.kind, "iteration": one.iteration,
            "programme": one.programme, "team": one.team, "signal": one.signal, "offer": one.offer,
            "purpose": one.purpose, "exclusive": one.exclusive, "experiment": one.experiment,
        }  # fmt: skip
        if one.steps:
            said += [
                {**shared, "place": place, "due_step": step.name, "action": step.action,
                 "own_cost": one.cost if step.cost is None else step.cost}
                for place, step in enumerate(one.steps)
            ]  # fmt: skip
        else:
            said.append({**shared, "place": 0, "due_step": None, "action": one.action, "own_cost": one.cost})
    texts = dict.fromkeys(said[0], "string") | {"iteration": "int64", "place": "int64", "own_cost": "float64"}
    table = ibis.memtable(said, schema=ibis.schema(texts))
    joined = ready.drop("step").inner_join(table, ["trigger", "place"])
    return joined.rename(step="due_step")


def _by_channel(rows: ir.Table, triggers: Sequence[Trigger], known: Known) -> ir.Table:
    """Take the channel that she said she prefers, else the first, of those by which she may be contacted.

    Where that is not known, or she may be by none: of all.
    """
    ways = []
    for one in triggers:
        for place, step in enumerate(one.steps or (None,)):
            channels = one.channels if step is None or not step.channels else step.channels
            ways += [
                {"trigger": one.name, "place": place, "channel": name, "_rank": rank}
                for rank, name in enumerate(channels)
            ]
    table = ibis.memtable(ways)
    if known.reachable is None and known.preferred is None:
        return rows.inner_join(table.filter(table["_rank"] == 0).drop("_rank"), ["trigger", "place"])
    every = rows.inner_join(table, ["trigger", "place"])
    for name, said in (("_open", known.reachable), ("_wanted", known.preferred)):
        every = _marked(every, name, said)
    order = [every["_open"].desc(), every["_wanted"].desc(), every["_rank"]]
    first = ibis.row_number().over(group_by=_KEY, order_by=order)
    kept = every.mutate(_first=first).filter(lambda t: t["_first"] == 0)
    return kept.drop("_first", "_rank", "_open", "_wanted")


def _marked(rows: ir.Table, name: str, said: ir.Table | None) -> ir.Table:
    """Add whether customer and channel stand in a table; not, where there is none."""
    if said is None:
        return rows.mutate(**{name: ibis.literal(value=False)})
    there = said.select(_who="customer_id", _how="channel").distinct().mutate(_there=ibis.literal(value=True))
    joined = rows.left_join(there, [("customer_id", "_who"), ("channel", "_how")])
    return joined.select(*rows.columns, **{name: joined["_there"].notnull()})


def _assumed(rows: ir.Table) -> ir.Table:
    stake = rows.stake.fill_null(0.0) * rows.strength.fill_null(1.0)
    return rows.mutate(
        value=stake * constant(REACH), value_low=constant(0.0) * stake, value_high=stake * constant(2 * REACH),
        evidence=ibis.literal(EVIDENCE[-1]), known_cost=ibis.null("float64"),
    )  # fmt: skip


def _by_effect(rows: ir.Table, effects: ir.Table, members: ir.Table | None) -> ir.Table:
    """Take what the action brings for the signal in her segment, where that is known."""
    told = _standing(effects)
    hits = _everybody(rows, told)
    if members is not None:
        inside = members.select("customer_id", "segmentation", "segment")
        where = rows.select(*_KEY, "signal", "action", "channel").inner_join(inside, "customer_id")
        by_segment = told.filter(told.segmentation != "all")
        found = where.inner_join(by_segment, ["signal", "action", "channel", "segmentation", "segment"])
        hits = hits.union(found.select(hits.columns))
    order = [hits["_weight"], hits["_whole"], hits["_gain_high"] - hits["_gain_low"], hits["_segmentation"]]
    best = hits.mutate(_first=ibis.row_number().over(group_by=_KEY, order_by=order))
    best = best.filter(best["_first"] == 0).drop("_first")
    joined = rows.left_join(best, list(_KEY))
    there = joined["_gain"].notnull()
    times = _times(joined)
    return joined.select(
        *(name for name in rows.columns if name not in (*_VALUES, "evidence", "known_cost")),
        **{
            name: ibis.ifelse(there, joined[f"_gain{name.removeprefix('value')}"] * times, joined[name])
            for name in _VALUES
        },
        evidence=joined["_evidence"].fill_null(joined.evidence),
        known_cost=joined["_cost"],
    )


def _standing(effects: ir.Table) -> ir.Table:
    weight = effects.evidence.cases(*((name, place) for place, name in enumerate(EVIDENCE)), else_=len(EVIDENCE))
    cost = effects.cost.cast("float64")
    gains = {name: effects[name].cast("float64") + cost for name in ("gain", "gain_low", "gain_high")}
    return effects.select(
        "signal", "action", "channel", "segmentation", "segment", _weight=weight.cast("int64"),
        _whole=(effects.segmentation == "all").cast("int64"), _segmentation=effects.segmentation,
        _evidence=effects.evidence, _base=effects.stake.cast("float64"), _cost=cost,
        **{f"_{name}": value for name, value in gains.items()},
    )  # fmt: skip


def _everybody(rows: ir.Table, told: ir.Table) -> ir.Table:
    """Match what is known of everybody for whom the signal fires.

    Of a campaign, which no signal helps, and of a signal of which nothing is known: the least that the action brings
    for any signal.
    """
    whole = told.filter(told.segmentation == "all")
    columns = [name for name in told.columns if name.startswith("_")]
    asked = rows.select(*_KEY, "signal", "action", "channel")
    found = asked.inner_join(whole, ["signal", "action", "channel"]).select(*_KEY, *columns)
    least = whole.group_by("action", "channel").aggregate(
        _weight=ibis.literal(len(EVIDENCE), "int64"), _whole=ibis.literal(1, "int64"),
        _segmentation=ibis.literal("all"), _evidence=ibis.literal(EVIDENCE[-1]), _base=ibis.null("float64"),
        _cost=whole["_cost"].mean(), _gain=whole["_gain"].min(), _gain_low=whole["_gain_low"].min(),
        _gain_high=whole["_gain_high"].max(),
    )  # fmt: skip
    known = whole.select("signal", "action", "channel").distinct()
    unknown = asked.anti_join(known, ["signal", "action", "channel"]).inner_join(least, ["action", "channel"])
    return found.union(unknown.select(*_KEY, *columns))


def _times(joined: ir.Table) -> ir.FloatingValue:
    """Return by how much more is at stake for her than for the mean of those for whom the signal fires."""
    stake = joined.stake * joined.strength.fill_null(1.0)
    ratio = stake / joined["_base"].nullif(0.0)
    most = constant(MOST)
    # An engine's least passes nulls over, and would make the most of what is not known.
    return ibis.ifelse(ratio.isnull(), constant(1.0), ibis.greatest(ibis.least(ratio, most), constant(1.0) / most))


def _with_own_cost(rows: ir.Table) -> ir.Table:
    """Take the cost that the settings say, else what is known of the action."""
    return rows.mutate(cost=ibis.coalesce(rows.own_cost, rows.known_cost, constant(0.0)))


def _by_response(rows: ir.Table, responses: ir.Table) -> ir.Table:
    """Take what the experiment's best action changes for her, where the trigger names one."""
    best = ibis.row_number().over(
        group_by=["customer_id", "experiment"], order_by=[responses.gain.desc(), responses.action]
    )
    told = responses.mutate(_first=best).filter(lambda t: t["_first"] == 0)
    told = told.select("customer_id", "experiment", _value="effect", _value_low="effect_low", _value_high="effect_high")
    joined = rows.left_join(told, ["customer_id", "experiment"])
    there = joined["_value"].notnull()
    return joined.select(
        *(name for name in rows.columns if name not in (*_VALUES, "evidence")),
        **{name: ibis.coalesce(joined[f"_{name}"], joined[name]) for name in _VALUES},
        evidence=ibis.ifelse(there, "modelled", joined.evidence),
    )


def as_read(rows: ir.Table, readings: ir.Table) -> ir.Table:
    """Let the mean of a trigger's candidates be what its hold-out says that it brings, once that has been read.

    A reading is by one customer for whom the trigger fired, a candidate is one message: so it is divided by the
    messages that went to each.

    Parameters
    ----------
    rows : Table
        ``trigger, value, value_low, value_high, evidence`` and what else there is.
    readings : Table
        `TRIGGERS`.
    """
    read = readings.filter((readings.reading == "read") & (readings.sent_each > 0.0))
    told = read.select("trigger", **{
        f"_{name}": read[f"expected{name.removeprefix('value')}"] / read.sent_each for name in _VALUES
    })  # fmt: skip
    mean = rows.group_by("trigger").aggregate(_mean=rows.value.mean())
    joined = rows.left_join(told.inner_join(mean, "trigger"), "trigger")
    there = joined["_value"].notnull()
    share = ibis.ifelse(joined["_mean"] > 0.0, joined.value / joined["_mean"].nullif(0.0), 1.0)
    return joined.select(
        *(name for name in rows.columns if name not in (*_VALUES, "evidence")),
        **{name: ibis.ifelse(there, joined[f"_{name}"] * share, joined[name]) for name in _VALUES},
        evidence=ibis.ifelse(there, EVIDENCE[0], joined.evidence),
    ).select(*rows.columns)


def _capped_by_day(rows: ir.Table, triggers: Sequence[Trigger]) -> ir.Table:
    """Say whom the daily number of a trigger leaves out: those who bring least."""
    most = {one.name: one.caps.per_day for one in triggers if one.caps.per_day is not None}
    if not most:
        return rows
    window = ibis.row_number().over(
        group_by=[rows.trigger, rows.capped.isnull()], order_by=[rows.value.desc(), rows.customer_id]
    )
    ranked = rows.mutate(_rank=window)
    over = [
        ((ranked.trigger == name) & ranked.capped.isnull() & (ranked["_rank"] >= many), ibis.literal("per_day"))
        for name, many in most.items()
    ]
    return ranked.mutate(capped=ibis.cases(*over, else_=ranked.capped)).drop("_rank")
