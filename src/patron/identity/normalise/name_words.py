"""Words in names that are not the name: titles, suffixes, particles; and spellings that are one name.

All as `latin.fold` leaves them, or folded when this is read.
"""

from __future__ import annotations

from patron.identity.normalise.latin import fold


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold(word) for word in words.split())


TITLES = _folded(
    """
    mr mrs ms miss mx dr prof professor doctor sir dame lady lord rev reverend capt captain herr hr frau fr fräulein
    frl dipl ing mag mme mlle monsieur madame mademoiselle sig signor signora señor señora señorita sr sra srta dott
    dottssa avv dhr mevr mevrouw drs ir pani г-н г-жа господин госпожа
    """
)
"""Before a name; dropped as long as a name is left."""

SUFFIXES = _folded("jr junior jun sen senior sr ii iii iv phd md esq obe mbe cbe mba msc bsc dds rn jd cpa")
"""Behind a name."""

PARTICLES = _folded(
    """
    van von der den de di da das dos do du del della dello degli dei la las los le lo des ter ten te zu zum zur vom af
    av al el bin ibn bint ap e y och und of the
    """
)
"""Small words of family names, which one system keeps and the next drops."""

JOINED = _folded("mc mac o fitz")
"""Written apart by some, together by most."""

LONG_FAMILY_NAMES = frozenset(
    [
        "欧阳",
        "歐陽",
        "司马",
        "司馬",
        "上官",
        "诸葛",
        "諸葛",
        "司徒",
        "东方",
        "東方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "夏侯",
    ]
)
"""Chinese family names of two characters; all others have one."""

_SPELLINGS = (
    "Muhammad Mohammed Mohamed Mohammad Muhammed Mohamad Muhamad Mohamet Mohd Mahomed محمد Мухаммад Мохаммед Мухаммед",
    "Ahmad Ahmed Achmed أحمد احمد Ахмад Ахмед",
    "Mahmud Mahmoud Mahmood محمود",
    "Ali Aly علي على",
    "Hasan Hassan حسن",
    "Husain Hussain Hussein Husein Hossein Husayn حسين",
    "Yusuf Yousef Youssef Yousuf Yusef Yusof يوسف",
    "Ibrahim Ebrahim Ibraheem إبراهيم ابراهيم",
    "Khalid Khaled خالد",
    "Omar Umar عمر",
    "Othman Uthman Osman عثمان",
    "Mustafa Mostafa Moustafa مصطفى",
    "Abdullah Abdallah Abdulla عبدالله",
    "Fatima Fatimah Fatma فاطمة",
    "Aisha Aysha Ayesha Aicha عائشة",
    "Mariam Maryam Meryem مريم",
    "Said Saeed Saïd سعيد",
    "Karim Kareem كريم",
    "Rashid Rasheed Rachid رشيد",
    "Layla Leila Laila Leyla ليلى",
    "Samir Sameer سمير",
    "Nur Noor Nour نور",
    "Alexander Aleksandr Alexandr Aleksander Александр",
    "Alexey Aleksei Aleksej Alexei Алексей",
    "Eugene Evgeny Evgeni Yevgeny Evgenij Евгений",
    "Fyodor Fedor Fiodor Фёдор Федор",
    "Pyotr Petr Пётр",
    "Semyon Semen Семён",
    "Artyom Artem Артём Артем",
    "Kim Gim 김 金",
    "Lee Yi Rhee 이",
    "Park Pak Bak 박",
    "Choi Choe 최",
    "Jung Jeong Chung 정",
    "Kang Gang 강",
    "Cho Jo 조",
    "Yoon Yun 윤",
    "Lim Im Rim 임",
)
_SPELT = [(word.casefold(), fold(words.split()[0])) for words in _SPELLINGS for word in words.split()]

NATIVE = {word: key for word, key in _SPELT if not word.isascii()}
"""Spellings that no rule of sounds brings together, in their own script: Arabic without its vowels, Korean."""

VARIANTS = {fold(word): key for word, key in _SPELT if word.isascii()}
"""Latin spellings of them, folded."""

FIELDS = _folded("customer cliente walkin vorname nachname firstname lastname prenom apellido cognome surname")
"""What forms write where a part of a name belongs, beside what stands for no value of any kind."""

_NOBODY = FIELDS | _folded("kunde kunden kundin client cash sale counter name nom nombre first last user admin account")

NOBODY = "^(?:(?:" + "|".join(sorted(_NOBODY)) + ")(?: |$))+$"
"""A whole name of nothing but such words: Cash Sale, Walkin Customer. Johnny Cash is somebody."""

REAL = frozenset(
    ["blank", "gast", "sample", "bar", "foo", "value", "string", "error", "hidden", "brak", "invite", "void", "missing"]
)
"""Words that stand for no value elsewhere, but are people's names."""
