"""A kernel as people write it: whole numbers, a common factor, or the same number of decimals everywhere."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


def pretty(matrix: NDArray[Any]) -> tuple[str, list[list[str]]]:
    """Return a matrix as cells of equal width, and the common factor in front of them ("1/9", or "").

    Integers have no point; equal fractions are written with their factor; anything else has the same number of
    decimals in every cell, enough to show the smallest of the large ones.
    """
    values = [[float(v) for v in row] for row in matrix]
    flat = [abs(v) for row in values for v in row if v]
    factor, scale = "", 1.0
    if flat and min(flat) < 1:
        denominator = 1 / min(flat)
        if all(math.isclose(v * denominator, round(v * denominator), rel_tol=1e-5) for v in flat) and math.isclose(
            denominator, round(denominator), rel_tol=1e-5
        ):
            factor, scale = f"1/{round(denominator)}", denominator
    if all(math.isclose(v * scale, round(v * scale), rel_tol=1e-5, abs_tol=1e-12) for v in flat):
        cells = [[f"{round(v * scale)}" for v in row] for row in values]
    else:
        decimals = min(max(3 - math.floor(math.log10(max(flat))), 0), 6)
        cells = [[f"{v:.{decimals}f}" if v else "0" for v in row] for row in values]
    cells = [[("0" if float(c) == 0 else c).replace("-", "−") for c in row] for row in cells]
    width = max(len(c) for row in cells for c in row)
    return factor, [[c.rjust(width) for c in row] for row in cells]
