"""Which attributes does the law protect specially?

They are told by their names, because that is all that can be known of a stranger's column. A name is cut into words and
written in plain Latin letters; a word that begins with one of the stems, or words that stand together, are a hit.

Ref  GDPR Article 9(1), 10; Cal. Civ. Code 1798.140(ae); US National Privacy section 7, field SensitiveDataProcessing
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from anyascii import anyascii

from patron.errors import SettingsError
from patron.language import failure, listing

SETTING = "privacy.sensitive"
"""Where a shop names what it may use all the same."""

STEMS: dict[str, str] = {
    "religion": "relig faith belief creed church mosque synagogue konfession kirch glaub weltansch eglise croyance "
    "culte iglesia creencia chiesa credenza kosciol wyznan swiatopogl kerk geloof igreja crenca cirkev vira vyznani "
    "veroispoved zongjiao shukyo muslim islam jewish judais catholic katholi protestant christian hindu buddhis sikh "
    "atheis halal kosher koscher",
    "ethnicity": "ethni ethno etnia etnic race racial rasse rassisch hautfarbe raza razza rasowe "
    "afkomst ras minzu natsionaln etnichesk sinti indigenous",
    "politics": "politi polityc poglad parteizugeh parteimitgl voter voting wahler republican democrat zhengzhi seiji",
    "union": "gewerkschaft syndic sindica sindacat vakbond vakvereniging fagforening fackforening",
    "health": "health medical medic medizin disease illness diagnos disab handicap invalidite invalidez invalidita "
    "patient symptom allerg diabet cancer krebs hiv pregnan schwanger gesundheit krank behinder sante maladie enceinte "
    "grossesse salud enfermedad embaraz discapac salute malattia gravidanz zdrow chorob ciaza niepelnospr gezondheid "
    "ziekte zwanger saude doenca gravidez zdravi nemoc tehoten zdorov bolezn jiankang kenko halsa sundhed helse "
    "wheelchair prescription medikament medicament bloodtype blutgruppe bmi",
    "sexual_life": "sexual sexuell sexuelle sexlife lgbt lgbtq gay lesbian homosex heterosex bisex transgender "
    "transsex nonbinary queer sessual seksual",
    "genetics": "genetic genetisch genetik genetique genome genetyk dna adn",
    "biometrics": "biometr fingerprint fingerabdruck empreinte retina faceprint voiceprint faceid huella impronta "
    "odcisk vingerafdruk",
    "citizenship": "citizen immigra migrant nationalit staatsangeh staatsburg citoyen nacionalidad ciudadan "
    "cittadinanz nazionalit obywatel narodow burgerschap cidadan obcanstv grazhdan asylum asyl refugee fluchtling",
    "location": "geoloc latitude longitude gps geokoordinat",
    "documents": "passport reisepass passeport pasaporte passaporto paszport paspoort ssn pesel personalausweis",
    "accounts": "password passwort kennwort passcode iban cvv cvc",
    "crime": "criminal convict felon straftat vorstraf verurteil condamn karaln strafblad",
}
"""Beginnings of words by what they reveal."""

PHRASES: dict[str, str] = {
    "union": "trade union|labor union|labour union|union member|union membership|zwiazek zawodowy|zwiazku zawodowym",
    "politics": "party member|party membership|party affiliation|party registration|afiliacion partido",
    "sexual_life": "sex life|sex orientation|vie sexuelle|gender identity",
    "location": "precise location|exact location|genauer standort|localisation precise|ubicacion exacta|lat lon|"
    "lat lng|home location",
    "documents": "social security|drivers license|driver license|driving licence|drivers licence|state id|national id",
    "accounts": "card number|credit card|debit card|account number|bank account|security code|account login",
    "ethnicity": "skin color|skin colour|national origin|country of birth",
    "citizenship": "visa status",
    "biometrics": "iris scan|face template",
    "health": "blood type|blood group",
    "crime": "crime victim|police record|casier judiciaire",
}
"""Words that reveal something only together, by what they reveal."""

HARMLESS = ("faithful", "faithfulness", "syndicated", "syndication", "politie")
"""Words that begin like one of the stems and mean something else."""

SHORT = 4
"""A stem of up to so many letters must be the whole word: `ras` is not `rasp`, `race` not `raceway`."""


def sensitive(name: str) -> str | None:
    """Return what specially protected thing an attribute of this name would reveal, or none.

    Examples
    --------
    >>> sensitive("Religionszugehörigkeit"), sensitive("état_de_santé"), sensitive("favouriteColour")
    ('religion', 'health', None)
    >>> sensitive("trade_union_member"), sensitive("union_id")
    ('union', None)
    """
    words = normal_name(name).split()
    line = f" {' '.join(words)} "
    for kind, phrases in PHRASES.items():
        if any(f" {phrase} " in line for phrase in phrases.split("|")):
            return kind
    known = (word for word in words if word not in HARMLESS)
    return next((kind for word in known for kind, stems in STEMS.items() if begins(word, stems)), None)


def normal_name(name: str) -> str:
    """Return a name as words in small plain Latin letters: ``stateOfHealth``, ``state-of-health`` are the same.

    Examples
    --------
    >>> normal_name("stateOfHealth"), normal_name("Światopogląd"), normal_name("宗教")
    ('state of health', 'swiatopoglad', 'zongjiao')
    """
    cut = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    words = (anyascii(word) for word in re.findall(r"[^\W_]+", cut))
    return " ".join(re.sub(r"[^a-z0-9]", "", word.lower()) for word in words).strip()


def screen(columns: Iterable[str], *, allowed: Collection[str] = (), where: str) -> None:
    """Refuse specially protected attributes in a condition or among a model's features, unless the settings allow them.

    Parameters
    ----------
    columns : iterable of str
        The names that are used.
    allowed : collection of str
        Those that the settings name (`Policy.sensitive`).
    where : str
        What uses them, for the message: ``segments.vip``, ``models.churn``.

    Raises
    ------
    SettingsError
        With `came` (the names) and `setting` (what to change) in its data.
    """
    named = {normal_name(name) for name in allowed}
    found = sorted(name for name in columns if sensitive(name) and normal_name(name) not in named)
    if found:
        reveals = listing(sorted({str(sensitive(name)) for name in found}))
        raise failure(
            SettingsError, "privacy.sensitive", where=where, came=listing(found), reveals=reveals, setting=SETTING
        )


def begins(word: str, stems: str) -> bool:
    """Tell whether a word begins with one of the stems, short ones whole."""
    return any(word == stem if len(stem) <= SHORT else word.startswith(stem) for stem in stems.split())
