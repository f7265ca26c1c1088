"""Events that the server is told, one at a time: what they say, and whether they can be used."""

from patron.sources.stream.event import KINDS, StreamEvent, StreamProduct
from patron.sources.stream.problem import BATCH_BYTES, DEPTH, EVENT_BYTES, REASONS, Call, Problem, validate
from patron.sources.stream.read import read_event

__all__ = [
    "BATCH_BYTES",
    "DEPTH",
    "EVENT_BYTES",
    "KINDS",
    "REASONS",
    "Call",
    "Problem",
    "StreamEvent",
    "StreamProduct",
    "read_event",
    "validate",
]
