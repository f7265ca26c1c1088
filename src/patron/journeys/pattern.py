"""A small language for ways through steps, read into a regular expression over letters, one for each step.

======================  ==========================================================
``cart > order``        an order right after the cart
``cart > ... > order``  an order some time after it
``not support``         any one step but that
``any``                 any one step
``(call | chat)``       one or the other
``search*``             none, one or several of them; ``+`` at least one, ``?`` none or one
``start > home``        at the beginning of the journey; ``order > drop_off`` at its end
``"add to cart"``       a step whose name has blanks or signs in it
======================  ==========================================================

So ``cart > not support* > order`` is an order after the cart with anything but support between. A pattern may be found
anywhere in a journey.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from patron.contracts.journey import DROP_OFF, START
from patron.errors import ArgumentError
from patron.language import did_you_mean, failure

FIRST_LETTER = 0x4E00
"""Where the letters begin: a range of thousands of letters, none of which means anything in a regular expression."""

TOKENS = re.compile(r'\s*(?:(?P<sign>\.\.\.|[>|()*+?])|"(?P<quoted>[^"]*)"|(?P<word>[^\s>|()*+?"]+))')
REPEATS = ("*", "+", "?")
WORDS = ("not", "any")


def letter(place: int) -> str:
    """Return the letter of a step by its place among the names."""
    return chr(FIRST_LETTER + place)


@dataclass(frozen=True)
class _Token:
    kind: str  # sign, word or end
    text: str
    at: int


def regular_expression(pattern: str, names: Sequence[str]) -> str:
    """Return the regular expression of a pattern, over the letters of the steps.

    Parameters
    ----------
    pattern : str
        In the language above.
    names : sequence of str
        The steps, in the order of their letters.

    Raises
    ------
    ArgumentError
        The pattern is none, with the place where it fails; or it names a step that is not there.

    Examples
    --------
    >>> steps = ["cart", "order", "support"]
    >>> found = regular_expression("cart > not support* > order", steps)
    >>> import re
    >>> [bool(re.search(found, "".join(letter(steps.index(step)) for step in way.split()))) for way in
    ...  ("cart order", "cart cart order", "cart support order", "order cart")]
    [True, True, False, False]
    """
    return _Parser(pattern, names).read()


class _Parser:
    """Reads one pattern from left to right; each method reads what it is called after."""

    def __init__(self, pattern: str, names: Sequence[str]) -> None:
        self.pattern, self.names, self.place = pattern, list(names), 0
        self.tokens = self._tokens()

    def read(self) -> str:
        found = self._way(outer=True)
        if self._here.kind != "end":
            raise self._wrong()
        return found

    def _tokens(self) -> list[_Token]:
        found, at = [], 0
        text = self.pattern.rstrip()
        while at < len(text):
            token = TOKENS.match(text, at)
            if token is None:
                raise failure(
                    ArgumentError, "journeys.pattern", came=self.pattern, at=at + 1, part=text[at:].strip(),
                    pattern=self.pattern,
                )  # fmt: skip
            sign = token["sign"]
            word = token["quoted"] if token["quoted"] is not None else token["word"]
            kind = "sign" if sign else "quoted" if token["quoted"] is not None else "word"
            found.append(_Token(kind, sign or word, token.start(token.lastgroup or 0)))
            at = token.end()
        return [*found, _Token("end", "", len(text))]

    @property
    def _here(self) -> _Token:
        return self.tokens[self.place]

    def _take(self, *signs: str) -> str | None:
        """Return the sign that stands here and go on, if it is one of these."""
        if self._here.kind == "sign" and self._here.text in signs:
            self.place += 1
            return self.tokens[self.place - 1].text
        return None

    def _way(self, *, outer: bool) -> str:
        """Read steps with ``>`` between them; outside brackets they may begin and end a journey."""
        parts = []
        if outer and self._here == _Token("word", START, self._here.at):
            self.place += 1
            parts.append("^")
            if self._take(">") is None:
                raise self._wrong()
        parts.append(self._repeated())
        while self._take(">"):
            if outer and self._here == _Token("word", DROP_OFF, self._here.at):
                self.place += 1
                return "".join([*parts, "$"])
            parts.append(self._repeated())
        return "".join(parts)

    def _repeated(self) -> str:
        if self._take("..."):
            return ".*"
        step = self._step()
        return f"{step}{self._take(*REPEATS) or ''}"

    def _step(self) -> str:
        if self._here == _Token("word", "not", self._here.at):
            self.place += 1
            return f"[^{''.join(self._letters())}]"
        if self._here == _Token("word", "any", self._here.at):
            self.place += 1
            return "."
        if self._take("("):
            ways = [self._way(outer=False)]
            while self._take("|"):
                ways.append(self._way(outer=False))
            if self._take(")") is None:
                raise self._wrong()
            return f"(?:{'|'.join(ways)})"
        return self._letter()

    def _letters(self) -> list[str]:
        """Read one step, or several in brackets, that are not to be."""
        if self._take("(") is None:
            return [self._letter()]
        found = [self._letter()]
        while self._take("|"):
            found.append(self._letter())
        if self._take(")") is None:
            raise self._wrong()
        return found

    def _letter(self) -> str:
        token = self._here
        if token.kind not in ("word", "quoted"):
            raise self._wrong()
        if token.text not in self.names:
            raise failure(
                ArgumentError, "journeys.pattern_step", came=token.text, at=token.at + 1, pattern=self.pattern,
                hint=did_you_mean(token.text, self.names),
            )  # fmt: skip
        self.place += 1
        return letter(self.names.index(token.text))

    def _wrong(self) -> ArgumentError:
        token = self._here
        part = self.pattern[token.at :].strip()
        key = "journeys.pattern" if part else "journeys.pattern_ends"
        return failure(ArgumentError, key, came=self.pattern, at=token.at + 1, part=part, pattern=self.pattern)
