"""Load on an intake: connections that stay open, each with one request at a time, as fast as it is answered.

python intake_load.py PORT KEY SECONDS EVENTS_PER_REQUEST CONNECTIONS    prints one line of JSON
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from base64 import b64encode
from itertools import count

EVENT = (
    b'{"type": "track", "messageId": "%s-%012d", "anonymousId": "2f6d1c3e-5b0a-4f7e-9a51-3c1f0e8a7b%02d", '
    b'"userId": "customer-%05d", "event": "Product Viewed", "timestamp": "2026-01-31T09:30:00.123Z", '
    b'"properties": {"product_id": "product-%04d", "name": "A coffee cup", "category": "Kitchen", "price": 19.90, '
    b'"currency": "EUR"}, "context": {"library": {"name": "analytics-python", "version": "2.3.4"}, "page": '
    b'{"url": "https://shop.example/product"}}}'
)


class Connection(asyncio.Protocol):
    """One connection: it asks, waits for the whole answer, and asks again."""

    numbers = count()
    run = str(time.time_ns()).encode()[-12:]

    def __init__(self, load: Load) -> None:
        self.load, self.began, self.came = load, 0.0, b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        load = self.load
        events = [
            EVENT % (self.run, number, number % 100, number % 50_000, number % 9_999)
            for number in (next(self.numbers) for _ in range(load.each))
        ]
        body = (
            events[0] if load.each == 1 else b'{"batch": [%s], "sentAt": "2026-01-31T09:30:01Z"}' % b", ".join(events)
        )
        self.began = time.perf_counter()
        self.transport.write(load.head % len(body) + body)

    def data_received(self, data: bytes) -> None:
        self.came += data
        if not self.came.endswith(b"}"):
            return
        if not self.came.startswith(b"HTTP/1.1 200"):
            raise SystemExit(self.came[:300].decode())
        self.came = b""
        self.load.answered(time.perf_counter() - self.began)
        if not self.load.over:
            self.ask()


class Load:
    """What all connections share."""

    def __init__(self, key: str, each: int) -> None:
        path = b"/v1/track" if each == 1 else b"/v1/batch"
        secret = b64encode(f"{key}:".encode())
        self.head = (
            b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: Basic %s\r\n"
            b"Content-Length: %%d\r\n\r\n" % (path, secret)
        )
        self.each, self.over = each, False
        self.latencies: list[float] = []

    def answered(self, seconds: float) -> None:
        self.latencies.append(seconds)


async def main() -> None:
    port, key, seconds, each, connections = sys.argv[1:]
    load, loop = Load(key, int(each)), asyncio.get_running_loop()
    for _ in range(int(connections)):
        await loop.create_connection(lambda: Connection(load), "127.0.0.1", int(port))
    await asyncio.sleep(0.5)  # what is warmed up does not count
    load.latencies.clear()
    began = time.perf_counter()
    await asyncio.sleep(float(seconds))
    took, times = time.perf_counter() - began, sorted(load.latencies)
    load.over = True
    facts = {
        "requests": len(times) / took, "events": len(times) * load.each / took,
        "p50_ms": times[len(times) // 2] * 1000, "p99_ms": times[int(len(times) * 0.99)] * 1000,
    }  # fmt: skip
    print(json.dumps(facts))


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
