"""People, their relatives, and the records that shops keep of them: misspelt, moved, with another e-mail."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import ibis
import pyarrow as pa

from patron.contracts.person import IDENTIFIERS, LINKS

VOWELS, CONSONANTS = "aeiou", "bcdfghklmnprstvw"


@dataclass(frozen=True)
class Book:
    """The records with what they say, and whose they are."""

    records: dict[str, dict[str, str]]
    truth: dict[str, str]

    def identifiers(self) -> Any:
        rows = [
            {"source": "customers", "record_id": record, "kind": kind, "value": value, "given": value, "status": "used"}
            for record, values in self.records.items()
            for kind, value in (
                values | {"name": " ".join(sorted((values["given_name"], values["family_name"])))}
            ).items()
        ]
        columns = {name: [row.get(name) for row in rows] for name in IDENTIFIERS.names}
        return ibis.memtable(pa.table(columns, schema=IDENTIFIERS.schema.to_pyarrow()))

    def links(self, owners: dict[str, str]) -> Any:
        rows = [
            {"source": "customers", "record_id": record, "customer_id": owner, "rule": "own_id", "confidence": 1.0}
            for record, owner in owners.items()
        ]
        columns = {name: [row.get(name) for row in rows] for name in LINKS.names}
        return ibis.memtable(pa.table(columns, schema=LINKS.schema.to_pyarrow()))


def people_book(people: int, *, seed: int, again: float = 0.4) -> Book:
    """Draw about `people` people in households; a share `again` of them has a second record, some a third."""
    rng = random.Random(seed)
    given, family = _names(rng, 300), _names(rng, 1500)
    records: dict[str, dict[str, str]] = {}
    truth: dict[str, str] = {}
    drawn = 0
    while drawn < people:
        home = _home(rng, _common(rng, family))
        for member in _members(rng, home, given):
            drawn += 1
            copies = 1 + (rng.random() < again) + (rng.random() < again / 5)
            for copy in range(copies):
                record = f"r{len(records):06d}"
                records[record] = _told(rng, _misspelt(rng, member) if copy else member)
                truth[record] = f"p{drawn}"
    return Book(records, truth)


def by_rules(book: Book) -> dict[str, str]:
    """Link as the deterministic rules do: e-mail, phone and name, name and birth date, name and address."""
    parent = {record: record for record in book.records}

    def root(record: str) -> str:
        while parent[record] != record:
            record = parent[record]
        return record

    seen: dict[tuple[str, ...], str] = {}
    for record, values in book.records.items():
        name = (values.get("given_name", ""), values.get("family_name", ""))
        keys = [("email", values["email"])] if "email" in values else []
        keys += [(kind, values[kind], *name) for kind in ("phone", "birth_date", "address") if kind in values]
        for key in keys:
            first, second = sorted((root(seen.setdefault(key, record)), root(record)))
            parent[second] = first
    return {record: root(record) for record in parent}


def _names(rng: random.Random, count: int) -> list[str]:
    made: dict[str, None] = {}
    while len(made) < count:
        made["".join(rng.choice(CONSONANTS) + rng.choice(VOWELS) for _ in range(rng.choice((2, 3, 3, 4))))] = None
    return list(made)


def _common(rng: random.Random, names: list[str]) -> str:
    """Draw a name; the first are by far the most common."""
    return names[int(len(names) * rng.random() ** 2.2)]


def _home(rng: random.Random, family: str) -> dict[str, str]:
    area = rng.randrange(2000)
    street = f"{rng.randrange(1, 90)} {_names(rng, 1)[0]} street"
    return {
        "family_name": family,
        "street": street,
        "postal_code": f"{area:05d}",
        "address": f"{street}|{area:05d}",
        "phone": f"+44{rng.randrange(10**9):09d}",
    }


def _members(rng: random.Random, home: dict[str, str], given: list[str]) -> list[dict[str, str]]:
    members: list[dict[str, str]] = []
    for place in range(rng.choice((1, 1, 2, 2, 3, 4))):
        others = [name for name in given if name not in {other["given_name"] for other in members}]
        member = dict(home, given_name=_common(rng, others), birth_date=_born(rng))
        if place and rng.random() < 0.02:
            member["birth_date"] = members[0]["birth_date"]  # twins
        if place and rng.random() < 0.001:
            member["given_name"] = members[0]["given_name"]  # the son is called after the father
        if rng.random() < 0.7:
            member["phone"] = f"+44{rng.randrange(10**9):09d}"  # her own, beside the household's
        member["email"] = _email(rng, member)
        members.append(member)
    return members


def _born(rng: random.Random) -> str:
    return f"{rng.randrange(1940, 2006)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"


def _email(rng: random.Random, member: dict[str, str]) -> str:
    name = rng.choice((f"{member['given_name']}.{member['family_name']}", member["given_name"], _names(rng, 1)[0]))
    return f"{name}{rng.randrange(100_000)}@{rng.choice(('mail', 'post', 'web'))}.example"


def _misspelt(rng: random.Random, member: dict[str, str]) -> dict[str, str]:
    """Return what a second registration says: each thing may have changed or be mistyped."""
    copy = dict(member)
    for kind, share in {"given_name": 0.12, "family_name": 0.12, "email": 0.05, "birth_date": 0.04}.items():
        if rng.random() < share:
            copy[kind] = _born_wrong(rng, copy[kind]) if kind == "birth_date" else _typo(rng, copy[kind])
    if rng.random() < 0.35:
        copy["email"] = _email(rng, member)
    if rng.random() < 0.2:
        copy["phone"] = f"+44{rng.randrange(10**9):09d}"
    if rng.random() < 0.15:
        moved = _home(rng, "")
        copy |= {kind: moved[kind] for kind in ("street", "postal_code", "address")}
    return copy


def _typo(rng: random.Random, text: str) -> str:
    place = rng.randrange(1, max(2, len(text.partition("@")[0])))
    kind = rng.randrange(3)
    if kind == 0:
        return text[:place] + rng.choice(CONSONANTS) + text[place + 1 :]
    return text[:place] + text[place + 1 :] if kind == 1 else text[:place] + text[place - 1] + text[place:]


def _born_wrong(rng: random.Random, day: str) -> str:
    place = rng.choice((3, 6, 9))
    return day[:place] + str(rng.randrange(1, 3)) + day[place + 1 :]


def _told(rng: random.Random, member: dict[str, str]) -> dict[str, str]:
    """Leave out what this registration did not ask for."""
    missing = {"birth_date": 0.3, "phone": 0.2, "address": 0.1, "email": 0.05}
    left_out = {kind for kind, share in missing.items() if rng.random() < share}
    if "address" in left_out:
        left_out |= {"street", "postal_code"}
    return {kind: value for kind, value in member.items() if kind not in left_out}
