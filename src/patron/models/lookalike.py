"""Who among people that are no customers yet is like the best customers?

Learned from customers whose worth is known: how many times as often are these traits found among the ideal ones as
among the others? That density ratio is what can be carried over to prospects. A probability cannot: customers are a
selected sample, and nobody knows which share of the prospects would be ideal. As long as ideal people become customers
more or less often than others do, whatever their traits, the ratio stays the same and the ranking is right.

Where only traits of people are known of whom nobody can say whether they are ideal (a bought list, a panel), they take
the place of the others: then the ratio is that of the ideal to everybody, which ranks in the same order.

Half of the people are held out. If the scores of the other half do not rank them better than chance, nobody is scored.

Ref  Elkan & Noto (2008), Learning classifiers from only positive and unlabeled data, KDD, 213-220: lemma 1, a score
     learned against unlabelled people is the probability times a constant
     Elkan (2001), The foundations of cost-sensitive learning, IJCAI, 973-978: theorem 2, what another base rate changes
     Qin (1998), Inferences for case-control and semiparametric two-sample density ratio models, Biometrika 85(3),
     619-630: a logistic regression on two samples is a model of their density ratio
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import special

from patron.errors import ArgumentError, NotEnoughData
from patron.language import failure, listing
from patron.models.estimator import fitted_state, frozen, read_json
from patron.models.feature_table import FeatureTable, read_features, read_outcome
from patron.models.lookalike_fit import Weights, contributions, learn_weights
from patron.models.lookalike_judged import CHANCE, Decile, Judged, judged
from patron.models.lookalike_levels import Levels, coded, features_for, learn_levels
from patron.models.lookalike_words import level_words, reasons
from patron.privacy.sensitive import screen

Floats = NDArray[np.float64]
Codes = NDArray[np.int16]

MIN_PEOPLE = 100
"""Ideal people, and as many others: half of them are held out, and fifty tell an area to four hundredths."""

MOST_PEOPLE = 100_000  # to learn from; of more every n-th is taken
WELL_KNOWN, HALF_KNOWN = 0.8, 0.5  # of the traits, for the grades A and B
PROSPECT_ID = "prospect_id"


@dataclass(frozen=True, kw_only=True)
class LookalikeParams:
    """A fitted model: its traits and weights, what it was learned from, and how it did on the held-out half."""

    against: str  # `others`: people known not to be ideal; `unlabelled`: people of whom nobody knows
    levels: tuple[Levels, ...]
    shares: tuple[tuple[float, ...], ...]  # of each level among those of whom the trait is known
    known: tuple[int, ...]  # of how many people each trait is known
    weights: Weights
    people: int
    ideal: int
    judged: Judged

    @property
    def prior(self) -> float:
        """The log-odds to be ideal of somebody in the sample that was learned from."""
        return float(special.logit(self.ideal / self.people))


class Lookalike:
    """How much is somebody like the ideal customers?

    Parameters
    ----------
    seed : int
        Which half is held out. The same people in any order, the same seed: the same model.
    allowed : collection of str
        Specially protected attributes that may be traits all the same (the setting ``privacy.sensitive``).

    Examples
    --------
    >>> from patron.simulate import lookalikes
    >>> drawn = lookalikes(4_000, 1_000, seed=1)
    >>> model = Lookalike().fit(drawn.people, ideal=drawn.truth["ideal"].to_numpy())
    >>> model
    <Lookalike age, home, household, leisure, newspaper, town; 4000 people>
    >>> scored = model.score(drawn.prospects)
    >>> ideal = drawn.prospect_truth["ideal"].to_numpy() == 1
    >>> ratio = scored["ratio"].to_numpy()
    >>> bool(ratio[ideal].mean() > 2 * ratio[~ideal].mean())
    True
    """

    def __init__(self, *, seed: int = 1, allowed: Collection[str] = ()) -> None:
        self.seed, self.allowed = seed, allowed
        self._state: LookalikeParams | None = None

    def fit(self, people: Any, *, ideal: Any, unlabelled: Any = None) -> Self:
        """Learn what the ideal people are like, and judge it on a half that is held out.

        Parameters
        ----------
        people : Table, one row per person
            Ibis, Arrow, pandas or Polars: ``customer_id`` and a column per trait, of numbers or words. What is missing
            is not known.
        ideal : str, array, or Table
            The name of a column of `people`; or 1 and 0 in the order of the rows; or ``customer_id`` and ``outcome``.
        unlabelled : Table, optional
            People of whom only traits are known. They take the place of the people who are not ideal.

        Raises
        ------
        NotEnoughData
            Fewer than 100 ideal people, or than 100 others; or no trait that has two levels with 20 people each.
        SettingsError
            A trait's name says that it is specially protected.
        ContractError, ArgumentError
            The tables are not what they should be.
        """
        table, came = _labelled(people, ideal, unlabelled)
        screen((one.name for one in table.features), allowed=self.allowed, where="models.lookalike")
        kept = table.order[:: max(1, -(-table.rows // MOST_PEOPLE))]
        _check_enough(came[kept])
        levels = tuple(sorted(learn_levels(table), key=lambda one: one.name))
        if not levels:
            raise failure(NotEnoughData, "lookalike.no_traits", came=listing(one.name for one in table.features))
        codes, came = coded(table, levels)[kept], came[kept]
        sizes = [one.count for one in levels]
        held = _held_out(len(came), self.seed)
        weights = learn_weights(codes[~held], came[~held], sizes)
        self._state = LookalikeParams(
            against="others" if unlabelled is None else "unlabelled", levels=levels, shares=_shares(codes, sizes),
            known=tuple((codes >= 0).sum(axis=0).tolist()),
            weights=learn_weights(codes, came, sizes), people=len(came), ideal=int(came.sum()),
            judged=judged(special.expit(_log_odds(codes[held], weights)), came[held]),
        )  # fmt: skip
        return self

    def score(self, prospects: Any) -> Any:
        """Return how much each prospect is like the ideal people, with a reason.

        Parameters
        ----------
        prospects : Table, one row per prospect
            ``prospect_id`` (or ``customer_id``) and the traits that were learned; a trait that nobody of them has may
            be missing.

        Returns
        -------
        Table
            The id and ``ratio`` (how many times as often these traits are found among the ideal as among the others),
            ``rank`` (1: most alike; equals share it), ``traits`` (how many are known), ``grade`` (A: four fifths of the
            traits that were learned are known; B: half; C: fewer), ``reason``. Ibis for an Ibis table, else Arrow, in
            row order.

        Raises
        ------
        NotEnoughData
            On the held-out half the model ranked no better than chance: then nobody is scored.
        """
        state = self._known("score")
        if state.judged.verdict == CHANCE:
            raise failure(
                NotEnoughData, "lookalike.chance", auc=f"{state.judged.auc:.2f}", low=f"{state.judged.low:.2f}",
                high=f"{state.judged.high:.2f}", people=state.judged.people,
            )  # fmt: skip
        name, table = _read_prospects(prospects, state.levels)
        codes = coded(table, state.levels)
        added = contributions(codes, state.weights)
        logs = state.weights.intercept + added.sum(axis=1) - state.prior
        known = (codes >= 0).sum(axis=1)
        share = known / len(state.levels)
        scored = pa.table({
            name: table.customers, "ratio": np.exp(logs), "rank": _ranks(logs), "traits": known.astype(np.int64),
            "grade": np.where(share >= WELL_KNOWN, "A", np.where(share >= HALF_KNOWN, "B", "C")).tolist(),
            "reason": reasons(codes, added, state.levels),
        })  # fmt: skip
        return ibis.memtable(scored) if isinstance(prospects, ir.Table) else scored

    def shift(self, prospects: Any) -> dict[str, float]:
        """Return how far prospects differ from the people that were learned from, by trait.

        Returns
        -------
        dict of str to float
            The share of the prospects who would have to have another level (total variation distance), of those of
            whom the trait is known; a trait that is known of none of them is left out.
        """
        state = self._known("shift")
        codes = coded(_read_prospects(prospects, state.levels)[1], state.levels)
        theirs = _shares(codes, [one.count for one in state.levels])
        return {
            one.name: float(np.abs(np.subtract(mine, other)).sum() / 2)
            for one, mine, other in zip(state.levels, state.shares, theirs, strict=True)
            if sum(other)
        }

    @property
    def params_(self) -> LookalikeParams:
        """What was fitted, from what, and how it did."""
        return self._known("params_")

    @property
    def judged_(self) -> Judged:
        """How the model did on the half that it had not seen."""
        return self._known("judged_").judged

    @property
    def traits_(self) -> pa.Table:
        """What each level does to the odds, the trait that tells most first.

        Returns
        -------
        Table, one row per level
            ``trait, level, odds`` (times the odds of somebody of whom the trait is not known), ``weight`` (of the
            trait: its share in what the traits tell).
        """
        state = self._known("traits_")
        widths = [float(np.std(levels)) for levels in state.weights.levels]
        whole = sum(widths) or 1.0
        order = sorted(range(len(widths)), key=lambda trait: (-widths[trait], state.levels[trait].name))
        rows = [
            {
                "trait": state.levels[trait].name, "level": level_words(state.levels[trait], place),
                "odds": float(np.exp(weight)), "weight": widths[trait] / whole,
            }
            for trait in order for place, weight in enumerate(state.weights.levels[trait])
        ]  # fmt: skip
        return pa.Table.from_pylist(rows)

    @property
    def customers_(self) -> int:
        """How many people it was fitted on."""
        return self._known("customers_").people

    def to_json(self) -> str:
        """Return the fitted model as plain JSON text."""
        return json.dumps({"model": "Lookalike", **asdict(self._known("to_json"))}, indent=2, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model that `to_json` described; it scores exactly as before.

        Raises
        ------
        ArgumentError
            The text describes another model, or none.
        """
        facts = read_json(text, cls.__name__)
        try:
            levels = tuple(Levels(**{key: frozen(value) for key, value in one.items()}) for one in facts.pop("levels"))
            parts = facts.pop("weights")
            weights = Weights(
                intercept=parts["intercept"], levels=tuple(frozen(one) for one in parts["levels"]),
                ridges=frozen(parts["ridges"]),
            )  # fmt: skip
            test = facts.pop("judged")
            deciles = tuple(Decile(**one) for one in test.pop("deciles"))
            model = cls()
            model._state = LookalikeParams(
                levels=levels,
                known=frozen(facts.pop("known")),
                shares=tuple(frozen(one) for one in facts.pop("shares")),
                weights=weights,
                judged=Judged(deciles=deciles, **test),
                **facts,
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise failure(ArgumentError, "models.json_broken", model=cls.__name__, came=repr(error)) from error
        return model

    def _known(self, asked: str) -> LookalikeParams:
        return fitted_state(self._state, model="Lookalike", asked=asked)

    def __repr__(self) -> str:
        if self._state is None:
            return "Lookalike()"
        return f"<Lookalike {listing(one.name for one in self._state.levels)}; {self._state.people} people>"


def _labelled(people: Any, ideal: Any, unlabelled: Any) -> tuple[FeatureTable, Floats]:
    """Read the people to learn from, and who of them is ideal."""
    rows = people.to_pyarrow() if isinstance(people, ir.Table) else people
    if isinstance(ideal, str):
        whole = pa.table(rows)
        if ideal not in whole.column_names:
            raise failure(ArgumentError, "lookalike.ideal", came=ideal, allowed=listing(whole.column_names))
        ideal, rows = whole[ideal].cast(pa.int8()).to_numpy(), whole.drop_columns([ideal])
    table = read_features(rows)
    came = read_outcome(ideal, table)
    if unlabelled is None:
        return table, came
    _check_some(int(came.sum()), "ideal")
    best = pa.table(rows).filter(pa.array(came == 1))
    others = _named(unlabelled)
    shared = [name for name in best.column_names if name in others.column_names]
    both = pa.concat_tables([_apart(best, shared, "i:"), _apart(others, shared, "u:")], promote_options="permissive")
    return read_features(both), np.repeat([1.0, 0.0], [best.num_rows, others.num_rows])


def _apart(rows: pa.Table, columns: list[str], mark: str) -> pa.Table:
    """Return some columns with ids that nobody of the other sample has, who may be the same person."""
    ids = pa.array([f"{mark}{one}" for one in rows["customer_id"].to_pylist()])
    return rows.select(columns).set_column(columns.index("customer_id"), "customer_id", ids)


def _named(people: Any) -> pa.Table:
    """Return people as an Arrow table that calls their ids ``customer_id``."""
    rows = people.to_pyarrow() if isinstance(people, ir.Table) else pa.table(people)
    if PROSPECT_ID not in rows.column_names:
        return rows
    kept = rows.drop_columns([name for name in ("customer_id",) if name in rows.column_names])
    return kept.rename_columns(["customer_id" if name == PROSPECT_ID else name for name in kept.column_names])


def _read_prospects(prospects: Any, levels: tuple[Levels, ...]) -> tuple[str, FeatureTable]:
    came = prospects.columns if isinstance(prospects, ir.Table) else pa.table(prospects).column_names
    rows = _named(prospects)
    wanted = features_for(levels)
    for feature in wanted:
        if feature.name not in rows.column_names:
            kind = pa.string() if feature.kind == "word" else pa.float64()
            rows = rows.append_column(feature.name, pa.nulls(rows.num_rows, kind))
    return PROSPECT_ID if PROSPECT_ID in came else "customer_id", read_features(rows, known=wanted)


def _held_out(people: int, seed: int) -> NDArray[np.bool_]:
    """Return a random half, as True."""
    held = np.zeros(people, dtype=np.bool_)
    held[np.random.default_rng(seed).permutation(people)[: people // 2]] = True
    return held


def _shares(codes: Codes, sizes: Sequence[int]) -> tuple[tuple[float, ...], ...]:
    """Return the share of each level among those of whom a trait is known; zeros where it is known of nobody."""
    counts = (np.bincount(codes[codes[:, trait] >= 0, trait], minlength=size) for trait, size in enumerate(sizes))
    return tuple(tuple((count / max(int(count.sum()), 1)).tolist()) for count in counts)


def _log_odds(codes: Codes, weights: Weights) -> Floats:
    return np.asarray(weights.intercept + contributions(codes, weights).sum(axis=1))


def _ranks(logs: Floats) -> NDArray[np.int64]:
    """Return the place of each, the largest first; equals share the first one."""
    ordered = np.sort(-np.round(logs, 9))
    return np.searchsorted(ordered, -np.round(logs, 9), side="left").astype(np.int64) + 1


def _check_enough(came: Floats) -> None:
    _check_some(int(came.sum()), "ideal")
    _check_some(int((came == 0).sum()), "others")


def _check_some(count: int, which: str) -> None:
    if count < MIN_PEOPLE:
        raise failure(NotEnoughData, f"lookalike.few_{which}", came=count, allowed=MIN_PEOPLE)
