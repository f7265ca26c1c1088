"""HubSpot, Klaviyo and Braze as far as their published formats say: each checks what it is asked, and remembers it.

A request that the published format does not allow is answered as they would, and noted in `wrong`, so that a test that
passes by accident does not pass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from destination_server import Act, DestinationServer, Received, answer

TOKEN = "pat-eu1-secret-token"

Json = dict[str, Any]


@dataclass
class Checking:
    """What all three share: routes by method and path, and a note of each request that is not as published."""

    wrong: list[str] = field(default_factory=list)

    def __call__(self, request: Received) -> Act:
        try:
            return self.answered(request)
        except AssertionError as error:
            self.wrong.append(f"{request.method} {request.path}: {error}")
            return answer(400, body={"message": "wrong", "errors": [{"detail": "wrong"}]})

    def answered(self, request: Received) -> Act:
        for method, pattern, route in self.routes():
            found = re.fullmatch(pattern, request.path)
            if request.method == method and found:
                return route(request, *found.groups())
        raise AssertionError("no such route")

    def routes(self) -> list[tuple[str, str, Callable[..., Act]]]:
        raise NotImplementedError


@dataclass
class HubSpotAccount(Checking):
    """CRM objects v3 (contacts), properties v3, single-send v4, communication preferences v4, e-mail events v1."""

    properties: dict[str, str] = field(default_factory=lambda: {"email": "string", "firstname": "string"})
    groups: set[str] = field(default_factory=lambda: {"contactinformation"})
    contacts: dict[str, Json] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    sends: dict[str, Json] = field(default_factory=dict)
    again: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)  # addresses that are in its own way wrong
    events: list[Json] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)

    def routes(self) -> list[tuple[str, str, Callable[..., Act]]]:
        return [
            ("POST", "/crm/v3/objects/contacts/batch/upsert", self.upsert),
            ("GET", "/crm/v3/properties/contacts", self.known),
            ("POST", "/crm/v3/properties/contacts/groups", self.group),
            ("POST", "/crm/v3/properties/contacts/batch/create", self.create),
            ("POST", "/marketing/v4/email/single-send", self.send),
            ("POST", "/communication-preferences/v4/statuses/batch/unsubscribe-all", self.leave),
            ("GET", "/email/public/v1/events", self.told),
        ]

    def answered(self, request: Received) -> Act:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return answer(401, body={"category": "INVALID_AUTHENTICATION"})
        if request.method == "POST":
            assert request.headers["content-type"] == "application/json"
        return super().answered(request)

    def upsert(self, request: Received) -> Act:
        inputs = request.json()["inputs"]
        assert 1 <= len(inputs) <= 100, "a batch holds up to 100"
        ids = [one["id"].lower() for one in inputs]
        assert len(set(ids)) == len(ids), "an address twice"
        results, errors = [], []
        for one in inputs:
            assert one["idProperty"] == "email"
            assert all(isinstance(value, str) for value in one["properties"].values()), "values are texts"
            assert "lifecyclestage" not in one["properties"]
            unknown = one["properties"].keys() - self.properties.keys()
            assert not unknown, f"properties that are not there: {unknown}"
            trace = one["objectWriteTraceId"]
            if one["id"] in self.refused:
                context = {"objectWriteTraceId": [trace], "ids": [one["id"]]}
                errors.append(
                    {"status": "error", "category": "VALIDATION_ERROR", "message": one["id"], "context": context}
                )
                continue
            contact = self.contacts.setdefault(one["id"], {"id": str(101 + len(self.contacts))})
            contact |= one["properties"]
            results.append({
                "id": contact["id"], "properties": {"email": one["id"]}, "new": False, "archived": False,
                "objectWriteTraceId": trace, "createdAt": "2026-03-01T12:00:00Z", "updatedAt": "2026-03-01T12:00:00Z",
            })  # fmt: skip
        self.batches.append(len(inputs))
        body = {"status": "COMPLETE", "results": results, "startedAt": "x", "completedAt": "y"}
        return answer(
            207 if errors else 200, body=body | ({"numErrors": len(errors), "errors": errors} if errors else {})
        )

    def known(self, request: Received) -> Act:
        return answer(body={"results": [{"name": name, "type": kind} for name, kind in self.properties.items()]})

    def group(self, request: Received) -> Act:
        made = request.json()
        assert made["name"]
        assert made["label"]
        if made["name"] in self.groups:
            return answer(409, body={"category": "OBJECT_ALREADY_EXISTS"})
        self.groups.add(made["name"])
        return answer(201, body=made)

    def create(self, request: Received) -> Act:
        fields = {"number": "number", "string": "text", "date": "date", "bool": "booleancheckbox"}
        for one in request.json()["inputs"]:
            assert re.fullmatch("[a-z][a-z0-9_]*", one["name"])
            assert one["groupName"] in self.groups
            assert one["label"]
            assert fields[one["type"]] == one["fieldType"]
            assert one["type"] != "bool" or [opt["value"] for opt in one["options"]] == ["true", "false"]
            self.properties[one["name"]] = one["type"]
        return answer(201, body={"status": "COMPLETE", "results": []})

    def send(self, request: Received) -> Act:
        body = request.json()
        assert isinstance(body["emailId"], int)
        assert "@" in body["message"]["to"]
        assert isinstance(body["contactProperties"], dict)
        assert all(isinstance(value, str) for value in body["customProperties"].values())
        number = body["message"]["sendId"]
        if number in self.sends:
            self.again.append(number)
            return answer(body={"status": "COMPLETE", "statusId": "s" + number, "sendResult": "IDEMPOTENT_IGNORE"})
        self.sends[number] = body
        return answer(body={"requestedAt": "2026-03-01T12:00:00Z", "status": "PENDING", "statusId": "s" + number})

    def leave(self, request: Received) -> Act:
        assert request.query["channel"] == ["EMAIL"]
        inputs = request.json()["inputs"]
        assert 1 <= len(inputs) <= 100
        self.left |= set(inputs)
        return answer(body={"status": "COMPLETE", "results": [], "startedAt": "x", "completedAt": "y"})

    def told(self, request: Received) -> Act:
        start, end, limit = (int(request.query[name][0]) for name in ("startTimestamp", "endTimestamp", "limit"))
        offset = int(request.query.get("offset", ["0"])[0])
        found = sorted((one for one in self.events if start <= one["created"] < end), key=lambda one: -one["created"])
        page = found[offset : offset + min(limit, 2)]  # small pages, to be turned
        more = offset + len(page) < len(found)
        return answer(body={"events": page, "hasMore": more, "offset": str(offset + len(page))})


@dataclass
class KlaviyoAccount(Checking):
    """JSON:API with a revision: profiles, bulk imports with their errors, events, unsubscribing, metrics."""

    profiles: dict[str, Json] = field(default_factory=dict)
    left: dict[str, set[str]] = field(default_factory=dict)
    events: dict[tuple[str, str], Json] = field(default_factory=dict)  # by metric and unique_id
    refused: set[str] = field(default_factory=set)
    jobs: dict[str, list[Json]] = field(default_factory=dict)  # errors by job
    looks: int = 1  # how often a job is looked at before it is complete
    metrics: dict[str, str] = field(default_factory=dict)  # name by id
    told: list[Json] = field(default_factory=list)  # events of messages, each with metric and profile
    people: list[Json] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def routes(self) -> list[tuple[str, str, Callable[..., Act]]]:
        return [
            ("POST", "/api/profile-import", self.one),
            ("POST", "/api/profile-bulk-import-jobs", self.many),
            ("GET", "/api/profile-bulk-import-jobs/([^/]+)", self.job),
            ("GET", "/api/profile-bulk-import-jobs/([^/]+)/import-errors", self.errors),
            ("POST", "/api/events", self.event),
            ("POST", "/api/profile-subscription-bulk-delete-jobs", self.leave),
            ("GET", "/api/metrics", self.known_metrics),
            ("GET", "/api/events", self.events_told),
        ]

    def answered(self, request: Received) -> Act:
        if request.headers.get("authorization") != f"Klaviyo-API-Key {TOKEN}":
            return answer(401, body={"errors": [{"code": "not_authenticated"}]})
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", request.headers["revision"])
        assert request.headers["accept"] == "application/vnd.api+json"
        if request.method == "POST":
            assert request.headers["content-type"] == "application/vnd.api+json"
        self.calls.append(f"{request.method} {request.path}")
        return super().answered(request)

    def one(self, request: Received) -> Act:
        profile = self._profile(request.json()["data"])
        if profile["external_id"] in self.refused:
            return answer(400, body={"errors": [{"code": "invalid"}]})
        return answer(201, body={"data": {"type": "profile", "id": self._kept(profile), "attributes": profile}})

    def many(self, request: Received) -> Act:
        data = request.json()["data"]
        assert data["type"] == "profile-bulk-import-job"
        profiles = [self._profile(one) for one in data["attributes"]["profiles"]["data"]]
        assert 1 <= len(profiles) <= 10_000
        assert len(request.body) <= 5_000_000
        job = f"job{len(self.jobs)}"
        self.jobs[job] = [
            {"type": "import-error", "id": f"e{place}", "attributes": {
                "code": "invalid", "title": "Invalid", "detail": "x", "original_payload": profile,
                "source": {"pointer": f"/data/attributes/profiles/data/{place}/attributes/email"}}}
            for place, profile in enumerate(profiles) if profile["external_id"] in self.refused
        ]  # fmt: skip
        for profile in profiles:
            if profile["external_id"] not in self.refused:
                self._kept(profile)
        return answer(
            202, body={"data": {"type": "profile-bulk-import-job", "id": job, "attributes": {"status": "queued"}}}
        )

    def job(self, request: Received, job: str) -> Act:
        self.looks -= 1
        status = "complete" if self.looks < 0 else "processing"
        attributes = {"status": status, "total_count": 9, "failed_count": len(self.jobs[job])}
        return answer(body={"data": {"type": "profile-bulk-import-job", "id": job, "attributes": attributes}})

    def errors(self, request: Received, job: str) -> Act:
        return answer(body={"data": self.jobs[job], "links": {"self": "x", "next": None}})

    def event(self, request: Received) -> Act:
        data = request.json()["data"]
        assert data["type"] == "event"
        attributes = data["attributes"]
        assert attributes["metric"]["data"]["type"] == "metric"
        assert attributes["profile"]["data"]["type"] == "profile"
        assert attributes["time"]
        person = attributes["profile"]["data"]["attributes"]
        assert person.keys() & {"email", "phone_number", "external_id"}
        name = attributes["metric"]["data"]["attributes"]["name"]
        self.events.setdefault((name, attributes["unique_id"]), attributes)
        return answer(202)

    def leave(self, request: Received) -> Act:
        data = request.json()["data"]
        assert data["type"] == "profile-subscription-bulk-delete-job"
        profiles = data["attributes"]["profiles"]["data"]
        assert 1 <= len(profiles) <= 100
        for one in profiles:
            said = one["attributes"]
            for channel, what in said["subscriptions"].items():
                assert what == {"marketing": {"consent": "UNSUBSCRIBED"}}
                address = said[{"email": "email", "sms": "phone_number"}[channel]]
                self.left.setdefault(channel, set()).add(address)
        return answer(202)

    def known_metrics(self, request: Received) -> Act:
        data = [{"type": "metric", "id": key, "attributes": {"name": name}} for key, name in self.metrics.items()]
        return answer(body={"data": data, "links": {"next": None}})

    def events_told(self, request: Received) -> Act:
        asked = request.query
        found = re.fullmatch(
            r'equals\(metric_id,"(\w+)"\),greater-or-equal\(datetime,(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\)',
            asked["filter"][0],
        )
        assert found, "a filter that they do not know"
        assert asked["sort"] == ["datetime"]
        metric, since = found[1], found[2].replace("Z", "+00:00")
        own = [
            one for one in self.told
            if one["metric"] == metric and one["event"]["attributes"]["datetime"] >= since
        ]  # fmt: skip
        own.sort(key=lambda one: one["event"]["attributes"]["datetime"])
        place = int(asked.get("page[cursor]", ["0"])[0])
        page = own[place : place + 2]
        more = place + len(page) < len(own)
        following = (
            f"https://a.klaviyo.com{unquote(request.target).partition('&page[cursor]')[0]}&page[cursor]={place + 2}"
        )
        included = [
            one
            for one in self.people
            if any(one["id"] == row["event"]["relationships"]["profile"]["data"]["id"] for row in page)
        ]
        body = {
            "data": [one["event"] for one in page],
            "included": included,
            "links": {"next": following if more else None},
        }
        return answer(body=body)

    def _profile(self, one: Json) -> Json:
        assert one["type"] == "profile"
        said: Json = one["attributes"]
        allowed = {"email", "phone_number", "external_id", "properties", "first_name", "last_name", "location"}
        assert said.keys() <= allowed, f"unknown: {said.keys() - allowed}"
        assert len(said["external_id"]) <= 255
        assert "phone_number" not in said or re.fullmatch(r"\+[1-9]\d{6,14}", said["phone_number"]), "E.164"
        return said

    def _kept(self, profile: Json) -> str:
        held = self.profiles.setdefault(profile["external_id"], {"properties": {}})
        held["properties"] |= profile["properties"]
        held |= {name: value for name, value in profile.items() if name != "properties"}
        return "01" + profile["external_id"]


@dataclass
class BrazeWorkspace(Checking):
    """/users/track, /campaigns/trigger/send and the lists of e-mail addresses."""

    users: dict[str, Json] = field(default_factory=dict)
    sends: list[Json] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    unsubscribes: list[Json] = field(default_factory=list)
    hard_bounces: list[Json] = field(default_factory=list)

    def routes(self) -> list[tuple[str, str, Callable[..., Act]]]:
        return [
            ("POST", "/users/track", self.track),
            ("POST", "/campaigns/trigger/send", self.trigger),
            ("GET", "/email/unsubscribes", lambda request: self.listed(request, self.unsubscribes)),
            ("GET", "/email/hard_bounces", lambda request: self.listed(request, self.hard_bounces)),
        ]

    def answered(self, request: Received) -> Act:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return answer(401, body={"message": "Invalid API key"})
        return super().answered(request)

    def track(self, request: Received) -> Act:
        objects = request.json()["attributes"]
        assert 1 <= len(objects) <= 75
        errors = []
        for place, one in enumerate(objects):
            assert isinstance(one["external_id"], str)
            assert one.get("email_subscribe") in (None, "opted_in", "subscribed", "unsubscribed")
            assert one.get("push_subscribe") in (None, "opted_in", "subscribed", "unsubscribed")
            for group in one.get("subscription_groups", ()):
                assert group.keys() == {"subscription_group_id", "subscription_state"}
            if one["external_id"] in self.refused:
                errors.append({"type": "invalid", "input_array": "attributes", "index": place})
            elif one["external_id"] in self.users or not one.get("_update_existing_only"):
                self.users.setdefault(one["external_id"], {}).update(one)
        body = {"message": "success", "attributes_processed": len(objects) - len(errors)}
        return answer(201, body=body | ({"errors": errors} if errors else {}))

    def trigger(self, request: Received) -> Act:
        body = request.json()
        assert isinstance(body["campaign_id"], str)
        assert 1 <= len(body["recipients"]) <= 50
        people = [one["external_user_id"] for one in body["recipients"]]
        assert len(set(people)) == len(people)
        assert all(isinstance(one["trigger_properties"], dict) for one in body["recipients"])
        self.sends.append(body)
        return answer(201, body={"dispatch_id": f"dispatch{len(self.sends)}", "message": "success"})

    def listed(self, request: Received, rows: list[Json]) -> Act:
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", request.query[name][0]) for name in ("start_date", "end_date"))
        limit, offset = (int(request.query[name][0]) for name in ("limit", "offset"))
        assert limit <= 500
        return answer(body={"emails": rows[offset : offset + limit], "message": "success"})


def serving(account: Checking) -> DestinationServer:
    """Return a server that answers as an account does."""
    return DestinationServer(otherwise=lambda request: account(request))


def dumped(value: Any) -> bytes:
    """Write a body as they send it."""
    return json.dumps(value).encode()
