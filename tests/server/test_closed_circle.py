"""The circle closes: what came in decides, what was decided leaves, what it brought is read, and the ledger shows it.

Events by Segment's own client, a live trigger, an e-mail by SMTP, a click on its link, an order; then the next run. All
between real processes: a server, a mail server, a client.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from inbox_calls import call, receive
from patron.decisions.holdouts import Holdout, holds
from patron.engines.delivery_tables import OUTBOX
from patron.engines.state_tables import CONSENT_STATEMENTS
from patron.pipeline import Project, open_project
from patron.privacy.tokens import create_token
from postgres_server import free_port
from served import Served
from tests_support import lean

DAY = date(2026, 3, 1)
"""The day of the first run; the server runs on the day after."""

CUSTOMERS = 260
COST = 0.02
LINK = re.compile(r"https://tea\.example/\S+")
UNSUBSCRIBE = re.compile(r"https?://\S+/u/[^\s>]+")

SETTINGS = """\
name: Tea
currency: EUR
timezone: UTC
sources: {{}}
server: {{orders: true, log: json, public_url: "https://patron.tea.example"}}
triggers:
  left_cart:
    live: {{events: [cart_add], again: once}}
    action: remind
    kind: service
    holdout: 45%
    state: scaled
    goal: {{metric: margin, days: 5d}}
messages:
  left_cart:
    kind: service
    parts:
      headline: {{warm: "{{{{ given_name | default('Hello') }}}}, your tea is waiting"}}
      copy: {{short: "Your cart: https://tea.example/cart?id=7 Stop: {{{{ unsubscribe_url }}}}"}}
destinations:
  mail: {{type: smtp, host: 127.0.0.1, port: {port}, security: none, sender: "Tea <tea@tea.example>", cost: {cost},
         per_second: 5000, at_once: 1000}}
"""


class Mailbox:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        from aiosmtpd.controller import Controller

        self.came: list[bytes] = []
        self.more = threading.Condition()
        self.port = free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd calls it so
        with self.more:
            self.came.append(envelope.content)
            self.more.notify_all()
        return "250 OK"

    def wait_for(self, many: int) -> list[object]:
        with self.more:
            assert self.more.wait_for(lambda: len(self.came) >= many, timeout=90), (len(self.came), many)
        return [message_from_bytes(one, policy=policy.default) for one in self.came]


@pytest.fixture
def mailbox():
    pytest.importorskip("aiosmtpd")
    box = Mailbox()
    yield box
    box.controller.stop()


def history():
    """Yield what happened up to the first run: each customer signed in and bought for about the same."""
    for number in range(CUSTOMERS):
        at = datetime(DAY.year, DAY.month, DAY.day, 10, tzinfo=UTC) - timedelta(days=number % 60)
        who = f"c{number:03d}"
        yield call("identify", at, userId=who, traits={"email": f"{who}@mail.example", "firstName": f"Ann{number}"})
        yield call("track", at, event="Order Completed", userId=who, properties=order(f"o-{who}", 20 + number % 5))


def order(name: str, price: float) -> dict[str, object]:
    return {
        "order_id": name, "currency": "EUR", "products": [{"product_id": "p1", "price": price, "quantity": 1}],
    }  # fmt: skip


def client_of(key: str, address: str):
    """Return Segment's own client of the server."""
    module = pytest.importorskip("segment.analytics.client", reason="needs segment-analytics-python")
    errors: list[object] = []
    client = module.Client(key, host=address, max_retries=3, on_error=lambda error, _items: errors.append(error))
    return client, errors


def page_behind(link: str) -> dict[str, object]:
    """Return the context of the page that a link leads to, as the browser's library tells it."""
    return {"page": {"url": link, "search": f"?{urlsplit(link).query}"}}


@dataclass
class Told:
    """What happened while the server ran: who was meant, what came, who clicked on what, who bought."""

    meant: list[str]
    mails: list[object]
    clicked: list[tuple[str, str]]
    bought: list[str]
    left: str


def while_it_serves(server: Served, key: str, mailbox: Mailbox) -> Told:
    """Fill carts, read the mails, click, buy, and unsubscribe once; every step by the programs that people use."""
    own = [Holdout(name="trigger:left_cart", share=0.45)]
    people = [f"c{number:03d}" for number in range(CUSTOMERS)]
    meant = [who for who in people if holds(who, own) is None]
    client, errors = client_of(key, server.address)
    for who in people:
        client.track(who, "Product Added", {"product_id": "p1", "price": 24.0, "quantity": 1})
    client.flush()
    mails = sorted(mailbox.wait_for(len(meant)), key=lambda one: one["To"])
    clicked = []
    for place, mail in enumerate(mails[::2]):
        link = LINK.search(mail.get_body(("plain",)).get_content())[0]
        clicked.append((addressee(mail), link))
        client.page(anonymous_id=f"browser-{place}", name="Cart", context=page_behind(link))
    # Three in four of those who click buy, and one in ten of those who were held out.
    bought = [who for place, (who, _) in enumerate(clicked) if place % 4]
    bought += sorted(set(people) - set(meant))[::10]
    for who in bought:
        client.track(who, "Order Completed", order(f"n-{who}", 24))
    client.shutdown()
    assert errors == []
    with server.client() as asking:  # one of them has had enough: one click, as mail programs make it (RFC 8058)
        link = UNSUBSCRIBE.search(mails[1]["List-Unsubscribe"])[0]
        answer = asking.post(urlsplit(link).path, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200, answer.text
    return Told(meant, mails, clicked, bought, addressee(mails[1]))


def addressee(mail) -> str:
    return mail["To"].split("@")[0]


def nothing_of_it_is_kept(shop: Project, told: Told) -> None:
    with shop.state() as state, state.engine.connect() as connection:
        rows = connection.execute(select(OUTBOX.c.state, OUTBOX.c.address, OUTBOX.c.content)).all()
        assert {tuple(row) for row in rows} == {("delivered", None, None)}
        said = connection.execute(select(CONSENT_STATEMENTS.c.customer_id, CONSENT_STATEMENTS.c.channel)).all()
        assert {tuple(row) for row in said} == {(told.left, "email")}


def read_by_the_next_run(shop: Project, told: Told) -> None:
    """Look into the tables of the run after the days of the goal are over."""
    names = ("deliveries", "messages", "triggers", "ledger")
    rows = {name: shop.table(name).to_pyarrow().to_pylist() for name in names}
    messages = {row["customer_id"]: row for row in rows["messages"]}
    assert len(rows["deliveries"]) == len(rows["messages"]) == len(messages) == len(told.meant)
    assert {float(row["cost"]) for row in rows["messages"]} == {COST}
    came_back = [who for who, row in messages.items() if row["clicked_at"] is not None]
    assert sorted(came_back) == sorted(who for who, _ in told.clicked), "a click names its message, whatever browser"
    who, link = told.clicked[0]
    assert parse_qs(urlsplit(link).query)["utm_content"] == [messages[who]["message_id"]]
    assert messages[told.left]["unsubscribed_at"] is not None
    followed = [who for who, row in messages.items() if row["ordered_at"] is not None]
    assert sorted(followed) == sorted(set(told.bought) & set(told.meant))

    (trigger,) = rows["triggers"]
    held = CUSTOMERS - len(told.meant)
    assert (trigger["reading"], trigger["treated"], trigger["control"]) == ("read", len(told.meant), held)
    truth = 24 * (len(followed) / len(told.meant) - (len(told.bought) - len(followed)) / held)
    assert 0 < trigger["effect_low"] < truth < trigger["effect_high"]
    assert trigger["cost"] == pytest.approx(COST)

    assert [row["entry"] for row in rows["ledger"]] == ["trigger:left_cart"], "measured, and claimed by nobody else"
    entry = rows["ledger"][0]
    assert (entry["kind"], entry["evidence"], entry["cost_source"]) == ("trigger", "measured", "deliveries")
    assert entry["cost"] == pytest.approx(COST * len(told.meant)), "what really left, and not customers x a plan"
    assert entry["net_low"] < truth * len(told.meant) < entry["net_high"]
    assert entry["last_click"] == pytest.approx(24 * len(followed)), "what a last-click report would have claimed"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_from_an_event_to_the_ledger(tmp_path, mailbox):
    folder = tmp_path / "tea"
    folder.mkdir()
    settings = SETTINGS.format(port=mailbox.port, cost=COST) + lean()
    (folder / "patron.yaml").write_text(settings, encoding="utf-8")
    shop = open_project(folder)
    with shop.state() as state:
        receive(state, list(history()))
        now = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
        _token, key = create_token(state, name="web", scopes=("write",), now=now, actor="test")
    shop.run(today=DAY)
    with Served(folder, "--today", (DAY + timedelta(days=1)).isoformat()) as server:
        told = while_it_serves(server, key, mailbox)
        assert server.stop() == 0
        assert "@mail.example" not in server.told(), "nobody stands in the log"
    assert [addressee(mail) for mail in told.mails] == told.meant, "the held out get nothing"
    assert len(mailbox.came) == len(told.meant), "each once"
    nothing_of_it_is_kept(shop, told)
    later = DAY + timedelta(days=8)
    shop.run(as_of=later, today=later)
    read_by_the_next_run(shop, told)
