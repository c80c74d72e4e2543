"""Numbers typed by hand: a kernel on the command line, or a small matrix in a text file.

Both are rows of cells, and a cell is an integer, a decimal, an exponent or a fraction. On the command line `;` parts
the rows; in a file each row stands on a line of its own. Cells are parted by white space and/or one comma; in a
file also by `;` alone, as spreadsheets write it where the comma is the decimal sign. What cannot be understood is a
CellError that says where it stands, counted from 1 as an editor counts lines.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from cnnviz.errors import quoted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FLOAT32_MAX = 3.4028234663852886e38

_PART = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_CELL = re.compile(rf"({_PART})(?:/({_PART}))?")
_SPECIAL = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9eE+.\s-]*")  # what `float` reads exactly as a cell does
_MINUS = str.maketrans("−", "-")
_MAP_LINE = re.compile(r"#\s*map \d+:\s*(.*)")


class CellError(ValueError):
    """A text that is no matrix; the message says where and why."""


class Block(NamedTuple):
    """One matrix of a text file, and its label where a line `# map 0: label` stands above it."""

    label: str | None
    values: NDArray[np.float32]


def parse_number(text: str, *, special: bool = False) -> float:
    """Return the number that `-1`, `0.5`, `1e-3` or `1/9` stands for; with `special` also nan and inf.

    Raises CellError where it is none, divides by zero or is beyond float32.
    """
    text = text.translate(_MINUS)
    match = _CELL.fullmatch(text)
    if match is None:
        if not _SPECIAL.fullmatch(text):
            raise CellError(f"{quoted(text)} is not a number")
        if not special:
            raise CellError(f"{quoted(text)} has no place here: every number must be finite")
        return float(text)
    value = float(match[1])
    if match[2] is not None:
        divisor = float(match[2])
        if divisor == 0:
            raise CellError(f"{quoted(text)} divides by zero")
        value /= divisor
    if not abs(value) <= FLOAT32_MAX:  # so that inf / inf is refused too
        raise CellError(f"{quoted(text)} is beyond float32, whose largest number is 3.4e38")
    return value


def parse_inline(text: str) -> NDArray[np.float32]:
    """Return the matrix (H, W) of `1 0 -1; 2 0 -2`, or of `1/9 * 1 1 1; 1 1 1` with its common factor.

    A line break parts rows as ';' does, alone or after one.
    """
    text = text.translate(_MINUS)
    before, star, after = text.partition("*")
    factor = 1.0
    if star:
        try:
            factor = parse_number(before.strip())
        except CellError as error:
            raise CellError(f"the factor before '*': {error}") from None
        text = after
    lines = re.sub(r"\s*;?[^\S\n]*\n\s*", ";", text.strip()).split(";")
    if len(lines) > 1 and not lines[-1].strip():
        raise CellError(f"row {len(lines)} is empty: leave out the ';' after the last row")
    rows = ((f"row {i}", _row(line, f"row {i}", special=False)) for i, line in enumerate(lines, start=1))
    values = _matrix(rows) * factor
    if not abs(values).max() <= FLOAT32_MAX:
        raise CellError(f"the factor {quoted(before.strip())} makes cells beyond float32")
    return values.astype("float32")


def parse_file(text: str, *, special: bool = True) -> list[Block]:
    """Return the matrices of a text file: one, or several where lines `# map 0: label` part them.

    `#` begins a comment, empty lines are skipped. With `special`, cells may be nan and inf.
    """
    blocks: list[tuple[str | None, list[tuple[str, list[float]]]]] = [(None, [])]
    for number, line in enumerate(text.translate(_MINUS).splitlines(), start=1):
        title = _MAP_LINE.fullmatch(line.strip()) if line.lstrip().startswith("#") else None
        if title:
            blocks.append((title[1], []))
        content = line.partition("#")[0]
        if content.strip():
            blocks[-1][1].extend(_line(content, f"line {number}", special=special))
    if not blocks[0][1] and len(blocks) > 1:
        del blocks[0]
    return [Block(label, _matrix(rows).astype("float32")) for label, rows in blocks]


def decode(data: bytes) -> str | None:
    """Return the text of a file, byte-order mark removed, or None where the bytes are no text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            return None
    if any(byte in data[:4096] for byte in _CONTROL) or b"\x00" in data:
        return None
    return data.decode("utf-8-sig", errors="surrogateescape")


_CONTROL = bytes(set(range(32)) - set(b"\t\n\f\r"))


def _row(line: str, place: str, *, special: bool) -> list[float]:
    """Read cells parted by white space and/or one comma."""
    parts = line.split(",")
    if _PLAIN.fullmatch(line.replace(",", " ")) and all(part.strip() for part in parts):
        try:
            plain = [float(word) for part in parts for word in part.split()]
        except ValueError:
            plain = [float("inf")]
        if max(map(abs, plain)) <= FLOAT32_MAX:
            return plain
    if len(parts) == 1 and not line.strip():
        raise CellError(f"{place} is empty")
    cells: list[float] = []
    for part in parts:
        words = part.split()
        if not words:
            raise CellError(f"{place}, cell {len(cells) + 1} is empty")
        for word in words:
            cells.append(_cell(word, f"{place}, cell {len(cells) + 1}", special=special))
    return cells


def _line(line: str, place: str, *, special: bool) -> list[tuple[str, list[float]]]:
    """Read a line of a file: one row; several, as on the command line, where `;` stands between several cells."""
    parts = [part.strip() for part in line.split(";")]
    if len(parts) == 1:
        return [(place, _row(line, place, special=special))]
    if any(len(part.split()) > 1 for part in parts):
        places = [f"{place}, row {i}" for i in range(1, len(parts) + 1)]
        return [(where, _row(part, where, special=special)) for where, part in zip(places, parts, strict=True)]
    cells: list[float] = []
    for i, word in enumerate(parts, start=1):
        if not word:
            raise CellError(f"{place}, cell {i} is empty")
        if "," in word:
            raise CellError(f"{place}, cell {i}: {quoted(word)} is not a number: write decimals with a point")
        cells.append(_cell(word, f"{place}, cell {i}", special=special))
    return [(place, cells)]


def _cell(word: str, where: str, *, special: bool) -> float:
    try:
        return parse_number(word, special=special)
    except CellError as error:
        raise CellError(f"{where}: {error}") from None


def _matrix(rows: Iterable[tuple[str, list[float]]]) -> NDArray[np.float64]:
    """Join rows of one length into a matrix (H, W)."""
    import numpy as np

    cells = array("d")
    first, width, height = "", 0, 0
    for place, row in rows:
        if height == 0:
            first, width = place, len(row)
        if len(row) != width:
            raise CellError(f"{place} has {_cells(len(row))}, and {first} has {width}: rows must be equally long")
        cells.extend(row)
        height += 1
    if height == 0:
        raise CellError("there are no numbers in it")
    return np.array(cells, dtype=np.float64).reshape(height, width)


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
