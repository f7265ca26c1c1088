"""The step `propensities`: what each customer is likely to do, as far as the data can tell.

For each target and horizon: learn, judge on days not seen, learn again for today, foretell with reasons, and write
down all of it in a model card. What cannot be told is left out with its reason; a small shop costs one count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.outcome import BACKTEST
from patron.contracts.propensity import MODEL_CARDS, PROPENSITIES, TESTED
from patron.errors import FitError, LeakError, NotEnoughData, PatronError
from patron.identity import events_with_customer
from patron.language import number, say
from patron.models.propensity_targets import TARGETS
from patron.models.trees import ROWS_A_THREAD
from patron.pipeline.propensity_card import ALL, Row, earlier_bins, feature_rows, left_out_row
from patron.pipeline.propensity_learned import Asked, Learned, learned
from patron.pipeline.propensity_past import Past, customers_past, prospects_past
from patron.pipeline.propensity_plan import plan
from patron.pipeline.propensity_settings import DEFAULT, PropensityTarget
from patron.pipeline.step import Context, Made
from patron.profile.facts import Facts, facts

MIN_CUSTOMERS = 1_000
"""Customers with a purchase: with fewer, even a perfect forecast is off by three points and more in its tenths."""

THREADS = 2

TICKETS, PROSPECTS, EVENTS = "raw_tickets", "raw_prospects", "raw_events"


@dataclass
class Outcome:
    """What came of all targets so far."""

    scores: list[ir.Table] = field(default_factory=list)
    card: list[Row] = field(default_factory=list)
    models: dict[str, Mapping[str, float]] = field(default_factory=dict)

    def made(self, today: date) -> Made:
        """Return it as the step does; what names no day of its own is known as of today."""
        card = [{"origin": today, **row} for row in self.card]
        rows = pa.Table.from_pylist(card, schema=MODEL_CARDS.schema.to_pyarrow())
        scores = ibis.union(*self.scores) if len(self.scores) > 1 else next(iter(self.scores), PROPENSITIES.empty())
        tables = {"propensities": PROPENSITIES.shape(scores), "model_cards": MODEL_CARDS.shape(ibis.memtable(rows))}
        return Made(tables, self.models)


def propensities(context: Context) -> Made:
    """Make the tables `propensities` and `model_cards`."""
    outcome = Outcome()
    wanted = _wanted(context, outcome)
    if wanted:
        _foretell(context, wanted, outcome)
    return outcome.made(context.as_of)


def propensity_tests(cards: ir.Table) -> ir.Table:
    """Return the tests of model cards as rows of contracts.outcome.BACKTEST."""
    tests = cards.filter(cards.part.isin(TESTED))
    return BACKTEST.shape(tests.rename(model="name", metric="part", decile="place"))


def left_out(cards: ir.Table) -> tuple[str, ...]:
    """Return what a run says aloud of the propensities that it did not make: one sentence, or none."""
    told = cards.filter((cards.part == "status") & (cards.name == "left_out")).order_by("target", "horizon_days")
    rows = told.to_pyarrow().to_pylist()
    if not rows:
        return ()
    if rows[0]["target"] == ALL:
        return (str(rows[0]["text"]),)
    each = (
        say("propensity.left_out_one", target=one["target"], days=one["horizon_days"], why=one["text"].rstrip("."))
        for one in rows
    )
    return (say("propensity.left_out", targets=" ".join(each)),)


def _wanted(context: Context, outcome: Outcome) -> list[PropensityTarget]:
    """Return the targets whose data are there; where nothing can be told of anybody, say so and return none."""
    settings = context.settings
    chosen = DEFAULT if settings.propensities is None else settings.propensities
    if not chosen or not settings.sells:
        return []
    customers = int(context["history"].count().to_pyarrow().as_py())
    if settings.sampled or customers < MIN_CUSTOMERS:
        text = _too_little(customers, sampled=settings.sampled)
        outcome.card.append(left_out_row(ALL, 0, text, customers=customers))
        return []
    found = []
    for one in chosen:
        needs = TARGETS[one.target].needs
        if not needs or _holds(context, needs):
            found.append(one)
        elif settings.propensities is not None:  # asked for by name
            text = say("propensity.no_source", source=needs.removeprefix("raw_"))
            outcome.card.append(left_out_row(one.target, one.horizon, text))
    return found


def _too_little(customers: int, *, sampled: bool) -> str:
    if sampled:
        return say("propensity.sampled")
    return say("propensity.small", customers=number(customers), allowed=number(MIN_CUSTOMERS))


def _foretell(context: Context, wanted: Sequence[PropensityTarget], outcome: Outcome) -> None:
    dated, then = dated_facts(context), earlier_bins(context)
    first = dated.bought.day.min().to_pyarrow().as_py()
    asked = list(_planned(wanted, outcome, today=context.as_of, first=first))
    pasts = _pasts(context, dated, asked)
    if "" in pasts:
        outcome.card += feature_rows(pasts[""].features[context.as_of], then)

    def learn(one: Asked) -> Learned | PatronError:
        try:
            return learned(one, pasts[_kind(one)], lapse_factor=context.settings.lapse_factor, then=then)
        except (NotEnoughData, LeakError, FitError) as error:
            return error

    with ThreadPoolExecutor(_at_once(pasts)) as threads:
        found = list(threads.map(learn, asked))
    for one, came in zip(asked, found, strict=True):
        if isinstance(came, PatronError):
            outcome.card.append(left_out_row(one.target.name, one.plan.horizon, came.problem))
            continue
        outcome.scores.append(context.keep(one.name, ibis.memtable(came.scores)))
        outcome.card += came.card
        outcome.models[one.name] = came.figures


def _at_once(pasts: Mapping[str, Past]) -> int:
    """Return how many targets are learned at once: small fits have one thread each, and large ones need the memory."""
    rows = max((table.num_rows for past in pasts.values() for table in past.features.values()), default=0)
    return THREADS if rows < ROWS_A_THREAD else 1


def _holds(context: Context, name: str) -> bool:
    """Tell whether a raw table is among those that the step needs, and has rows."""
    return name in context.tables and bool(context[name].limit(1).count().to_pyarrow().as_py())


def dated_facts(context: Context) -> Facts:
    """Return what happened to each customer on which day, of all the sources that there are."""
    links = context["links"]
    tickets = context.of_customers("tickets") if _holds(context, TICKETS) else None
    events = events_with_customer(context[EVENTS], links) if _holds(context, EVENTS) else None
    return facts(
        context.of_customers("order_lines"),
        customers=context.of_customers("customers"),
        tickets=tickets, events=events, households=context["households"], keep=context.keep,
    )  # fmt: skip


def _planned(
    wanted: Sequence[PropensityTarget], outcome: Outcome, *, today: date, first: date
) -> Iterator[Asked]:  # fmt: skip
    for one in wanted:
        made = plan(today, first=first, horizon=one.horizon)
        if made is None:
            text = say("propensity.short", days=number((today - first).days))
            outcome.card.append(left_out_row(one.target, one.horizon, text))
        else:
            yield Asked(TARGETS[one.target], made, one.above)


def _kind(asked: Asked) -> str:
    """Return whose features a target asks for: those of customers, or of a table of its own."""
    return PROSPECTS if asked.target.needs == PROSPECTS else ""


def _pasts(context: Context, dated: Facts, asked: Sequence[Asked]) -> dict[str, Past]:
    found: dict[str, Past] = {}
    for kind in {_kind(one) for one in asked}:
        mine = [one.plan for one in asked if _kind(one) == kind]
        days = sorted({day for one in mine for day in one.days})
        questions = sorted({question for one in mine for question in one.questions})
        if kind:
            found[kind] = prospects_past(context[kind], days=days, questions=questions)
        else:
            found[kind] = customers_past(dated, today=context.as_of, days=days, questions=questions, keep=context.keep)
    return found


__all__ = ["MIN_CUSTOMERS", "dated_facts", "left_out", "propensities", "propensity_tests"]
