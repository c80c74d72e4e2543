"""The range, the mean and what is not finite of many values, in one pass over memory.

Bands of values stay in the processor's cache while all of it is asked of them, and two threads share the bands.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnviz.core.threads import processors, spread
from cnnviz.core.tiles import Tile, Worker, cut

if TYPE_CHECKING:
    from numpy.typing import NDArray

BAND = 1 << 16  # values
SHARED = 1 << 21  # values from which on a second thread pays


class Band(NamedTuple):
    """What a few values hold: lowest, highest and mean of the finite ones (how many?), and how many are NaN."""

    low: float
    high: float
    mean: float
    finite: int
    nan: int = 0


def statistics(values: NDArray[np.floating[Any]]) -> dict[str, Any]:
    """Return `min`, `max` and `mean` of the finite values (None where there are none), and count `nan` and `inf`."""
    flat = values.reshape(-1)
    bands: list[Band] = []

    def start() -> Worker:
        return lambda tile: bands.append(_measured(flat[tile.left : tile.right]))

    spread(start, cut(Tile(0, 0, 1, 0, flat.size), BAND), processors() if flat.size >= SHARED else 1)
    finite = [band for band in bands if band.finite]
    count = sum(band.finite for band in finite)
    found: dict[str, Any] = {"min": None, "max": None, "mean": None}
    if finite:
        found["min"] = min(band.low for band in finite)
        found["max"] = max(band.high for band in finite)
        # An exact sum is the same in whatever order the threads were done.
        found["mean"] = math.fsum(band.mean * (band.finite / count) for band in finite)
    nan = sum(band.nan for band in bands)
    return {**found, "nan": nan, "inf": flat.size - count - nan}


def _measured(band: NDArray[np.floating[Any]]) -> Band:
    low, high = float(band.min()), float(band.max())
    if math.isfinite(low) and math.isfinite(high):
        return Band(low, high, _mean(band), band.size)
    finite, nan = band[np.isfinite(band)], int(np.count_nonzero(np.isnan(band)))
    if not finite.size:
        return Band(0.0, 0.0, 0.0, 0, nan)
    return Band(float(finite.min()), float(finite.max()), _mean(finite), finite.size, nan)


def _mean(values: NDArray[np.floating[Any]]) -> float:
    # In the values' own type, which is fast and exact enough; only huge values need to be made smaller first.
    mean = float(values.sum()) / values.size
    return mean if math.isfinite(mean) else float((values / values.size).sum(dtype=np.float64))
