"""What was sent to whom, who opened and clicked it, who unsubscribed, and which orders came because of it.

Customers differ in how readily they open and click (`openness`, `clicking`). A newsletter goes to all readers once a
month, in two variants of which the second is opened more readily; it brings no order. Text messages tell no opens. A
reminder comes by itself: some are sent on any day and bring nothing, and some brought the order that follows. The
orders of the shop are what they are; of some it is said that without the reminder they would not have come.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.simulate.calendar import YEAR, Calendar
from patron.simulate.extract import OrderNames
from patron.simulate.lines import DAY, Lines
from patron.simulate.people import People
from patron.simulate.tables import ids_column, moments_column, names_column

HOUR = 3600
READERS, TEXTED = 0.6, 0.2  # share of customers who get e-mails, and who get text messages
OPENNESS, CLICKING = (1.3, 2.2), (1.2, 5.0)  # beta distributions over customers; clicking is of those who opened
EVERY = {"newsletter": 30, "sale_text": 91}  # days from one to the next
VARIANTS, PULL = ("a", "b"), (1.0, 1.3)  # how much more readily each variant of the newsletter is opened
REMINDED = 1.0  # reminders a year that bring nothing
BROUGHT = 0.08  # share of a reader's orders that a reminder brought
AHEAD = (1, 60)  # hours from such a reminder to its order
LEAVES = 0.006  # chance that a message that was opened, and not clicked, is the last one wanted
BOUNCES = 0.012
KINDS, CHANNELS = ("newsletter", "sale_text", "reminder"), ("email", "sms", "email")
CAMPAIGNS = ("Newsletter", "Sale", "Reminder")
NEVER = -1

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sent:
    """One entry a message in every array; seconds since the start of the shop's first day, NEVER for none."""

    customer: Ints
    second: Ints
    kind: Ints  # place in KINDS
    order: Ints  # the order that it brought; -1 for none

    def where(self, chosen: NDArray[np.bool_] | Ints) -> _Sent:
        return _Sent(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def messages(
    rng: np.random.Generator, *, people: People, lines: Lines, names: OrderNames, ids: pa.Array, calendar: Calendar
) -> tuple[pa.Table, pa.Table]:
    """Draw the messages up to the last day, and tell the truth about each of them.

    Returns
    -------
    Table, one row per message, by moment
        Columns as in `contracts.raw.FIELDS`. What was opened or clicked after the last day is not.
    Table, one row per message
        ``message_id, customer_id``
        ``openness``  the chance with which this customer opens this message; none of a text message
        ``clicking``  the chance with which she clicks in what she has opened
        ``brought``   the order that came because of it; none for most
    """
    count = len(people)
    reads, texted = rng.random(count) < READERS, rng.random(count) < TEXTED
    openness, clicking = rng.beta(*OPENNESS, count), rng.beta(*CLICKING, count)
    parts = [
        _rounds(rng, people, reads, calendar, kind=0), _rounds(rng, people, texted, calendar, kind=1),
        _reminders(rng, people, reads, calendar), _before_orders(rng, lines, reads, calendar),
    ]  # fmt: skip
    sent = _Sent(**{one.name: np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(_Sent)})
    sent = sent.where(np.lexsort((sent.customer, sent.second)))
    variant = np.where(sent.kind == 0, rng.integers(0, 2, len(sent.kind)), NEVER)
    chance = np.minimum(openness[sent.customer] * np.where(variant == 1, PULL[1], PULL[0]), 0.95)
    answers = _answers(rng, sent, chance, clicking[sent.customer])
    kept = ~_after_leaving(sent, answers["unsubscribed_at"])
    sent, variant, chance = sent.where(kept), variant[kept], chance[kept]
    answers = {name: moment[kept] for name, moment in answers.items()}
    message = ids_column("M", np.arange(1, len(sent.kind) + 1), digits=8)
    whose = ids.take(pa.array(sent.customer))
    truth = pa.table({
        "message_id": message, "customer_id": whose,
        "openness": pa.array(chance, mask=sent.kind == 1), "clicking": clicking[sent.customer],
        "brought": names.of(sent.order),
    })  # fmt: skip
    told = {name: moments(moment, calendar) for name, moment in answers.items()}
    table = pa.table({
        "message_id": message, "customer_id": whose, "sent_at": moments_column(calendar.first_day, sent.second),
        "channel": names_column(CHANNELS, sent.kind), "campaign": names_column(CAMPAIGNS, sent.kind),
        "message": _titles(sent, calendar), "variant": names_column(VARIANTS, variant), **told,
    })  # fmt: skip
    return table, truth


def _rounds(
    rng: np.random.Generator, people: People, wanted: NDArray[np.bool_], calendar: Calendar, *, kind: int
) -> _Sent:
    """Send to everybody who is there on every so-manieth day, within the hour after nine."""
    day = np.arange(15, calendar.days, EVERY[KINDS[kind]])
    who = np.flatnonzero(wanted)
    there = (people.entry[who][:, None] < day) & (people.acquired[who][:, None] < day)
    row, column = np.nonzero(there)
    second = day[column] * DAY + 9 * HOUR + rng.integers(0, HOUR, len(row))
    return _of_kind(who[row], second, kind)


def _reminders(rng: np.random.Generator, people: People, wanted: NDArray[np.bool_], calendar: Calendar) -> _Sent:
    """Send some on any day to anybody, which bring nothing."""
    begin = np.clip(people.entry, 0, calendar.days)
    alive = np.where(wanted, calendar.days - begin, 0)
    who = np.repeat(np.arange(len(people)), rng.poisson(REMINDED / YEAR * alive))
    day = begin[who] + (rng.random(len(who)) * alive[who]).astype(np.int64)
    return _of_kind(who, day * DAY + rng.integers(8 * HOUR, 20 * HOUR, len(who)), 2)


def _before_orders(
    rng: np.random.Generator, lines: Lines, wanted: NDArray[np.bool_], calendar: Calendar
) -> _Sent:  # fmt: skip
    """Send some shortly before an order that they bring; nobody's first one."""
    sold = np.flatnonzero((lines.origin < 0) & (lines.day < calendar.days) & wanted[lines.customer])
    sold = sold[np.unique(lines.order[sold], return_index=True)[1]]
    sold = sold[np.lexsort((lines.second[sold], lines.customer[sold]))]
    again = np.diff(lines.customer[sold], prepend=-1) == 0
    sold = sold[again & (rng.random(len(sold)) < BROUGHT)]
    second = lines.second[sold] - rng.integers(AHEAD[0] * HOUR, AHEAD[1] * HOUR, len(sold))
    found = _of_kind(lines.customer[sold], second, 2, order=lines.order[sold])
    return found.where(found.second >= 0)


def _of_kind(customer: Ints, second: Ints, kind: int, *, order: Ints | None = None) -> _Sent:
    return _Sent(
        customer=customer, second=second, kind=np.full(len(customer), kind),
        order=np.full(len(customer), NEVER) if order is None else order,
    )  # fmt: skip


def _answers(rng: np.random.Generator, sent: _Sent, opening: Floats, clicking: Floats) -> dict[str, Ints]:
    """Draw what each customer does with each message, and when; a message that brought an order was clicked."""
    count = len(sent.kind)
    brought, text = sent.order >= 0, sent.kind == 1
    bounced = ~brought & (rng.random(count) < BOUNCES)
    opened = brought | (~bounced & (rng.random(count) < opening))
    clicked = brought | (opened & (rng.random(count) < clicking))
    leaves = opened & ~clicked & (rng.random(count) < LEAVES)
    arrival = sent.second + rng.integers(1, 120, count)
    look = arrival + np.where(brought, rng.integers(60, HOUR // 2, count), rng.exponential(7 * HOUR, count))
    look = look.astype(np.int64)
    press = look + rng.integers(5, 300, count)
    return {
        "delivered_at": np.where(bounced, NEVER, arrival),
        "opened_at": np.where(opened & ~text, look, NEVER),
        "clicked_at": np.where(clicked, press, NEVER),
        "unsubscribed_at": np.where(leaves, press, NEVER),
        "bounced_at": np.where(bounced, arrival, NEVER),
    }


def _after_leaving(sent: _Sent, left: Ints) -> NDArray[np.bool_]:
    """Tell which messages would be sent after their customer has unsubscribed, from either channel."""
    last = np.full(int(sent.customer.max(initial=0)) + 1, np.iinfo(np.int64).max)
    gone = left != NEVER
    np.minimum.at(last, sent.customer[gone], left[gone])
    return np.asarray(sent.second > last[sent.customer])


def moments(moment: Ints, calendar: Calendar) -> pa.Array:
    """Return moments; none for what never came, or came after the last day."""
    known = (moment != NEVER) & (moment < calendar.days * DAY)
    column = moments_column(calendar.first_day, np.where(known, moment, 0))
    return pc.if_else(pa.array(known), column, pa.scalar(None, column.type))


def _titles(sent: _Sent, calendar: Calendar) -> pa.Array:
    """Name the message: newsletters and sales by their month, all reminders alike."""
    month = pa.array(np.datetime_as_string(calendar.dates[sent.second // DAY], unit="M"))
    dated = pc.binary_join_element_wise(names_column(CAMPAIGNS, sent.kind), month, " ")
    return pc.if_else(pa.array(sent.kind == 2), "We miss you", dated)
