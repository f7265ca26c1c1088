"""The small client: send events, ask for decisions, read what is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from patron.client.answers import Customer, Segment
from patron.client.calls import Calls, Parameters
from patron.client.event import event
from patron.client.outbox import Failed, Outbox
from patron.client.outside import Outside
from patron.errors import ArgumentError, ServerError
from patron.language import failure

Record = Mapping[str, Any]
"""One row of an answer: days and moments as ISO 8601, exact amounts as text."""

PAGE = 500
"""Rows asked for at a time; the caller sees one row after the other."""


def _keep_silent(_error: ServerError, _given_up: int) -> None:
    """Wait for `flush` or `close`, which raise what is wrong."""


class Client:
    """A connection to one Patron server, for any number of threads.

    Events wait in a queue, which one thread empties in batches; each has an id by which the server takes it once, so
    that it can be sent again until the server has it. Close the client, or use it as a context, so that nothing is
    left behind.

    Parameters
    ----------
    server : str
        Its address, for example ``https://patron.example``.
    write_key : str, optional
        A token of scope ``write``, for events.
    token : str, optional
        A token of scope ``read`` or ``decide``, for everything else.
    batch : int
        So many events are sent at a time, and as soon as they wait.
    every_s : float
        So often what waits is sent, in seconds.
    most_waiting : int
        So many events may wait while the server is away; one more is an error.
    attempts : int
        How often a call is made before it fails, with pauses that grow.
    timeout_s : float
        How long one attempt may take, in seconds.
    failed : callable, optional
        Told when events could not be sent in the background, and how many of them the server will never take.
    transport : httpx.BaseTransport, optional
        The network; `httpx.MockTransport` in tests.
    outside : Outside
        The time, chance and pauses.

    Raises
    ------
    ArgumentError
        A number is out of its range.

    Examples
    --------
    >>> import httpx
    >>> answers = httpx.MockTransport(lambda request: httpx.Response(200, json={"success": True}))
    >>> with Client("https://patron.example", write_key="K", transport=answers) as patron:
    ...     message_id = patron.track("Product Viewed", {"product_id": "P7"}, user_id="C1")
    """

    def __init__(  # noqa: PLR0913 - all by name, each with its default
        self,
        server: str,
        *,
        write_key: str | None = None,
        token: str | None = None,
        batch: int = 100,
        every_s: float = 1.0,
        most_waiting: int = 10_000,
        attempts: int = 5,
        timeout_s: float = 10.0,
        failed: Failed = _keep_silent,
        transport: httpx.BaseTransport | None = None,
        outside: Outside | None = None,
    ) -> None:
        for name, number in (("batch", batch), ("most_waiting", most_waiting), ("attempts", attempts)):
            if number < 1:
                raise failure(ArgumentError, "client.least", argument=name, came=number)
        self._write_key, self._token = write_key, token
        self._outside = outside or Outside()
        self._http = httpx.Client(base_url=server, timeout=timeout_s, transport=transport)
        self._calls = Calls(http=self._http, attempts=attempts, outside=self._outside)
        self._outbox = Outbox(self._send, failed=failed, batch=batch, every_s=every_s, most=most_waiting)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def track(
        self, name: str, properties: Record | None = None, *, user_id: str | None = None,
        anonymous_id: str | None = None, at: datetime | None = None, context: Record | None = None,
        message_id: str | None = None,
    ) -> str:  # fmt: skip
        """Say that somebody did something; return the event's id.

        Parameters
        ----------
        name : str
            What was done, by the Segment specification, for example ``Product Viewed``.
        properties : mapping, optional
            With what: ``product_id``, ``price``, ``order_id`` ...
        user_id, anonymous_id : str, optional
            Who; at least one.
        at : datetime, optional
            When, with a time zone; by default now.
        context : mapping, optional
            Where: page, campaign, ``{"gpc": True}``.
        message_id : str, optional
            The event's own id, where the caller has one.

        Raises
        ------
        ArgumentError
            It is nobody's, its time has no zone, it cannot be written as JSON, or it is larger than 32 KB.
        ServerError
            Too many events wait already, or the client is closed.
        """
        said = {"event": name, "properties": properties, "context": context}
        return self._put("track", said, user_id, anonymous_id, at, message_id)

    def identify(
        self, traits: Record | None = None, *, user_id: str | None = None, anonymous_id: str | None = None,
        at: datetime | None = None, context: Record | None = None, message_id: str | None = None,
    ) -> str:  # fmt: skip
        """Say who somebody is; return the event's id. Arguments and errors as for `track`."""
        return self._put("identify", {"traits": traits, "context": context}, user_id, anonymous_id, at, message_id)

    def page(
        self, name: str | None = None, properties: Record | None = None, *, user_id: str | None = None,
        anonymous_id: str | None = None, at: datetime | None = None, context: Record | None = None,
        message_id: str | None = None,
    ) -> str:  # fmt: skip
        """Say that somebody saw a page; return the event's id. Arguments and errors as for `track`."""
        said = {"name": name, "properties": properties, "context": context}
        return self._put("page", said, user_id, anonymous_id, at, message_id)

    def screen(
        self, name: str | None = None, properties: Record | None = None, *, user_id: str | None = None,
        anonymous_id: str | None = None, at: datetime | None = None, context: Record | None = None,
        message_id: str | None = None,
    ) -> str:  # fmt: skip
        """Say that somebody saw a screen of an app; return the event's id. Arguments and errors as for `track`."""
        said = {"name": name, "properties": properties, "context": context}
        return self._put("screen", said, user_id, anonymous_id, at, message_id)

    def group(
        self, group_id: str, traits: Record | None = None, *, user_id: str | None = None,
        anonymous_id: str | None = None, at: datetime | None = None, message_id: str | None = None,
    ) -> str:  # fmt: skip
        """Say to which group somebody belongs; return the event's id. Arguments and errors as for `track`."""
        return self._put("group", {"groupId": group_id, "traits": traits}, user_id, anonymous_id, at, message_id)

    def alias(
        self, previous_id: str, *, user_id: str, at: datetime | None = None, message_id: str | None = None
    ) -> str:  # fmt: skip
        """Say that two ids are one person; return the event's id. Arguments and errors as for `track`."""
        return self._put("alias", {"previousId": previous_id}, user_id, None, at, message_id)

    def flush(self) -> None:
        """Send all events that wait now.

        Raises
        ------
        ServerError
            The server cannot be reached, or refuses. What it may take later goes on waiting.
        """
        self._outbox.flush()

    def close(self) -> None:
        """Send all events that wait, and close the connection.

        Raises
        ------
        ServerError
            They could not be sent.
        """
        try:
            self._outbox.close()
        finally:
            self._http.close()

    @property
    def waiting(self) -> int:
        """How many events wait."""
        return len(self._outbox)

    def next(
        self, customer_id: str | None = None, *, user_id: str | None = None, anonymous_id: str | None = None
    ) -> Record:
        """Return what to do next for a customer, or for whoever is behind an id, and why.

        Raises
        ------
        ServerError
            Nobody is known by that id, or the server cannot be reached or refuses.
        """
        if customer_id is not None:
            return self._read(f"/v1/customers/{quote(customer_id, safe='')}/next")
        return self._read("/v1/next", {"user_id": user_id, "anonymous_id": anonymous_id})

    def decide(
        self, placements: Sequence[Record], *, user_id: str | None = None, anonymous_id: str | None = None,
        customer_id: str | None = None, context: Record | None = None, gpc: bool = False,
        request_id: str | None = None,
    ) -> Record:  # fmt: skip
        """Return what to show somebody in each place of a site, an app or a conversation.

        Parameters
        ----------
        placements : sequence of mapping
            Each with ``name``, ``kind`` (``message``, ``offer``, ``products`` or ``banner``) and ``n``.
        user_id, anonymous_id, customer_id : str, optional
            For whom.
        context : mapping, optional
            Where: the page's ``product_id`` or ``category``, what to ``exclude``.
        gpc : bool
            Whether the visitor's browser sent Global Privacy Control.
        request_id : str, optional
            The request's own name: asked again with it, the same is given and written down once. By default one that
            nobody has, so that a lost answer can be asked for again.

        Raises
        ------
        ServerError
            The server cannot be reached, or refuses.
        """
        given = {
            "user_id": user_id, "anonymous_id": anonymous_id, "customer_id": customer_id, "context": context,
            "placements": [dict(one) for one in placements], "request_id": request_id or self._outside.new_id(),
        }  # fmt: skip
        body = {name: value for name, value in given.items() if value is not None}
        headers = {"Sec-GPC": "1"} if gpc else {}
        return self._calls.post("/v1/decisions", body, token=self._needed("token", self._token), headers=headers)

    def customer(self, customer_id: str) -> Customer:
        """Return what is known of a customer.

        Raises
        ------
        ServerError
            Nobody is known by that id, or the server cannot be reached or refuses.
        """
        return Customer.model_validate(self._read(f"/v1/customers/{quote(customer_id, safe='')}"))

    def customers(self, *, email: str | None = None, phone: str | None = None) -> Iterator[Record]:
        """Yield the profiles of the customers who are known by an e-mail address or a phone number."""
        return self._rows("/v1/customers", {"email": email, "phone": phone})

    def members(self, segmentation: str, segment: str) -> Iterator[Record]:
        """Yield the profiles of a segment's customers."""
        return self._rows(f"/v1/segments/{quote(segmentation, safe='')}/{quote(segment, safe='')}/customers")

    def segments(self, *, segmentation: str | None = None) -> Iterator[Segment]:
        """Yield the segments, those of one segmentation or all."""
        for row in self._rows("/v1/segments", {"segmentation": segmentation}):
            yield Segment.model_validate(row)

    def audiences(self) -> Iterator[Record]:
        """Yield the lists that were frozen."""
        return self._rows("/v1/audiences")

    def experiments(self) -> Iterator[Record]:
        """Yield the experiments."""
        return self._rows("/v1/experiments")

    def ledger(self) -> Iterator[Record]:
        """Yield what everything that was done to customers brought and cost."""
        return self._rows("/v1/ledger")

    def kpis(
        self, *, metric: str | None = None, month: date | None = None, segmentation: str | None = None,
        segment: str | None = None,
    ) -> Iterator[Record]:  # fmt: skip
        """Yield the figures by month."""
        asked = {"metric": metric, "segmentation": segmentation, "segment": segment}
        return self._rows("/v1/kpis", {**asked, "month": month.isoformat() if month else None})

    def opportunities(self) -> Iterator[Record]:
        """Yield what is worth launching, the best first."""
        return self._rows("/v1/opportunities")

    def triggers(self) -> Iterator[Record]:
        """Yield the triggers and how they stand."""
        return self._rows("/v1/triggers")

    def sends(self) -> Iterator[Record]:
        """Yield the messages that were decided on, the newest first."""
        return self._rows("/v1/sends")

    def deliveries(self) -> Iterator[Record]:
        """Yield the destinations with what waits for them and what came of the rest."""
        return self._rows("/v1/deliveries")

    def runs(self) -> Iterator[Record]:
        """Yield the runs, the newest first."""
        return self._rows("/v1/runs")

    def table(self, name: str, *, where: str | None = None) -> Iterator[Record]:
        """Yield the rows of a table of figures, those for which a condition holds or all."""
        return self._rows(f"/v1/tables/{quote(name, safe='')}", {"where": where})

    def _put(
        self, kind: str, said: Record, user_id: str | None, anonymous_id: str | None, at: datetime | None,
        message_id: str | None,
    ) -> str:  # fmt: skip
        self._needed("write_key", self._write_key)
        made, written = event(
            kind, user_id=user_id, anonymous_id=anonymous_id, at=at, message_id=message_id, outside=self._outside,
            said=said,
        )  # fmt: skip
        self._outbox.put(written)
        return made

    def _send(self, events: Sequence[bytes]) -> None:
        sent_at = self._outside.now().isoformat().encode()
        body = b'{"sentAt":"' + sent_at + b'","batch":[' + b",".join(events) + b"]}"
        self._calls.send("/v1/batch", body, write_key=self._needed("write_key", self._write_key))

    def _rows(self, path: str, asked: Parameters | None = None) -> Iterator[Record]:
        """Yield every row of every page."""
        params = {"limit": PAGE, **(asked or {})}
        while True:
            answer = self._read(path, params)
            yield from answer["rows"]
            if answer["next"] is None:
                return
            params["cursor"] = answer["next"]

    def _read(self, path: str, asked: Parameters | None = None) -> dict[str, Any]:
        return self._calls.get(path, params=asked, token=self._needed("token", self._token))

    def _needed(self, argument: str, given: str | None) -> str:
        if given is None:
            raise failure(ArgumentError, "client.no_key", argument=argument)
        return given
