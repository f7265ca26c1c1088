"""Who does not do this in time: how much less likely is she ever to do that?

Rules of the form "who does X within Y days after A does Z more often": mined by landmark analysis, so that nobody is
called a doer for having stayed long enough to become one; compared by Kaplan-Meier shares with a risk ratio and its
interval; and held to a false discovery rate over all rules that were tested. All of them are associations.

Ref  Anderson, Cain & Gelber (1983), Analysis of survival by tumor response, Journal of Clinical Oncology 1(11), 710-719
     Benjamini & Yekutieli (2001), Annals of Statistics 29(4), 1165-1188: theorem 1.3
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Self

import numpy as np
import pyarrow as pa

from patron.contracts.habit import CRITICAL_DAYS, HABITS
from patron.errors import ArgumentError
from patron.language import failure, listing
from patron.models.critical_days import Silence, chance_at_once, critical_day, silences
from patron.models.estimator import fitted_state, read_json
from patron.models.habit_counts import Asked, habit_counts
from patron.models.habit_events import check_events, check_watched, frequent, read_events
from patron.models.habit_rules import Rules, compared_rules
from patron.models.habit_words import Rule, critical_sentence, experiment, rule_sentence

Row = dict[str, Any]

MOST_DAYS = 3_650
LEAST_CUSTOMERS = 10
OWN = ("least", "level", "on_the_day", "silent_after")  # terms that are no part of what is counted


@dataclass(frozen=True, kw_only=True)
class HabitsParams:
    """What was mined: the question, the rules as rows of HABITS, and the silence after each anchor by day."""

    asked: Asked
    rules: tuple[Row, ...]
    silences: dict[tuple[str, str], Silence]
    customers: int


class Habits:
    """Habits of customers who stay.

    Parameters
    ----------
    anchors : sequence of str
        Events from which days are counted, a customer's first one each.
    deeds : sequence of str, optional
        What may tell customers apart; without it all events that enough customers have.
    outcomes : sequence of str
        What is asked for.
    again : sequence of str
        Outcomes that count anew after the landmark for who did them before. Of the others only those are compared who
        have not done them yet.
    within_days : sequence of int
        Times that a deed may take, in days after the anchor's day; 0 is that day itself.
    horizon_days : int
        How long after that the outcome is waited for.
    on_the_day : sequence of str
        How the names of deeds begin that are a part of an order, such as ``category:``: they are asked about on the
        anchor's day alone. On a later day they need another order, so that any of them would foretell orders.
    silent_after : sequence of str
        More anchors, of critical days alone, such as ``first_category:tea``.
    least : int
        Customers that doers and others must have each.
    level : float
        The false discovery rate of what is found.

    Examples
    --------
    >>> import pyarrow.compute as pc
    >>> from patron.simulate import planted_habits
    >>> planted = planted_habits(customers=4_000, seed=1)
    >>> model = Habits(within_days=(30,)).fit(planted.events, as_of=planted.as_of)
    >>> found = model.habits_.filter(pc.field("strongest"))
    >>> set(found["deed"].to_pylist()) <= {*planted.true, "order", "second_order"}
    True
    """

    def __init__(  # noqa: PLR0913 - the terms of the question
        self,
        *,
        anchors: Sequence[str] = ("first_order",),
        deeds: Sequence[str] | None = None,
        outcomes: Sequence[str] = ("order",),
        again: Sequence[str] = ("order",),
        within_days: Sequence[int] = (0, 7, 14, 30, 60, 90),
        horizon_days: int = 180,
        on_the_day: Sequence[str] = (),
        silent_after: Sequence[str] = (),
        least: int = 50,
        level: float = 0.10,
    ) -> None:
        self._asked = Asked(
            anchors=_names("anchors", anchors), deeds=() if deeds is None else _names("deeds", deeds),
            outcomes=_names("outcomes", outcomes), again=tuple(again),
            within_days=_days("within_days", within_days),
            horizon_days=_days("horizon_days", (horizon_days,), least=1)[0],
        )  # fmt: skip
        self.on_the_day, self.silent_after = tuple(on_the_day), tuple(silent_after)
        if not _whole(least) or least < LEAST_CUSTOMERS:
            raise failure(ArgumentError, "habits.least", came=least)
        if not 0 < level < 1:
            raise failure(ArgumentError, "habits.level", came=level)
        self.least, self.level = least, level
        self._state: HabitsParams | None = None

    def fit(self, events: Any, *, as_of: date) -> Self:
        """Mine what customers did up to `as_of`.

        Parameters
        ----------
        events : Table, one row per event
            ``customer_id, at`` (a day or a moment), ``event``; other columns are left alone. All kinds of table: Ibis,
            Arrow, pandas, Polars.
        as_of : date
            The last day we may know about, and to which all customers were watched.

        Raises
        ------
        ContractError
            A column is missing, of another type, or empty in some rows.
        NotEnoughData
            No event up to that day, no anchor, no outcome, or nobody was watched for long enough.
        """
        dated = read_events(events, as_of=as_of)
        known = frequent(dated)
        check_events(known, self._asked, as_of=as_of)
        check_watched(dated, self._asked, as_of=as_of)
        asked = self._asked_of(known)
        quiet = silences(dated, (*asked.anchors, *self.silent_after), asked.outcomes, as_of=as_of)
        rules = compared_rules(habit_counts(dated, asked, as_of=as_of), asked, least=self.least)
        self._state = HabitsParams(
            asked=asked, rules=tuple(_rows(rules, asked, self.level)), silences=quiet,
            customers=max(one.customers for one in quiet.values()),
        )  # fmt: skip
        return self

    @property
    def habits_(self) -> pa.Table:
        """All rules that were tested, the surest first; keeps the contract HABITS."""
        return pa.Table.from_pylist(list(self._known("habits_").rules), schema=HABITS.schema.to_pyarrow())

    @property
    def customers_(self) -> int:
        """How many customers have the most frequent anchor."""
        return self._known("customers_").customers

    def critical_days(self, *, thresholds: Sequence[float] = (0.10,), relative: Sequence[float] = ()) -> pa.Table:
        """Return the days after which silence since an anchor becomes a signal.

        Parameters
        ----------
        thresholds : sequence of float
            Chances to do the outcome within the horizon, each above 0 and below 1.
        relative : sequence of float
            More thresholds, as shares of the chance on the anchor's day: 0.5 is half of it.

        Returns
        -------
        Table
            Keeps the contract CRITICAL_DAYS; without a row where an anchor was not watched for as long as the horizon
            by enough customers.
        """
        known = self._known("critical_days")
        for threshold in (*thresholds, *relative):
            if not 0 < threshold < 1:
                raise failure(ArgumentError, "habits.threshold", came=threshold)
        horizon, rows = known.asked.horizon_days, {}
        for (anchor, outcome), silence in known.silences.items():
            at_once = chance_at_once(silence, horizon)
            for threshold in (*thresholds, *(share * at_once for share in relative)):
                if at_once > 0:
                    rows[anchor, outcome, threshold] = _critical_row(anchor, outcome, silence, threshold, horizon)
        return pa.Table.from_pylist(list(rows.values()), schema=CRITICAL_DAYS.schema.to_pyarrow())

    def silence(self, anchor: str, outcome: str) -> Silence:
        """Return how customers came after an anchor, by day; `chances` makes a curve of it.

        Raises
        ------
        ArgumentError
            The anchor or the outcome was not asked for.
        """
        known = self._known("silence").silences
        if (anchor, outcome) not in known:
            came, pairs = f"{anchor}, {outcome}", listing("/".join(pair) for pair in known)
            raise failure(ArgumentError, "habits.no_pair", came=came, known=pairs)
        return known[anchor, outcome]

    def to_json(self) -> str:
        """Return what was mined as plain JSON text."""
        known = self._known("to_json")
        quiet = [{"anchor": a, "outcome": o, **asdict(one)} for (a, o), one in known.silences.items()]
        facts = {"asked": asdict(known.asked), "rules": known.rules, "silences": quiet, "customers": known.customers}
        own = {name: getattr(self, name) for name in OWN}
        return json.dumps({"model": "Habits", **own, **facts}, indent=2, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model that `to_json` described.

        Raises
        ------
        ArgumentError
            The text describes another model, or none.
        """
        facts = read_json(text, cls.__name__)
        try:
            asked, quiet = _read_asked(facts["asked"]), _read_silences(facts["silences"])
            own = {name: facts[name] for name in OWN}
            terms = {name: value for name, value in asdict(asked).items() if name != "on_the_day"}
            model = cls(**{**terms, "deeds": asked.deeds or None}, **own)
            model._state = HabitsParams(
                asked=asked, rules=tuple(facts["rules"]), silences=quiet, customers=facts["customers"]
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise failure(ArgumentError, "models.json_broken", model=cls.__name__, came=repr(error)) from error
        return model

    def _asked_of(self, known: dict[str, int]) -> Asked:
        """Return the rules that are looked at among the events that there are."""
        enough = tuple(sorted(name for name, customers in known.items() if customers >= self.least))
        deeds = self._asked.deeds or enough
        part = tuple(name for name in deeds if name.startswith(self.on_the_day)) if self.on_the_day else ()
        return replace(self._asked, deeds=deeds, on_the_day=part)

    def _known(self, asked: str) -> HabitsParams:
        return fitted_state(self._state, model="Habits", asked=asked)

    def __repr__(self) -> str:
        if self._state is None:
            return "Habits()"
        found = sum(row["strongest"] for row in self._state.rules)
        return f"<Habits {found} found among {len(self._state.rules)} rules; {self._state.customers} customers>"


def _rows(rules: Rules, asked: Asked, level: float) -> Iterator[Row]:
    """Write rules as rows of HABITS, the surest first."""
    names = asked.names
    found, strongest = rules.found(level), rules.strongest(level)
    for at in np.lexsort((rules.within, rules.outcome, rules.deed, rules.anchor, rules.p_value)).tolist():
        anchor, deed, outcome = (names[int(code[at])] for code in (rules.anchor, rules.deed, rules.outcome))
        within, customers, doers = (int(column[at]) for column in (rules.within, rules.customers, rules.doers))
        rates = float(rules.rate_doers[at]), float(rules.rate_others[at])
        ratio = float(rules.ratio[at]), float(rules.low[at]), float(rules.high[at])
        rule = Rule(anchor, deed, within, outcome, asked.horizon_days)
        needed, how = experiment(rule, rates=rates, doing=doers / customers)
        words = rule_sentence(rule, doers=doers, others=customers - doers, rates=rates, ratio=ratio)
        yield {
            "anchor": anchor, "deed": deed, "within_days": within, "outcome": outcome,
            "horizon_days": asked.horizon_days, "customers": customers, "doers": doers,
            "rate_doers": rates[0], "rate_others": rates[1], "risk_ratio": _finite(ratio[0]), "low": ratio[1],
            "high": _finite(ratio[2]), "p_value": float(rules.p_value[at]), "q_value": float(rules.q_value[at]),
            "found": bool(found[at]), "strongest": bool(strongest[at]), "customers_needed": needed,
            "sentence": words, "experiment": how,
        }  # fmt: skip


def _critical_row(anchor: str, outcome: str, silence: Silence, threshold: float, horizon: int) -> Row:
    found = critical_day(silence, threshold=threshold, horizon=horizon)
    words = critical_sentence(
        anchor, outcome, threshold=threshold, horizon=horizon, at_once=found.at_once, day=found.day,
        ends=(found.low, found.high),
    )  # fmt: skip
    return {
        "anchor": anchor, "outcome": outcome, "threshold": float(threshold), "horizon_days": horizon,
        "customers": silence.customers, "silent": found.silent, "chance_at_once": found.at_once, "day": found.day,
        "low": found.low, "high": found.high, "sentence": words,
    }  # fmt: skip


def _read_asked(facts: dict[str, Any]) -> Asked:
    terms: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}
    return Asked(**terms)


def _read_silences(facts: list[dict[str, Any]]) -> dict[tuple[str, str], Silence]:
    return {
        (one["anchor"], one["outcome"]): Silence(
            came=tuple(one["came"]), lost=tuple(one["lost"]), customers=one["customers"]
        )
        for one in facts
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _names(argument: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the names in the order given, each once."""
    if isinstance(names, str) or not names or not all(isinstance(name, str) and name for name in names):
        raise failure(ArgumentError, "habits.names", argument=argument, came=repr(names))
    return tuple(dict.fromkeys(names))


def _days(argument: str, days: Sequence[int], *, least: int = 0) -> tuple[int, ...]:
    if not days or not all(_whole(day) and least <= day <= MOST_DAYS for day in days):
        example = "180" if least else "(0, 30, 60)"
        came = listing(days)
        raise failure(
            ArgumentError, "habits.days", argument=argument, came=came, least=least, most=MOST_DAYS, example=example
        )  # fmt: skip
    return tuple(sorted({int(day) for day in days}))


def _whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
