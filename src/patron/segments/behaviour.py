"""Which kinds of behaviour do the customers of a shop fall into?

A mixture of groups whose features vary each in its own way is fitted to scaled features; k-means would cut the broad
group of ordinary customers in pieces before it found a small group that is alike. The number of groups is the one that
another sample would lead to as well. Each segment keeps its id from run to run, as long as it is the same people: that
is matched (Hungarian method). Assigning is arithmetic in the engine.

In   contracts.segment.BEHAVIOUR, contracts.customer.PROFILES, or any table with a row per customer and numbers
Out  contracts.customer.MEMBERSHIPS and contracts.segment.BEHAVIOUR_SEGMENTS
Ref  Fraley & Raftery (2002), Model-based clustering, discriminant analysis, and density estimation, JASA 97, 611-631
     Hennig (2007), and others named in `behaviour_choice`
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.customer import MEMBERSHIPS
from patron.contracts.segment import BEHAVIOUR_SEGMENTS
from patron.engines.constant import constant
from patron.errors import ArgumentError, NotEnoughData
from patron.language import failure, listing
from patron.models.estimator import fitted_state, read_json
from patron.models.renewals import as_table
from patron.segments.behaviour_choice import NUMBERS, choose
from patron.segments.behaviour_described import segments_of
from patron.segments.behaviour_features import BehaviourFeature, LeftOut, Scale, learn_scales
from patron.segments.behaviour_identity import drifted
from patron.segments.behaviour_model import BehaviourModel, Segment
from patron.segments.behaviour_reading import Sample, read_sample
from patron.segments.behaviour_words import advice, apart_words, rule_words
from patron.stats.diagonal_mixture import DiagonalMixture, fit_mixture

Floats = NDArray[np.float64]

SEGMENTATION = "behaviour"
LEAST_CUSTOMERS = 200
HELPS = 0.02  # share of a feature's variance that lies between the groups, below which it is left out


class BehaviourSegments:
    """Divide customers by how they buy.

    Parameters
    ----------
    features : sequence of str or BehaviourFeature, optional
        The columns to divide by; left out: those of `BEHAVIOUR` that the table has, or else all its columns of numbers.
    segments : int, optional
        How many; left out: from 2 to 12, by stability, from 8 to 10 where they are as good.
    names : mapping of id to name
        What segments are called by their ids, in place of the name made from what sets them apart.
    seed : int
        Of samples and splits.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> table = pa.table({
    ...     "customer_id": [f"C{n:03d}" for n in range(300)],
    ...     "order_value": np.r_[rng.normal(20, 2, 150), rng.normal(200, 20, 150)],
    ...     "orders_by_app": np.r_[rng.beta(8, 2, 150), rng.beta(2, 8, 150)],
    ... })
    >>> model = BehaviourSegments(segments=2).fit(table)
    >>> model
    <BehaviourSegments 2 segments by order_value, orders_by_app; 300 customers>
    >>> found = model.assign(table)
    >>> sorted(found.group_by("segment").aggregate([("customer_id", "count")])["customer_id_count"].to_pylist())
    [150, 150]
    """

    def __init__(
        self,
        *,
        features: Sequence[str | BehaviourFeature] | None = None,
        segments: int | None = None,
        names: Mapping[str, str] | None = None,
        seed: int = 1,
    ) -> None:
        if segments is not None and segments not in NUMBERS:
            raise failure(ArgumentError, "behaviour.number", came=segments, least=NUMBERS[0], most=NUMBERS[-1])
        self.features, self.segments, self.names, self.seed = features, segments, dict(names or {}), seed
        self._state: BehaviourModel | None = None

    def fit(self, profiles: Any, *, before: BehaviourSegments | None = None, as_of: date | None = None) -> Self:
        """Learn the segments.

        Parameters
        ----------
        profiles : Table, one row per customer
            Ibis, Arrow, pandas or Polars: ``customer_id`` and the features. The order of the rows does not matter. Of
            more than 20,000 customers some are drawn by the hash of their ids.
        before : BehaviourSegments, optional
            The model of an earlier run, whose segments keep their ids.
        as_of : date, optional
            The day that new segments are told to be born on.

        Raises
        ------
        NotEnoughData
            Fewer than 200 customers, or no feature in which they differ.
        ArgumentError, ContractError
            The table is none, or lacks a column.
        """
        sample = read_sample(as_table(profiles), self.features)
        if sample.customers < LEAST_CUSTOMERS:
            raise failure(NotEnoughData, "behaviour.few", came=sample.customers, least=LEAST_CUSTOMERS)
        old = before._state if before is not None else None
        divided = _divided(sample, old, numbers=NUMBERS if self.segments is None else (self.segments,), seed=self.seed)
        segments, order, following = segments_of(
            divided.mixture, divided.stability, scales=divided.scales, columns=sample.columns, also=sample.told,
            old=old, names=self.names, as_of=as_of,
        )  # fmt: skip
        mixture = divided.mixture
        self._state = BehaviourModel(
            scales=divided.scales, left_out=divided.left_out, segments=segments, next_number=following,
            mixture=DiagonalMixture(
                weights=mixture.weights[order], means=mixture.means[order], variances=mixture.variances[order],
                log_likelihood=mixture.log_likelihood,
            ),
            customers=sample.customers, tried=divided.tried,
        )  # fmt: skip
        return self

    @property
    def segments_(self) -> tuple[Segment, ...]:
        """The segments, by number."""
        return self._known("segments_").segments

    @property
    def left_out_(self) -> tuple[LeftOut, ...]:
        """The features that could not be used, and why."""
        return self._known("left_out_").left_out

    @property
    def tried_(self) -> tuple[tuple[int, float, bool], ...]:
        """Each number of segments that was tried, how stable it is, and whether it is sound."""
        return self._known("tried_").tried

    def assign(self, profiles: Any) -> Any:
        """Say which segment each customer is in.

        Parameters
        ----------
        profiles : Table, one row per customer
            With the features that the model knows.

        Returns
        -------
        Table, one row per customer
            ``customer_id``, ``segment`` and ``certainty`` (the chance of that segment among all, if the groups are as
            fitted); both missing where no feature is known. Ibis for an Ibis table, else Arrow.
        """
        state = self._known("assign")
        table = as_table(profiles)
        scaled = table.select(
            "customer_id", **{f"z{place}": scale.expression(table) for place, scale in enumerate(state.scales)}
        )
        scored = scaled.select("customer_id", known=ibis.or_(*(scaled[name].notnull() for name in _names(state))),
                               **_scores(scaled, state))  # fmt: skip
        scores = [scored[f"s{place}"] for place in range(len(state.segments))]
        best = scored.mutate(best=ibis.greatest(*scores))
        branches = [(best[f"s{place}"] == best.best, one.id) for place, one in enumerate(state.segments)]
        total = _sum([(best[f"s{place}"] - best.best).exp() for place in range(len(state.segments))])
        found = best.select(
            "customer_id",
            segment=ibis.ifelse(best.known, ibis.cases(*branches), ibis.null("string")),
            certainty=ibis.ifelse(best.known, constant(1.0) / total, ibis.null("float64")),
        )
        return found if isinstance(profiles, ir.Table) else found.to_pyarrow()

    def described(self, sizes: Mapping[str, int]) -> pa.Table:
        """Describe the segments: contracts.segment.BEHAVIOUR_SEGMENTS.

        Parameters
        ----------
        sizes : mapping of id to number
            How many customers are in each.
        """
        rows = [
            {
                "segment": one.id, "title": one.title, "customers": sizes.get(one.id, 0),
                "rule": rule_words(one.rule.terms), "condition": " AND ".join(term.sql for term in one.rule.terms),
                "precision": one.rule.precision, "recall": one.rule.recall, "stability": one.stability,
                "born_on": date.fromisoformat(one.born_on) if one.born_on else None,
                "advice": advice(one.named_by), "apart": apart_words(one.apart),
            }
            for one in self._known("described").segments
        ]  # fmt: skip
        return pa.Table.from_pylist(rows, schema=BEHAVIOUR_SEGMENTS.schema.to_pyarrow())

    def to_json(self) -> str:
        """Return the fitted model as plain JSON text."""
        facts = self._known("to_json").facts()
        return json.dumps({"model": type(self).__name__, **facts}, indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model that `to_json` described; it assigns exactly as before.

        Raises
        ------
        ArgumentError
            The text describes another model, or none.
        """
        facts = read_json(text, cls.__name__)
        model = cls()
        try:
            model._state = BehaviourModel.from_facts(facts)
        except (TypeError, KeyError, IndexError) as error:
            raise failure(ArgumentError, "models.json_broken", model=cls.__name__, came=str(error)) from error
        return model

    def _known(self, asked: str) -> BehaviourModel:
        return fitted_state(self._state, model=type(self).__name__, asked=asked)

    def __repr__(self) -> str:
        if self._state is None:
            return f"{type(self).__name__}()"
        names = listing(sorted(scale.name for scale in self._state.scales))
        many = len(self._state.segments)
        return f"<{type(self).__name__} {many} segments by {names}; {self._state.customers} customers>"


def behaviour_memberships(behaviour: ir.Table, described: ir.Table) -> ir.Table:
    """Return the segments of customers as memberships of the segmentation ``behaviour``; detail is the rule.

    Parameters
    ----------
    behaviour, described : Table
        contracts.segment.BEHAVIOUR and BEHAVIOUR_SEGMENTS.

    Returns
    -------
    Table, one row per customer with a segment
        contracts.customer.MEMBERSHIPS.
    """
    ruled = described.select("segment", detail="rule")
    return MEMBERSHIPS.shape(
        behaviour.select("customer_id", "segment").inner_join(ruled, "segment").mutate(
            segmentation=ibis.literal(SEGMENTATION)
        )
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Divided:
    """The groups, before they have an id and a name."""

    scales: tuple[Scale, ...]
    left_out: tuple[LeftOut, ...]
    mixture: DiagonalMixture
    stability: Floats
    tried: tuple[tuple[int, float, bool], ...]


def _divided(sample: Sample, old: BehaviourModel | None, *, numbers: Sequence[int], seed: int) -> _Divided:
    """Scale the sample, choose the number of groups, and fit them; from those of the run before where they fit."""
    scales, out = learn_scales(sample.features, sample.columns)
    if not scales:
        names = listing(one.name for one in sample.features)
        raise failure(NotEnoughData, "behaviour.alike", customers=sample.customers, features=names)
    same = old is not None and not drifted(old, scales, out)
    if old is not None and same:
        scales, out = old.scales, old.left_out
    rows = _rows(scales, sample)
    before = old.mixture if old is not None and same else _began(rows, old, sample)
    chosen, tried = choose(rows, seed=seed, numbers=numbers, before=before)
    mixture = fit_mixture(rows, chosen.mixture)
    if not same:
        helps = _helps(rows, mixture)
        out = (
            *out,
            *(LeftOut(name=one.name, reason="no_help") for one, yes in zip(scales, helps, strict=True) if not yes),
        )
        scales = tuple(one for one, yes in zip(scales, helps, strict=True) if yes)
        rows = rows[:, helps]
        mixture = fit_mixture(rows, mixture.of(helps))
    there = np.bincount(mixture.assign(rows), minlength=len(mixture.weights)) > 0
    return _Divided(
        scales=scales, left_out=out, stability=np.array(chosen.stability)[there],
        mixture=DiagonalMixture(
            weights=mixture.weights[there], means=mixture.means[there], variances=mixture.variances[there],
            log_likelihood=mixture.log_likelihood,
        ),
        tried=tuple((one.groups, one.overall, one.sound()) for one in tried),
    )  # fmt: skip


def _began(rows: Floats, old: BehaviourModel | None, sample: Sample) -> DiagonalMixture | None:
    """Return the groups of the run before on today's scales; none where its features are gone."""
    if old is None or not {scale.name for scale in old.scales} <= set(sample.columns):
        return None
    then = old.mixture.assign(_rows(old.scales, sample))
    sizes = np.bincount(then, minlength=len(old.segments))
    return fit_mixture(rows, then, most_rounds=1) if sizes.min() else None


def _rows(scales: Sequence[Scale], sample: Sample) -> Floats:
    return np.stack([scale.scaled(sample.columns) for scale in scales], axis=1)


def _helps(rows: Floats, mixture: DiagonalMixture) -> NDArray[np.bool_]:
    """Tell of each feature whether it differs between the groups; the one that does most always helps."""
    groups = np.eye(len(mixture.weights))[mixture.assign(rows)]
    known = np.isfinite(rows)
    filled = np.where(known, rows, 0.0)
    counts = groups.T @ known
    means = groups.T @ filled / np.maximum(counts, 1.0)
    overall = filled.sum(axis=0) / known.sum(axis=0)
    between = (counts * (means - overall) ** 2).sum(axis=0)
    share = between / np.maximum(((filled - overall) ** 2 * known).sum(axis=0), 1e-12)
    return np.asarray((share >= HELPS) | (share == share.max()))


def _names(state: BehaviourModel) -> list[str]:
    return [f"z{place}" for place in range(len(state.scales))]


def _scores(scaled: ir.Table, state: BehaviourModel) -> dict[str, ir.Value]:
    """Return the log of weight times density of each group, up to what all have in common; missing values add nothing.

    Each feature adds c + z (b + a z), so that the engine only multiplies and adds; c is left out with a missing value.
    """
    mixture = state.mixture
    a = -0.5 / mixture.variances
    b = mixture.means / mixture.variances
    c = -0.5 * (mixture.means**2 / mixture.variances + np.log(mixture.variances))
    everything = np.log(mixture.weights) + c.sum(axis=1)
    zs = [scaled[name] for name in _names(state)]
    found: dict[str, ir.Value] = {}
    for group in range(len(state.segments)):
        parts: list[ir.Value] = [constant(float(everything[group]))]
        for place, z in enumerate(zs):
            square, line, rest = (float(values[group, place]) for values in (a, b, c))
            parts.append((z * (constant(line) + constant(square) * z)).fill_null(constant(-rest)))
        found[f"s{group}"] = _sum(parts)
    return found


def _sum(values: Sequence[ir.Value]) -> ir.Value:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total
