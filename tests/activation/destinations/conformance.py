"""What every destination has to do, whatever it speaks: one suite that all of them pass.

A destination's own test file says how it is made and inherits the laws::

    class TestWebhook(HttpConformance):
        def made(self, url, timeout_s): return Webhook("hook", url=url, timeout_s=timeout_s, ...)
        def key(self, request): return request.headers["webhook-id"]

`Conformance` holds for all; `HttpConformance` adds what servers do. What a destination does otherwise by its published
format stands in its class, where a reader sees it: `statuses`, `accepted`, `delivery`, `keyed`.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar, get_args

import pytest

from destination_server import (
    DestinationServer,
    Received,
    Said,
    answer,
    close,
    close_mid_body,
    garbage,
    hang,
    reset,
    throttle,
)
from patron.activation.destinations import Delivery, Destination, Outcome
from patron.activation.destinations.destination import KINDS, MessageContent, Repeats, Status

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

PERSONAL = ("ann.smith", "example.org", "+447700900123", "447700900123", "Annabel", "Grüße", "Baker Street")
"""Of the person of all deliveries: nothing of it may stand in what a destination says of itself and its outcomes."""

CONTENT = MessageContent(
    subject="Grüße, Annabel",
    text="Annabel, your basket waits.",
    html="<p>Annabel, your basket waits.</p>",
    language="en",
    direction="ltr",
    unsubscribe_url="https://shop.example/u/t0ken",
    preferences_url="https://shop.example/preferences/t0ken",
    campaign="left_cart",
    facts={
        "name": "Annabel Smith", "given_name": "Annabel", "family_name": "Smith", "street": "221B Baker Street",
        "postal_code": "NW1 6XE", "city": "London", "country": "GB",
    },
)  # fmt: skip

ADDRESSES = {"sms": "+447700900123", "phone": "+447700900123", "push": "device-token-ann.smith", "post": None}


def message(number: int = 1, *, channel: str | None = "email", **more: Any) -> Delivery:
    """Return the n-th message to one person, with everything that a message may have."""
    facts = {
        "delivery_id": f"{number:032x}", "kind": "message", "customer_id": f"c{number}", "content": dict(CONTENT),
        "channel": channel, "address": ADDRESSES.get(channel or "", "ann.smith@example.org"), "trigger": "left_cart",
        "iteration": 1, "variant": "plain",
    }  # fmt: skip
    return Delivery(**(facts | more))


class Conformance:
    """The laws of all destinations. `opened` gives one that takes everything."""

    channel: ClassVar[str | None] = "email"
    secrets: ClassVar[tuple[str, ...]] = ()
    """What it was given to sign in: never to be seen."""

    def opened(self) -> Destination:
        """Return the destination with somebody at the other end who takes everything."""
        raise NotImplementedError

    def delivery(self, number: int) -> Delivery:
        """Return the n-th delivery of a kind that it takes."""
        return message(number, channel=self.channel)

    @pytest.fixture
    def destination(self):
        made = self.opened()
        yield made
        made.close()

    def test_it_says_what_it_is(self, destination):
        assert destination.name
        assert set(destination.kinds) <= set(KINDS)
        assert destination.kinds
        assert destination.repeats in get_args(Repeats)
        assert destination.largest_batch >= 1
        assert self.delivery(1).kind in destination.kinds

    def test_each_delivery_has_its_outcome_in_order(self, destination):
        many = min(destination.largest_batch, 20)
        outcomes = destination.deliver([self.delivery(number) for number in range(many)], now=NOW)
        assert [one.status for one in outcomes] == ["accepted"] * many
        assert [one.reason for one in outcomes] == [None] * many

    def test_the_same_again_is_no_mistake(self, destination):
        first = destination.deliver([self.delivery(1)], now=NOW)
        again = destination.deliver([replace(self.delivery(1), attempt=2)], now=NOW)
        assert [one.status for one in (*first, *again)] == ["accepted"] * 2

    def test_nothing_of_a_person_is_told(self, destination):
        outcomes = destination.deliver([self.delivery(1)], now=NOW)
        silent(destination, outcomes, self.secrets)

    def test_closing_twice_does_no_harm(self, destination):
        destination.deliver([self.delivery(1)], now=NOW)
        destination.close()
        destination.close()


class HttpConformance(Conformance):
    """The laws of destinations that speak HTTP. `made` gives one that speaks to `url`."""

    accepted: ClassVar[Said] = answer(body={})
    """What their server says to what it takes."""

    statuses: ClassVar[dict[int, Status]] = {}
    """Where their published format means something else than the table below."""

    keyed: ClassVar[bool] = True
    """Whether a request carries the delivery's key, so that `key` finds it."""

    timeout_s: ClassVar[float] = 0.4

    def made(self, url: str, timeout_s: float) -> Destination:
        """Return the destination, speaking to `url`."""
        raise NotImplementedError

    def key(self, request: Received) -> Any:
        """Return what their server recognises a repeated request by."""
        raise NotImplementedError

    @pytest.fixture
    def server(self):
        with DestinationServer() as server:
            server.otherwise = type(self).accepted
            yield server

    @pytest.fixture
    def destination(self, server):
        made = self.made(server.url, self.timeout_s)
        yield made
        made.close()

    def outcome(self, destination: Destination) -> Outcome:
        [outcome] = destination.deliver([self.delivery(1)], now=NOW)
        silent(destination, [outcome], self.secrets)
        return outcome

    def expected(self, destination: Destination, status: int, default: Status | None) -> Status:
        fault: Status = "retry" if destination.repeats == "recognised" else "unknown"
        return self.statuses.get(status, default or fault)

    @pytest.mark.parametrize("status", [400, 404, 410, 413, 422])
    def test_what_they_call_wrong_is_rejected(self, server, destination, status):
        server.will(answer(status, body={"message": "ann.smith@example.org Annabel +447700900123"}))
        outcome = self.outcome(destination)
        assert outcome.status == self.expected(destination, status, "rejected")
        assert outcome.reason

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_token_that_they_do_not_take_is_no_fault_of_a_delivery(self, server, destination, status):
        server.will(*[answer(status, body={})] * 2)  # some ask for a new token, and try once more
        assert self.outcome(destination).status == self.expected(destination, status, "retry")

    @pytest.mark.parametrize("status", [429, 503])
    def test_later_is_when_they_say(self, server, destination, status):
        server.will(throttle(7, status=status))
        outcome = self.outcome(destination)
        assert outcome.status == self.expected(destination, status, "retry")
        assert outcome.retry_after_s == 7

    @pytest.mark.parametrize("status", [500, 502, 504])
    def test_their_fault_may_have_taken_it(self, server, destination, status):
        server.will(answer(status, body="<h1>ann.smith@example.org</h1>"))
        assert self.outcome(destination).status == self.expected(destination, status, None)

    @pytest.mark.parametrize(
        "act", [hang(), close(), reset(), garbage(), close_mid_body()],
        ids=["hang", "close", "reset", "garbage", "close_mid_body"],
    )  # fmt: skip
    def test_without_an_answer_nobody_knows(self, server, destination, act):
        server.will(act)
        outcome = self.outcome(destination)
        assert outcome.status == "unknown"
        assert outcome.reason
        assert self.outcome(destination).status == "accepted"  # the next is not harmed

    def test_where_nobody_listens_it_was_not_taken(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            destination = self.made(f"http://127.0.0.1:{free.getsockname()[1]}", self.timeout_s)
            try:
                assert self.outcome(destination).status == "retry"
            finally:
                destination.close()

    def test_the_key_stays_the_same(self, server, destination):
        if not self.keyed:
            assert destination.repeats == "never" or destination.kinds != ("message",)
            return
        destination.deliver([self.delivery(1)], now=NOW)
        destination.deliver([replace(self.delivery(1), attempt=2)], now=NOW)
        destination.deliver([self.delivery(2)], now=NOW)
        first, again, other = (self.key(request) for request in server.requests if self.counts(request))
        assert first
        assert first == again
        assert first != other

    def counts(self, request: Received) -> bool:
        """Tell whether a request hands something over; not so one that asks for a token."""
        return True


def silent(destination: Destination, outcomes: Sequence[Outcome], secrets: Sequence[str] = ()) -> None:
    """Check that neither the destination nor its outcomes tell anything of a person, or a secret."""
    said = " ".join([repr(destination), *map(repr, outcomes)])
    for told in (*PERSONAL, *secrets):
        assert told not in said, f"it tells {told!r}"
    for outcome in outcomes:
        assert outcome.reason is None or (len(outcome.reason) <= 40 and " " not in outcome.reason)
