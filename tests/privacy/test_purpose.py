"""The one purpose filter."""

from __future__ import annotations

import ibis
import pytest

from patron.contracts import PURPOSES
from patron.errors import ArgumentError, ContractError, SettingsError
from patron.privacy import STAGES, permitted

TABLE = ibis.memtable({"customer_id": ["ann", "bob", "bob"], "n": [1, 2, 3]})


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("stage", STAGES)
def test_every_known_purpose_passes_every_row_for_now(purpose, stage):
    assert (
        permitted(TABLE, purpose=purpose, stage=stage)
        .order_by("n")
        .to_pyarrow()
        .equals(TABLE.order_by("n").to_pyarrow())
    )


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


def test_rows_that_do_not_say_whose_they_are_do_not_pass():
    with pytest.raises(ContractError, match="customer_id"):
        permitted(TABLE.drop("customer_id"), purpose="marketing", stage="export")
