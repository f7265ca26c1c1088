"""A certificate says what was erased where, the same every time, and names nobody."""

from __future__ import annotations

from datetime import date

from patron.privacy.audit import Head
from patron.privacy.certificate import Certificate
from patron.privacy.stores import Erased

WHOLE = Certificate(
    request_id="R-12", law="gdpr", pseudonym="p-" + "ab" * 16, received_on=date(2024, 3, 1),
    erased_on=date(2024, 3, 9),
    stores=(
        Erased("runs", {"raw_order_lines": 1200, "profiles": 1}),
        Erased("exports"),
        Erased("models", {}, {"lifetime_value": "Fitted on counts of all; nobody can be told from it."}),
    ),
    audit=Head(41, "c" * 64), tombstones={"customer_id": 2, "email": 1},
    notices=("orders.csv is yours; it is not touched.",),
)  # fmt: skip


def test_it_comes_back_as_it_was_written():
    assert Certificate.from_json(WHOLE.to_json()) == WHOLE
    assert Certificate.from_json(WHOLE.to_json()).to_json() == WHOLE.to_json()


def test_the_order_in_which_things_were_counted_does_not_change_it():
    stores = (Erased("runs", {"profiles": 1, "raw_order_lines": 1200}), *WHOLE.stores[1:])
    other = Certificate(**{**vars(WHOLE), "stores": stores, "tombstones": {"email": 1, "customer_id": 2}})
    assert other.to_json() == WHOLE.to_json()


def test_a_person_can_read_it():
    assert WHOLE.text() == (
        "Certificate of erasure R-12\n\n"
        "Requested on 1 March 2024, erased on 9 March 2024, under GDPR Article 17.\n"
        f"The person is known from now on only as p-{'ab' * 16}, and nothing says who that is.\n\n"
        "1,201 rows were erased, as follows.\n\n"
        "runs:\n  profiles: 1 row\n  raw_order_lines: 1,200 rows\n\n"
        "exports:\n  nothing was held\n\n"
        "models:\n  nothing was held\n\n"
        "What was not erased, and why:\n"
        "  models, lifetime_value: Fitted on counts of all; nobody can be told from it.\n\n"
        "What is left to do by hand:\n"
        "  orders.csv is yours; it is not touched.\n\n"
        "3 salted tokens remain, so that a later import does not bring the person back. "
        "They do not tell who she was.\n\n"
        f"The audit stood at entry 41 when this was issued, with the hash\n{'c' * 64}.\n"
    )


def test_what_there_is_none_of_is_not_mentioned():
    bare = Certificate(**{**vars(WHOLE), "stores": WHOLE.stores[:1], "notices": (), "law": "ccpa"})
    assert "not erased" not in bare.text()
    assert "by hand" not in bare.text()
    assert "1798.105" in bare.text()
