"""A whole shop whose truth is known: three years of orders by a dozen hidden types of customer.

The shop sells on through the year after its last day, but only the truth knows of it. So a forecast made from the
data can be held against what each customer would really have brought.
With `identity` the shop also knows who its customers are, with the doubts that a real one has: some of the records
are second accounts of one person. What each record buys does not change by it: a person's truth is the sum over her
records. With `dealings` it also has a help desk, subscribers, and prospects that it saw before they bought.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from patron.errors import ArgumentError
from patron.language import failure, listing
from patron.simulate import persons
from patron.simulate.arguments import currency_code, seeded, whole, window
from patron.simulate.baskets import choose
from patron.simulate.beside import beside
from patron.simulate.buying import bought_by
from patron.simulate.calendar import Calendar
from patron.simulate.campaigns import GROWTHS, Campaigns, Growth
from patron.simulate.campaigns import campaigns as run_campaigns
from patron.simulate.catalogue import Catalogue
from patron.simulate.dealings import Dealings
from patron.simulate.dealings import dealings as dealt
from patron.simulate.dealings.market_traits import market_traits
from patron.simulate.experiences import Experiences, experiences
from patron.simulate.extract import customers_table, order_lines_table, order_names, products_table
from patron.simulate.habits import Habits, habits
from patron.simulate.kinds import kinds_of
from patron.simulate.lines import Lines
from patron.simulate.lost_checkouts import with_lost_checkouts
from patron.simulate.marketing import Demand, Marketing, on_sale
from patron.simulate.marketing import marketing as advertised
from patron.simulate.mess import mess as messy
from patron.simulate.people import People, people
from patron.simulate.spend import spend
from patron.simulate.tables import ids_column
from patron.simulate.tastes import tastes_truth
from patron.simulate.triggered import with_triggered
from patron.simulate.truth import customer_truth, needs_truth, type_truth
from patron.simulate.wordings import spoken

FIRST_DAY = date(2022, 1, 1)
LAST_DAY = date(2024, 12, 31)


SOURCES = (
    "order_lines", "customers", "products", "spend", "identifiers", "events", "households", "consents", "traits",
    "tickets", "subscriptions", "prospects", "messages", "reviews", "surveys", "referrals", "loyalty", "market",
    "invitations", "assignments", "mix_model",
)  # fmt: skip

WRITTEN = ("reviews", "surveys", "tickets")
"""Sources in which people write freely."""


def _nothing() -> pa.Table:
    return pa.table({})


@dataclass(frozen=True, kw_only=True, eq=False)
class Shop:
    """What a source would deliver (columns as in `contracts.raw.FIELDS`), and beside it the truth."""

    currency: str
    first_day: date
    last_day: date
    order_lines: pa.Table
    customers: pa.Table
    products: pa.Table
    spend: pa.Table
    identifiers: pa.Table = field(default_factory=_nothing)  # these five without rows and columns unless asked for
    events: pa.Table = field(default_factory=_nothing)
    households: pa.Table = field(default_factory=_nothing)
    consents: pa.Table = field(default_factory=_nothing)
    traits: pa.Table = field(default_factory=_nothing)
    tickets: pa.Table = field(default_factory=_nothing)
    subscriptions: pa.Table = field(default_factory=_nothing)
    prospects: pa.Table = field(default_factory=_nothing)
    reviews: pa.Table = field(default_factory=_nothing)  # and so are all that follow
    surveys: pa.Table = field(default_factory=_nothing)
    referrals: pa.Table = field(default_factory=_nothing)
    loyalty: pa.Table = field(default_factory=_nothing)
    market: pa.Table = field(default_factory=_nothing)
    invitations: pa.Table = field(default_factory=_nothing)
    messages: pa.Table = field(default_factory=_nothing)
    assignments: pa.Table = field(default_factory=_nothing)
    mix_model: pa.Table = field(default_factory=_nothing)
    truth: dict[str, pa.Table] = field(default_factory=dict)

    def write(self, folder: str | Path) -> Path:
        """Write ``data/*.parquet`` and ``truth/*.parquet`` under `folder`, and return it."""
        home = Path(folder)
        data = {name: getattr(self, name) for name in SOURCES if getattr(self, name).num_columns}
        for place, tables in (("data", data), ("truth", self.truth)):
            (home / place).mkdir(parents=True, exist_ok=True)
            for name, table in tables.items():
                pq.write_table(table, home / place / f"{name}.parquet", compression="zstd")
        return home


def shop(  # noqa: PLR0913, PLR0915 - each is a part of the shop
    *,
    customers: int,
    seed: int,
    first_day: date = FIRST_DAY,
    last_day: date = LAST_DAY,
    currency: str = "EUR",
    mess: bool = True,
    identity: bool = False,
    dealings: bool = False,
    wants: bool = False,
    market: bool = False,
    experience: bool = False,
    kinds: float | None = None,
    journeys: bool = False,
    campaigns: bool = False,
    growth: Growth = "middle",
    marketing: bool = False,
    triggers: bool = False,
) -> Shop:
    """Simulate a shop.

    Parameters
    ----------
    customers : int
        How many customers to know of on the last day; a few of them have not ordered yet.
    seed : int
        The same seed gives the same shop, to the byte.
    first_day, last_day : date
        The days that the data covers, both included.
    currency : str
        What the amounts are in; the amounts do not depend on it.
    mess : bool
        Whether to add the small faults of a real extract. The truth is the same either way.
    identity : bool
        Whether to know the people behind the customer records: their names and addresses as columns of ``customers``,
        and the other five tables. Not by default: who sets second accounts together gets other customers than
        ``truth["customers"]`` speaks of, which is told by record.
    dealings : bool
        Whether to have ``tickets``, ``subscriptions``, ``prospects`` and ``messages``, too. What subscribers pay is in
        no order.
    wants : bool
        Whether to tell what each customer uses up and buys again, and what she prefers. The tables are the same either
        way.
    market : bool
        Whether to have traits of customers and prospects, too, some of which go with being an ideal customer; wants
        `dealings`. They come after the other ``traits``.
    experience : bool
        Whether to have ``reviews``, ``surveys``, ``invitations``, ``referrals``, ``loyalty`` and ``market``, too, and
        after the others more ``traits``; with `identity` also events of sharing.
    kinds : float, optional
        Let customers order as the eight kinds of `planted_segments` do, and how far they differ around the middle of
        their kind: 1 is the difficulty that Patron is measured at. A customer's type then says only when and from where
        she came.
    journeys : bool
        Whether to have events of checkouts, some of them lost to a payment error, and of products that are set up and
        used; they come after the other ``events``.
    campaigns : bool
        Whether to have run randomised campaigns in the last year: ``assignments`` to their arms and to hold-outs, their
        ``messages`` with costs, complaints among the ``tickets``, and what they changed in the orders. Without them the
        shop is what it would have been: what ``truth["campaigns"]`` tells is the difference between the two.
    marketing : bool
        Whether to advertise by channels whose effect is known: other ``spend`` and records of what brought each
        customer, touches among the ``events``, lift tests among the ``assignments``, and a ``mix_model`` of which one
        channel is wrong. Some orders come only because of a channel, so the shop has fewer than it could. And whether
        to ask prices that move by the week, partly with demand, and are answered by elasticities that are known; the
        ``market`` then tells competitors' prices that matter.
    triggers : bool
        Whether to have sent messages of three triggers in the last weeks, in variants of which it is known how often
        they are clicked; wants `dealings`. They come among the other ``messages`` and change nothing else.
    growth : {"top", "middle", "bottom", "nowhere"}
        In which tier of past value campaigns bring orders. Elsewhere they bring none, lower prices and drive some
        away; with ``nowhere`` they change nothing at all.

    Returns
    -------
    Shop
        ``order_lines`` (by moment), ``customers``, ``products``, ``spend``; ``truth["customers"]`` and
        ``truth["types"]``. With `identity` also ``identifiers``, ``events``, ``households``, ``consents``, ``traits``;
        ``truth["people"]`` (whose each record is, with whom that person lives, which trap the record sets),
        ``truth["duplicates"]`` (how each second account differs), ``truth["devices"]``, ``truth["events"]`` (who
        was there), ``truth["keenness"]`` (how often each record looks without ordering, against a mean of 1),
        ``truth["consents"]`` (what holds for each person on the last day) and ``truth["requests"]``.
        With `dealings` also ``tickets``, ``subscriptions``, ``prospects``, ``messages`` and a truth of the same name
        for each: how readily each customer asks for help and the tickets of the year after, each subscription's chance
        to end and when it does, each prospect's chance to become a customer and the day on which that happens, and
        which order each message brought.
        With `wants` also ``truth["needs"]``: what each customer uses up, and how long it lasts; and
        ``truth["tastes"]``: the brand, own labels and channel that each prefers. With `market` also
        ``truth["market"]``: who of the customers and prospects is ideal, and the best score that traits allow.
        With `experience` also ``invitations``; ``truth["silence"]``: who was asked, and what those would have said who
        kept silent; ``truth["attitudes"]``: what each customer thinks of the shop; and ``truth["known"]``: which of
        those traits stand on the last day. With `dealings` or `experience` also ``truth["texts"]``: which theme each
        text of theirs is about. With `kinds` also ``truth["behaviour"]``: of which kind each is. With `journeys` also
        ``truth["lost_checkouts"]``: what each order that was lost to a payment error would have brought. With
        `campaigns` also ``truth["campaign_effects"]``, what each arm changes for each customer;
        ``truth["campaigns"]`` and ``truth["campaign_tiers"]``, what each arm changed; and ``truth["campaign_totals"]``,
        what all of them together changed for those outside of the global hold-out. With `marketing` also
        ``truth["order_causes"]``, what made each order come; ``truth["acquired"]``, what made each customer come;
        ``truth["channels"]`` and ``truth["channel_weeks"]``, what each channel cost and brought; and
        ``truth["channel_tests"]``, what it brought in its lift test; ``truth["elasticities"]`` of each product and
        ``truth["sensitivity"]`` of each customer. With `triggers` also ``truth["triggered"]``: how often each variant
        of their messages is clicked.

    Raises
    ------
    ArgumentError
        No customers, a negative seed, a last day before the first, no currency code, a difficulty below 0, `market`
        or `triggers` without `dealings`, or an unknown `growth`.

    Examples
    --------
    >>> small = shop(customers=20, seed=1)
    >>> small.customers.num_rows, small.products.num_rows > 350, small.truth["types"].num_rows
    (20, True, 12)
    """
    _consistent(market=market, triggers=triggers, dealings=dealings, growth=growth)
    source = seeded(seed)
    count = whole("customers", customers, least=1)
    code = currency_code(currency)
    calendar = Calendar(first_day=first_day, days=window(first_day, last_day))
    shelves, crowd, minds, money, faults, buying = source.spawn(6)
    asked, goods = on_sale(shelves, seed, calendar, moving=marketing)
    folk = people(crowd, customers=count, calendar=calendar)
    ways = habits(minds, people=folk, catalogue=goods)
    sorts = None if kinds is None else kinds_of(seed, customers=count, difficulty=kinds)
    if sorts is not None:
        folk, ways = sorts.settled(folk), replace(ways, returns=sorts.ways["returns"])
    bought = bought_by(buying, folk, ways, goods, calendar, kinds=sorts, asked=asked)
    ids = ids_column("C", np.arange(1, count + 1), digits=6)
    ads, bought = _advertised(asked, seed, bought, folk=folk, habits=ways, calendar=calendar)
    crowd, desk = source.spawn(2)  # after the others, so that they draw what they always drew
    them = persons.behind(crowd, folk=folk, habits=ways, ids=ids, calendar=calendar) if identity else None
    ran, bought = (
        _ran(seed, bought, them, habits=ways, catalogue=goods, ids=ids, calendar=calendar, growth=growth)
        if campaigns
        else (None, bought)
    )
    truth = customer_truth(folk, lines=bought, catalogue=goods, calendar=calendar, ids=ids)
    lines = bought.where(bought.day < calendar.days)
    known = (
        persons.Identity(columns={}, sources={}, truth={})
        if them is None
        else persons.identity(them, lines=lines, wanted=_wanted(folk, ways, goods, calendar), calendar=calendar)
    )
    lines = messy(faults, lines=lines, first_day=first_day) if mess else lines
    names = order_names(lines)
    more = (
        dealt(
            desk,
            folk=folk,
            habits=ways,
            lines=bought,
            names=names,
            ids=ids,
            calendar=calendar,
            by_themselves=None if ads is None else ads.by_themselves,
        )
        if dealings
        else Dealings(sources={}, truth={})
    )
    panel = (
        _panel(source, more, folk=folk, lines=bought, cost=goods.cost, ids=ids, calendar=calendar) if market else None
    )
    sources = {
        **known.sources,
        **more.sources,
        **({} if panel is None else {"traits": beside(known.sources, "traits", panel[0])}),
    }
    said = (
        experiences(
            seed, folk=folk, habits=ways, lines=bought, names=names, catalogue=goods, ids=ids, calendar=calendar
        )
        if experience
        else None
    )
    if said is not None:
        sources |= _said(sources, said)
    told = {} if panel is None else {"market": panel[1]}
    if ran is not None:
        sources, told = ran.beside(sources, {**more.truth, **told})
    if dealings or experience or campaigns:
        texts, told["texts"] = spoken(seed, {name: sources[name] for name in WRITTEN if name in sources})
        sources |= texts
    if journeys:
        sources, told = with_lost_checkouts(seed, sources, told, lines=bought, ids=ids, calendar=calendar)
    if ads is not None:
        sources, told = ads.beside(sources, told, lines=bought, names=names, ids=ids)
    if triggers:
        sources, told = with_triggered(seed, sources, told, lines=bought, ids=ids, calendar=calendar)
    return Shop(
        currency=code,
        first_day=first_day,
        last_day=last_day,
        order_lines=order_lines_table(lines, names=names, ids=ids, first_day=first_day),
        customers=customers_table(
            folk,
            habits=ways,
            ids=ids,
            first_day=first_day,
            known=known.columns if ads is None else {**known.columns, "acquisition_channel": ads.records},
        ),
        products=products_table(goods),
        spend=spend(money, customers=count, calendar=calendar) if ads is None else ads.spend,
        truth={
            "customers": truth,
            "types": type_truth(),
            **known.truth,
            **more.truth,
            **(_wants(folk, ways, goods, ids) if wants else {}),
            **told,
            **({} if said is None else said.truth),
            **({} if sorts is None else {"customers": sorts.paced(truth), "behaviour": sorts.truth(ids)}),
        },
        **sources,
    )


def _consistent(*, market: bool, triggers: bool, dealings: bool, growth: str) -> None:
    """Refuse what cannot be."""
    if triggers and not dealings:
        raise failure(ArgumentError, "simulate.triggers")
    if market and not dealings:
        raise failure(ArgumentError, "simulate.market")
    if growth not in GROWTHS:
        raise failure(ArgumentError, "simulate.growth", came=growth, allowed=listing(GROWTHS))


def _advertised(asked: Demand | None, seed: int, lines: Lines, **facts: Any) -> tuple[Marketing | None, Lines]:
    """Let the shop advertise if it asks prices of its own, and return the lines of the orders that happen."""
    if asked is None:
        return None, lines
    made = advertised(seed, demand=asked, lines=lines, **facts)
    return made, made.lines


def _wants(folk: People, ways: Habits, goods: Catalogue, ids: pa.Array) -> dict[str, pa.Table]:
    """Tell what customers use up and prefer."""
    tastes = tastes_truth(folk, habits=ways, catalogue=goods, ids=ids)
    return {"needs": needs_truth(ways, ids=ids), "tastes": tastes}


def _ran(seed: int, lines: Lines, them: persons.Behind | None, **facts: Any) -> tuple[Campaigns, Lines]:
    """Run campaigns on the shop, and return its lines with them."""
    groups = None if them is None else (them.records.person, them.household)
    made = run_campaigns(seed, lines=lines, groups=groups, **facts)
    return made, made.lines


def _panel(source: np.random.Generator, more: Dealings, **facts: Any) -> tuple[pa.Table, pa.Table]:
    """Draw what others know of customers and prospects, from a generator of its own."""
    return market_traits(source.spawn(1)[0], prospects=more.sources["prospects"], **facts)


def _said(sources: dict[str, pa.Table], said: Experiences) -> dict[str, pa.Table]:
    """Return what customers said, with their traits, and their sharing where the shop knows events at all."""
    shared = {"events": beside(sources, "events", said.events)} if "events" in sources else {}
    return {**said.sources, "traits": beside(sources, "traits", said.traits), **shared}


def _wanted(folk: People, ways: Habits, goods: Catalogue, calendar: Calendar) -> persons.Wanted:
    """Return what draws a product that a customer would like to have on a day."""

    def draw(rng: np.random.Generator, who: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.int64]:
        return choose(rng, who, calendar.months[day], folk.kind[who], ways, goods)

    return draw
