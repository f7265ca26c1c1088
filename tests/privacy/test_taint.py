"""Whatever is done to a table, a customer who may not be used so never leaves it.

Tables of several customers are filtered, joined, summed by customer, united and derived from in random order; before
each step that reads them and each export, they pass the one filter, as the pipeline's tables do. What each row was made
of is written into it (`made_of`), so that a row that was joined or summed still tells whose data it holds.
"""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from patron.contracts import PURPOSES
from patron.contracts.person import CONSENTS
from patron.contracts.raw_people import CHANNELS
from patron.privacy import Policy, guard, permitted
from patron.privacy.policy import CONTACT, OPT_IN

CUSTOMERS = "abcdefghijkl"
SCHEMA = pa.schema([("customer_id", pa.string()), ("n", pa.int64()), ("made_of", pa.string())])


WORDS = st.dictionaries(
    st.tuples(st.sampled_from(CUSTOMERS), st.sampled_from(["marketing", "analytics"]), st.sampled_from(CHANNELS[:3])),
    st.booleans(),
    min_size=8,
    max_size=40,
)  # fmt: skip
PURPOSE = st.sampled_from(["marketing", "marketing", "marketing", "analytics", "operations"])
RESTRICTED = st.frozensets(st.sampled_from(CUSTOMERS), max_size=2)
ROWS = st.lists(st.integers(0, 5), min_size=12, max_size=20).map(
    lambda numbers: [(CUSTOMERS[place % 12], n) for place, n in enumerate(numbers)]
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["filter", "join", "sum", "unite", "derive", "rename"]),
        st.integers(0, 9),
        st.integers(0, 9),
        st.sampled_from(["evaluation", "decision"]),
    ),
    max_size=5,
)


def allowed(who, words, restricted, *, purpose, stage, channel, basis):
    """The filter's rules said once more, over plain words."""
    if who in restricted:
        return False
    mine = {where: yes for (whose, what, where), yes in words.items() if (whose, what) == (who, purpose)}
    in_all, opt_in = mine.get("all"), basis in OPT_IN
    if channel not in (None, "all"):
        verdict = mine.get(channel, in_all)
        return bool(verdict) if opt_in else verdict is not False
    if purpose not in CONTACT:
        return bool(in_all) if opt_in else in_all is not False
    if stage == "export":
        return (bool(in_all) if opt_in else True) and all(mine.values())
    return any(mine.values()) if opt_in else in_all is not False or any(mine.values())


def apply(kind, table, other, number):
    """One thing that is done to tables. Every row goes on telling whose data it holds."""
    if kind == "filter":
        return table.filter(table.n >= number % 4)
    if kind == "join":
        right = other.select(who=other.customer_id, m=other.n, theirs=other.made_of)
        joined = table.join(right, [("customer_id", "who")])
        return joined.select(joined.customer_id, n=joined.n + joined.m, made_of=joined.made_of + joined.theirs)
    if kind == "sum":
        return table.group_by("customer_id").aggregate(n=table.n.sum().cast("int64"), made_of=table.made_of.min())
    if kind == "unite":
        return table.union(other)
    if kind == "derive":
        return table.mutate(n=(table.n * 2) % 7)
    return table.select(whose=table.customer_id, n=table.n, made_of=table.made_of).rename(customer_id="whose")


def pipeline(tables, steps, known, *, purpose, channel, filtering=permitted):
    """Every step reads tables through the filter and keeps what it made; the last one is exported through it."""
    kept = list(tables)
    for kind, left, right, stage in steps:
        read = [
            filtering(kept[place % len(kept)], purpose=purpose, stage=stage, guard=known) for place in (left, right)
        ]
        kept.append(apply(kind, *read, right))
    return [filtering(table, purpose=purpose, stage="export", guard=known, channel=channel) for table in kept[-2:]]


def made_of(words, restricted):
    rows = [
        {"customer_id": who, "purpose": purpose, "channel": channel, "allowed": yes, "records": 1, "conflict": False,
         "reason": "granted" if yes else "denied"}
        for (who, purpose, channel), yes in words.items()
    ] + [
        {"customer_id": who, "purpose": "*", "channel": "all", "allowed": False, "reason": "restricted", "records": 1,
         "conflict": False}
        for who in sorted(restricted)
    ]  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(rows, schema=CONSENTS.schema.to_pyarrow()))


def source(rows):
    return ibis.memtable(
        pa.Table.from_pylist([{"customer_id": who, "n": n, "made_of": who} for who, n in rows], schema=SCHEMA)
    )


def leaked(tables, forbidden):
    """Whose data leaves although it may not: by name, or by what a row was made of."""
    rows = [row for table in tables for row in table.to_pyarrow().to_pylist()]
    return {who for row in rows for who in (row["customer_id"], *row["made_of"]) if who in forbidden}


@given(
    st.tuples(ROWS, ROWS), STEPS, WORDS, RESTRICTED, PURPOSE,
    st.sampled_from([None, *CHANNELS[:3]]), st.sampled_from(["consent", "legitimate_interests"]),
)  # fmt: skip
@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.generate])  # making one smaller takes long
def test_who_is_denied_never_leaves_and_who_is_not_is_not_lost(rows, steps, words, restricted, purpose, channel, basis):
    policy = Policy(marketing=basis, analytics=basis)
    known = guard(made_of(words, restricted), policy=policy)
    tables = pipeline([source(part) for part in rows], steps, known, purpose=purpose, channel=channel)
    basis = policy.basis(purpose)
    heard = {} if basis == "contract" else words
    free = {
        who for who in CUSTOMERS
        if allowed(who, heard, restricted, purpose=purpose, stage="export", channel=channel, basis=basis)
    }  # fmt: skip
    assert not leaked(tables, set(CUSTOMERS) - free)
    if not steps:
        left = {row["customer_id"] for table in tables for row in table.to_pyarrow().to_pylist()}
        assert left == free & {who for part in rows for who, _ in part}


def test_the_filter_is_what_holds_them_back():
    """Were it not there, the test above would see it: what it looks for does leave."""
    words = {("a", "marketing", "all"): False}
    known = guard(made_of(words, frozenset()), policy=Policy(marketing="legitimate_interests"))
    tables, steps = [source([("a", 1), ("b", 2)])], [("sum", 0, 0, "evaluation"), ("unite", 1, 0, "decision")]

    def nothing(table, **_asked):
        return table

    free = pipeline(tables, steps, known, purpose="marketing", channel=None, filtering=nothing)
    held = pipeline(tables, steps, known, purpose="marketing", channel=None)
    assert leaked(free, {"a"}) == {"a"}
    assert not leaked(held, {"a"})


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_table_that_hides_whose_rows_it_holds_does_not_leave(purpose):
    known = guard(made_of({}, frozenset("a")), policy=Policy(marketing="consent"))
    with pytest.raises(ValueError, match="customer_id"):
        permitted(source([("a", 1)]).drop("customer_id"), purpose=purpose, stage="export", guard=known)
