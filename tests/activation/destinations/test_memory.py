"""The destination that only remembers passes what all others have to pass."""

from __future__ import annotations

from conformance import NOW, Conformance, message

from patron.activation.destinations import Outcome
from patron.activation.destinations.memory import Memory


class TestMemory(Conformance):
    def opened(self):
        return Memory(largest_batch=20)


class TestMemoryThatForgets(Conformance):
    def opened(self):
        return Memory(repeats="never")


def test_a_key_is_recognised():
    knows, forgets = Memory(), Memory(repeats="never")
    for one in (knows, forgets):
        one.deliver([message(1), message(1), message(2)], now=NOW)
    assert [delivery.delivery_id[-1] for delivery in knows.taken] == ["1", "2"]
    assert len(forgets.taken) == len(knows.handed) == 3


def test_it_does_as_it_is_told():
    memory = Memory().will(lambda delivery: Outcome(status="rejected", reason=delivery.customer_id))
    first, second = memory.deliver([message(1), message(2)], now=NOW)
    assert (first.reason, second.status) == ("c1", "accepted")
    assert len(memory.taken) == 1
