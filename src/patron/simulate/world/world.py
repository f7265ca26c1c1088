"""A shop that lives on day by day: feed it decisions, and it returns orders, events and messages with their answers.

Without decisions it goes its own course, which is known. So what decisions changed is known, too: of each message, of
each person and in total. Two worlds of one seed share all their chances: policies are compared in pairs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.errors import ArgumentError
from patron.language import failure, listing
from patron.simulate.arguments import not_negative, seeded, whole
from patron.simulate.lines import Lines
from patron.simulate.tables import ids_column
from patron.simulate.world.answers import Answers, answers, pulls
from patron.simulate.world.begun import Begun, begun
from patron.simulate.world.chance import uniforms
from patron.simulate.world.course import all_of, lowered, margins
from patron.simulate.world.planted import CHANNELS, COSTS, PLANTED, QUIT, REACHES, Planted, Reaches
from patron.simulate.world.sending import NEEDED, REASONS, Sending, sending, table_of
from patron.simulate.world.state import State, situations
from patron.simulate.world.told import events_of, messages_of, order_lines_of
from patron.simulate.world.truths import message_truth, refused_rows, told_truth

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

START = date(2024, 7, 1)
PAST_DAYS = 730
DAYS = 182
FADES, LATEST = 5.0, 27  # mean and greatest number of days from a message to the order that it brought
WITHIN = 45  # days within which her next order is replaced, or skipped
VOUCHER_DAYS = 14
PROMOTES = 0.5  # of the weights in KINDS; who has unsubscribed gets no message above it
SPREAD, WHICH, WAIT = 10, 11, 12  # streams of chance beside those of the answers
NOTHING = {name: pa.array([], pa.string()) for name in NEEDED}
COMES_AFTER = 3  # days from a referral on which somebody comes at the earliest


@dataclass(frozen=True, kw_only=True, eq=False)
class Lived:
    """One day: what the shop's systems recorded, columns as in `contracts.raw.FIELDS`, and what was not carried out."""

    day: date
    order_lines: pa.Table
    events: pa.Table
    messages: pa.Table
    refused: pa.Table  # customer_id, action, reason: unknown_customer, unsubscribed, another_day


@dataclass(kw_only=True, eq=False)
class _Record:
    """What has been recorded since the world began, and the truth of it."""

    lines: list[Lines] = field(default_factory=list)
    messages: list[pa.Table] = field(default_factory=list)
    truth: list[pa.Table] = field(default_factory=list)
    sent: int = 0


class World:
    """A simulated shop whose customers answer decisions.

    Parameters
    ----------
    customers : int
        How many come by the last day; those who wait to be referred among them.
    seed : int
        The same seed gives the same people, the same course without decisions and the same luck.
    start : date
        The first day that can be lived. The shop has two years of past before it.
    days : int
        How many days can be lived.
    reaches : {"everywhere", "top", "middle", "bottom", "nowhere"}
        In which tier of past value messages bring anything; nowhere, nothing that is sent changes what people buy.
    fatigue : float
        How much messages tire: 1 as usual, 0 not at all.
    planted : sequence of Planted
        What each action truly does.
    variants : mapping, optional
        What each variant does to the pull of its message: 1 nothing, and so are variants that are not named.

    Attributes
    ----------
    day : date
        The last day that has been lived; at first the day before `start`.

    Raises
    ------
    ArgumentError
        No customers, a negative seed, no days, a fatigue below zero, or an unknown reach.

    Examples
    --------
    >>> world = World(customers=200, seed=1, days=7)
    >>> lived = world.step({"customer_id": ["C000001"], "action": ["newsletter"], "channel": ["email"]})
    >>> lived.day.isoformat(), lived.messages.num_rows, world.day == lived.day
    ('2024-07-01', 1, True)
    """

    def __init__(
        self,
        *,
        customers: int,
        seed: int,
        start: date = START,
        days: int = DAYS,
        reaches: Reaches = "everywhere",
        fatigue: float = 1.0,
        planted: Sequence[Planted] = PLANTED,
        variants: Mapping[str, float] | None = None,
    ) -> None:
        seeded(seed)
        if reaches not in REACHES:
            raise failure(ArgumentError, "world.reaches", came=reaches, allowed=listing(REACHES))
        self.seed = seed
        self.fatigue = float(not_negative("fatigue", fatigue))
        self.planted = tuple(planted)
        self.days = whole("days", days, least=1, most=3650)
        self._variants = dict(variants or {})
        self._first_day = start - timedelta(days=PAST_DAYS)
        self._ids = ids_column("C", np.arange(1, whole("customers", customers, least=1) + 1), digits=6)
        self._begun: Begun = begun(
            seed, customers=customers, first_day=self._first_day, past=PAST_DAYS, days=self.days, reaches=reaches,
            actions=len(self.planted),
        )  # fmt: skip
        self._reaches = reaches
        self.nature = self._begun.nature
        self._state: State = self._begun.state
        self._now = PAST_DAYS - 1
        self._waiting = self._begun.waiting.copy()
        self._away = np.zeros(self._begun.numbers, np.bool_)
        self._offs = np.zeros(self._begun.numbers)
        self._next_number = self._begun.numbers
        self._later: dict[int, list[Lines]] = {}
        self._record = _Record()
        count = len(self._ids)
        self._with, self._without, self._cost = (np.zeros((count, self.days), np.int64) for _ in range(3))

    @property
    def day(self) -> date:
        """The last day that has been lived."""
        return self._first_day + timedelta(days=self._now)

    @property
    def state(self) -> State:
        """What has become of each person so far; a copy is not made."""
        return self._state

    def step(self, decisions: Any = None) -> Lived:
        """Live the next day.

        Parameters
        ----------
        decisions : table, one row per message, optional
            Arrow or Ibis table, data frame or mapping of columns. ``customer_id``, ``action`` and ``channel``; and
            where there are such columns ``kind`` (promotion, service, transactional or legal), ``off`` (share of the
            price taken off all orders of the fortnight), ``trigger`` (becomes the campaign of the message),
            ``variant``, ``outcome`` (only what is ``sent`` is sent) and ``send_on`` (only what is of this day).

        Raises
        ------
        ArgumentError
            A needed column is missing, a value is unknown, or the last day has been lived.
        """
        if self._now + 1 >= PAST_DAYS + self.days:
            raise failure(ArgumentError, "world.over", last=self.day, days=self.days)
        self._now += 1
        self._state.rested()
        messages, refused = self._sent(NOTHING if decisions is None else decisions)
        sold = self._sold()
        looks = self._looks(self._now)
        seen = self._begun.looks
        self._state.saw(seen.customer[looks], seen.second[looks], cart=seen.cart[looks])
        self._record.lines.append(sold)
        self._record.messages.append(messages)
        return Lived(
            day=self.day, messages=messages, refused=refused,
            order_lines=order_lines_of(sold, ids=self._ids, first_day=self._first_day),
            events=events_of(seen, looks, sold, ids=self._ids, first_day=self._first_day),
        )  # fmt: skip

    def expected(self, decisions: Any) -> Floats:
        """Return the margin that each decision would truly bring on the coming day, in money, before its cost.

        The mean over the luck of the message, at the customer's usual order and without what it does to later ones;
        0 for who is not known. What a share off takes from her other orders is counted, newcomers are not.
        """
        post, _, _ = self._read(decisions)
        known = np.flatnonzero(post.customer >= 0)
        some = post.where(known)
        pull, _ = pulls(self, some, self._state, facing=self._facing(some.customer), alive=self._alive(some.customer))
        worth, paid = self._begun.course.worth(some.customer, self._now)
        instead = np.array([one.instead for one in self.planted])[some.action]
        usual = self._begun.folk.rate[some.customer] * VOUCHER_DAYS * self._alive(some.customer)
        gain = np.zeros(len(post))
        gain[known] = (pull * (1 - instead) * worth - some.off * (usual + pull) * paid) / 100
        return gain

    def known(self) -> dict[str, pa.Table]:
        """Return all that the shop's systems know at the end of the day: columns as in `contracts.raw.FIELDS`."""
        start = self._begun
        past = start.course.lines.where(np.arange(start.course.on(PAST_DAYS).start))
        lines = all_of([past, *self._record.lines], past)
        looked = self._looks(start.seen_since)
        seen = lines.where(lines.day >= start.seen_since)
        return {
            **start.tables(ids=self._ids, here=self._state.here, day=self._now),
            "order_lines": order_lines_of(lines, ids=self._ids, first_day=self._first_day),
            "events": events_of(start.looks, looked, seen, ids=self._ids, first_day=self._first_day),
            "messages": pa.concat_tables(self._record.messages or [self._sent(NOTHING)[0]]),
        }

    def truth(self) -> dict[str, pa.Table]:
        """Tell what only a simulator can know, of the days that have been lived.

        Returns
        -------
        dict of Table
            ``customers``, one row per customer: ``customer_id``; ``with_decisions`` and ``without``, the margin that
            she brought and would have brought, and ``cost`` of her messages, in money; ``tier``, ``readiness``,
            ``driven``. ``days``: the same three by ``day``. ``messages``, one row per message that was carried out:
            ``message_id``; ``within``, whether the action found its moment; ``pull``, the mean of the extra orders,
            and ``extra``, how many they were; ``instead``, ``stays_away``, ``referred``.
        """
        return told_truth(
            self.nature, self._record.truth, ids=self._ids, since=self._first_day + timedelta(days=PAST_DAYS),
            amounts=(self._with, self._without, self._cost), lived=self._now + 1 - PAST_DAYS,
        )  # fmt: skip

    def _read(self, decisions: Any) -> tuple[Sending, pa.Table, Ints]:
        return sending(table_of(decisions), ids=self._ids, planted=self.planted, variants=self._variants, day=self.day)

    def _facing(self, who: Ints) -> Bools:
        return situations(self._state, who=who, day=self._now, cycle=self._begun.cycle[who])

    def _alive(self, who: Ints) -> Bools:
        return np.asarray(self._begun.folk.end[who] >= self._now)

    def _sent(self, decisions: Any) -> tuple[pa.Table, pa.Table]:
        """Send what can be sent, and let people answer."""
        post, rows, reason = self._read(decisions)
        who = np.maximum(post.customer, 0)
        quit_by = np.isin(post.channel, [CHANNELS.index(name) for name in QUIT])
        reason = np.where((reason < 0) & ~self._state.here[who], REASONS.index("unknown_customer"), reason)
        gone = (reason < 0) & ~self._state.subscribed[who] & quit_by & (post.kind > PROMOTES)
        reason = np.where(gone, REASONS.index("unsubscribed"), reason)
        some = post.where(reason < 0)
        said = answers(
            self, some, self._state, day=self._now, facing=self._facing(some.customer),
            alive=self._alive(some.customer), still=self._reaches == "nowhere",
        )  # fmt: skip
        self._follow(some, said)
        spread = uniforms(self.seed, some.customer, self._now, some.action, SPREAD)
        messages = messages_of(
            some, said, number=self._record.sent + 1, day=self._now, spread=spread, planted=self.planted,
            ids=self._ids, first_day=self._first_day,
        )  # fmt: skip
        self._record.sent += len(some)
        self._record.truth.append(message_truth(messages["message_id"], said))
        return messages, refused_rows(rows, reason)

    def _follow(self, post: Sending, said: Answers) -> None:
        """Let the answers have their consequences: orders that come and that do not, newcomers, being tired."""
        who, state, day = post.customer, self._state, self._now
        self._order_more(post, said)
        self._skip(who[said.stays_away], np.full(int(said.stays_away.sum()), day))
        self._refer(int(said.referred.sum()))
        arrived = ~said.bounced
        state.got(who, post.action, post.kind, arrived=arrived)
        offers = arrived & (post.off > 0)
        state.voucher_off[who[offers]] = post.off[offers]
        state.voucher_until[who[offers]] = day + VOUCHER_DAYS
        state.subscribed[who[said.left]] = False
        np.add.at(self._cost[:, day - PAST_DAYS], who, np.array(COSTS)[post.channel])

    def _order_more(self, post: Sending, said: Answers) -> None:
        """Put the extra orders into the days to come."""
        course = self._begun.course
        row = np.repeat(np.arange(len(post)), said.extra)
        turn = np.arange(len(row)) - np.repeat(np.cumsum(said.extra) - said.extra, said.extra)
        who = post.customer[row]
        begin, many = course.models(who, self._now)

        def chance(stream: int) -> Floats:
            return uniforms(self.seed, who, self._now, post.action[row], stream, turn)

        sale = np.minimum(begin + (chance(WHICH) * many).astype(np.int64), len(course.number) - 1)
        wait = np.minimum(-FADES * np.log1p(-chance(WAIT)), LATEST).astype(np.int64)
        some = np.flatnonzero(many > 0)
        lines, of = course.copies(sale[some], self._now + wait[some], number=self._next_number)
        self._next_number += 2 * len(some)
        self._add(lowered(lines, post.off[row[some]][of]))
        first = some[said.instead[row[some]] & (turn[some] == 0)]
        self._skip(who[first], self._now + wait[first])

    def _add(self, lines: Lines) -> None:
        """Keep lines for their days."""
        by = np.argsort(lines.day, kind="stable")
        days, place = np.unique(lines.day[by], return_index=True)
        for day, part in zip(days.tolist(), np.split(by, place[1:]), strict=True) if len(by) else ():
            self._later.setdefault(day, []).append(lines.where(part))

    def _skip(self, who: Ints, day: Ints) -> None:
        """Take the next order after a day out of each person's course."""
        number, there = self._begun.course.next_sale(who, day, within=WITHIN)
        self._away[number[there]] = True

    def _refer(self, many: int) -> None:
        """Let the next of those come who wait to be referred."""
        ready = np.flatnonzero(self._waiting & (self._begun.folk.acquired >= self._now + COMES_AFTER))
        self._waiting[ready[:many]] = False  # they are in the order of their coming

    def _sold(self) -> Lines:
        """Return the lines of the day, and take note of them."""
        start, state, day = self._begun, self._state, self._now
        state.here |= (start.folk.acquired == day) & ~self._waiting
        places = np.arange(start.course.on(day).start, start.course.on(day).stop)
        course = start.course.lines.where(places)
        column = day - PAST_DAYS
        alone = ~start.waiting[course.customer]
        np.add.at(self._without[:, column], course.customer[alone], start.course.margin[places][alone])
        sale = np.where(course.origin < 0, course.order, course.origin)
        valid = (course.origin < 0) & (state.voucher_until[course.customer] >= day)
        self._offs[course.order[valid]] = state.voucher_off[course.customer[valid]]
        happens = ~self._away[sale] & ~self._waiting[course.customer]
        own = lowered(course, self._offs[sale]).where(happens)
        lines = all_of([own, *self._later.pop(day, [])], own)
        margin = margins(lines, start.goods)
        np.add.at(self._with[:, column], lines.customer, margin)
        state.bought(lines, margin)
        return lines

    def _looks(self, since: int) -> Ints:
        """Return the places of the visits of customers from a day up to today."""
        seen = self._begun.looks
        places = np.arange(seen.on(since).start, seen.on(self._now).stop)
        return places[self._state.here[seen.customer[places]]]
