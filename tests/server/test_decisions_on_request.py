"""Decisions on request over the whole server: what is given to whom, written down, answered by events and read off."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from app_client import AppClient
from patron.decisions.holdouts import GLOBAL, Holdout
from patron.engines.database import writing
from patron.engines.decision_log_state import Logged, decisions_since
from patron.pipeline import open_project
from patron.privacy import Statement, state_consent
from patron.privacy.tokens import create_token
from patron.server.app import create_app
from patron.server.decisions import Counter, DecisionLog
from patron.server.decisions.feedback import note_feedback
from patron.server.refused import Refused
from patron.server.stream import StreamWorker
from patron.sources.stream import StreamEvent

Row = dict[str, Any]
PRODUCTS: Row = {"name": "home", "kind": "products", "n": 4}
BANNER: Row = {"name": "hero", "kind": "banner", "options": ["a", "b"]}
MESSAGE: Row = {"name": "bar", "kind": "message"}
OFFER: Row = {"name": "deal", "kind": "offer"}


class Shop:
    """A server on a shop with a published run, its clock the morning after the run's day."""

    def __init__(self, client: httpx.Client, app: Any, now: datetime) -> None:
        self.client, self.app, self.now = client, app, now
        self.services = app.services
        self.log, self.counter = self.services.part(DecisionLog), self.services.part(Counter)
        decided = self.services.published().table("decisions").to_pyarrow().to_pylist()
        self.decided: list[Row] = sorted(decided, key=lambda row: (row["customer_id"], row["trigger"]))

    def customer(self, *outcomes: str) -> str:
        """Return a customer with a decision of one of these outcomes, whom the shop's hold-out does not hold."""
        return next(row["customer_id"] for row in self.decided if row["outcome"] in outcomes)

    def decide(self, *placements: Row, headers: Row | None = None, **body: Any) -> Row:
        answer = self.client.post("/v1/decisions", json={"placements": placements, **body}, headers=headers)
        assert answer.status_code == 200, answer.text
        found: Row = answer.json()
        return found

    def one(self, placement: Row, **body: Any) -> Row:
        found: Row = self.decide(placement, **body)["decisions"][0]
        return found

    def logged(self) -> dict[str, Row]:
        self.log.flush()
        with self.services.state.engine.connect() as connection:
            rows = decisions_since(connection, datetime(2000, 1, 1))  # noqa: DTZ001 - as it is kept
            return {row["decision_id"]: row for row in rows}

    def tell(self, *events: StreamEvent) -> None:
        with writing(self.services.state.engine) as connection:
            note_feedback(connection, events, published=self.services.published())


@pytest.fixture(scope="module")
def served(shop_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    project = open_project(shutil.copytree(shop_made, tmp_path_factory.mktemp("decisions") / "shop"))
    day = project.last().manifest.as_of
    now = datetime(day.year, day.month, day.day, 9, tzinfo=UTC) + timedelta(days=1)
    with project.state() as state:
        token = create_token(state, name="site", scopes=["decide", "read"], now=now, actor="test")[1]
        app = create_app(project, state=state, clock=lambda: now, workers_inside=False)
        with AppClient(app, headers={"Authorization": f"Bearer {token}"}) as client:
            yield Shop(client, app, now)


def test_a_known_customer_gets_what_she_is_likeliest_to_want(served: Shop) -> None:
    who = served.customer("sent", "queued")
    answer = served.decide(PRODUCTS, BANNER, MESSAGE, OFFER, user_id=who)
    by_name = {one["placement"]: one for one in answer["decisions"]}
    assert answer["customer_id"] == who
    wanted = served.services.published().rows("next_products", who)
    first = next(row["product_id"] for row in wanted if row["rank"] == 1)
    assert by_name["home"]["products"][0]["product_id"] == first
    assert by_name["home"]["reason"] == "wants_next"
    assert by_name["hero"]["choice"] in ("a", "b")
    assert all(one["sentence"] and "on_request" not in one["sentence"] for one in answer["decisions"])
    kept = served.logged()
    for one in answer["decisions"]:
        row = kept[one["decision_id"]]
        assert (row["customer_id"], row["user_id"], row["asked_by"]) == (who, who, "token:site")
        assert (row["outcome"], row["propensity"]) == (one["outcome"], one["propensity"])
        if row["shares"]:
            assert row["shares"][row["choice"]] == row["propensity"]
            assert sum(row["shares"].values()) == pytest.approx(1.0)
    assert kept[by_name["home"]["decision_id"]]["given"]["products"] == [
        one["product_id"] for one in by_name["home"]["products"]
    ]


def test_a_visitor_gets_what_goes_with_the_page_and_what_is_popular(served: Shop) -> None:
    popular = served.counter.standing().showcase.popular[0][0]
    context = {"product_id": popular, "exclude": [served.counter.standing().showcase.popular[1][0]]}
    answer = served.decide(PRODUCTS, MESSAGE, anonymous_id="visitor-1", context=context)
    products, message = answer["decisions"]
    ids = [one["product_id"] for one in products["products"]]
    assert (answer["customer_id"], len(ids), products["personal"]) == (None, 4, True)
    assert not set(ids) & {popular, *context["exclude"]}
    assert (message["outcome"], message["reason"]) == ("nothing", "not_known")
    row = served.logged()[products["decision_id"]]
    assert (row["customer_id"], row["anonymous_id"]) == (None, "visitor-1")


def test_two_placements_show_different_products(served: Shop) -> None:
    found = served.decide(PRODUCTS, {**PRODUCTS, "name": "below"}, anonymous_id="visitor-2")["decisions"]
    first, second = ({one["product_id"] for one in each["products"]} for each in found)
    assert (len(first), len(second), first & second) == (4, 4, set())


def test_who_objects_to_profiling_gets_what_everybody_gets_and_is_not_written_down(served: Shop) -> None:
    who = served.customer("sent")
    stated = Statement(
        customer_id=who, purpose="profiling", status="denied", given_at=served.now.replace(tzinfo=None, hour=0)
    )
    state_consent(served.services.state, [stated], today=served.now.date())
    answer = served.decide(PRODUCTS, MESSAGE, OFFER, user_id=who)["decisions"]
    assert [one["personal"] for one in answer] == [False] * 3
    assert "profiling" in answer[0]["not_personal"]
    assert answer[0]["reason"] == "popular"
    assert (answer[1]["reason"], answer[2]["discount"]) == ("not_personal", None)
    everybody = served.one(PRODUCTS, anonymous_id="nobody-yet")
    assert [one["product_id"] for one in answer[0]["products"][:3]] == [
        one["product_id"] for one in everybody["products"][:3]
    ]
    row = served.logged()[answer[0]["decision_id"]]
    assert (row["customer_id"], row["user_id"], row["personal"]) == (None, None, "no_profiling")


def test_a_browser_that_refuses_sharing_gets_no_advertising_made_for_it(served: Shop) -> None:
    gpc = {"Sec-GPC": "1"}
    own = served.decide(PRODUCTS, anonymous_id="v", headers=gpc)["decisions"][0]
    ads = served.decide(PRODUCTS, anonymous_id="v", headers=gpc, purpose="advertising")["decisions"][0]
    assert (own["personal"], ads["personal"]) == (True, False)
    assert "advertising" in ads["not_personal"]


def test_the_held_out_get_what_they_would_get_without_us(served: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    who, standing = served.customer("sent"), served.counter.standing()
    house = replace(standing.desk.deciding.house, holdouts=(Holdout(name=GLOBAL, share=1.0),))
    desk = replace(standing.desk, deciding=replace(standing.desk.deciding, house=house))
    monkeypatch.setattr(served.counter, "standing", lambda: replace(standing, desk=desk))
    answer = served.decide(PRODUCTS, BANNER, MESSAGE, OFFER, customer_id=who)["decisions"]
    assert {one["outcome"] for one in answer} == {"held_out"}
    assert not any(one["products"] or one["choice"] for one in answer)
    assert {served.logged()[one["decision_id"]]["held_by"] for one in answer} == {GLOBAL}


def test_asked_again_by_the_same_name_the_same_is_given_and_written_once(served: Shop) -> None:
    asked: Row = {"anonymous_id": "again", "request_id": "page-1"}
    first, again = served.one(BANNER, **asked), served.one(BANNER, **asked)
    assert first == again
    other = [served.one(BANNER, anonymous_id="again", request_id=f"page-{number}") for number in range(12)]
    assert {one["choice"] for one in other} == {"a", "b"}
    assert len({one["decision_id"] for one in (first, *other)}) == 12


def event(number: int, name: str, at: datetime, **more: Any) -> StreamEvent:
    return StreamEvent(
        number=number, message_id=str(number), source="web", kind="track", event=name, occurred_at=at, received_at=at,
        **more,
    )  # fmt: skip


def test_events_answer_decisions_and_banners_learn_from_them(served: Shop) -> None:
    start, place = served.now, {**BANNER, "name": "learned"}
    found = [served.one(place, anonymous_id=f"reader-{number}") for number in range(60)]
    served.log.flush()
    events = []
    for number, one in enumerate(found):
        at = start + timedelta(seconds=number)
        events.append(event(2 * number, "decision_shown", at, decision_id=one["decision_id"]))
        if one["choice"] == "b":
            events.append(event(2 * number + 1, "decision_clicked", at, decision_id=one["decision_id"]))
    bought = event(999, "order", start + timedelta(hours=1), anonymous_id="reader-0")
    served.tell(*events, bought, event(1000, "decision_clicked", start), event(1001, "Waved", start))
    kept = served.logged()
    clicked = [kept[one["decision_id"]]["clicked_at"] is not None for one in found]
    assert clicked == [one["choice"] == "b" for one in found]
    assert kept[found[0]["decision_id"]]["ordered_at"] is not None
    assert kept[found[1]["decision_id"]]["ordered_at"] is None
    served.counter._shares.known.clear()  # a minute is over
    shares = served.counter.banner_shares("learned", ("a", "b"))
    assert shares["b"] == pytest.approx(1 - served.counter.floor / 2, abs=1e-3)
    rows = served.client.get("/v1/decisions/results", params={"placement": "learned"}).json()["rows"]
    best = next(one for one in rows if one["rule"] == "even")
    assert best["decisions"] == 60
    middle, half = (best["low"] + best["high"]) / 2, (best["high"] - best["low"]) / 2
    assert abs(middle - 0.5) < 2.5 * half  # choices are drawn: one test in a million of five standard errors fails
    few = served.client.get("/v1/decisions/results", params={"placement": "hero"}).json()["rows"]
    assert few == []  # under the smallest cell nothing is told


def test_an_event_that_a_page_sends_finds_its_decision(served: Shop) -> None:
    one = served.one(BANNER, anonymous_id="page")
    served.log.flush()
    key = create_token(served.services.state, name="page", scopes=["write"], now=served.now, actor="test")[1]
    for name in ("Decision Shown", "Decision Clicked"):
        call = {"anonymousId": "page", "event": name, "properties": {"decision_id": one["decision_id"]}}
        assert served.client.post("/v1/track", json=call, auth=(key, "")).status_code == 200
    worker = StreamWorker(served.services)
    while worker.turn().more:
        pass
    row = served.logged()[one["decision_id"]]
    assert row["shown_at"] is not None
    assert row["clicked_at"] is not None


def test_the_next_action_is_the_runs_until_somebody_objects(served: Shop) -> None:
    rows = {row["customer_id"]: row for row in served.decided if row["outcome"] == "sent"}
    answers = {who: served.client.get(f"/v1/customers/{who}/next") for who in list(rows)[1:6]}
    for who, answer in answers.items():
        assert answer.status_code == 200, answer.text
        body = answer.json()
        run = served.services.published().row("next_actions", who) or {}
        assert (body["does"], body["trigger"]) == (run["does"], run["trigger"])
        assert body["sentence"]
        assert served.logged()[body["decision_id"]]["placement"] == "next"
    who = next(iter(answers))
    stated = Statement(
        customer_id=who, purpose="marketing", status="revoked", given_at=served.now.replace(tzinfo=None, hour=0)
    )
    state_consent(served.services.state, [stated], today=served.now.date())
    refused = served.client.get("/v1/next", params={"user_id": who}).json()
    assert (refused["does"], refused["gain"]) == ("refused", 0.0)
    assert refused["reason"] in ("said_no", "no_consent")


def test_whom_the_asker_may_not_see_is_nobody(served: Shop) -> None:
    who = served.customer("sent")
    token = create_token(
        served.services.state, name="elsewhere", scopes=["decide"], now=served.now, actor="test",
        rows="country = 'Nowhere'",
    )[1]  # fmt: skip
    headers = {"Authorization": f"Bearer {token}"}
    body = {"placements": [PRODUCTS], "user_id": who}
    assert served.client.post("/v1/decisions", json=body, headers=headers).status_code == 404
    assert served.client.get(f"/v1/customers/{who}/next", headers=headers).status_code == 404
    unknown = {"placements": [PRODUCTS], "anonymous_id": "x"}
    assert served.client.post("/v1/decisions", json=unknown, headers=headers).status_code == 404
    assert served.client.get("/v1/decisions/results", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"placements": [PRODUCTS]}, {"placements": [], "user_id": "u"},
        {"placements": [PRODUCTS, PRODUCTS], "user_id": "u"}, {"placements": [{**PRODUCTS, "n": 0}], "user_id": "u"},
        {"placements": [{"name": "x", "kind": "banner"}], "user_id": "u"},
        {"placements": [{"name": "x", "kind": "prayer"}], "user_id": "u"},
        {"placements": [PRODUCTS], "user_id": "a\0b"}, {"placements": [PRODUCTS], "user_id": "u" * 513},
        {"placements": [PRODUCTS], "user_id": "u", "more": 1},
        {"placements": [{**PRODUCTS, "name": "x\0"}], "user_id": "u"},
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_the_place(served: Shop, body: Row) -> None:
    answer = served.client.post("/v1/decisions", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_new_run_is_read_behind_the_requests(served: Shop) -> None:
    before = served.counter.renew()  # also what other tests have said
    assert served.counter.renew() is before  # nothing has changed
    assert served.counter.standing() is before


def decision(name: str, **more: Any) -> Logged:
    now = datetime(2024, 12, 31)  # noqa: DTZ001 - as it is kept
    facts: Row = {
        "decision_id": name, "decided_at": now, "asked_by": "t", "customer_id": None, "user_id": None,
        "anonymous_id": None, "placement": "p", "kind": "banner", "outcome": "given", "reason": "banner",
        "personal": None, "choice": None, "propensity": 1.0, "shares": {},
    }  # fmt: skip
    return Logged(**{**facts, **more})


def test_what_cannot_be_kept_is_left_out_and_a_database_that_is_away_is_waited_for(
    served: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = DecisionLog(served.services)
    log.put([decision("good"), decision("bad", outcome="unheard of"), decision("also")])
    log.flush()
    assert {"good", "also"} <= set(served.logged())
    assert "bad" not in served.logged()

    def away(*_: object) -> None:
        raise OperationalError("insert", {}, Exception("gone"))

    with monkeypatch.context() as patched:
        patched.setattr("patron.server.decisions.log.log_decisions", away)
        log.put([decision("later")])
        with pytest.raises(OperationalError):
            log.flush()
        monkeypatch.setattr("patron.server.decisions.log.MOST_WAITING", 1)
        with pytest.raises(Refused) as full:
            log.put([decision("too many")])
        assert full.value.status == 503
    log.stop()  # what waits is written at the end
    assert "later" in served.logged()


def test_feedback_without_a_decision_is_no_news(served: Shop) -> None:
    before = served.logged()
    served.tell(event(1, "product_view", served.now), event(2, "order", served.now))
    assert served.logged() == before


def test_nobody_is_needed_for_the_first_look(served: Shop) -> None:
    fresh = Counter(served.services)
    assert fresh.standing().published.run_id == served.services.published().run_id
    fresh.start()
    fresh.stop()
    assert fresh.standing().published.run_id == served.services.published().run_id


def test_decisions_are_forgotten_in_time(served: Shop) -> None:
    log, old = DecisionLog(served.services), served.now.replace(tzinfo=None) - timedelta(days=401)
    log.put([decision("old", decided_at=old), decision("young", decided_at=old + timedelta(days=2))])
    log.flush()
    assert {"old", "young"} & set(served.logged()) == {"young"}


LONG_WAY = {"Content-Type": "application/json; charset=utf-8"}
"""Said so, FastAPI's own route answers, instead of the short way to it."""


@pytest.mark.parametrize("gpc", [{}, {"Sec-GPC": "1"}])
def test_the_short_way_answers_as_the_route_does(served: Shop, gpc: Row) -> None:
    wanted: Row = {"customer_id": served.customer("sent"), "purpose": "advertising", "request_id": f"two ways {gpc}"}
    short = served.decide(PRODUCTS, MESSAGE, headers=gpc, **wanted)
    assert served.decide(PRODUCTS, MESSAGE, headers=gpc | LONG_WAY, **wanted) == short
    assert short["decisions"][0]["not_personal"] or not gpc


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"user_id": "a", "placements": []}', {}),
        (b'{"user_id": "a"', {}),
        (b"\xff", {}),
        (b"[" * 100_000, {}),
        (b'{"placements": [{"name": "home", "kind": "products"}]}', {}),
        (b'{"user_id": "a", "placements": [{"name": "home", "kind": "products"}]}', {"Authorization": "Bearer none"}),
        (b'{"user_id": "a", "placements": [' + b" " * 2_000_000 + b"]}", {}),
    ],
    ids=["no place", "cut", "no text", "deep", "nobody", "stranger", "long"],
)
def test_the_short_way_refuses_as_the_route_does(served: Shop, body: bytes, headers: Row) -> None:
    short, long = (
        served.client.post("/v1/decisions", content=body, headers={"Content-Type": "application/json"} | kind | headers)
        for kind in ({}, LONG_WAY)
    )
    assert short.status_code == long.status_code >= 400
    assert {**short.json(), "request_id": ""} == {**long.json(), "request_id": ""}
