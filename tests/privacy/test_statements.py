"""What the shop writes down itself: kept as it was said, and nothing kept that cannot be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from patron.contracts.raw_people import RAW_CONSENTS
from patron.errors import ArgumentError
from patron.privacy import Statement, no_statements, state_consent, statements
from patron.privacy.statements import SCHEMA

TODAY = date(2025, 6, 30)
AT = datetime.fromisoformat("2025-06-30T10:00:00")
SAID = Statement(customer_id="ann", purpose="marketing", channel="email", status="granted", given_at=AT)


def test_what_is_written_is_read(state):
    full = replace(
        SAID, customer_id="bob", text_version="v3", source="shop", proof="form 7", confirmed_at=AT, signal="gpc=1",
        expires_on=date(2027, 1, 1), jurisdiction="EU", lawful_basis="legitimate_interests",
        given_at=datetime.fromisoformat("2025-01-01T08:00:00.123456"), status="denied", channel="all",
    )  # fmt: skip
    assert state_consent(state, [SAID, full], today=TODAY) == 2
    rows = statements(state).to_pyarrow().to_pylist()
    assert [row["customer_id"] for row in rows] == ["bob", "ann"], "in the order of time"
    assert rows[0] == {name: getattr(full, name) for name in SCHEMA.names}
    assert rows[1] == {name: getattr(SAID, name) for name in SCHEMA.names}


def test_nothing_kept_is_a_table_of_nothing(state):
    assert statements(state).schema() == SCHEMA
    assert statements(state).count().to_pyarrow().as_py() == 0
    assert no_statements().schema() == SCHEMA


def test_the_columns_are_those_of_the_sources():
    ours = {name: SCHEMA[name] for name in SCHEMA.names}
    theirs = {name: RAW_CONSENTS.schema[name] for name in RAW_CONSENTS.names if name not in ("file", "row")}
    assert ours == theirs


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"customer_id": " "}, "customer_id"),
        ({"purpose": "marketng"}, "purpose"),
        ({"purpose": "*"}, "purpose"),
        ({"channel": "fax"}, "channel"),
        ({"status": "maybe"}, "status"),
        ({"lawful_basis": "because"}, "lawful_basis"),
        ({"given_at": datetime.fromisoformat("2025-07-01T00:00:00")}, "given_at"),
        ({"given_at": AT.replace(tzinfo=UTC)}, "given_at"),
        ({"confirmed_at": datetime.fromisoformat("2025-07-01T00:00:00")}, "confirmed_at"),
        ({"confirmed_at": datetime.fromisoformat("2025-06-30T09:59:59")}, "confirmed_at"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(state, changes, argument):
    with pytest.raises(ArgumentError) as error:
        state_consent(state, [SAID, replace(SAID, **changes)], today=TODAY)
    assert error.value.data["argument"] == argument
    assert error.value.remedy
    assert statements(state).count().to_pyarrow().as_py() == 0


def test_a_malformed_signal_is_refused(state):
    with pytest.raises(ArgumentError, match="signal"):
        state_consent(state, [replace(SAID, signal="garbage")], today=TODAY)


def test_a_near_miss_is_named(state):
    with pytest.raises(ArgumentError, match="Did you mean 'marketing'"):
        state_consent(state, [replace(SAID, purpose="marketng")], today=TODAY)


def test_the_last_day_may_lie_ahead(state):
    assert state_consent(state, [replace(SAID, expires_on=date(2030, 1, 1))], today=TODAY) == 1
