"""The ways in which one name is written: at home, in Latin letters, without marks, by another transliteration."""

from __future__ import annotations

import re
import unicodedata

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_WHOLE = str.maketrans({"ß": "ss", "ł": "l", "Ł": "L"})  # letters whose mark is no sign of its own

_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_ENGLISH = "a,b,v,g,d,e,e,zh,z,i,y,k,l,m,n,o,p,r,s,t,u,f,kh,ts,ch,sh,shch,,y,,e,yu,ya"
_GERMAN = "a,b,w,g,d,e,jo,sch,s,i,j,k,l,m,n,o,p,r,s,t,u,f,ch,z,tsch,sch,schtsch,,y,,e,ju,ja"


def _sounds(written: str) -> dict[int, str]:
    small = dict(zip(_CYRILLIC, written.split(","), strict=True))
    return str.maketrans(small | {letter.upper(): sound.capitalize() for letter, sound in small.items()})


TO_ENGLISH, TO_GERMAN = _sounds(_ENGLISH), _sounds(_GERMAN)

_PERSIAN = (
    ("Mohammad", "Mohammed"), ("Hossein", "Hussain"), ("Fatemeh", "Fatima"), ("Mehdi", "Mahdi"), ("zadeh", "zade"),
    ("pour", "pur"), ("nejad", "nezhad"), ("Yousef", "Yusuf"), ("Yusuf", "Youssef"), ("Ebrahim", "Ibrahim"),
    ("Khaled", "Khalid"), ("Abdollah", "Abdullah"), ("Omar", "Umar"), ("Hosseini", "Husseini"), ("Davoud", "Dawud"),
)  # fmt: skip


def latin(name: str, sounds: dict[int, str] = TO_ENGLISH) -> str:
    """Write Cyrillic letters by their sounds; others stay.

    Examples
    --------
    >>> latin("Юрий Жуков"), latin("Юрий Жуков", TO_GERMAN)
    ('Yuriy Zhukov', 'Jurij Schukow')
    """
    return name if name.isascii() else name.translate(sounds)


def two_letters(name: str) -> str:
    """Write umlauts as two letters, and take the marks off the rest.

    Examples
    --------
    >>> two_letters("Müller-Ibáñez")
    'Mueller-Ibanez'
    """
    return without_marks(name.translate(_UMLAUTS))


def without_marks(name: str) -> str:
    """Take all marks off the letters.

    Examples
    --------
    >>> without_marks("Müller"), without_marks("Łukasz")
    ('Muller', 'Lukasz')
    """
    if name.isascii():
        return name
    parts = unicodedata.normalize("NFD", latin(name).translate(_WHOLE))
    return parts.encode("ascii", "ignore").decode("ascii")


def otherwise(name: str) -> str:
    """Write the name by another transliteration, where its letters were not Latin at home.

    Examples
    --------
    >>> otherwise("Жуков"), otherwise("Hosseinzadeh"), otherwise("Koch")
    ('Schukow', 'Hussainzade', 'Koch')
    """
    written = latin(name, TO_GERMAN)
    for usual, other in _PERSIAN:
        if usual in written:
            written = written.replace(usual, other)
    return written


def handle(name: str) -> str:
    """Leave only small letters, as in an e-mail address.

    Examples
    --------
    >>> handle("van 't Hoek"), handle("Núñez")
    ('vanthoek', 'nunez')
    """
    return re.sub("[^a-z]", "", two_letters(name).lower())
