"""What a user types after an option, as values: `2`, `2,3` and `2x3`, padding in all its forms, crops and limits."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable

from cnnviz.core.shapes import PAD_NAMES, PadLike, Pair, Shape
from cnnviz.errors import UsageError, quoted

SIDES = ("top", "bottom", "left", "right")
LARGEST = 1e9  # of a factor: beyond it float32 runs over
_SEPARATOR = re.compile(r"\s*[,x×]\s*")


def pair(text: str, option: str) -> Pair:
    """Read one or two whole numbers of at least 1, (height, width): `3`, `3,5` or `3x5`."""
    numbers = _whole_numbers(text, option, "one or two whole numbers, like 2, 2,3 or 2x3", least=1)
    if len(numbers) > 2:
        raise UsageError(f"{option} takes one or two numbers (height,width), not {text!r}")
    return numbers[0], numbers[-1]


def pad(text: str, option: str) -> PadLike:
    """Read padding: one, two or four numbers, named sides (`top=1,left=2`), or a name like 'same'."""
    form = f"1, 2 or 4 whole numbers, sides like top=1,left=2, or {', '.join(PAD_NAMES)}"
    word = text.strip().lower()
    if word in PAD_NAMES:
        return word
    if "=" in word:
        return _named_sides(word, option, form)
    if word.lstrip("-+").isalpha():
        raise UsageError(f"{option} takes {form}, not {text!r}{did_you_mean(word, PAD_NAMES)}")
    numbers = _whole_numbers(text, option, form, least=0)
    if len(numbers) not in (1, 2, 4):
        raise UsageError(f"{option} takes {form}, not {len(numbers)} numbers")
    return numbers[0] if len(numbers) == 1 else tuple(numbers)


def _named_sides(text: str, option: str, form: str) -> tuple[int, ...]:
    given: dict[str, int] = {}
    for part in text.split(","):
        side, _, number = (p.strip() for p in part.partition("="))
        if side not in SIDES:
            raise UsageError(f"{option}: unknown side {side!r}: use {', '.join(SIDES)}{did_you_mean(side, SIDES)}")
        if side in given:
            raise UsageError(f"{option}: {side} is given twice")
        given[side] = _whole_numbers(number, option, form, least=0)[0]
    return tuple(given.get(side, 0) for side in SIDES)


def crop(text: str, option: str) -> tuple[int, int, int, int]:
    """Read ROW,COL,HxW: where a crop begins, counted from 0, and its size."""
    match = re.fullmatch(r"\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*[x×]\s*(\d+)\s*", text, re.ASCII)
    if not match:
        raise UsageError(f"{option} takes ROW,COL,HxW, like 10,20,64x64, not {text!r}")
    row, column, height, width = (_int(group, option) for group in match.groups())
    if not height or not width:
        raise UsageError(f"{option}: a crop of {height}×{width} has no cells")
    return row, column, height, width


def cell(text: str | None, option: str) -> Pair | None:
    """Read ROW,COL, counted from 0; None where nothing was given."""
    if text is None:
        return None
    match = re.fullmatch(r"\s*(\d+)\s*,\s*(\d+)\s*", text, re.ASCII)
    if not match:
        raise UsageError(f"{option} takes ROW,COL, which counts from 0, like 10,20, not {quoted(text)}")
    return _int(match[1], option), _int(match[2], option)


def resize(text: str, option: str) -> int | Pair:
    """Read HxW, or N for the longer side."""
    numbers = _whole_numbers(text, option, "HxW, or N for the longer side", least=1)
    if len(numbers) > 2:
        raise UsageError(f"{option} takes HxW, or N for the longer side, not {text!r}")
    return numbers[0] if len(numbers) == 1 else (numbers[0], numbers[1])


def shape(text: str, option: str) -> Shape:
    """Read CxHxW."""
    numbers = _whole_numbers(text, option, "CxHxW, like 3x224x224", least=1)
    if len(numbers) != 3:
        raise UsageError(f"{option} takes CxHxW, like 3x224x224, not {text!r}")
    return numbers[0], numbers[1], numbers[2]


def limits(text: str, option: str) -> tuple[float, float]:
    """Read LO,HI with LO below HI."""
    values = numbers(text, option)
    if len(values) != 2 or not values[0] < values[1]:
        raise UsageError(f"{option} takes LO,HI with LO below HI, like -1,1, not {text!r}")
    return values[0], values[1]


def numbers(text: str, option: str) -> list[float]:
    """Read finite numbers parted by commas."""
    return [number(part, option) for part in text.split(",")]


def number(text: str, option: str) -> float:
    """Read a finite number that float32 can hold."""
    from cnnviz.files.matrix import FLOAT32_MAX

    try:
        value = float(text.replace("−", "-"))
    except ValueError:
        raise UsageError(f"{option}: {quoted(text.strip())} is not a number") from None
    if not abs(value) <= FLOAT32_MAX:
        raise UsageError(f"{option}: {text.strip()} is not a finite number that float32 can hold")
    return value


def choice(text: str, table: Iterable[str], option: str) -> str:
    """Return `text` in lower case where the table has it, or raise an error with a suggestion."""
    word = text.strip().lower()
    names = list(table)
    if word not in names:
        raise UsageError(f"{option}: unknown {quoted(text)}: use {', '.join(names)}{did_you_mean(word, names)}")
    return word


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return ' (did you mean …?)' for the nearest of `names`, or nothing."""
    near = difflib.get_close_matches(word, list(names), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _whole_numbers(text: str, option: str, form: str, *, least: int) -> list[int]:
    found = []
    for part in _SEPARATOR.split(text.strip().lower()):
        if not re.fullmatch(r"[-+−]?\d+", part, re.ASCII):
            raise UsageError(f"{option} takes {form}, not {text!r}")
        number = _int(part.replace("−", "-"), option)
        if number < least:
            raise UsageError(f"{option} must be at least {least}, not {number}")
        found.append(number)
    return found


def _int(digits: str, option: str) -> int:
    # Python refuses to read thousands of digits; nothing beyond a machine word can be a size anyway.
    if len(digits) > 18:
        raise UsageError(f"{option}: {digits[:12]}… is too large")
    return int(digits)


def positive(value: float | None, option: str, most: float = LARGEST) -> float | None:
    """Return a finite number above 0 and at most `most`, or None where none was given."""
    if value is not None and not (math.isfinite(value) and value > 0):
        raise UsageError(f"{option} must be a number above 0, not {value:g}")
    if value is not None and value > most:
        raise UsageError(f"{option} must be at most {most:.0f}, not {value:g}")
    return value


def memory(text: str | None) -> int | None:
    """Return the bytes of --max-memory, or None where it was not given."""
    from cnnviz.files.memory import parse_bytes

    return None if text is None else parse_bytes(text)
