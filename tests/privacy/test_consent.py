"""What holds for whom: the cases stand in consent_cases.txt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts import PURPOSES
from patron.contracts.person import CONSENTS, LINKS
from patron.contracts.raw_people import CHANNELS, CONSENT_STATUS, RAW_CONSENTS
from patron.privacy import Policy, consents, no_statements
from patron.privacy.rights import SCHEMA as RIGHTS
from patron.privacy.signals import SIGNALS, signals
from patron.privacy.statements import SCHEMA

AS_OF = date(2025, 6, 30)
FILE = Path(__file__).with_name("consent_cases.txt")
OPTIONS = {"confirmed": "confirmed_at", "expires": "expires_on", "signal": "signal", "basis": "lawful_basis"}


def said(customer_id, purpose="marketing", channel="email", status="granted", given_at="2025-01-01", **more):
    at = given_at if isinstance(given_at, datetime) else datetime.fromisoformat(given_at)
    return {
        "customer_id": customer_id, "purpose": purpose, "channel": channel, "status": status, "given_at": at,
        "lawful_basis": "consent", "text_version": None, "source": None, "proof": None, "confirmed_at": None,
        "expires_on": None, "jurisdiction": None, "signal": None,
    } | more  # fmt: skip


def arrow(rows, schema):
    return pa.Table.from_pylist(list(rows), schema=schema.to_pyarrow())


def raw(*rows):
    numbered = [{"file": "consents.csv", "row": number, **row} for number, row in enumerate(rows, start=1)]
    return arrow(numbered, RAW_CONSENTS.schema)


def links(**owners):
    rows = [
        {"source": source, "record_id": record, "customer_id": owner, "rule": "email", "key": None, "linked_on": None,
         "confidence": 1.0}
        for record, owner in owners.items()
        for source in ("customers", "consents")
    ]  # fmt: skip
    return arrow(rows, LINKS.schema)


def rights(*rows):
    names = ("customer_id", "right", "since", "until")
    return arrow([dict(zip(names, row, strict=True)) for row in rows], ibis.schema(RIGHTS))


@cache
def sql(policy, as_of, dialect="duckdb"):
    """The expression as SQL, built once: building it takes longer than running it."""
    made = consents(
        RAW_CONSENTS.unbound(), ibis.table(SCHEMA, name="statements"), ibis.table(ibis.schema(RIGHTS), name="rights"),
        LINKS.unbound(), as_of=as_of, policy=policy, signals=SIGNALS.unbound(),
    )  # fmt: skip
    return ibis.to_sql(made, dialect=dialect)


ENGINE = duckdb.connect(config={"threads": 1})


def holds(*rows, owners=None, exercised=(), policy=None, as_of=AS_OF, statements=()):
    table = raw(*rows)
    decoded = signals(ibis.memtable(table)).table.to_pyarrow() if any(row["signal"] for row in rows) else None
    tables = {
        "raw_consents": table, "statements": arrow(statements, SCHEMA), "rights": rights(*exercised),
        "links": links(**(owners or {})), "signals": arrow([], SIGNALS.schema) if decoded is None else decoded,
    }  # fmt: skip
    for name, content in tables.items():
        ENGINE.register(name, content)
    found = ENGINE.sql(sql(policy or Policy(), as_of)).to_arrow_table().to_pylist()
    assert len({tuple(row[name] for name in CONSENTS.key) for row in found}) == len(found)
    return sorted(found, key=lambda row: tuple(row[name] for name in CONSENTS.key))


@dataclass
class Case:
    name: str
    rows: list = field(default_factory=list)
    owners: dict = field(default_factory=dict)
    exercised: list = field(default_factory=list)
    policy: dict = field(default_factory=dict)
    expected: list = field(default_factory=list)


def pairs(words):
    return dict(word.split("=", 1) for word in words)


def read(case, line):
    first, *words = line.split()
    if first == "policy":
        chosen = pairs(words)
        case.policy |= {"consent_days": int(chosen["consent_days"])} if "consent_days" in chosen else {}
        case.policy |= {"double_opt_in": frozenset({chosen["double_opt_in"]})} if "double_opt_in" in chosen else {}
    elif first == "link":
        case.owners |= {words[0]: words[1], words[1]: words[1]}
    elif first == "right":
        until = pairs(words[3:]).get("until")
        case.exercised.append((words[0], words[1], date.fromisoformat(words[2]), until and date.fromisoformat(until)))
    elif first == "->":
        case.expected += [] if words == ["nothing"] else [words]
    else:
        more = {OPTIONS[name]: value for name, value in pairs(words[4:]).items()}
        more |= {"confirmed_at": datetime.fromisoformat(more["confirmed_at"])} if "confirmed_at" in more else {}
        more |= {"expires_on": date.fromisoformat(more["expires_on"])} if "expires_on" in more else {}
        more |= {"signal": more["signal"].replace("_", " ")} if "signal" in more else {}
        case.rows.append(said(first, *words[:4], **more))


def cases():
    found = []
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("=="):
            found.append(Case(line.removeprefix("==").strip()))
        elif line.strip() and not line.startswith("#"):
            read(found[-1], line)
    return found


def test_the_cases_are_read():
    assert len(cases()) > 40
    assert all(case.rows or case.exercised for case in cases())


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_what_holds(case):
    found = holds(*case.rows, owners=case.owners, exercised=case.exercised, policy=Policy(**case.policy))
    came = {
        (row["customer_id"], row["purpose"], row["channel"], "yes" if row["allowed"] else "no", row["reason"])
        for row in found
    }
    assert came == {tuple(words[:5]) for words in case.expected}
    for words in case.expected:
        row = next(row for row in found if [row["customer_id"], row["purpose"], row["channel"]] == words[:3])
        assert row["conflict"] == ("conflict" in words)
        for name, value in pairs([word for word in words[5:] if "=" in word]).items():
            column = {"expires": "expires_on"}.get(name, name)
            assert str(row[column]) == value


def test_what_the_shop_wrote_down_itself_counts_like_what_a_source_says():
    own = said("ann", status="revoked", given_at="2025-03-01")
    found = holds(said("ann", given_at="2025-01-01"), statements=[own])
    assert [(row["allowed"], row["reason"]) for row in found] == [(False, "revoked")]


def test_without_decoded_signals_every_signal_is_a_no_to_advertising():
    made = consents(
        ibis.memtable(raw(said("ann", signal="1YNN"))), no_statements(), ibis.memtable(rights()),
        ibis.memtable(links()), as_of=AS_OF, policy=Policy(),
    )  # fmt: skip
    CONSENTS.check(made)
    assert [(row["purpose"], row["allowed"]) for row in made.to_pyarrow().to_pylist()] == [("advertising", False)]


def test_nothing_known_is_nothing():
    assert holds() == []


def test_who_is_not_linked_is_a_customer_alone():
    assert [row["customer_id"] for row in holds(said("guest"), owners={"ann": "ann"})] == ["guest"]


NEW_YEAR = datetime.fromisoformat("2025-01-01")
MOMENTS = st.integers(0, 5).map(lambda seconds: NEW_YEAR + timedelta(seconds=seconds))
STATEMENTS = st.lists(
    st.builds(
        said,
        st.sampled_from(["a", "b"]),
        st.sampled_from(["marketing", "advertising"]),
        st.sampled_from(["all", "email", "sms"]),
        st.sampled_from(CONSENT_STATUS),
        MOMENTS,
        expires_on=st.sampled_from([None, date(2025, 6, 1), date(2026, 1, 1)]),
        confirmed_at=st.sampled_from([None, NEW_YEAR + timedelta(days=31)]),
    ),
    max_size=8,
)


class Model:
    """The rules said once more, plainly, over lists."""

    def __init__(self, rows, policy, owners):
        self.rows, self.policy, self.owners = rows, policy, owners

    def state(self, row, target):
        must = row["purpose"] == "marketing" and target in self.policy.confirmed_channels
        if row["status"] != "granted":
            return "no"
        if must and row["confirmed_at"] is None:
            return "open"
        return "over" if row["expires_on"] and row["expires_on"] < AS_OF else "yes"

    def last(self, rows, target):
        sure = [row for row in rows if self.state(row, target) != "open"] or rows
        if not sure:
            return None
        newest = max(row["given_at"] for row in sure)
        states = [self.state(row, target) for row in sure if row["given_at"] == newest]
        return newest, min(states, key=["no", "over", "open", "yes"].index)

    def of_record(self, rows, target):
        general = self.last([row for row in rows if row["channel"] == "all" != target], target)
        own = self.last([row for row in rows if row["channel"] == target], target)
        if general is None or own is None:
            return own or general
        if "open" in (general[1], own[1]):
            return own if general[1] == "open" else general
        return own if own[0] > general[0] or (general[1], own[1]) == ("yes", "no") else general

    def targets(self, rows, purpose):
        spoken = {row["channel"] for row in rows}
        return spoken | self.policy.confirmed_channels if "all" in spoken and purpose == "marketing" else spoken

    def holds(self):
        found = {}
        for owner in set(self.owners.values()):
            for purpose in PURPOSES:
                of = [r for r in self.rows if self.owners[r["customer_id"]] == owner and r["purpose"] == purpose]
                for target in self.targets(of, purpose):
                    each = [self.of_record([r for r in of if r["customer_id"] == one], target) for one in self.owners]
                    found[owner, purpose, target] = all(one[1] == "yes" for one in each if one)
        return found


@given(st.lists(st.tuples(STATEMENTS, st.booleans()), min_size=5, max_size=25), st.booleans())
@settings(max_examples=10, deadline=None)
def test_the_tables_say_what_the_rules_say(worlds, double):
    """Many small worlds at once, each with customers of its own: a query costs more than its rows."""
    policy = Policy(double_opt_in=frozenset({"email"}) if double else frozenset())
    rows, owners, meant = [], {}, {}
    for number, (statements, one_person) in enumerate(worlds):
        a, b = f"{number}a", f"{number}b"
        known = {a: a, b: a if one_person else b}
        own = [row | {"customer_id": f"{number}{row['customer_id']}"} for row in statements]
        meant |= Model(own, policy, known).holds()
        rows, owners = [*rows, *own], owners | known
    found = holds(*rows, owners=owners, policy=policy)
    assert {(row["customer_id"], row["purpose"], row["channel"]): row["allowed"] for row in found} == meant


@given(STATEMENTS, st.randoms())
@settings(max_examples=6, deadline=None)
def test_the_order_of_rows_and_the_name_of_files_do_not_matter(rows, random):
    mixed = random.sample(rows, len(rows))
    assert holds(*rows) == holds(*mixed)


@given(STATEMENTS)
@settings(max_examples=8, deadline=None)
def test_a_merge_never_allows_what_one_of_the_records_forbids(rows):
    apart = holds(*rows)
    merged = {(r["purpose"], r["channel"]): r["allowed"] for r in holds(*rows, owners={"a": "a", "b": "a"})}
    for row in apart:
        assert row["allowed"] or not merged[row["purpose"], row["channel"]]


@given(STATEMENTS)
@settings(max_examples=6, deadline=None)
def test_what_is_said_later_does_not_change_what_held_before(rows):
    later = [
        said("a", purpose, channel, status, "2025-07-01")
        for purpose in PURPOSES
        for channel in CHANNELS[:2]
        for status in CONSENT_STATUS
    ]
    assert holds(*rows) == holds(*rows, *later, exercised=[("a", "restriction", AS_OF + timedelta(days=1), None)])


def test_it_compiles_for_spark():
    assert ibis.pyspark
    policy = Policy(double_opt_in=frozenset({"email"}), consent_days=730)
    assert "JOIN" in sql(policy, AS_OF, dialect="pyspark")
