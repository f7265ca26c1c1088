"""What somebody chooses by her link holds for the next live decision and the next run."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest
from stream_support import Inbox, added, sends, services_of

from patron.engines.state import State
from patron.pipeline import Project, open_project
from patron.server.stream import StreamWorker
from signed_link_pages import Asked
from tests_support import TODAY

FIRST = """
left_cart:
  live: {events: [cart_add], after: 4h, unless: [order], key: cart}
  action: remind
  channels: [email, sms]
  holdout: none
  state: scaled
  kind: promotion
"""
OPEN = {"privacy": {"basis": {"marketing": "legitimate_interests"}}}
"""Everybody may be written to who has not refused."""


@pytest.fixture(scope="module")
def plain(shop_made, tmp_path_factory) -> Project:
    """The shop with an address under which links lead to it."""
    folder = shutil.copytree(shop_made, tmp_path_factory.mktemp("choices") / "shop")
    settings = folder / "patron.yaml"
    settings.write_text(settings.read_text() + "\nserver: {public_url: https://shop.example}\n")
    return open_project(folder)


@pytest.fixture
def asked(plain, tmp_path, clock):
    with State.open(tmp_path / "state.db") as state, Asked(tmp_path, state, project=plain) as made:
        made.clock.now = clock()
        yield made


def people(project):
    """Customers of the shop by their own ids who have refused nothing."""
    links, consents = project.table("links"), project.table("consents")
    refused = consents.filter(~consents.allowed).select("customer_id")
    own = links.filter(links.record_id == links.customer_id).anti_join(refused, "customer_id")
    return sorted(own.customer_id.to_pyarrow().unique().to_pylist())


def decided(asked, who, change=None):
    """Return how a cart that somebody leaves is answered, where she changed something four hours later."""
    worker = StreamWorker(services_of(asked.project, asked.state, asked.clock, FIRST, contact={"most": 3}, **OPEN))
    Inbox(asked.state).put(added(who), at=asked.clock())
    while worker.turn().more:
        pass
    asked.clock.forward(hours=4, minutes=1)
    if change is not None:
        change(asked, who)
    while worker.turn().more:
        pass
    (send,) = [row for row in sends(asked.state) if row["customer_id"] == who]
    return send["outcome"], send["reason"], send["channel"]


def one_click(asked, who):
    asked.client.post(asked.unsubscribe(who), data={"List-Unsubscribe": "One-Click"})


def everything(asked, who):
    asked.client.post(asked.preferences(who), data={"act": "stop"})


def chooses(**fields):
    def change(asked, who):
        before = {f"before_{name}": "" for name in fields}
        answer = asked.client.post(asked.preferences(who), data={"act": "save", **before, **fields})
        assert "are saved" in answer.text

    return change


def test_the_next_live_decision_obeys(asked):
    first = people(asked.project)
    free = [decided(asked, who) for who in first[:1]]
    assert free[0][2] == "email", free
    assert free[0][1] not in ("said_no", "paused")
    assert decided(asked, first[1], one_click)[2] == "sms", "by the other channel she may be written to"
    assert decided(asked, first[2], everything)[:2] == ("refused", "said_no")
    assert decided(asked, first[3], chooses(pause="yes"))[:2] == ("refused", "paused")
    assert decided(asked, first[4], chooses(channel="sms"))[2] == "sms"


@pytest.mark.slow
def test_the_next_run_obeys(plain, tmp_path):
    project = open_project(shutil.copytree(plain.folder, tmp_path / "shop"))
    before = project.table("decisions").to_pyarrow().to_pylist()
    left = sorted({row["customer_id"] for row in before if row["outcome"] == "sent" and row["purpose"] == "marketing"})
    assert len(left) >= 3
    with project.state() as state, Asked(tmp_path, state, project=project) as asked:
        asked.clock.now = asked.clock.now.replace(year=TODAY.year, month=TODAY.month, day=TODAY.day)
        one_click(asked, left[0])
        chooses(pause="yes")(asked, left[1])
        everything(asked, left[2])
    project.run(today=TODAY)
    after = project.table("decisions").to_pyarrow().to_pylist()
    why = {who: Counter(row["reason"] for row in after if row["customer_id"] == who) for who in left[:3]}
    sent = {(row["customer_id"], row["channel"]) for row in after if row["outcome"] == "sent"}
    assert not {who for who, _ in sent} & {left[1], left[2]}
    assert (left[0], "email") not in sent
    assert "paused" in why[left[1]]
    assert "said_no" in why[left[2]]
