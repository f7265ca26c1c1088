"""What was found, rather than told, of how a source's files are written: to be read and, where wrong, to be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from patron.language import listing, say
from patron.sources.formats.find_styles import Strangers, Styles
from patron.sources.quality import Finding, weigh
from patron.sources.staging.stage import Staged

_SHOWN = 6
_SERIOUS = (0.001, 0.05)  # shares of days in another style that make a warning and an error
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", " ": "space", ".": "point", "'": "apostrophe"}


class Written(BaseModel):
    """How one file is written, as far as it was found and is not plain, in sentences; and its days in other styles."""

    model_config = ConfigDict(frozen=True)

    file: str
    found: tuple[str, ...]
    strangers: tuple[Strangers, ...]


def written(*, files: Sequence[Staged], styles: Styles) -> Iterator[Written]:
    """Yield how each file is written."""
    for number, file in enumerate(files):
        strangers = tuple(one for (place, _), one in styles.strangers.items() if place == number)
        yield Written(file=file.name, found=(*_of_file(file), *_of_columns(number, styles)), strangers=strangers)


def format_findings(source: str, forms: Sequence[Written]) -> list[Finding]:
    """Return what was found: facets that are not the usual ones, and days in another style than their column.

    `forms` are those of all files of the source.
    """
    told: dict[str, list[str]] = {}
    for form in forms:
        for sentence in form.found:
            told.setdefault(sentence, []).append(form.file)
    found = []
    if told:
        shown = [say("sources.found_in", what=what, files=_files(names, forms)) for what, names in told.items()]
        found.append(
            Finding(source, "format_found", "flagged", 0, "info", {"what": listing(shown[:_SHOWN]), "source": source})
        )
    strangers = [one for form in forms for one in form.strangers]
    if strangers:
        rows, of = (sum(getattr(one, name) for one in strangers) for name in ("rows", "of"))
        facts = {"styles": listing(dict.fromkeys(one.styles for one in strangers))}
        found.append(Finding(source, "other_date_style", "flagged", rows, weigh(rows / of, _SERIOUS), facts))
    return found


def _of_file(file: Staged) -> list[str]:
    form = file.format
    values = {"encoding": form.encoding, "separator": _NAMES.get(form.separator, form.separator), "header": ""}
    return [say(f"sources.found.{name}", value=values[name]) for name in form.found if name in values]


def _of_columns(number: int, styles: Styles) -> list[str]:
    told = []
    for (place, field), value in styles.found.items():
        reading = styles.readings[place, field]
        if place != number:
            continue
        if reading.patterns:
            told.append(say("sources.found.dates", field=field, value=value))
        else:
            marks = {"decimal": _NAMES[reading.decimal], "thousands": _NAMES.get(reading.thousands, "")}
            key = "sources.found.thousands" if reading.thousands else "sources.found.decimal"
            told.append(say(key, field=field, **marks))
    return told


def _files(names: Sequence[str], forms: Sequence[Written]) -> str:
    if len(names) == len(forms):
        return say("sources.all_files")
    return listing(names[:_SHOWN])
