"""What a run is going to do, once its input is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.core.layer import Layer


class Plan(NamedTuple):
    """The layers of a run, made for its input.

    `thumbnails` are the flat kernels drawn beside the maps, None where a map has none.
    """

    layers: Sequence[Layer]
    thumbnails: Sequence[NDArray[np.float32] | None] | None = None
    notes: Sequence[str] = ()
