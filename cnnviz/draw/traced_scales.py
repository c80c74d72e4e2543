"""What colours mean in a trace and in an animation: one scale for the input, one for weights, one for the output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.statistics import measure
from cnnviz.draw import limits
from cnnviz.draw.limits import Scale
from cnnviz.draw.palette import PALETTES

if TYPE_CHECKING:
    from numpy.typing import NDArray


def of_channels(maps: FeatureMaps, channels: Sequence[int]) -> list[Scale]:
    """Return the scales of some channels: brightness for a picture, otherwise what their values need."""
    values = maps.values[list(channels)]
    stats = measure(values)
    return limits.choose(values, stats, [maps.pictures[c] for c in channels]).each


def signed(*arrays: NDArray[np.floating[Any]]) -> Scale:
    """Return a scale with zero in the middle that reaches the largest finite magnitude."""
    largest = _largest(arrays)
    return Scale(-largest, largest, PALETTES["signed"])


def of_output(
    values: NDArray[np.floating[Any]], weights: NDArray[np.floating[Any]] | None, *, picture: bool = False
) -> Scale:
    """Return the scale of an output, (H, W) or (C, H, W): signed as soon as a weight or a value is negative.

    So positive keeps its red after relu as well, when nothing negative is left. A picture keeps its brightness.
    """
    if picture:
        return Scale(0.0, 1.0, PALETTES["grey"], picture=True)
    maps = values if values.ndim == 3 else values[None]
    negative = (weights is not None and (weights < 0).any()) or (values < 0).any()
    stats = measure(maps)
    name = "signed" if negative else "grey"
    return limits.choose(maps, stats, [False] * len(maps), normalize="shared", palette=name).each[0]


def _largest(arrays: Sequence[NDArray[np.floating[Any]]]) -> float:
    found = 0.0
    for array in arrays:
        finite = array[np.isfinite(array)]
        if finite.size:
            found = max(found, float(np.abs(finite).max()))
    return found or 1.0
