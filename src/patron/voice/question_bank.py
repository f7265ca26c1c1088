"""What to ask whom?

Every questionnaire asks at least five things: who are you, why us, would you recommend us, what keeps you from buying
again, how do you want to hear from us. What a segment is like decides in which words, in which order, and what else.
The words are in the catalogue: ``voice.question.NAME``, and ``voice.choice.NAME.CHOICE`` for what can be chosen.
"""

from __future__ import annotations

from dataclasses import dataclass

from patron.contracts.voice import SEGMENT_KINDS
from patron.errors import ArgumentError
from patron.language import did_you_mean, failure, listing, say


@dataclass(frozen=True, kw_only=True)
class SurveyQuestion:
    """One question: the name by which its answers come back, what they are, and what can be chosen."""

    name: str
    kind: str
    about: str  # which of the five it asks; empty for further ones
    choices: tuple[str, ...] = ()
    several: bool = False  # more than one may be chosen

    @property
    def text(self) -> str:
        """The question in words."""
        return say(f"voice.question.{self.name}")

    def says(self, choice: str) -> str:
        """Return a choice in words."""
        return say(f"voice.choice.{self.name}.{choice}")


ABOUT = ("who", "why_us", "recommend", "barrier", "contact")
"""What is asked at least."""

BANK: dict[str, SurveyQuestion] = {
    question.name: question
    for question in (
        SurveyQuestion(name="buys_for", kind="choice", about="who", choices=("myself", "family", "gifts", "work")),
        SurveyQuestion(
            name="why_us", kind="choice", about="why_us", several=True,
            choices=("price", "range", "quality", "advice", "near", "recommended", "other"),
        ),
        SurveyQuestion(name="nps", kind="nps", about="recommend"),
        SurveyQuestion(
            name="keeps_from_buying", kind="choice", about="barrier", several=True,
            choices=("nothing_needed", "price", "range", "delivery", "service", "quality", "elsewhere", "other"),
        ),
        SurveyQuestion(
            name="how_to_hear", kind="choice", about="contact", choices=("email", "sms", "post", "app", "not_at_all")
        ),
        SurveyQuestion(name="ces", kind="ces", about=""),
        SurveyQuestion(name="csat", kind="csat", about=""),
        SurveyQuestion(name="would_miss", kind="text", about=""),
        SurveyQuestion(name="share_of_need", kind="choice", about="",
                       choices=("nearly_all", "more_than_half", "less_than_half", "hardly_any")),
        SurveyQuestion(name="after_first", kind="text", about=""),
        SurveyQuestion(name="what_changed", kind="choice", about="", several=True,
                       choices=("need", "money", "moved", "bad_experience", "another_shop", "forgot", "other")),
        SurveyQuestion(name="come_back_for", kind="text", about=""),
    )
}  # fmt: skip
"""All questions, by name. `nps`, `ces` and `csat` are the three that everybody knows."""

QUESTIONNAIRES: dict[str, tuple[str, ...]] = {
    # Who buys most is asked what would be lost, and how much of the need still goes elsewhere.
    "frequent_high_value": ("nps", "why_us", "would_miss", "share_of_need", "keeps_from_buying", "buys_for",
                            "how_to_hear"),
    # Who stopped after few orders: how easy it was, and what the last one was like.
    "stuck": ("csat", "nps", "keeps_from_buying", "after_first", "ces", "why_us", "buys_for", "how_to_hear"),
    # Who has been silent for half a year: what changed, before it is too late.
    "quiet": ("what_changed", "keeps_from_buying", "nps", "come_back_for", "why_us", "buys_for", "how_to_hear"),
    # Who is gone answers little: the shortest one.
    "inactive": ("keeps_from_buying", "nps", "why_us", "buys_for", "how_to_hear"),
    "other": ("nps", "why_us", "ces", "keeps_from_buying", "buys_for", "how_to_hear"),
}  # fmt: skip
"""The questions for each kind of segment (contracts.voice.SEGMENT_KINDS), in order."""


def questionnaire(kind: str) -> tuple[SurveyQuestion, ...]:
    """Return the questions for a kind of segment, in the order in which to ask them.

    Raises
    ------
    ArgumentError
        There is no such kind.

    Examples
    --------
    >>> [question.name for question in questionnaire("inactive")]
    ['keeps_from_buying', 'nps', 'why_us', 'buys_for', 'how_to_hear']
    """
    if kind not in QUESTIONNAIRES:
        raise failure(
            ArgumentError, "voice.questionnaire", argument="kind", came=kind, allowed=listing(SEGMENT_KINDS),
            hint=did_you_mean(kind, SEGMENT_KINDS),
        )  # fmt: skip
    return tuple(BANK[name] for name in QUESTIONNAIRES[kind])
