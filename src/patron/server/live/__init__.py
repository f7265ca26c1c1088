"""What is known of a person now: the published run and what happened since."""

from patron.server.live.fold import fold
from patron.server.live.own import OwnSegments, own_segments_now, own_signals_now
from patron.server.live.person import LivePerson, person
from patron.server.live.rows import LiveEvent

__all__ = ["LiveEvent", "LivePerson", "OwnSegments", "fold", "own_segments_now", "own_signals_now", "person"]
