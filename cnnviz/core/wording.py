"""How sizes and counts are written, wherever they are written: 3×512×512, 12 000 000, 2 maps."""

from __future__ import annotations

from collections.abc import Iterable

NBSP = "\N{NO-BREAK SPACE}"


def times(shape: Iterable[int]) -> str:
    """Write a shape as '3×512×512'."""
    return "×".join(map(str, shape))


def grouped(number: int) -> str:
    """Write a whole number in groups of three, parted by no-break spaces: '12 000 000'."""
    return f"{number:,}".replace(",", NBSP).replace("-", "−")


def plural(number: int, noun: str) -> str:
    """Write '1 map', '2 maps'; only for nouns that take a plain s."""
    return f"{grouped(number)} {noun}" if number == 1 else f"{grouped(number)} {noun}s"
