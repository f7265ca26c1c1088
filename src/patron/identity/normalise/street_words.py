"""What kinds of streets are called and how that is abbreviated, in the larger European languages."""

from __future__ import annotations

from functools import lru_cache

from patron.identity.normalise.latin import fold

_KINDS = (
    "str strasse straße str. street straat strada", "rd road", "av ave avenue avenida avda avd aven",
    "bd blvd boulevard bulevar bvd boul",
    "ln lane", "dv drive drv", "ct court crt", "pl place platz plac plaza pza plaats", "sq square", "hwy highway",
    "pkwy parkway pky", "cres crescent cr", "ter terrace terr", "cl close", "gdns gardens gdn", "gr grove",
    "ch chemin che", "imp impasse", "all allee allée al aleja aleje alle", "q quai", "rte route", "fbg faubourg fg",
    "via", "vle viale", "pza piazza pzza", "cso corso", "lgo largo", "vico vicolo", "calle", "cmno camino cno",
    "paseo pso", "ctra carretera", "trav travessa tv", "pc praca", "lan laan", "gr gracht", "plein pln", "sing singel",
    "os osiedle", "pr prospekt проспект", "gata gatan", "gade", "vej", "vei veien", "vag vägen väg",
    "ut utca", "ter tér", "nam namesti náměstí", "gase gasse", "weg", "rue", "rua",
)  # fmt: skip
"""One kind a text: what stands for it, then what is written for it."""

KINDS = {fold(word): kinds.split()[0] for kinds in _KINDS for word in kinds.split()}

FIRST = {"c": "calle", "v": "via", "r": "rue", "u": "ul", "p": "pza"}
"""Single letters, where they stand first."""

LAST = {"st": "str", "dr": "dv", "g": "gase", "u": "ut"}
"""Street and Drive, which elsewhere are Saint and Doctor."""

_ENDINGS = {
    "strasse": "str", "strase": "str", "straat": "str", "str": "str", "platz": "pl", "pl": "pl", "gatan": "gata",
    "gasse": "gase",
}  # fmt: skip
"""Written together with the name in German, Dutch and Swedish."""

_COMPASS = {
    fold(word): short
    for word, short in (
        ("north", "n"), ("south", "s"), ("east", "e"), ("west", "w"), ("northeast", "ne"), ("northwest", "nw"),
        ("southeast", "se"), ("southwest", "sw"),
    )
}  # fmt: skip

COMPASS = frozenset(_COMPASS.values())

_SMALL = frozenset(
    [
        "of",
        "the",
        "de",
        "la",
        "le",
        "les",
        "du",
        "des",
        "del",
        "dela",
        "della",
        "delle",
        "di",
        "da",
        "do",
        "dos",
        "d",
        "l",
        "el",
        "los",
        "las",
        "van",
        "der",
        "den",
        "het",
        "y",
        "ul",
        "ulica",
        "ulitsa",
    ]
)
"""Left out: one clerk writes Rue de la Paix or ulica Długa, the next Rue Paix and Długa."""

UNITS = frozenset(
    [
        "apt",
        "apartment",
        "app",
        "appt",
        "appartement",
        "apartament",
        "flat",
        "unit",
        "suite",
        "ste",
        "wohnung",
        "whg",
        "wohn",
        "room",
        "rm",
        "zimmer",
        "zi",
        "top",
        "stiege",
        "stg",
        "bus",
        "lok",
        "lokal",
        "mieszkanie",
        "m",
        "int",
        "interno",
        "piso",
        "puerta",
        "pta",
        "esc",
        "escalera",
        "bte",
        "boite",
        "apto",
        "departamento",
        "dpto",
        "lgh",
        "kv",
        "kvartira",
        "door",
        "tur",
        "byt",
    ]
)
"""Before the number of a dwelling within the house."""

FLOORS = frozenset(["og", "stock", "etage", "floor", "fl", "obergeschoss", "piso", "planta", "piano", "verdieping"])
"""Behind the number of a floor."""

BOXES = frozenset(["postfach", "po", "pob", "box", "apartado", "casella", "skrytka"])
"""A box at the post office, whose number may be written in groups."""

NUMBER_SIGNS = frozenset(["no", "nr", "num", "nro", "numero", "number", "n"])


@lru_cache(maxsize=200_000)
def street_word(word: str) -> tuple[str, ...]:
    """Return a word of a street as its key writes it; none for one that is left out.

    Examples
    --------
    >>> street_word("hauptstrasse"), street_word("avenue"), street_word("north"), street_word("de")
    (('haupt', 'str'), ('av',), ('n',), ())
    """
    if word in _SMALL:
        return ()
    if word in COMPASS:
        return (word,)
    key = fold(word)
    if key in KINDS:
        return (KINDS[key],)
    if key in _COMPASS:
        return (_COMPASS[key],)
    for ending, kind in _ENDINGS.items():
        if word.endswith(ending) and len(word) >= len(ending) + 3:
            return fold(word[: -len(ending)]), kind
    return (key,) if key else ()
