"""The words of a message: text with variables, in a small and closed part of Jinja.

Words come from a settings file that many may edit, and what is filled in comes from customers. So two fences stand one
behind the other. Before anything is rendered, the parsed words may hold only text, variables that are known, a few
filters, and conditions; no attribute, no item, no call, no loop, no arithmetic, no assignment, no import: whatever is
not in `_NODES` is refused, so that nothing new of Jinja is let in by itself. And what is rendered runs in Jinja's
immutable sandbox with no globals at all. Without loops and arithmetic, what is rendered cannot grow beyond its words
and values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.core import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent
from jinja2 import Template, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from patron.decisions.messages.variables import BY_NAME

LONGEST = 50_000
"""Characters that one text may have."""

_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Filter, nodes.If, nodes.CondExpr,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Test, nodes.Concat,
)  # fmt: skip
"""What words may hold."""

FILTERS = ("default", "upper", "lower", "capitalize", "title", "trim", "truncate")
TESTS = ("defined", "undefined", "none")


@dataclass(frozen=True)
class Fault:
    """What is wrong with words: which check failed, about what, in which line of the text."""

    check: str
    detail: str
    line: int


@dataclass(frozen=True)
class Words:
    """A text that may be rendered."""

    source: str
    variables: frozenset[str]
    needed: frozenset[frozenset[str]]  # of each set one has to be there, or nothing can be said


class Lacking(Exception):  # noqa: N818 - a state of a customer, not a fault
    """A customer lacks a value that the words need."""

    def __init__(self, variable: str) -> None:
        super().__init__(variable)
        self.variable = variable


class _Lacked(Undefined):
    """What stands for a value that is not there: words may ask whether it is, and may not write or compare it."""

    __slots__ = ()
    __str__ = __eq__ = __ne__ = __hash__ = Undefined._fail_with_undefined_error


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja with nothing in it but the filters and tests that words may use."""

    def __init__(self, *, html: bool) -> None:
        super().__init__(autoescape=html, undefined=_Lacked, keep_trailing_newline=True)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.tests = {name: self.tests[name] for name in TESTS}


_PLAIN, _HTML = _Environment(html=False), _Environment(html=True)


def read_words(source: str, *, known: frozenset[str]) -> Words | list[Fault]:
    """Read words, or say all that is wrong with them.

    Parameters
    ----------
    source : str
        The text with its variables: ``Hello {{ given_name | default('there') }}``.
    known : frozenset of str
        Names that it may use.

    Examples
    --------
    >>> read_words("Hello {{ given_name | default('there') }}", known=frozenset({"given_name"})).needed
    frozenset()
    >>> read_words("{{ name.__class__ }}", known=frozenset({"name"}))
    [Fault(check='template_unsafe', detail='Getattr', line=1)]
    """
    if len(source) > LONGEST:
        return [Fault("template_unsafe", "long", 1)]
    try:
        tree = _PLAIN.parse(source)
    except TemplateSyntaxError as error:
        return [Fault("template_syntax", str(error.message), error.lineno)]
    except RecursionError:
        return [Fault("template_unsafe", "deep", 1)]
    faults = list(_faults(tree, known))
    if faults:
        return sorted(set(faults), key=lambda fault: (fault.line, fault.check, fault.detail))
    used = frozenset(node.name for node in tree.find_all(nodes.Name))
    return Words(source, used, frozenset(_needed(tree)))


def _faults(tree: nodes.Node, known: frozenset[str]) -> Iterator[Fault]:
    for node in _walk(tree):
        line = node.lineno or 1
        if type(node) not in _NODES:
            yield Fault("template_unsafe", type(node).__name__, line)
        elif isinstance(node, nodes.Name) and node.name not in known:
            yield Fault("unknown_variable", node.name, line)
        elif (isinstance(node, nodes.Filter) and node.name not in FILTERS) or (
            isinstance(node, nodes.Test) and node.name not in TESTS
        ):
            yield Fault("unknown_filter", node.name, line)


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    """Yield a node and all below it; what is refused is not looked into further."""
    yield node
    if type(node) in _NODES:
        for child in node.iter_child_nodes():
            yield from _walk(child)


def _needed(node: nodes.Node) -> Iterator[frozenset[str]]:
    """Yield what must be there: a variable, or one of several where a `default` names another."""
    if isinstance(node, nodes.Name):
        yield frozenset({node.name})
    elif isinstance(node, nodes.Filter) and node.name == "default" and isinstance(node.node, nodes.Name):
        others = {name.name for arg in node.args for name in _names(arg)}
        if others:
            yield frozenset({node.node.name, *others})
    elif isinstance(node, nodes.If | nodes.CondExpr):
        yield from _asked(node.test)
        about = {name.name for name in _names(node.test)}
        for child in node.iter_child_nodes():
            if child is not node.test:
                yield from (names for names in _needed(child) if not names & about)
    else:
        for child in node.iter_child_nodes():
            yield from () if isinstance(node, nodes.Test) else _needed(child)


def _asked(test: nodes.Node) -> Iterator[frozenset[str]]:
    """Yield what a condition itself needs: a comparison wants a value, the rest only asks whether there is one."""
    if isinstance(test, nodes.And | nodes.Or | nodes.Not):
        for child in test.iter_child_nodes():
            yield from _asked(child)
    elif not isinstance(test, nodes.Name):
        yield from _needed(test)


def _names(node: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(node, nodes.Name):
        yield node
    yield from node.find_all(nodes.Name)


@lru_cache(maxsize=4096)
def _compiled(source: str, *, html: bool) -> Template:
    return (_HTML if html else _PLAIN).from_string(source)


def rendered(words: Words, values: Mapping[str, Any], *, html: bool = False) -> str:
    """Return words with the values of one customer filled in.

    Parameters
    ----------
    words : Words
        As `read_words` returns them.
    values : mapping of name to value
        Texts as `written` makes them. A name that is not in it, or has none, is a value that the customer lacks.
    html : bool
        Whether the words are HTML: what is filled in is escaped.

    Raises
    ------
    Lacking
        The customer lacks a value that the words need.
    """
    there = {name: values[name] for name in words.variables if values.get(name) is not None}
    try:
        return _compiled(words.source, html=html).render(there)
    except UndefinedError as error:
        missing = [names for names in words.needed if not names & set(there)] or [words.variables - set(there)]
        raise Lacking(min(min(names) for names in missing)) from error


def written(name: str, value: Any, *, language: str, currency: str) -> str | None:
    """Return a value as a language writes it; none where there is none.

    Examples
    --------
    >>> written("orders", 1234, language="de", currency="EUR"), written("discount", 0.15, language="en", currency="EUR")
    ('1.234', '15%')
    """
    if value is None or value == "" or value != value:
        return None
    variable = BY_NAME.get(name)
    return _WRITERS[variable.kind if variable else "text"](value, Locale.parse(language, sep=_sep(language)), currency)


def _sep(language: str) -> str:
    return "_" if "_" in language else "-"


def _money(value: Any, locale: Locale, currency: str) -> str:
    return str(format_currency(Decimal(str(value)), currency, locale=locale))


def _day(value: Any, locale: Locale, _currency: str) -> str:
    told = date.fromisoformat(value) if isinstance(value, str) else value
    return str(format_date(told, "long", locale=locale))


def _share(value: Any, locale: Locale, _currency: str) -> str:
    """Return a share as the language writes it, with one decimal where it needs one."""
    pattern = locale.percent_formats[None].pattern.replace("0", "0.#", 1)
    return str(format_percent(value, pattern, locale=locale))


_CONTROL = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)))


def _text(value: Any, _locale: Locale, _currency: str) -> str:
    """Return a text without control characters; a line of a customer's own must not become a line of the message."""
    return " ".join(str(value).translate(_CONTROL).split())


_WRITERS: Mapping[str, Callable[[Any, Locale, str], str]] = {
    "text": _text,
    "money": _money,
    "number": lambda value, locale, _currency: str(format_decimal(value, "#,##0", locale=locale)),
    "share": _share,
    "day": _day,
}


def direction(language: str) -> str:
    """Return in which direction a language is written.

    Examples
    --------
    >>> direction("ar"), direction("pt-BR")
    ('rtl', 'ltr')
    """
    return "rtl" if Locale.parse(language, sep=_sep(language)).text_direction == "rtl" else "ltr"
