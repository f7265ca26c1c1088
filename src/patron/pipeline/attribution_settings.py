"""What the settings say of touches, and of how orders are shared out among the channels."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from patron.contracts.touch import BASELINE, NONE
from patron.kpis.channel_key import channel_key_of
from patron.language import listing, say
from patron.pipeline.section import Days, Section

Model = Literal["first", "last", "last_non_direct", "linear", "time_decay", "position", "markov", "shapley"]
RESERVED = (NONE, BASELINE)


class AttributionSettings(Section):
    """Which touches count, for how long, and by which rule."""

    lookback: Days = Field(30, description="How long before an order a touch counts.", validate_default=False)
    model: Model = Field(
        "markov", description="The rule by which single orders are credited; the report shows the others beside it."
    )
    half_life: Days = Field(
        7, description="Of the rule `time_decay`: a touch so long before the order counts half.", validate_default=False
    )
    message_touch: Literal["clicked", "opened", "sent"] = Field(
        "clicked", description="From what on a message is a touch. Some mail programs open every message by themselves."
    )
    direct: bool = Field(
        default=True,
        description="Whether a visit of which nothing tells what brought it is a touch `direct`, where other visits "
        "tell.",
    )
    aliases: dict[str, str] = Field(
        default_factory=dict,
        description="Other spellings of channels and what they are here, for example google ads: paid_search. They "
        "hold for visits, messages, money spent, customers' origin and mix models.",
    )
    lift_tests: dict[str, str | list[str]] = Field(
        default_factory=dict,
        description="By channel: the experiment, or experiments, in which customers were kept from it.",
    )

    @field_validator("aliases")
    @classmethod
    def _apart(cls, value: dict[str, str]) -> dict[str, str]:
        wanted: dict[str, str] = {}
        for came, name in value.items():
            word, here = channel_key_of(came), channel_key_of(name)
            if here in RESERVED or wanted.setdefault(word, here) != here:
                raise ValueError(say("touches.alias", came=came, name=name, reserved=listing(RESERVED)))
        return value

    def tests(self) -> dict[str, tuple[str, ...]]:
        """Return the experiments about each channel, by the channel's one name."""
        found: dict[str, tuple[str, ...]] = {}
        for channel, names in self.lift_tests.items():
            key = channel_key_of(channel, self.aliases)
            found[key] = (*found.get(key, ()), *([names] if isinstance(names, str) else names))
        return {key: tuple(dict.fromkeys(names)) for key, names in found.items()}
