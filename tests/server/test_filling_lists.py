"""A frozen list goes where somebody says: its treated arm alone, once, and to nobody who has said no since."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import insert, select

from delivering_shop import DAY, MORNING, SETTINGS, delivering_shop
from patron.engines.database import writing
from patron.engines.delivery_tables import OUTBOX
from patron.engines.state_tables import ASSIGNMENTS, AUDIENCES
from patron.errors import ArgumentError
from patron.pipeline.filling.lists import lists

LISTS = """\
  rows: {type: files, folder: out/rows}
  phone: {type: calls, folder: out/calls, country: FR}
"""


@pytest.fixture
def shop(tmp_path):
    return delivering_shop(tmp_path / "tea", settings=SETTINGS + LISTS)


@pytest.fixture
def frozen(database):
    """A list of four, one of them its control."""
    audience = {"name": "lapsed", "segmentation": "stages", "segment": "lapsed", "purpose": "marketing", "salt": "s",
                "assigned_on": DAY, "run_id": "r", "holdout": 0.25, "treated": 3, "control": 1,
                "published": True}  # fmt: skip
    arms = {"ann": "treated", "bob": "treated", "eve": "treated", "moe": "control"}
    with writing(database.engine) as connection:
        connection.execute(insert(AUDIENCES), [audience, audience | {"name": "unfinished", "published": False}])
        connection.execute(
            insert(ASSIGNMENTS), [{"audience": "lapsed", "customer_id": one, "arm": arm} for one, arm in arms.items()]
        )


def box(state):
    with state.engine.connect() as connection:
        rows = connection.execute(select(OUTBOX)).mappings()
        return {row["customer_id"]: {**row, "content": json.loads(row["content"])} for row in rows}


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(
    ("to", "reached"), [("mail", ["ann", "bob"]), ("phone", ["ann", "bob"]), ("post", ["ann"]),
                        ("rows", ["ann", "bob", "eve"])],
)  # fmt: skip
def test_the_treated_are_put_in_once_where_they_can_be_reached(shop, database, to, reached):
    message = "cart" if to == "mail" else None
    filled = lists(shop, database, audience="lapsed", to=to, message=message, now=MORNING)
    missing = {"no_address": 3 - len(reached)} if len(reached) < 3 else {}
    assert (filled.made, filled.left_out) == ({to: len(reached)}, missing)
    rows = box(database)
    assert sorted(rows) == reached, "never the control"
    assert {(row["source"], row["audience"], row["trigger"], row["purpose"]) for row in rows.values()} == {
        ("audience", "lapsed", None, "marketing")
    }  # fmt: skip
    assert lists(shop, database, audience="lapsed", to=to, message=message, now=MORNING).made == {}


@pytest.mark.usefixtures("frozen")
def test_what_a_list_says_of_somebody(shop, database):
    lists(shop, database, audience="lapsed", to="rows", now=MORNING)
    ann = box(database)["ann"]
    assert (ann["channel"], ann["address"]) == (None, None)
    assert ann["content"]["campaign"] == "lapsed"
    assert ann["content"]["facts"]["email"].strip() == "Ann.Lee@Example.com"
    assert ann["content"]["unsubscribe_url"].startswith("https://patron.tea.example/u/")
    lists(shop, database, audience="lapsed", to="mail", message="cart", now=MORNING)
    with database.engine.connect() as connection:
        mails = connection.execute(select(OUTBOX.c.content).where(OUTBOX.c.destination == "mail")).scalars().all()
    assert all("utm_campaign=lapsed" in mail for mail in mails)


@pytest.mark.usefixtures("frozen")
def test_an_e_mail_needs_words(shop, database):
    assert lists(shop, database, audience="lapsed", to="mail", now=MORNING).left_out == {"no_words": 3}


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(
    ("named", "argument"),
    [({"audience": "laspd", "to": "mail"}, "audience"), ({"audience": "unfinished", "to": "mail"}, "audience"),
     ({"audience": "lapsed", "to": "mial"}, "to"), ({"audience": "lapsed", "to": "mail", "message": "x"}, "message")],
)  # fmt: skip
def test_what_is_not_there_is_said(shop, database, named, argument):
    with pytest.raises(ArgumentError) as caught:
        lists(shop, database, **named, now=MORNING)
    assert caught.value.data["argument"] == argument
    assert box(database) == {}
