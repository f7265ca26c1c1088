"""Reading the files of cases: columns between bars, each case under the rule that it rests on."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def cases(name):
    """Return the cases of a file; \\uXXXX in it stands for a character that editors hide or change."""
    rule, found = None, []
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            rule = line.removeprefix("## ")
        elif line and not line.startswith("#"):
            assert rule, f"a case without a rule: {line}"
            found.append([_unescaped(cell.strip()) for cell in line.split(" | ")])
    return found


def forms(text, between):
    """Return the forms that a cell lists; a hyphen stands for none."""
    return () if text == "-" else tuple(text.split(between))


def _unescaped(text):
    first, *parts = text.split("\\u")
    plain = first + "".join(chr(int(part[:4], 16)) + part[4:] for part in parts)
    return plain.replace("\\t", "\t").replace("\\n", "\n")
