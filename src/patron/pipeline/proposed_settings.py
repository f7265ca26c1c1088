"""Write what was recognised as a `patron.yaml` that explains itself."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from patron.contracts.raw import FIELDS
from patron.language import listing, number, say
from patron.sources.recognition.proposal import Answer, Hint, Mapped, Recognised, SourceProposal

_WIDTH = 118


def proposed_settings(
    recognised: Recognised, *, name: str, paths: Mapping[str, Sequence[str]], unread: Sequence[tuple[str, str]] = ()
) -> str:
    """Return the text of a `patron.yaml`.

    Parameters
    ----------
    recognised : Recognised
        The sources, their reasons, and what is left out.
    name : str
        The project's name.
    paths : mapping of str to sequence of str
        Where each source's files are.
    unread : sequence of (str, str)
        Files that could not be read, and why.
    """
    return "\n".join(_lines(recognised, name, paths, unread)) + "\n"


def quoted(text: str) -> str:
    r"""Write a text so that YAML reads exactly it, on one line, whatever it holds.

    Examples
    --------
    >>> print(quoted('a "b": c'))
    "a \"b\": c"
    >>> print(quoted("line\nbreak"))
    "line\x0abreak"
    """
    return '"' + "".join(map(_letter, text)) + '"'


def _letter(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    if letter.isprintable():
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _comment(text: str, *, indent: int) -> Iterator[str]:
    """Write a comment in as many lines as it takes; nothing in it can end it."""
    whole = "".join(letter if letter.isprintable() else " " for letter in text)
    before = " " * indent + "# "
    yield from textwrap.wrap(
        whole, _WIDTH, initial_indent=before, subsequent_indent=before, break_long_words=False, break_on_hyphens=False
    )


def _beside(text: str) -> str:
    """Write a comment at the end of a line."""
    return "  # " + "".join(letter if letter.isprintable() else " " for letter in text)


def _lines(
    recognised: Recognised, name: str, paths: Mapping[str, Sequence[str]], unread: Sequence[tuple[str, str]]
) -> Iterable[str]:
    yield from _comment(say("init.head"), indent=0)
    asked = ("name", *recognised.asked)
    yield from _comment(say("init.asks", names=listing(asked)), indent=0)
    yield f"name: {quoted(name)}" + _beside(say("init.answer.name"))
    for answer in recognised.answers:
        yield _answer(answer)
    yield "horizon: 365d"
    yield ""
    yield "sources:"
    for source in recognised.sources:
        yield from _source(source, paths[source.source])
    left = [*((one.name, one.why) for one in recognised.left_out), *unread]
    if left:
        yield from _comment(say("init.left_out"), indent=0)
        for file, why in left:
            yield from _comment(f"  {quoted(file)}: {why}", indent=0)


def _answer(answer: Answer) -> str:
    return f"{answer.name}: {answer.value}" + _beside(answer.reason)


def _source(source: SourceProposal, paths: Sequence[str]) -> Iterator[str]:
    kind = say(f"init.kind.{source.source}").capitalize()
    yield from _comment(say("init.about", kind=kind, facts=about(source)), indent=2)
    for note in source.notes:
        yield from _comment(note, indent=2)
    yield f"  {source.source}:"
    yield f"    path: {quoted(paths[0])}" if len(paths) == 1 else f"    path: [{', '.join(map(quoted, paths))}]"
    yield from _formats(source)
    yield from _columns(source)
    yield from _hints(source.hints)
    yield ""


def about(source: SourceProposal) -> str:
    """Say how many rows were looked at, and whose export they are."""
    rows = number(source.table.rows)
    size = say("init.rows", count=source.table.rows, rows=rows)
    facts = [size if source.table.whole else say("init.rows_first", rows=rows)]
    if source.system:
        facts.append(say("init.export", system=source.system.name))
    return listing(facts)


def _formats(source: SourceProposal) -> Iterator[str]:
    facets = source.format
    if facets:
        yield "    format:" + _beside(say("init.found.format"))
        for facet, value in facets.items():
            yield f"      {facet}: {_value(value)}"
    if source.unclear_days:
        column = source.columns[source.unclear_days[0]].column
        yield from _comment(say("init.found.days", column=column), indent=4)
        yield "    # format:" if not facets else "    #"
        yield "    #   dates: day first"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(quoted(str(one)) for one in value)}]"
    return quoted(str(value))


def _columns(source: SourceProposal) -> Iterator[str]:
    meanings = {field.name: field.meaning for field in FIELDS[source.source]}
    # Without a single column there is no mapping to write: YAML would read nothing as null.
    yield "    columns:" if source.columns else "    # columns:"
    for name in meanings:
        if name in source.columns:
            yield f"      {name}: {quoted(source.columns[name].column)}" + _beside(why(source.columns[name]))
    for name in source.missing:
        yield from _comment(f"  {name}: {say('init.missing', meaning=meanings[name])}", indent=4)
    if source.unused and source.system is None:  # of a known export, what is not read is known
        unused = listing(map(quoted, source.unused[:_MOST_NAMES]))
        more = " ..." if len(source.unused) > _MOST_NAMES else ""
        yield from _comment(say("init.unused", columns=unused + more), indent=4)


_MOST_NAMES = 100


def why(mapped: Mapped) -> str:
    """Say why a column was chosen, and what else it could be."""
    reasons = mapped.reasons
    if mapped.others and not mapped.sure:
        reasons = (*reasons, say("init.reason.unsure", others=listing(map(quoted, mapped.others))))
    return "; ".join(reasons)


def _hints(hints: Sequence[Hint]) -> Iterator[str]:
    for setting in dict.fromkeys(hint.setting for hint in hints):
        sure = [hint for hint in hints if hint.setting == setting and hint.sure]
        unsure = [hint for hint in hints if hint.setting == setting and not hint.sure]
        for hint in sure:
            yield from _comment(hint.reason, indent=4)
        if sure:
            yield f"    {setting}: {quoted(' OR '.join(hint.condition for hint in sure))}"
        if unsure:
            yield from _comment(say("init.uncomment"), indent=4)
            for hint in unsure:
                yield from _comment(f"- {hint.reason}", indent=4)
            # Whoever removes the mark must have all of the setting in this one line.
            every = " OR ".join(hint.condition for hint in (*sure, *unsure))
            yield "    " + ("# or instead of the line above: " if sure else "# ") + f"{setting}: {quoted(every)}"
