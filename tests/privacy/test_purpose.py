"""The one purpose filter: who passes, at which stage, by which channel."""

from __future__ import annotations

import ast
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from patron.contracts import PURPOSES
from patron.contracts.person import CONSENTS, LINKS
from patron.errors import ArgumentError, ContractError, SettingsError
from patron.privacy import STAGES, Guard, Policy, Purpose, guard, permitted
from patron.privacy.policy import CONTACT

TABLE = ibis.memtable({"customer_id": ["ann", "bob", "bob"], "n": [1, 2, 3]})
SOFT = Policy(marketing="legitimate_interests")
ASKED = Policy(marketing="consent")


def consents(*rows):
    """Rows of customer, purpose, channel, allowed."""
    full = [
        {"customer_id": who, "purpose": purpose, "channel": channel, "allowed": allowed,
         "reason": "granted" if allowed else "denied", "lawful_basis": None, "since": None, "expires_on": None,
         "records": 1, "conflict": False}
        for who, purpose, channel, allowed in rows
    ]  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(full, schema=CONSENTS.schema.to_pyarrow()))


def who(table):
    return sorted(set(table.to_pyarrow().column("customer_id").to_pylist()), key=str)


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("stage", STAGES)
def test_where_nothing_is_known_every_row_passes_untouched(purpose, stage):
    assert permitted(TABLE, purpose=purpose, stage=stage) is TABLE


@pytest.mark.parametrize("purpose", [purpose for purpose in PURPOSES if purpose != "advertising"])
def test_where_nobody_is_kept_out_the_table_itself_comes_back(purpose):
    known = guard(consents(("ann", "marketing", "email", True)), policy=SOFT)
    assert permitted(TABLE, purpose=purpose, stage="decision", guard=known) is TABLE


def test_an_objection_keeps_out_every_row_of_its_customer_and_nobody_else():
    known = guard(consents(("bob", "marketing", "all", False)), policy=SOFT)
    for stage in STAGES:
        rows = permitted(TABLE, purpose="marketing", stage=stage, guard=known).to_pyarrow().to_pylist()
        assert rows == [{"customer_id": "ann", "n": 1}]
    assert permitted(TABLE, purpose="analytics", stage="export", guard=known) is TABLE


def test_where_consent_is_asked_for_only_a_known_yes_passes():
    known = guard(consents(("bob", "marketing", "all", True), ("ann", "profiling", "all", True)), policy=ASKED)
    for stage in STAGES:
        assert who(permitted(TABLE, purpose="marketing", stage=stage, guard=known)) == ["bob"]
    nothing = guard(CONSENTS.empty(), policy=ASKED)
    assert who(permitted(TABLE, purpose="marketing", stage="export", guard=nothing)) == []


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("policy", [SOFT, ASKED], ids=["soft", "asked"])
def test_a_restriction_keeps_out_of_everything(purpose, policy):
    yes = [("bob", purpose, "all", True) for purpose in PURPOSES]
    known = guard(consents(*yes, ("bob", "*", "all", False)), policy=policy)
    assert "bob" not in who(permitted(TABLE, purpose=purpose, stage="evaluation", guard=known))


def test_the_contracts_own_purpose_heeds_no_objection_but_a_restriction():
    known = guard(consents(("bob", "operations", "all", False)), policy=SOFT)
    assert permitted(TABLE, purpose="operations", stage="decision", guard=known) is TABLE


EMAIL_ONLY = [("ann", "marketing", "email", True)]
NOT_EMAIL = [("ann", "marketing", "email", False)]
BUT_EMAIL = [("ann", "marketing", "all", False), ("ann", "marketing", "email", True)]
ALL_BUT_EMAIL = [("ann", "marketing", "all", True), ("ann", "marketing", "email", False)]


@pytest.mark.parametrize(
    ("rows", "policy", "stage", "channel", "passes"),
    [
        (EMAIL_ONLY, ASKED, "export", "email", True),
        (EMAIL_ONLY, ASKED, "export", "sms", False),
        (EMAIL_ONLY, ASKED, "evaluation", None, True),
        (EMAIL_ONLY, ASKED, "decision", None, True),
        (EMAIL_ONLY, ASKED, "export", None, False),  # nobody knows how the list is used
        (EMAIL_ONLY, SOFT, "export", "sms", True),
        (NOT_EMAIL, SOFT, "export", "email", False),
        (NOT_EMAIL, SOFT, "export", "sms", True),
        (NOT_EMAIL, SOFT, "decision", None, True),
        (NOT_EMAIL, SOFT, "export", None, False),
        (BUT_EMAIL, SOFT, "export", "email", True),
        (BUT_EMAIL, SOFT, "export", "sms", False),
        (BUT_EMAIL, SOFT, "decision", None, True),
        (BUT_EMAIL, SOFT, "export", None, False),
        (BUT_EMAIL, ASKED, "decision", None, True),
        (BUT_EMAIL, ASKED, "export", "email", True),
        (ALL_BUT_EMAIL, ASKED, "export", "sms", True),
        (ALL_BUT_EMAIL, ASKED, "export", "email", False),
        (ALL_BUT_EMAIL, ASKED, "export", None, False),
        (ALL_BUT_EMAIL, ASKED, "export", "all", False),
        (ALL_BUT_EMAIL, ASKED, "evaluation", None, True),
    ],
)  # fmt: skip
def test_channels(rows, policy, stage, channel, passes):
    known = guard(consents(*rows), policy=policy)
    found = permitted(TABLE, purpose="marketing", stage=stage, guard=known, channel=channel)
    assert ("ann" in who(found)) == passes


def test_for_what_reaches_nobody_a_channel_says_where_data_comes_from():
    known = guard(consents(("ann", "analytics", "web", False)), policy=SOFT)
    assert "ann" in who(permitted(TABLE, purpose="analytics", stage="export", guard=known))
    assert "ann" not in who(permitted(TABLE, purpose="analytics", stage="evaluation", guard=known, channel="web"))


LINKED = ibis.memtable(
    pa.Table.from_pylist(
        [{"source": "orders", "record_id": record, "customer_id": "bob", "rule": "email", "confidence": 1.0}
         for record in ("b1", "b2")],
        schema=LINKS.schema.to_pyarrow(),
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("allowed", "policy", "left"), [(False, SOFT, [None, "x"]), (True, ASKED, ["b1", "b2", "bob"])]
)
def test_raw_rows_pass_by_their_records_customer(allowed, policy, left):
    raw = ibis.memtable({"customer_id": ["b1", "b2", "x", None, "bob"]})
    known = guard(consents(("bob", "marketing", "all", allowed)), policy=policy)
    found = permitted(raw, purpose="marketing", stage="evaluation", guard=known, links=LINKED)
    assert who(found) == left


def test_the_consents_themselves_can_pass_the_filter_that_is_made_of_them():
    held = consents(("ann", "marketing", "all", True), ("bob", "marketing", "all", False))
    known = guard(held, policy=ASKED)
    assert who(permitted(held, purpose="marketing", stage="evaluation", guard=known)) == ["ann"]


def test_who_is_kept_out_is_counted_once_per_purpose():
    no = [("ann", "marketing", "sms", False), ("ann", "marketing", "email", False), ("bob", "*", "all", False)]
    held = consents(*no)
    assert guard(held, policy=ASKED).denied == {"marketing": 1, "*": 1}


def test_a_policy_that_leaves_something_open_makes_no_guard():
    with pytest.raises(ArgumentError, match="settled"):
        guard(CONSENTS.empty(), policy=Policy())


def test_a_purpose_is_a_type_of_the_same_words():
    assert tuple(Purpose) == PURPOSES
    assert set(CONTACT) < set(Purpose)
    assert permitted(TABLE, purpose=Purpose.MARKETING, stage="export") is TABLE


def test_an_unknown_purpose_is_refused_with_the_nearest_one():
    with pytest.raises(SettingsError, match="Did you mean 'marketing'") as error:
        permitted(TABLE, purpose="marketng", stage="export")
    assert error.value.data["came"] == "marketng"


def test_without_a_purpose_nothing_passes():
    with pytest.raises(SettingsError, match="purpose"):
        permitted(TABLE, purpose="", stage="export")


def test_an_unknown_stage_is_refused():
    with pytest.raises(ArgumentError, match="export"):
        permitted(TABLE, purpose="marketing", stage="exprt")


def test_an_unknown_channel_is_refused():
    with pytest.raises(ArgumentError, match="email"):
        permitted(TABLE, purpose="marketing", stage="export", channel="emial")


def test_rows_that_do_not_say_whose_they_are_do_not_pass():
    with pytest.raises(ContractError, match="customer_id"):
        permitted(TABLE.drop("customer_id"), purpose="marketing", stage="export")


@pytest.mark.parametrize("policy", [SOFT, ASKED], ids=["soft", "asked"])
def test_it_compiles_for_spark(policy):

    assert ibis.pyspark
    known = Guard(consents=CONSENTS.unbound(), policy=policy, denied={"marketing": 1})
    raw = ibis.table({"customer_id": "string"}, name="raw")
    for stage in STAGES:
        for links in (None, LINKS.unbound()):
            for channel in (None, "email"):
                found = permitted(raw, purpose="marketing", stage=stage, guard=known, channel=channel, links=links)
                assert "JOIN" in ibis.to_sql(found, dialect="pyspark")


SOURCE = Path(__file__).resolve().parents[2] / "src" / "patron"
WITHOUT_GUARD: set[str] = set()
"""Callers that may leave out what people allow: none."""


def test_nobody_forgets_the_guard():
    forgetful = set()
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", None) != "permitted":
                continue
            if "guard" not in {keyword.arg for keyword in node.keywords}:
                forgetful.add(str(file.relative_to(SOURCE)))
    assert forgetful <= WITHOUT_GUARD
