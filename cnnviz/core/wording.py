"""How sizes and counts are written, wherever they are written: 3×512×512, 12 000 000, 2 maps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NBSP = "\N{NO-BREAK SPACE}"


def times(shape: Iterable[int]) -> str:
    """Write a shape as '3×512×512'."""
    return "×".join(map(str, shape))


def once(pair: Sequence[int]) -> str:
    """Write what is the same along both axes, or on all sides, once: '2', else '2×3'."""
    return str(pair[0]) if len(set(pair)) == 1 else times(pair)


def grouped(number: int) -> str:
    """Write a whole number in groups of three, parted by no-break spaces: '12 000 000'."""
    return f"{number:,}".replace(",", NBSP).replace("-", "−")


def plural(number: int, noun: str) -> str:
    """Write '1 map', '2 maps'; only for nouns that take a plain s."""
    return f"{grouped(number)} {noun}" if number == 1 else f"{grouped(number)} {noun}s"
