"""A kernel as people write it: whole numbers, a common factor, or the same number of decimals everywhere."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST = 9999  # of a numerator or denominator that is still easier to read than a decimal


def pretty(matrix: NDArray[Any]) -> tuple[str, list[list[str]]]:
    """Return the common factor in front of a matrix ("1/9", or "") and its cells, all of equal width.

    Whole numbers have no point. Where the smallest weight is 1/n and all others are multiples of it, 1/n is the
    factor. Anything else has the same number of decimals in every cell, or an exponent where it is very large or
    very small; an exact zero is 0, and a minus is −.
    """
    values = [[float(value) for value in row] for row in matrix]
    sizes = [abs(value) for row in values for value in row if value]
    denominator = _denominator(sizes)
    largest = max(sizes, default=0.0)
    cells = [[_cell(value, largest, denominator) if value else "0" for value in row] for row in values]
    width = max(len(cell) for row in cells for cell in row)
    factor = f"1/{denominator}" if denominator not in (0, 1) else ""
    return factor, [[cell.rjust(width) for cell in row] for row in cells]


def _denominator(sizes: list[float]) -> int:
    """Return n where every weight is a whole multiple of 1/n (1: whole numbers), or 0 where there is none."""
    if all(size == round(size) and size <= 1e6 for size in sizes):
        return 1
    n = round(min(1 / min(sizes), _LARGEST + 1))
    whole = all(round(size * n) <= _LARGEST and math.isclose(size * n, round(size * n), rel_tol=1e-5) for size in sizes)
    return n if 1 < n <= _LARGEST and whole else 0


def _cell(value: float, largest: float, denominator: int) -> str:
    if denominator:
        text = f"{round(value * denominator)}"
    elif not 1e-3 <= largest < 1e5:
        text = f"{value:.3g}"
    else:
        text = f"{value:.{max(3 - math.floor(math.log10(largest)), 0)}f}"
    return (text.lstrip("-") if float(text) == 0 else text).replace("-", "−")  # never −0.00
