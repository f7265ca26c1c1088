"""Every sentence that charts and report speak is in their catalogue, and the catalogue holds no other."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import patron

PACKAGE = Path(patron.__file__).parent
SPOKEN = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("charts", "report")
    for path in sorted((PACKAGE / folder).rglob("*"))
    if path.suffix in (".py", ".j2")
)


def keys(subject: str) -> set[str]:
    text = (resources.files("patron") / "locale" / "en" / f"{subject}.po").read_bytes()
    messages = read_po(text.splitlines(keepends=True), locale="en", abort_invalid=True)
    return {message.id if isinstance(message.id, str) else message.id[0] for message in messages if message.id}


@pytest.mark.parametrize("subject", ["charts", "report"])
def test_every_spoken_key_is_there(subject: str) -> None:
    spoken = set(re.findall(rf'"({subject}\.[a-z_0-9A-Z]+)"', SPOKEN))
    assert spoken
    assert spoken <= keys(subject)


@pytest.mark.parametrize("subject", ["charts", "report"])
def test_every_key_is_spoken(subject: str) -> None:
    whole = set(re.findall(rf"""["']({subject}\.[a-z_0-9A-Z]+)["']""", SPOKEN))
    built = {stem for stem in re.findall(rf"""["']({subject}\.[a-z_]*)["{{']""", SPOKEN) if stem not in whole}
    words = set(re.findall(r'"([a-z_]+)"', SPOKEN))
    unspoken = {
        key
        for key in keys(subject) - whole
        if not any(key.startswith(stem) for stem in built if stem != f"{subject}.")
        and key.partition(".")[2] not in words
        and not any(key.partition(".")[2].endswith(end) for end in ("_of", "_meaning", "_reading"))
    }
    assert unspoken == set()
