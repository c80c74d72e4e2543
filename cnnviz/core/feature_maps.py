"""Feature maps: a stack of pictures of numbers, a name for each, and the layers that made them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.core.brightness import Brightness
from cnnviz.core.history import LayerRecord
from cnnviz.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from cnnviz.core.statistics import Stats


class FeatureMaps:
    """Values of shape (C, H, W), a label for each channel, and the history of layers that made them.

    A 2-D array is taken as one map. Floating-point values stay as they are (float16 becomes float32), integers and
    booleans become float32; a picture in bytes (`Brightness`) stays as it is until its `values` are asked for.
    `history` is a tuple of LayerRecord, oldest first. `pictures` says of each channel whether its values are still the
    brightness of a picture, 0 black and 1 white. `source` is the name of the file they came from, as it was typed.
    `stats` is what each map held when its layer made it.

    Raises ArgumentError for complex or non-numeric values, other shapes, labels that do not match the channels, and
    a history of anything but records.
    """

    def __init__(
        self,
        values: ArrayLike | Brightness,
        labels: Sequence[str] | None = None,
        *,
        history: Sequence[LayerRecord] = (),
        pictures: Sequence[bool] | bool = False,
        source: str = "",
        stats: Sequence[Stats] | None = None,
    ) -> None:
        self._stored = values if isinstance(values, Brightness) else _as_maps(values)
        count = self._stored.shape[0]
        self.labels = [f"map {i}" for i in range(count)] if labels is None else [str(label) for label in labels]
        self.history = tuple(history)
        self.pictures = (pictures,) * count if isinstance(pictures, bool) else tuple(bool(p) for p in pictures)
        self.source = source
        self.stats = stats
        if not all(isinstance(record, LayerRecord) for record in self.history):
            raise ArgumentError("history is a sequence of LayerRecord, one for each layer", argument="history")
        if len(self.labels) != count:
            raise ArgumentError(f"{len(self.labels)} labels for {count} maps: give one each", argument="labels")
        if len(self.pictures) != count:
            raise ArgumentError(f"{len(self.pictures)} picture flags for {count} maps", argument="pictures")

    @property
    def values(self) -> NDArray[np.floating[Any]]:
        """The values, (C, H, W)."""
        if isinstance(self._stored, Brightness):
            self._stored = np.asarray(self._stored)
        return self._stored

    @property
    def stored(self) -> NDArray[np.floating[Any]] | Brightness:
        """The values as they are kept: those of a picture as bytes, until its `values` are asked for."""
        return self._stored

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W)."""
        channels, height, width = self._stored.shape
        return channels, height, width

    def __len__(self) -> int:
        return len(self.labels)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy:
            return np.array(self.values, dtype=dtype)
        return np.asarray(self.values, dtype=dtype)

    def __repr__(self) -> str:
        return f"FeatureMaps({'×'.join(map(str, self.shape))}, labels={self.labels!r})"


def _as_maps(values: ArrayLike) -> NDArray[np.floating[Any]]:
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise ArgumentError(f"maps must hold real numbers, not {array.dtype}", argument="values")
    if array.ndim == 2:
        array = array[None]
    if array.ndim != 3 or 0 in array.shape:
        raise ArgumentError(f"maps have the shape (C, H, W) with no empty axis, not {array.shape}", argument="values")
    if array.dtype.kind != "f" or array.dtype.itemsize < 4:
        array = array.astype(np.float32)
    return array
