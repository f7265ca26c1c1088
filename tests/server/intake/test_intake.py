"""What the intake takes in, what it answers, and what stands in the database then."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

from patron.privacy.tokens import create_token

TRACK = {"userId": "ann", "event": "Order Completed", "messageId": "m-1", "properties": {"order_id": "o-1"}}


def test_each_call_of_the_specification_is_taken_in_as_it_came(site):
    calls = {
        "track": TRACK,
        "identify": {"userId": "ann", "traits": {"email": "ann@shop.example"}},
        "page": {"anonymousId": "a-1", "name": "Home"},
        "screen": {"anonymousId": "a-1", "name": "Basket"},
        "group": {"userId": "ann", "groupId": "family-3"},
        "alias": {"userId": "ann", "previousId": "a-1"},
    }
    for path, call in calls.items():
        answer = site.send(path, call)
        assert (answer.status_code, answer.json()) == (200, {"success": True})
    rows = site.rows()
    assert [row.kind for row in rows] == list(calls)
    assert [json.loads(row.payload) for row in rows] == list(calls.values())
    assert [row.number for row in rows] == [1, 2, 3, 4, 5, 6]
    assert {row.source for row in rows} == {"shop"}
    assert site.dead() == []


def test_a_batch_keeps_its_good_events_and_says_how_many_were_not(site, clock):
    batch = {
        "batch": [
            {**TRACK, "type": "track", "timestamp": "2025-01-15T10:00:00Z"},
            {"type": "track", "userId": "ann"},
            {"type": "dance", "userId": "ann"},
            "no object",
            {"type": "page", "anonymousId": "a-1"},
        ],
        "sentAt": "2025-01-15T10:00:30Z",
        "context": {"library": {"name": "ours"}},
    }
    answer = site.send("batch", batch)
    assert (answer.status_code, answer.json()) == (200, {"success": True, "dead_letters": 3})
    first, second = site.events()
    assert (first.kind, second.kind) == ("track", "page")
    assert first.occurred_at == clock() - timedelta(seconds=30), "by the sender's clock it was sent 30 s later"
    assert second.context["library"] == {"name": "ours"}
    assert [(one.reason, one.kind) for one in site.dead()] == [
        ("no_event", "track"), ("type", "dance"), ("unreadable", "batch"),
    ]  # fmt: skip


def test_history_is_imported_as_a_batch_or_as_lines_and_its_moments_stand(site):
    said = "2019-05-01T08:00:00Z"
    event = {"type": "track", "userId": "ann", "event": "Order Completed", "timestamp": said}
    assert site.send("import", {"batch": [event], "sentAt": "2025-01-15T10:00:30Z"}).status_code == 200
    lines = "\n".join([json.dumps({**event, "userId": "bob"}), "", "{no json", "[]"])
    answer = site.send("import", content=lines, headers={"Content-Type": "application/x-ndjson"})
    assert answer.json() == {"success": True, "dead_letters": 2}
    assert [(one.user_id, one.occurred_at) for one in site.events()] == [
        ("ann", datetime(2019, 5, 1, 8, tzinfo=UTC)), ("bob", datetime(2019, 5, 1, 8, tzinfo=UTC)),
    ]  # fmt: skip
    assert [one.reason for one in site.dead()] == ["unreadable", "unreadable"]


def test_the_same_message_again_is_taken_in_once_wherever_it_stands(site):
    again = {**TRACK, "type": "track"}
    other = {**again, "messageId": "m-2"}
    assert site.send("track", TRACK).status_code == 200
    assert site.send("track", TRACK).json() == {"success": True}
    assert site.send("batch", {"batch": [again, other, other, again]}).json() == {"success": True}
    assert [row.message_id for row in site.rows()] == ["m-1", "m-2"]


def test_two_sources_do_not_disturb_each_other(site, clock):
    _, other = create_token(site.state, name="till", scopes=["write"], now=clock(), actor="test")
    clock.forward(seconds=5)  # until the new key is known
    site.send("track", TRACK)
    site.send("track", TRACK, auth=(other, ""))
    assert [(row.message_id, row.source) for row in site.rows()] == [("m-1", "shop"), ("m-1", "till")]


def test_the_same_dead_letter_again_is_kept_once(site):
    for _ in range(2):
        answer = site.send("track", {"userId": "ann"})
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:patron:problem:intake.reason_no_event"
    assert [one.reason for one in site.dead()] == ["no_event"]


WRONG = [
    ({"event": "x"}, "no_id"),
    ({"event": "x", "userId": "", "anonymousId": ""}, "no_id"),
    ({"event": "x", "userId": 1.5}, "id"),
    ({"event": "x", "userId": {"a": 1}}, "id"),
    ({"event": "x", "userId": "u" * 513}, "id"),
    ({"event": "x", "userId": "a\0b"}, "id"),
    ({"event": "x", "userId": "a", "messageId": 7}, "message_id"),
    ({"event": "x", "userId": "a", "messageId": "m" * 513}, "message_id"),
    ({"event": 5, "userId": "a"}, "event"),
    ({"event": "", "userId": "a"}, "no_event"),
    ({"event": "x", "userId": "a", "timestamp": "yesterday"}, "timestamp"),
    ({"event": "x", "userId": "a", "properties": [1]}, "properties"),
    ({"event": "x", "userId": "a", "properties": {"a": {}}, "context": "web"}, "properties"),
]


def test_what_is_wrong_with_a_call_is_named(site):
    for call, reason in WRONG:
        answer = site.send("track", call)
        assert (answer.status_code, answer.json()["type"].rpartition(".")[2]) == (400, f"reason_{reason}")
    assert [one.reason for one in site.dead()] == [reason for _, reason in WRONG]
    assert site.rows() == []


def _nested(depth: int) -> bytes:
    return b'{"userId": "a", "event": "x", "properties": {"deep": %s%s}}' % (b"[" * depth, b"]" * depth)


BODIES = [
    (b"", "malformed_json"),
    (b"{", "malformed_json"),
    (b"[]", "malformed_object"),
    (b'"text"', "malformed_object"),
    (b'{"userId": "a", "event": "x", "properties": {"n": NaN}}', "malformed_json"),
    (b'{"userId": "a", "event": "x", "properties": {"n": Infinity}}', "malformed_json"),
    (b'{"userId": "a", "event": "x"} more', "malformed_json"),
    (b'{"userId": "\xff", "event": "x"}', "malformed_utf8"),
    (b'{"userId": "a", "event": "x", "properties": {"n": "\xed\xa0\x80"}}', "malformed_utf8"),
    (_nested(14_000), "malformed_deep"),
    (_nested(40), "reason_too_deep"),
]


def test_a_body_that_is_not_as_it_should_be_is_refused(site):
    for body, problem in BODIES:
        answer = site.send("track", content=body)
        assert (answer.status_code, answer.json()["type"].rpartition(".")[2]) == (400, problem)
    assert site.rows() == []


def test_of_a_member_that_comes_twice_the_last_counts_for_the_key_and_for_the_reader(site):
    body = b'{"userId": "ann", "userId": "bob", "messageId": "m-1", "messageId": "m-2", "event": "x"}'
    assert site.send("track", content=body).status_code == 200
    (event,) = site.events()
    assert (event.user_id, event.message_id) == ("bob", "m-2")


def test_half_an_emoji_as_browsers_write_it_does_not_lose_a_batch(site):
    body = (
        rb'{"batch": [{"type": "track", "userId": "ann", "event": "x", "properties": '
        rb'{"cut": "\ud83d", "whole": "\ud83d\ude00", "said": "\\ud83d"}}]}'
    )
    assert site.send("batch", content=body).json() == {"success": True}
    (event,) = site.events()
    assert event.properties == {"cut": "\ufffd", "whole": "😀", "said": "\\ud83d"}


def test_sizes_have_limits_packed_and_unpacked(site):
    def event(size: int) -> bytes:
        start = b'{"userId": "a", "event": "x", "properties": {"t": "'
        return start + b"x" * (size - len(start) - 3) + b'"}}'

    assert site.send("track", content=event(32 * 1024)).status_code == 200
    assert site.send("track", content=event(32 * 1024 + 1)).status_code == 413
    large = b'{"type": "track", %s' % event(40_000)[1:]
    assert site.send("batch", content=b'{"batch": [%s]}' % large).json()["dead_letters"] == 1
    assert site.send("batch", content=b'{"batch": [%s]}' % b", ".join([large] * 13)).status_code == 413
    packed = {"Content-Encoding": "gzip"}
    assert site.send("track", content=gzip.compress(event(32 * 1024)), headers=packed).status_code == 200
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 100_000
    assert site.send("batch", content=bomb, headers=packed).status_code == 413
    assert [one.reason for one in site.dead()] == ["too_large"]


def test_what_cannot_be_unpacked_is_refused(site):
    packed = [(b"no gzip", "gzip"), (gzip.compress(b"{}")[:-4], "gzip"), (b"{}", "br"), (b"{}", "a, b")]
    for content, encoding in packed:
        assert site.send("track", content=content, headers={"Content-Encoding": encoding}).status_code == 415


def test_a_body_in_pieces_is_held_to_the_same_limit(site):
    def pieces():
        for _ in range(100):
            yield b" " * 10_000

    assert site.send("batch", content=pieces()).status_code == 413


KEYLESS = [
    {},
    {"Authorization": "Basic"},
    {"Authorization": "Basic ???"},
    {"Authorization": "Basic bm9ib2R5Og=="},
    {"Authorization": "Bearer nobody"},
    {"Authorization": "Bearer " + "x" * 5_000},
    {"Authorization": "Digest a=b"},
]


def test_without_a_good_write_key_nothing_is_taken_in(site):
    for headers in KEYLESS:
        answer = site.client.post("/v1/track", json=TRACK, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic")
    assert site.rows() == []


def test_a_key_that_may_only_read_may_not_write_and_an_ended_one_neither(site, clock):
    _, reading = create_token(site.state, name="reader", scopes=["read"], now=clock(), actor="test")
    ends = clock() + timedelta(hours=1)
    _, short = create_token(site.state, name="short", scopes=["write"], now=clock(), actor="test", expires_at=ends)
    clock.forward(seconds=5)
    assert site.send("track", TRACK, auth=(reading, "")).status_code == 401
    assert site.send("track", TRACK, auth=(short, "")).status_code == 200
    clock.forward(hours=2)
    assert site.send("track", TRACK, auth=(short, "")).status_code == 401


def test_a_browser_may_send_the_key_in_the_body_and_it_is_not_kept(site):
    body = json.dumps({**TRACK, "writeKey": site.key})
    answer = site.client.post("/v1/track", content=body, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 200
    (row,) = site.rows()
    assert site.key.encode() not in row.payload
    batch = json.dumps({"batch": [{**TRACK, "type": "track", "messageId": "m-2"}], "writeKey": site.key})
    assert site.client.post("/v1/batch", content=batch).status_code == 200


def test_the_privacy_signal_of_header_or_context_is_kept(site):
    site.send("page", {"anonymousId": "a"}, headers={"Sec-GPC": "1"})
    site.send("page", {"anonymousId": "b", "context": {"gpc": True}})
    site.send("page", {"anonymousId": "c"})
    assert [event.gpc for event in site.events()] == [True, True, False]


def test_other_methods_are_told_what_is_allowed(site):
    answer = site.client.get("/v1/track")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_a_clock_that_jumps_back_loses_and_reorders_nothing(site, clock):
    site.send("track", {**TRACK, "messageId": "before"})
    clock.forward(days=-400)
    site.send("track", {**TRACK, "messageId": "after"})
    clock.forward(days=800)
    site.send("track", {**TRACK, "messageId": "before"})
    assert [(row.number, row.message_id) for row in site.rows()] == [(1, "before"), (2, "after")]


def test_an_answer_says_nothing_of_what_came(site):
    secret = "ann@shop.example"
    for body in (json.dumps({"userId": secret}), f'{{"userId": "{secret}"', json.dumps([secret])):
        assert secret not in site.send("track", content=body).text
