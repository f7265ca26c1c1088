"""The client loses no event, sends none as two, and says in words what a server refuses."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patron.client import Client
from patron.client.calls import LONGEST_PAUSE_S
from patron.client.outside import Outside
from patron.errors import ArgumentError, ServerError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SERVER = "https://patron.example"


class Server:
    """A server that answers as it is told, and keeps what came."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.came: list[httpx.Request] = []
        self.events: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.came.append(request)
        answer = self.answers.pop(0) if self.answers else httpx.Response(200, json={"success": True})
        if isinstance(answer, Exception):
            raise answer
        if answer.is_success and request.url.path == "/v1/batch":
            self.events += json.loads(request.content)["batch"]
        return answer


def outside(pauses: list[float] | None = None) -> Outside:
    ids = (f"m{number}" for number in range(1_000_000))
    kept = pauses if pauses is not None else []
    return Outside(now=lambda: NOW, new_id=lambda: next(ids), pause=kept.append, chance=lambda: 1.0)


def client(server: Callable[[httpx.Request], httpx.Response], **options: Any) -> Client:
    given: dict[str, Any] = {
        "write_key": "K", "token": "T", "every_s": 3600, "transport": httpx.MockTransport(server),
        "outside": outside(),
    }  # fmt: skip
    return Client(SERVER, **given | options)


def test_events_are_sent_as_one_batch_of_the_segment_specification():
    server = Server()
    with client(server) as patron:
        first = patron.track("Product Viewed", {"product_id": "P7", "price": Decimal("9.90")}, user_id="C1")
        patron.identify({"email": "a@example.com"}, user_id="C1", anonymous_id="A1")
        patron.page("Home", {"day": date(2026, 3, 1)}, anonymous_id="A1", context={"gpc": True})
        patron.screen("Home", anonymous_id="A1")
        patron.group("G1", {"name": "Firm"}, user_id="C1")
        patron.alias("A1", user_id="C1")
        assert patron.waiting == 6
    (request,) = server.came
    body = json.loads(request.content)
    assert request.url == f"{SERVER}/v1/batch"
    assert request.headers["Authorization"] == f"Basic {base64.b64encode(b'K:').decode()}"
    assert body["sentAt"] == NOW.isoformat()
    assert [one["type"] for one in body["batch"]] == ["track", "identify", "page", "screen", "group", "alias"]
    assert body["batch"][0] == {
        "type": "track", "messageId": first, "timestamp": NOW.isoformat(), "userId": "C1", "event": "Product Viewed",
        "properties": {"product_id": "P7", "price": "9.90"},
    }  # fmt: skip
    assert body["batch"][2]["context"] == {"gpc": True}
    assert body["batch"][5]["previousId"] == "A1"
    assert len({one["messageId"] for one in body["batch"]}) == 6


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        (lambda patron: patron.track("Seen"), "argument"),
        (lambda patron: patron.track("Seen", user_id="C1", at=datetime(2026, 3, 1)), "argument"),  # noqa: DTZ001
        (lambda patron: patron.track("Seen", {"note": "x" * 33_000}, user_id="C1"), "came"),
        (lambda patron: patron.track("Seen", {"value": float("nan")}, user_id="C1"), "reason"),
        (lambda patron: patron.track("Seen", {"value": object()}, user_id="C1"), "reason"),
    ],
    ids=["nobody", "no zone", "too large", "not a number", "no JSON"],
)
def test_an_event_that_no_server_takes_is_refused_at_once(sent, key):
    server = Server()
    with client(server) as patron:
        with pytest.raises(ArgumentError) as error:
            sent(patron)
        assert key in error.value.data
        assert patron.waiting == 0
    assert not server.came


@pytest.mark.parametrize("options", [{"batch": 0}, {"most_waiting": 0}, {"attempts": 0}])
def test_numbers_out_of_range_are_refused(options):
    with pytest.raises(ArgumentError, match=next(iter(options))):
        client(Server(), **options)


def test_without_the_key_that_a_call_needs_it_says_which():
    with client(Server(), write_key=None, token=None) as patron:
        with pytest.raises(ArgumentError, match="write_key"):
            patron.track("Seen", user_id="C1")
        with pytest.raises(ArgumentError, match="token"):
            patron.next("C1")


def test_a_server_in_trouble_is_asked_again_with_pauses_that_grow_and_the_same_ids():
    pauses: list[float] = []
    server = Server(
        httpx.Response(503), httpx.ReadTimeout("slow"), httpx.Response(429, headers={"Retry-After": "7"}),
        httpx.Response(500),
    )  # fmt: skip
    with client(server, outside=outside(pauses)) as patron:
        patron.track("Seen", user_id="C1")
        patron.flush()
    assert pauses == [0.5, 1.0, 7.0, 4.0]
    bodies = {request.content for request in server.came}
    assert len(server.came) == 5
    assert len(bodies) == 1
    assert len(server.events) == 1


def test_a_pause_is_never_longer_than_half_a_minute():
    pauses: list[float] = []
    server = Server(*[httpx.Response(503, headers={"Retry-After": "86400"}) for _ in range(9)])
    with client(server, outside=outside(pauses), attempts=10) as patron:
        patron.track("Seen", user_id="C1")
    assert max(pauses) == LONGEST_PAUSE_S


def test_events_wait_while_the_server_is_away_and_are_sent_in_order_later():
    server = Server(*[httpx.ConnectError("away")] * 4)
    with client(server, attempts=2) as patron:
        for number in range(5):
            patron.track("Seen", {"number": number}, user_id="C1")
        for _ in range(2):
            with pytest.raises(ServerError, match="cannot be reached"):
                patron.flush()
        assert patron.waiting == 5
        patron.flush()
        assert patron.waiting == 0
    assert [one["properties"]["number"] for one in server.events] == [0, 1, 2, 3, 4]


def test_a_refused_key_keeps_the_events_and_a_refused_event_does_not_stop_the_others():
    problem = {"title": "Unauthorized", "detail": "The key is unknown."}
    server = Server(httpx.Response(401, json=problem), httpx.Response(400, json={"title": "Bad"}))
    with client(server, batch=2) as patron:
        for number in range(3):
            patron.track("Seen", {"number": number}, user_id="C1")
        with pytest.raises(ServerError, match="The key is unknown") as error:
            patron.flush()
        assert error.value.data["status"] == 401
        assert patron.waiting == 3
        with pytest.raises(ServerError, match="never take 2 events") as error:
            patron.flush()
        assert error.value.data["given_up"] == 2
        assert patron.waiting == 1
    assert [one["properties"]["number"] for one in server.events] == [2]


def test_too_many_events_are_an_error_and_never_dropped_in_silence():
    with client(Server(), most_waiting=2) as patron:
        patron.track("Seen", user_id="C1")
        patron.track("Seen", user_id="C1")
        with pytest.raises(ServerError, match="2 events wait"):
            patron.track("Seen", user_id="C1")


def test_what_cannot_be_sent_at_the_end_is_counted():
    patron = client(Server(*[httpx.ConnectError("away")] * 9), attempts=1)
    patron.track("Seen", user_id="C1")
    patron.track("Seen", user_id="C1")
    with pytest.raises(ServerError, match="2 events were not sent"):
        patron.close()
    with pytest.raises(ServerError, match="closed"):
        patron.track("Seen", user_id="C1")


def test_a_full_batch_leaves_by_itself():
    sent = threading.Event()

    def server(request: httpx.Request) -> httpx.Response:
        assert len(json.loads(request.content)["batch"]) == 3
        sent.set()
        return httpx.Response(200, json={"success": True})

    with client(server, batch=3) as patron:
        for _ in range(3):
            patron.track("Seen", user_id="C1")
        assert sent.wait(10)


def test_a_failure_in_the_background_is_told():
    told: list[tuple[ServerError, int]] = []
    heard = threading.Event()

    def failed(error: ServerError, given_up: int) -> None:
        told.append((error, given_up))
        heard.set()

    with client(Server(httpx.Response(422)), batch=1, failed=failed) as patron:
        patron.track("Seen", user_id="C1")
        assert heard.wait(10)
    assert [count for _, count in told] == [1]


@given(
    st.lists(st.integers(1, 30_000), min_size=1, max_size=60),
    st.integers(1, 50),
    st.lists(st.sampled_from([200, 503, 500]), max_size=8),
)
def test_every_event_arrives_once_and_in_order_whatever_the_server_does(sizes, batch, statuses):
    server = Server(*[httpx.Response(status, json={}) for status in statuses])
    with client(server, batch=batch, attempts=9) as patron:
        for number, size in enumerate(sizes):
            patron.track("Seen", {"number": number, "text": "x" * size}, user_id="C1")
    assert [one["properties"]["number"] for one in server.events] == list(range(len(sizes)))
    assert all(len(request.content) <= 500_000 for request in server.came)


def test_pages_are_followed_to_the_last():
    pages = {None: ([{"n": 1}, {"n": 2}], "two"), "two": ([{"n": 3}], None)}

    def server(request: httpx.Request) -> httpx.Response:
        rows, following = pages[request.url.params.get("cursor")]
        assert request.url.params["metric"] == "revenue"
        assert request.headers["Authorization"] == "Bearer T"
        return httpx.Response(200, json={"rows": rows, "next": following})

    with client(server) as patron:
        assert [row["n"] for row in patron.kpis(metric="revenue")] == [1, 2, 3]


READS: dict[str, Callable[[Client], Iterator[Any]]] = {
    "/v1/customers?limit=500&email=a%40example.com": lambda patron: patron.customers(email="a@example.com"),
    "/v1/segments/rfm/big%20spenders/customers?limit=500": lambda patron: patron.members("rfm", "big spenders"),
    "/v1/segments?limit=500&segmentation=rfm": lambda patron: patron.segments(segmentation="rfm"),
    "/v1/audiences?limit=500": Client.audiences,
    "/v1/experiments?limit=500": Client.experiments,
    "/v1/ledger?limit=500": Client.ledger,
    "/v1/kpis?limit=500&month=2026-03-01": lambda patron: patron.kpis(month=date(2026, 3, 1)),
    "/v1/opportunities?limit=500": Client.opportunities,
    "/v1/triggers?limit=500": Client.triggers,
    "/v1/sends?limit=500": Client.sends,
    "/v1/deliveries?limit=500": Client.deliveries,
    "/v1/runs?limit=500": Client.runs,
    "/v1/tables/cohorts?limit=500&where=customers+%3E+5": lambda patron: patron.table("cohorts", where="customers > 5"),
}


@pytest.mark.parametrize("path", READS, ids=list(READS))
def test_each_reading_asks_its_own_path(path):
    server = Server(httpx.Response(200, json={"rows": [], "next": None}))
    with client(server) as patron:
        assert list(READS[path](patron)) == []
    (request,) = server.came
    assert (request.method, str(request.url)) == ("GET", SERVER + path)


def test_ids_of_customers_cannot_reach_another_path():
    server = Server(httpx.Response(404, json={"title": "Unknown"}))
    with client(server) as patron, pytest.raises(ServerError, match="404"):
        patron.next("../../v1/tables/kpis?x=")
    assert server.came[0].url.raw_path == b"/v1/customers/..%2F..%2Fv1%2Ftables%2Fkpis%3Fx%3D/next"


def test_a_decision_that_is_asked_for_again_has_the_same_name():
    server = Server(httpx.Response(500, json={"title": "Broken"}), httpx.Response(200, json={"decisions": []}))
    with client(server) as patron:
        assert patron.decide([{"name": "hero", "kind": "banner"}], anonymous_id="A1", gpc=True) == {"decisions": []}
    assert len({request.content for request in server.came}) == 1
    assert len(server.came) == 2
    assert server.came[0].headers["Sec-GPC"] == "1"
    assert json.loads(server.came[0].content) == {
        "anonymous_id": "A1", "placements": [{"name": "hero", "kind": "banner"}], "request_id": "m0",
    }  # fmt: skip


def test_a_call_that_goes_on_failing_is_an_error_with_the_servers_words():
    server = Server(*[httpx.Response(500, json={"title": "Broken"})] * 3)
    with client(server, attempts=3) as patron, pytest.raises(ServerError, match="Broken"):
        patron.next(user_id="C1")
    assert len(server.came) == 3
    assert str(server.came[0].url) == f"{SERVER}/v1/next?user_id=C1"


@pytest.mark.parametrize("answer", [httpx.Response(200, text="<html>"), httpx.Response(200, json=[1])])
def test_an_answer_that_is_none_of_ours_is_an_error(answer):
    with client(Server(answer)) as patron, pytest.raises(ServerError, match="not as a Patron server"):
        patron.next("C1")


def test_a_refusal_names_no_key():
    server = Server(httpx.Response(403, text="<html>nginx</html>"))
    with client(server, token="SECRET") as patron, pytest.raises(ServerError) as error:
        patron.next("C1")
    assert "SECRET" not in str(error.value)
    assert "C1" not in str(error.value)
