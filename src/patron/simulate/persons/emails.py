"""The e-mail addresses of simulated people, all at domains that are reserved for examples (RFC 2606)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.simulate.persons.name_pool import family_names, given_names
from patron.simulate.persons.persons import Persons
from patron.simulate.persons.slips import slips
from patron.simulate.persons.texts import drawn_way, joined, one_of, only, rewritten, words

DOMAINS = (
    "example.com", "example.org", "example.net", "mail.example.com", "post.example.org", "inbox.example.net",
    "web.example.com", "mobil.example.org", "uni.example.org", "firma.example.net",
)  # fmt: skip
STRANGE_DOMAINS = (".con", ",com")

WAYS = ("same", "rewritten", "alias", "mistyped", "changed", "missing")
OF_FIRST = (0.925, 0.02, 0.0, 0.005, 0.0, 0.05)
OF_SECOND = (0.40, 0.08, 0.05, 0.04, 0.33, 0.10)

TILL, TILL_SHARE, TILL_RECORDS = "kasse@shop.example.com", 0.02, 200
JUNK, JUNK_SHARE = ("noreply@example.com", "null", "none", "n/a", "unknown", "-"), 0.008
GIVEN, TYPED_AT_TILL, FILLED_IN = 0, 1, 2


def addresses(rng: np.random.Generator, people: Persons) -> tuple[pa.Array, pa.Array]:
    """Return two addresses of each person, the usual one and another; no two people share one."""
    both = [_written(rng, people) for _ in range(2)]
    every = pa.concat_arrays(both)
    place = every.dictionary_encode().indices.to_numpy()
    again = np.ones(len(every), np.bool_)
    again[np.unique(place, return_index=True)[1]] = False
    number = pa.array(np.flatnonzero(again)).cast(pa.string())
    told_apart = pc.replace_substring(every.filter(pa.array(again)), "@", "_@")
    local, domain = (pc.list_element(pc.split_pattern(told_apart, "@"), place) for place in range(2))
    unique = rewritten(every, again, joined(local, number, "@", domain))
    return unique.slice(0, len(people)), unique.slice(len(people))


def _written(rng: np.random.Generator, people: Persons) -> pa.Array:
    """Write an address of each person from the name and, often, a number."""
    count = len(people)
    given, family = (
        given_names().written(people.given, "handle"),
        family_names().written(people.family, "handle"),
    )
    initial = pc.utf8_slice_codeunits(given, 0, 1)
    year = pc.utf8_slice_codeunits(pa.array(1970 + people.born // 365).cast(pa.string()), 2, 4)
    number = pa.array(rng.integers(1, 1000, count)).cast(pa.string())
    style = rng.choice(5, count, p=(0.4, 0.15, 0.2, 0.1, 0.15))
    local = one_of(
        style,
        [
            joined(given, ".", family), joined(initial, ".", family), joined(given, family, year),
            joined(family, ".", given), joined(given, number),
        ],
    )  # fmt: skip
    return joined(local, "@", words(DOMAINS, rng.integers(0, len(DOMAINS), count)))


def emails(
    rng: np.random.Generator, *, usual: pa.Array, other: pa.Array, first: NDArray[np.bool_]
) -> tuple[pa.Array, NDArray[np.int64], NDArray[np.int64]]:
    """Write the address of each record, from the two of its person.

    Returns
    -------
    tuple
        The addresses, the place in `WAYS` of each, and whether it was given, typed at the till or filled in.
    """
    way = drawn_way(rng, first=first, of_first=OF_FIRST, of_second=OF_SECOND)
    text = pc.if_else(pa.array(way == WAYS.index("changed")), other, usual)
    for name, change in (("rewritten", _rewritten), ("alias", _alias), ("mistyped", _mistyped)):
        mine = way == WAYS.index(name)
        text = rewritten(text, mine, change(rng, text.filter(pa.array(mine))))
    text = only(text, way != WAYS.index("missing"))
    who = _who_filled_in(rng, len(first))
    text = pc.if_else(pa.array(who == TYPED_AT_TILL), TILL, text)
    junk = words(JUNK, rng.integers(0, len(JUNK), len(first)))
    return pc.if_else(pa.array(who == FILLED_IN), junk, text), way, who


def _who_filled_in(rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    who = np.where(rng.random(count) < JUNK_SHARE, FILLED_IN, GIVEN)
    who[rng.permutation(count)[: min(TILL_RECORDS, round(TILL_SHARE * count))]] = TYPED_AT_TILL
    return who


def _rewritten(rng: np.random.Generator, texts: pa.Array) -> pa.Array:
    """Write large letters, or leave blanks around."""
    style = rng.integers(0, 4, len(texts))
    return one_of(style, [pc.utf8_upper(texts), pc.utf8_capitalize(texts), joined(" ", texts), joined(texts, "  ")])


def _alias(_: np.random.Generator, texts: pa.Array) -> pa.Array:
    return pc.replace_substring(texts, "@", "+shop@")


def _mistyped(rng: np.random.Generator, texts: pa.Array) -> pa.Array:
    """Slip in the name, or in the end of the domain (never onto a domain that may be somebody's)."""
    local, domain = (pc.list_element(pc.split_pattern(texts, "@"), place) for place in range(2))
    slipped = joined(slips(rng, local), "@", domain)
    ends = [joined(pc.replace_substring_regex(texts, r"\.(com|org|net)$", end)) for end in STRANGE_DOMAINS]
    return one_of(rng.choice(3, len(texts), p=(0.6, 0.2, 0.2)), [slipped, *ends])
