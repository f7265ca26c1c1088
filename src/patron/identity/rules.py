"""Which agreement between two records makes them one customer, strongest first."""

from __future__ import annotations

import re
from dataclasses import dataclass

from patron.errors import ArgumentError
from patron.language import did_you_mean, failure

OWN_ID = "own_id"
"""No rule: the record is the customer's own."""

PERSON_ID = "customers.person_id"
"""The source `customers` says which person is behind the id."""

MANUAL = "manual"
"""A person of the shop said that two records are one customer."""

PROBABLE = "probable"
"""Probabilistic linkage found two records likely enough to be one customer."""

OR = "|"
"""Between kinds of which any one will do."""

_WITHOUT_KINDS = (MANUAL, PROBABLE)
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_KIND = re.compile(rf"{_NAME.pattern}(\|{_NAME.pattern})*")


@dataclass(frozen=True)
class Rule:
    """Records that agree in all of `kinds` are one customer.

    Parameters
    ----------
    name : str
        As it stands in `links` and `match_keys`.
    kinds : tuple of str
        Kinds of `contracts.person.IDENTIFIERS`; ``family_name|name`` where one of them will do. None for the rules
        `manual` and `probable`, whose keys come from elsewhere.
    most_records : int, optional
        A key that more records carry is a household, a till or an error, and links nobody. Without it the rule has
        authority: its keys always link, and no cluster is too large for it.
    one_birth : bool
        A key whose records name two days of birth that no slip explains (neither year nor day agree) is a father's
        and his son's, and links nobody.
    """

    name: str
    kinds: tuple[str, ...]
    most_records: int | None
    one_birth: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be a rule."""
        if not _NAME.fullmatch(self.name) or self.name == OWN_ID:
            raise failure(ArgumentError, "identity.rule_name", came=self.name)
        if not self.kinds and self.name not in _WITHOUT_KINDS:
            raise failure(ArgumentError, "identity.rule_without_kinds", rule=self.name)
        for kind in self.kinds:
            if not isinstance(kind, str) or not _KIND.fullmatch(kind):
                raise failure(ArgumentError, "identity.rule_kind", rule=self.name, came=kind)
        if self.most_records is not None and self.most_records < 2:
            raise failure(ArgumentError, "identity.most_records", rule=self.name, came=self.most_records)

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        """The kinds, each with those that do as well."""
        return tuple(tuple(kind.split(OR)) for kind in self.kinds)


@dataclass(frozen=True)
class Rules:
    """Rules, strongest first, and the number of records above which a cluster is held to be an error.

    Examples
    --------
    >>> Rules((Rule("email", ("email",), 10),)).rank("email")
    0
    """

    rules: tuple[Rule, ...]
    largest: int = 50

    def __post_init__(self) -> None:
        """Refuse what cannot be a set of rules."""
        names = self.names
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise failure(ArgumentError, "identity.rule_twice", came=twice[0])
        if self.largest < 2:
            raise failure(ArgumentError, "identity.largest", came=self.largest)

    @property
    def names(self) -> tuple[str, ...]:
        """The rules' names, strongest first."""
        return tuple(rule.name for rule in self.rules)

    @property
    def kinds(self) -> frozenset[str]:
        """Every kind that a rule asks for."""
        return frozenset(kind for rule in self.rules for choice in rule.choices for kind in choice)

    def __contains__(self, name: str) -> bool:
        """Tell whether there is a rule of this name."""
        return name in self.names

    def complete(self) -> Rules:
        """Return the rules with `manual` as the strongest and `probable` as the weakest; neither needs identifiers."""
        first = () if MANUAL in self else (Rule(MANUAL, (), None),)
        last = () if PROBABLE in self else (Rule(PROBABLE, (), 2),)
        return Rules((*first, *self.rules, *last), self.largest)

    def rank(self, name: str) -> int:
        """Return the place of the rule `name`, 0 for the strongest.

        Raises
        ------
        ArgumentError
            There is no such rule.
        """
        if name not in self.names:
            raise failure(ArgumentError, "identity.rule_unknown", came=name, hint=did_you_mean(name, self.names))
        return self.names.index(name)


DEFAULT_RULES = Rules(
    (
        # The source and the shop's own people are believed, whatever the number.
        Rule(PERSON_ID, ("person_id",), None),
        Rule(MANUAL, (), None),
        # One card, or one address, is one person's accounts in several systems and a few made anew after a lost
        # password. More of them is the card that a till swipes for whoever has none, or an address such as
        # noreply@, that staff type in to get on.
        Rule("loyalty_id", ("loyalty_id",), 10),
        Rule("email", ("email",), 10),
        # A telephone stands in a hall: it is one person's only together with the whole name. With the family name alone
        # it joins spouses, parents and children: in the simulated shop three pairs of ten would be wrong.
        Rule("phone_name", ("phone", "name"), 10, one_birth=True),
        # Two of a name are born on one day by chance: of 1,000 people who are called alike some twenty pairs are
        # (1000^2 / 2 / 25,000 days). Where more than a few records agree, it is chance or a default such as 1 January.
        Rule("name_birth_date", ("name", "birth_date"), 5),
        # Father and son, where their birthdays do not tell them apart, or a block of flats without numbers: few.
        Rule("name_address", ("name", "address"), 5, one_birth=True),
        # Pairs, with a probability each: the weakest, and the first to go where a cluster grows too large.
        Rule(PROBABLE, (), 2),
    )
)
"""The order of strength. A telephone or a device alone links nobody: they are shared too often."""
