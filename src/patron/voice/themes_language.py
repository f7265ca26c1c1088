"""Which language is a text in?

The script tells most of it. Languages of one script are told apart by a few of their commonest words; from the texts
that these decide, all other words are learned, so that a text without any of them finds its language, too. A language
in which hardly anybody writes is not told apart from the main one of its script.

Ref  Grefenstette (1995), Comparing two language identification schemes, JADT: small words decide
     Nigam, McCallum, Thrun & Mitchell (2000), Text classification from labeled and unlabeled documents using EM,
     Machine Learning 39, 103-134: one round of it
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from patron.voice.themes_words import folded

SMALL_WORDS: Mapping[str, Mapping[str, frozenset[str]]] = {
    script: {language: frozenset(folded(words).split()) for language, words in spoken.items()}
    for script, spoken in {
        "latin": {
            "en": "the and is was it of to my not this i have with for you they are but very that no",
            "de": "der die das und ist nicht ich es war zu mit ein eine auf für sehr kein auch wir im noch",
            "fr": "le la les et est pas je un une pour très dans avec mais sur nous ce qui du des il vous",
            "es": "el la los y es no que un una muy por con para pero lo se mi todo está llegó las yo",
            "pt": "o a os e é não que um uma muito com para mas foi do da no na chegou bom eu produto",
            "it": "il la gli e è non che un una molto con per ma di sono ho mi tutto della nel questo",
            "nl": "de het een en is niet ik van met voor zeer maar dat wij was op ook mijn geen heel",
            "pl": "i nie w na się z jest do to że bardzo ale jak po mi już za tak od",
            "sv": "och är inte det en jag att på med för men mycket var till har som av ett den",
            "tr": "ve bir bu çok için ama da de ne ile ben gibi daha var yok değil",
        },
        "cyrillic": {
            "ru": "и в не на что с я как это по очень но за так то все был до из мне",
            "uk": "і в не на що з я як це по дуже але за так та всі був до із мені є",
            "bg": "и в не на че с аз как това по много но за така съм беше до от ми е",
        },
        "arabic": {
            "ar": "في من على ما لم هذا إلى كان لا و مع ولم هذه التي أن",
            "fa": "و در به از که این را با است برای خیلی من نیست بود",
        },
    }.items()
}  # fmt: skip

_SCRIPTS = (
    ("hebrew", "he", "\u0590", "\u05ff"), ("arabic", "ar", "\u0600", "\u06ff"), ("cyrillic", "ru", "\u0400", "\u052f"),
    ("greek", "el", "\u0370", "\u03ff"), ("hangul", "ko", "\uac00", "\ud7af"), ("thai", "th", "\u0e00", "\u0e7f"),
    ("devanagari", "hi", "\u0900", "\u097f"), ("kana", "ja", "\u3040", "\u30ff"), ("han", "zh", "\u3400", "\u9fff"),
)  # fmt: skip

_SMOOTH = 0.1  # of a text, for words that were never seen in a language
LATIN, NONE = "latin", ""
LEAST_SHARE, LEAST_TEXTS = 0.02, 20  # of a script's texts that small words decide, for a language to be told apart
_DECIDED, _SURE = 2, 2  # small words more than of any other language, for one to be learned from; to be another one


@dataclass(frozen=True)
class Speech:
    """Tells the language of texts, one by one, by what was learned from many.

    `learned` holds, by script, the languages that are told apart in it; of each the logarithm of its share, and of
    the chance of each word, with that of a word that was never seen.
    """

    learned: Mapping[str, Mapping[str, _Spoken]]

    def of(self, words: Sequence[str]) -> str:
        """Return the language of one text, by its two letters; empty where it has no word."""
        script = _script(words)
        if script not in SMALL_WORDS:
            return _OF_SCRIPT.get(script, NONE)
        kept = self.learned.get(script) or {next(iter(SMALL_WORDS[script])): _Spoken(0.0, {}, 0.0)}
        sure = _by_small_words(words, _TELLING[script], lead=_SURE)
        if sure and sure not in kept:  # clearly another language, however few write in it
            return sure
        if len(kept) == 1:
            return next(iter(kept))
        unique = set(words)
        return max(kept, key=lambda name: (kept[name].likely(unique), name))


@dataclass(frozen=True)
class _Spoken:
    share: float
    words: Mapping[str, float]
    unseen: float

    def likely(self, words: set[str]) -> float:
        return self.share + sum(self.words.get(word, self.unseen) for word in sorted(words))


def speech(texts: Sequence[Sequence[str]]) -> Speech:
    """Learn to tell the languages of some texts.

    Parameters
    ----------
    texts : sequence of sequences of str
        The words of each, folded.

    Examples
    --------
    >>> told = speech([["物流", "流太"], ["доставка"], ["late"], []])
    >>> [told.of(words) for words in (["物流"], ["доставка"], ["parcel"], [])]
    ['zh', 'ru', 'en', '']
    """
    scripts = [_script(words) for words in texts]
    learned = {}
    for script in SMALL_WORDS:
        own = [words for words, one in zip(texts, scripts, strict=True) if one == script]
        if own:
            learned[script] = _told_apart(own, _TELLING[script])
    return Speech(learned)


_OF_SCRIPT = {script: language for script, language, _, _ in _SCRIPTS}


def _script(words: Sequence[str]) -> str:
    """Return the script of most words."""
    if not words:
        return NONE
    if all(word.isascii() for word in words):
        return LATIN
    counted = Counter(_script_of(word) for word in words)
    if counted["kana"]:  # Japanese writes in both
        counted["kana"] += counted.pop("han", 0)
    return max(counted, key=lambda name: (counted[name], name))


def _script_of(word: str) -> str:
    if word.isascii():
        return LATIN
    signs = max(word)  # of a pair of signs, kana come first
    first = min(word) if "\u3040" <= min(word) <= "\u30ff" else signs
    return next((name for name, _, low, high in _SCRIPTS if low <= first <= high), LATIN)


def _told_apart(texts: Sequence[Sequence[str]], telling: Mapping[str, Sequence[str]]) -> dict[str, _Spoken]:
    """Return the languages of one script that enough people write, with what is known of them."""
    first = [_by_small_words(words, telling) for words in texts]
    counted = Counter(one for one in first if one)
    if not counted:
        return {}
    least = max(LEAST_TEXTS, LEAST_SHARE * sum(counted.values()))
    usual = max(counted, key=lambda name: (counted[name], name))
    kept = {name: many for name, many in sorted(counted.items()) if many >= least or name == usual}
    seen: dict[str, Counter[str]] = {name: Counter() for name in kept}
    for words, language in zip(texts, first, strict=True):
        if language in seen:
            seen[language].update(set(words))
    total = sum(kept.values())
    return {
        name: _Spoken(
            math.log(many / total),
            {word: math.log((times + _SMOOTH) / (many + 1.0)) for word, times in seen[name].items()},
            math.log(_SMOOTH / (many + 1.0)),
        )
        for name, many in kept.items()
    }  # fmt: skip


def _telling(spoken: Mapping[str, frozenset[str]]) -> dict[str, list[str]]:
    """Return which languages each small word is one of."""
    found: dict[str, list[str]] = {}
    for language, small in spoken.items():
        for word in small:
            found.setdefault(word, []).append(language)
    return found


def _by_small_words(words: Sequence[str], telling: Mapping[str, Sequence[str]], *, lead: int = 0) -> str:
    """Return the language with most small words, where its lead is clear: a third of a short text, or two."""
    hits = Counter(language for word in words if word in telling for language in telling[word])
    if not hits:
        return NONE
    best = max(hits, key=lambda name: (hits[name], name))
    second = max((many for name, many in hits.items() if name != best), default=0)
    return best if hits[best] - second >= (lead or min(_DECIDED, max(len(words) // 3, 1))) else NONE


_TELLING = {script: _telling(spoken) for script, spoken in SMALL_WORDS.items()}
