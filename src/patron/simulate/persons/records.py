"""What each customer record says of its person, and the truth of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.simulate.calendar import Calendar
from patron.simulate.persons import addresses, emails, name_ways, phones
from patron.simulate.persons.homes import KINDS
from patron.simulate.persons.persons import NO_NAMESAKE, Persons
from patron.simulate.tables import days_column, ids_column, names_column

TRAPS = ("junior", "twin", "namesake", "till_email", "filled_in")


@dataclass(frozen=True, kw_only=True, eq=False)
class Records:
    """One entry a customer record in every array: whose it is, and what it says."""

    ids: pa.Array
    person: NDArray[np.int64]
    first: NDArray[np.bool_]  # the first account of its person
    since: NDArray[np.int64]  # day of the shop on which it was opened; not below 0
    until: NDArray[np.int64]  # last day on which somebody may use it
    columns: dict[str, pa.Array]  # of the customers table, beside those of the shop
    other_email: pa.Array  # an address of the person that the record need not know
    changed_email: NDArray[np.bool_]  # the record has that other address
    duplicates: pa.Table  # how each second account differs
    trap: NDArray[np.int64]  # place in TRAPS; -1 for most

    def __len__(self) -> int:
        return len(self.person)


def records(
    rng: np.random.Generator,
    people: Persons,
    *,
    first_account: NDArray[np.int64],
    life: tuple[NDArray[np.int64], NDArray[np.int64]],
    ids: pa.Array,
    calendar: Calendar,
) -> Records:
    """Let each record write down its person, with the mistakes and changes that make a second account hard to know."""
    new = first_account == np.arange(len(first_account))
    who = (np.cumsum(new) - 1)[first_account]
    mail, phone, home, name, birth, when = rng.spawn(6)
    both = [addresses_.take(pa.array(who)) for addresses_ in emails.addresses(mail, people)]
    email, email_way, typed = emails.emails(mail, usual=both[0], other=both[1], first=new)
    numbers = [tuple(part.take(pa.array(who)) for part in phones.numbers(phone, people, turn=turn)) for turn in (0, 1)]
    number, phone_way, phone_junk = phones.phones(phone, usual=numbers[0], other=numbers[1], first=new)
    postal, home_way = addresses.postal(home, homes=addresses.places(home, people).of(who), first=new)
    named, name_way, name_junk = name_ways.names(name, people, who=who, first=new)
    born, birth_way = name_ways.births(birth, born=people.born[who], first=new)
    since, until = np.maximum(life[0], 0), np.clip(life[1], 0, calendar.days - 1)
    changed = since + (when.random(len(who)) * (np.maximum(until, since) - since + 1)).astype(np.int64)
    ways = {
        "email": names_column(emails.WAYS, email_way), "phone": names_column(phones.WAYS, phone_way),
        "name": names_column(name_ways.WAYS, name_way), "address": names_column(addresses.WAYS, home_way),
        "birth_date": names_column(name_ways.BIRTH_WAYS, birth_way),
    }  # fmt: skip
    filled_in = (
        (typed == emails.FILLED_IN) | phone_junk | name_junk | (birth_way == name_ways.BIRTH_WAYS.index("filled_in"))
    )
    return Records(
        ids=ids, person=who, first=new, since=since, until=np.maximum(until, since),
        columns={
            "email": email, "phone": number, **named, "birth_date": born, **postal,
            "updated_on": days_column(calendar.first_day, np.minimum(changed, calendar.days - 1)),
        },
        other_email=both[1], changed_email=email_way == emails.WAYS.index("changed"),
        duplicates=_duplicates(ids, first_account, new, ways),
        trap=_traps(people, who, typed == emails.TYPED_AT_TILL, filled_in),
    )  # fmt: skip


def people_truth(records: Records, people: Persons) -> pa.Table:
    """Tell of each record whose it is, with whom that person lives, and which trap it sets."""
    return pa.table(
        {
            "record_id": records.ids,
            "person_id": person_ids(records.person),
            "household_id": ids_column("H", people.homes.household[records.person] + 1, digits=6),
            "household": names_column(KINDS, people.homes.kind[records.person]),
            "first_account": records.first,
            "trap": names_column(TRAPS, records.trap),
        }
    )


def person_ids(person: NDArray[np.int64]) -> pa.Array:
    """Return the ids of people by their numbers."""
    return ids_column("I", np.arange(1, person.max(initial=0) + 2), digits=6).take(pa.array(person))


def _duplicates(
    ids: pa.Array, first_account: NDArray[np.int64], new: NDArray[np.bool_], ways: dict[str, pa.Array]
) -> pa.Table:
    again = pa.array(~new)
    columns = {"record_id": ids, "first_record_id": ids.take(pa.array(first_account)), **ways}
    return pa.table({name: pc.filter(column, again) for name, column in columns.items()})


def _traps(
    people: Persons, who: NDArray[np.int64], at_till: NDArray[np.bool_], filled_in: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Name the trap of each record; a parent stands in it as the child does."""
    holder = people.homes.holder
    same_name = people.junior.copy()
    same_name[holder[people.junior]] = True
    marks = (same_name[who], people.twin[who], (people.namesake != NO_NAMESAKE)[who], at_till, filled_in)
    return np.select(marks, range(len(TRAPS)), -1)
