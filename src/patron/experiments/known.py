"""Which experiments are there, what was promised of each, and can it be read?

In   audiences, experiments and hold-outs of the project's database, what the source `assignments` says
Out  contracts.experiment.EXPERIMENTS
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.experiment import EXPERIMENT_FINDINGS, EXPERIMENTS, GUARDRAILS
from patron.engines.experiment_state import Registered
from patron.engines.holdout_state import HeldSince
from patron.experiments.elsewhere import control_of
from patron.experiments.findings import Planned, findings

PRIMARY = "margin"
"""By what audiences, hold-outs and experiments run elsewhere are judged, where nobody said."""

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Known:
    """One experiment: its row of `EXPERIMENTS` without counts, and what is to be judged."""

    row: Row
    planned: Planned


def known_audience(row: Row, *, as_of: date) -> Known:
    """Return a frozen list (`patron.experiments.audiences.AUDIENCES`) as an experiment of two arms."""
    share = row["holdout"]
    arms = {"control": share, "treated": 1 - share} if share else {"treated": 1.0}
    facts = _row(
        experiment=row["experiment"], kind="audience", programme=row["programme"], unit=row["unit"],
        segment=row["segment"], purpose=row["purpose"], arms=arms_text(arms), started_on=row["assigned_on"],
    )  # fmt: skip
    return Known(row=facts, planned=_planned(row["experiment"], arms, row["assigned_on"], as_of))


def known_experiment(one: Registered, *, as_of: date) -> Known:
    """Return an experiment as it was registered; that it was stopped later is not known yet on an earlier day."""
    promised = one.promised
    stopped = one.stopped_on is not None and one.stopped_on <= as_of
    facts = _row(
        experiment=one.name, kind="experiment", unit=one.unit, segment=one.segment, arms=arms_text(one.shares),
        control=one.control, started_on=one.started_on, ends_on=one.ends_on,
        stopped_on=one.stopped_on if stopped else None, stop_reason=one.stop_reason if stopped else None,
        guardrails=", ".join(promised["guardrails"]), **{name: promised.get(name) for name in _PROMISED},
    )  # fmt: skip
    planned = _planned(one.name, one.shares, one.started_on, as_of)
    return Known(row=facts, planned=Planned(**{**vars(planned), "control": one.control}))


def known_holdout(now: HeldSince, *, as_of: date) -> Known:
    """Return a hold-out as an experiment whose treatment is everything that is sent."""
    arms = {"control": now.share, "treated": 1 - now.share}
    facts = _row(
        experiment=now.name, kind="holdout", programme=now.programme, arms=arms_text(arms), started_on=now.since
    )
    return Known(row=facts, planned=_planned(now.name, arms, now.since, as_of))


def known_elsewhere(rows: Sequence[Row], settings: Mapping[str, Any] | None = None) -> Known:
    """Return an experiment run elsewhere.

    Parameters
    ----------
    rows : sequence of dict
        Of one experiment, from `elsewhere_arms`.
    settings : mapping, optional
        What the project's settings say of an experiment of that name: hypothesis, arms, metric and so on.
    """
    said = dict(settings or {})
    seen = {row["arm"]: row for row in rows}
    told = all(row["told"] for row in rows)
    shares = said.get("arms") or ({arm: row["propensity"] for arm, row in seen.items()} if told else {})
    arms = tuple(shares or seen)
    control = said.get("control") or control_of(arms)
    unit = "visitor" if any(row["visitors"] for row in rows) else "customer"
    unit = "household" if unit == "customer" and any(row["households"] for row in rows) else unit
    costs = [row["cost"] for arm, row in seen.items() if arm != control and row["cost"] is not None]
    facts = _row(
        experiment=rows[0]["experiment"], kind="elsewhere", unit=unit,
        arms=arms_text(shares) if shares else ", ".join(arms), control=control or arms[0],
        started_on=min(row["first_on"] for row in rows),
        ends_on=max((row["ends_on"] for row in rows if row["ends_on"] is not None), default=None),
        **{name: said.get(name) for name in _PROMISED},
    )  # fmt: skip
    facts["programme"] = said.get("programme") or min(
        (row["programme"] for row in rows if row["programme"]), default=None
    )
    facts["cost_per_contact"] = said.get("cost_per_contact") or (sum(costs) / len(costs) if costs else None)
    even = told and all((row["spread"] or 0) < 1e-9 for row in rows)
    planned = Planned(
        experiment=rows[0]["experiment"], arms=arms, control=control, shares_told=bool(shares), placebo=even or not told
    )
    return Known(row=facts, planned=planned)


_PROMISED = (
    "programme", "hypothesis", "primary_metric", "purpose", "method", "cost_per_contact", "fixed_cost", "planned_units",
    "smallest_effect",
)  # fmt: skip


def experiment_tables(
    known: Sequence[Known], counts: Mapping[str, Mapping[str, Row]], *, as_of: date
) -> tuple[ir.Table, ir.Table]:
    """Return `EXPERIMENTS` and `EXPERIMENT_FINDINGS`.

    Parameters
    ----------
    known : sequence of Known
        All experiments, each name once.
    counts : mapping of experiment to mapping of arm to counts
        From `arm_counts`.
    as_of : date
        The last day we may know about.
    """
    found = findings([one.planned for one in known], counts)
    faulty = {row["experiment"] for row in found if row["blocks"]}
    rows = [
        {
            **one.row,
            "customers": sum(arm["customers"] for arm in counts.get(one.row["experiment"], {}).values()),
            "status": "faulty" if one.row["experiment"] in faulty else _standing(one.row, as_of),
        }
        for one in known
    ]
    tables = (EXPERIMENTS, rows), (EXPERIMENT_FINDINGS, found)
    made = (
        ibis.memtable(pa.Table.from_pylist(content, schema=contract.schema.to_pyarrow()))
        for contract, content in tables
    )
    first, second = made
    return first, second


def arms_text(shares: Mapping[str, float]) -> str:
    """Write arms with their shares.

    Examples
    --------
    >>> arms_text({"control": 0.1, "mail": 0.9})
    'control 0.1, mail 0.9'
    """
    return ", ".join(f"{arm} {share:.6g}" for arm, share in shares.items())


def arms_of(text: str) -> dict[str, float]:
    """Read what `arms_text` wrote; arms without a share are left out.

    Examples
    --------
    >>> arms_of("control 0.1, mail 0.9")
    {'control': 0.1, 'mail': 0.9}
    """
    pairs = (part.rpartition(" ") for part in text.split(", "))
    return {arm: float(share) for arm, _, share in pairs if arm and share.replace(".", "", 1).isdigit()}


def _row(**facts: Any) -> Row:
    """Fill in what was not said."""
    usual = {
        "primary_metric": PRIMARY, "guardrails": ", ".join(GUARDRAILS), "unit": "customer", "segment": "all.all",
        "purpose": "marketing", "control": "control", "method": "frequentist",
    }  # fmt: skip
    said = {name: value for name, value in facts.items() if value is not None}
    return {**dict.fromkeys(EXPERIMENTS.names), **usual, **said}


def _planned(name: str, arms: Mapping[str, float], began: date, as_of: date) -> Planned:
    return Planned(experiment=name, arms=tuple(arms), control="control", begun=as_of > began)


def _standing(row: Row, as_of: date) -> str:
    if row["stopped_on"] is not None:
        return "stopped"
    return "ended" if row["ends_on"] is not None and row["ends_on"] <= as_of else "running"
