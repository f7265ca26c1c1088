"""Look at every byte of a file once: its digest, its lines, its letters, and a sample from all of it."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

BLOCK = 1 << 20  # bytes
_SAMPLED_LINES, _SAMPLED_BLOCKS = 20, 256
_LONGEST_SAMPLE = 100_000  # bytes of one line
_CONTROL = bytes(n for n in range(32) if n not in (9, 10, 13))


@dataclass
class Scan:
    """What one pass over a file tells.

    `digest` is of the bytes as they lie on the disk, everything else of the text that they unzip to. `lines` counts
    lines that are not blank; `wide` of them hold letters beyond ASCII in good UTF-8, `bad` of them are no UTF-8, and
    `western` says whether those would all make sense in cp1252. `sample` are lines from all over the file.
    """

    digest: str = ""
    lines: int = 0
    wide: int = 0
    bad: int = 0
    western: bool = True
    head: bytes = b""
    sample: list[bytes] = field(default_factory=list)


def scan(stream: BinaryIO, *, gzipped: bool = False, as_text: bool = True) -> Scan:
    """Read a stream to its end.

    Raises
    ------
    OSError, EOFError, zlib.error
        It cannot be read, or is no gzip.
    """
    told, digest = Scan(), hashlib.sha256()
    if not as_text:
        while block := stream.read(BLOCK):
            digest.update(block)
    else:
        raw = _noting(stream, digest)
        for number, lines in enumerate(_whole_lines(unzipped(raw) if gzipped else raw)):
            _count(told, lines, number)
    told.digest = digest.hexdigest()
    return told


def _noting(stream: BinaryIO, digest: hashlib._Hash) -> Iterator[bytes]:
    while block := stream.read(BLOCK):
        digest.update(block)
        yield block


def unzipped(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Unzip gzip, which may be several of them one after the other.

    Raises
    ------
    EOFError
        It ends in the middle.
    zlib.error
        It is no gzip.
    """
    machine = zlib.decompressobj(wbits=31)
    begun = False
    for block in blocks:
        left = block
        while left:
            if not begun and not (left := left.lstrip(b"\0")):  # padding between members
                break
            begun = True
            text = machine.decompress(left, BLOCK)
            left = machine.unconsumed_tail
            if text:
                yield text
            if machine.eof:
                left, machine, begun = machine.unused_data, zlib.decompressobj(wbits=31), False
    if begun:
        raise EOFError("the file ends in the middle")


def _whole_lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Cut the stream at line breaks, into pieces of about a block."""
    rest = bytearray()
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if end:
            yield bytes(rest) + block[:end]
            rest = bytearray(block[end:])
        else:
            rest += block
    if rest:
        yield bytes(rest)


def _count(told: Scan, lines: bytes, number: int) -> None:
    told.lines += _lines(lines)
    if not told.head:
        told.head = lines[:BLOCK]
    if number < _SAMPLED_BLOCKS or number % 64 == 0:
        cut = lines[: _SAMPLED_LINES * 4096].split(b"\n")[:_SAMPLED_LINES]
        told.sample += [line for line in cut[1 if number == 0 else 0 :] if 0 < len(line) < _LONGEST_SAMPLE]
    if lines.isascii():
        return
    for line in lines.split(b"\n"):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            told.wide += 1
        except UnicodeDecodeError:
            told.bad += 1
            told.western = told.western and _is_western(line)


def _lines(block: bytes) -> int:
    """Count the lines of a block that are not blank; only the last may be without its line break."""
    text = np.frombuffer(block.replace(b"\r", b"") if b"\r" in block else block, dtype=np.uint8)
    if not len(text):
        return 0
    letters = text != 10
    begins = letters[1:] & ~letters[:-1]
    return int(letters[0]) + int(np.count_nonzero(begins))


def _is_western(line: bytes) -> bool:
    if line.translate(None, _CONTROL) != line:
        return False
    try:
        line.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return True
