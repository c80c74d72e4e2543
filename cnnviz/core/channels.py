"""How a flat kernel meets a stack of channels.

A kernel drawn on the board has rows and columns only; an input has channels as well. Either every channel gets the
kernel and the results are added up to one map (`sum`, and `mean`, which divides by the number of channels so that
brightness keeps its size), or every channel is filtered by itself and gives a map of its own (`each`, a depthwise
convolution).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnviz.errors import ArgumentError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHANNELS = {
    "mean": "every channel gets kernel ÷ C, and the results are added to one map",
    "sum": "every channel gets the kernel itself, and the results are added to one map",
    "each": "every channel is filtered by itself and gives a map of its own",
}


def spread(kernels: NDArray[np.float32], channels: int, mode: str) -> tuple[NDArray[np.float32], int]:
    """Return the weights (O, C/groups, kH, kW) of `kernels` (K, kH, kW) over `channels` channels, and the groups.

    O is K for 'mean' and 'sum', and C·K for 'each', channel by channel.
    """
    import numpy as np

    if mode == "each":
        return np.tile(kernels, (channels, 1, 1))[:, None], channels
    if mode == "sum":
        return np.repeat(kernels[:, None], channels, axis=1), 1
    if mode == "mean":
        return np.repeat(kernels[:, None] / np.float32(channels), channels, axis=1), 1
    raise ArgumentError(f"unknown channels {mode!r}: use {', '.join(CHANNELS)}", argument="channels")


def spread_labels(kernels: Sequence[str], channels: Sequence[str], mode: str) -> list[str]:
    """Return a label for each map that `spread` gives: 'red sobel-x' where channels are filtered by themselves."""
    if mode != "each" or len(channels) == 1:
        return list(kernels)
    return [f"{channel} {kernel}" for channel in channels for kernel in kernels]
