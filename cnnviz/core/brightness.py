"""A picture as it was stored: bytes, each so many 255ths of white.

Bytes take a quarter of the room of the floats that they stand for, and large pictures are slow because of the room
they take. So whoever reads a picture tile by tile, as the convolution does, makes floats of one tile at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.core.threads import each

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray

WHITE = 255
_TILE = 1 << 17  # values
_PARALLEL = 1 << 21  # from so many values on, two threads convert


class Brightness:
    """The values `pixels` / 255, float32 from 0 (black) to 1 (white), (C, H, W); `numpy.asarray` gives them."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self.pixels = pixels

    @property
    def shape(self) -> tuple[int, ...]:
        """(C, H, W)."""
        return self.pixels.shape

    @property
    def nbytes(self) -> int:
        """The bytes that it takes as it is stored."""
        return self.pixels.nbytes

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("these values are stored as bytes: they cannot be had without a copy")
        out = np.empty(self.shape, np.float32)
        _, height, width = self.shape
        rows = max(_TILE // width, 1)

        def tile(place: tuple[int, int]) -> None:
            channel, top = place
            np.divide(self.pixels[channel, top : top + rows], np.float32(WHITE), out=out[channel, top : top + rows])

        places = [(channel, top) for channel in range(len(out)) for top in range(0, height, rows)]
        each(tile, places, parallel=out.size >= _PARALLEL)
        return out if dtype is None else out.astype(dtype, copy=False)


def as_stored(values: ArrayLike | Brightness) -> tuple[Any, int]:
    """Return values as they are stored, and what 1 is there."""
    return (values.pixels, WHITE) if isinstance(values, Brightness) else (values, 1)
