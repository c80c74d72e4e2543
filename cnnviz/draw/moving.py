"""What an animation shows, and how large its cells are so that everything fits side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.history import LayerRecord
from cnnviz.core.layer import Conv, Pool
from cnnviz.core.shapes import Pair
from cnnviz.draw import numbers, style, tiles
from cnnviz.draw.animation_words import forms
from cnnviz.draw.matrix import cell_for, number_size
from cnnviz.draw.numbers import NumberFormat
from cnnviz.draw.window import ring

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL, CELL_OF_SEVERAL = 44.0, 28.0
CELL_OF_KERNELS = 36.0  # the largest where several stand beside each other
KERNEL_CELL = 28.0  # at least, so that the numbers of a kernel always print
NUMBERED_KERNEL = 7
TIMES_GAP, KERNEL_GAP, ROW_GAP = 36.0, 20.0, 36.0
ARROW, JOIN = 56.0, 124.0  # from the kernels to the outputs: an arrow, or bracket, plus and arrow
MOST_HIGH = 700.0  # px that all rows may take
MOST_SHOWN = 4
FIRST_SHOWN = 3


@dataclass(frozen=True)
class Moving:
    """What is animated: a layer, what it is given, the maps after it, and which of them are shown."""

    layer: Conv | Pool
    record: LayerRecord
    given: FeatureMaps
    after: FeatureMaps
    activation: str = "none"
    maps: Sequence[int] = (0,)
    kernel_name: str = ""

    @property
    def pooling(self) -> bool:
        """Whether a window picks or joins values, with nothing to multiply by."""
        return isinstance(self.layer, Pool)

    def channels_of(self, map_: int) -> list[int]:
        """Return the channels that a map is made of."""
        if not isinstance(self.layer, Conv):
            return [map_]
        depth = self.layer.weight.shape[1]
        first = map_ // (self.layer.weight.shape[0] // self.layer.groups) * depth
        return list(range(first, first + depth))

    @cached_property
    def channels(self) -> list[int]:
        """The channels that have a row: all, or of more than four the first three and the last."""
        found = sorted({c for m in self.maps for c in self.channels_of(m)})
        return found if len(found) <= MOST_SHOWN else [*found[:FIRST_SHOWN], found[-1]]

    @property
    def hidden(self) -> int:
        """How many channels have no row."""
        return len({c for m in self.maps for c in self.channels_of(m)}) - len(self.channels)

    @property
    def single(self) -> bool:
        """Whether one channel gives one map."""
        return len(self.channels) == 1 and len(self.maps) == 1

    @cached_property
    def _forms(self) -> tuple[NumberFormat, NumberFormat, NumberFormat]:
        shown = self.given.values[self.channels]
        weights = self.layer.weight[list(self.maps)] if isinstance(self.layer, Conv) else np.zeros(1)
        before = self.layer.forward(self.given.values)[list(self.maps)]
        return forms(flat(shown), flat(weights), flat(before))

    @property
    def input_form(self) -> NumberFormat:
        """How input values are written."""
        return self._forms[0]

    @property
    def kernel_form(self) -> NumberFormat:
        """How weights are written."""
        return self._forms[1]

    @property
    def sum_form(self) -> NumberFormat:
        """How sums are written, before the activation."""
        return self._forms[2]

    @cached_property
    def output_form(self) -> NumberFormat:
        """How values of the output are written."""
        return numbers.choose(flat(self.after.values[list(self.maps)]))


class Sizes(NamedTuple):
    """The cells of inputs and outputs, and those of kernels (or of the enlarged window)."""

    cell: float
    kernel: float

    @classmethod
    def of(cls, moving: Moving, width: float) -> Sizes:
        """Return the largest cells with which everything fits side by side, and all rows below each other."""
        rows, columns = padded_shape(moving.record)
        out_rows, out_columns = moving.record.output_shape[1:]
        assert moving.record.kernel_size
        tall, wide = moving.record.kernel_size
        count = 1 if moving.pooling else len(moving.maps)
        high = max(len(moving.channels) * rows, len(moving.maps) * out_rows)
        gaps = TIMES_GAP + (count - 1) * KERNEL_GAP + (ARROW if straight(moving) else JOIN)
        room = width - 2 * style.MARGIN - gaps
        most = CELL if moving.single else CELL_OF_SEVERAL
        kernel = _numbered_cell(moving) if max(tall, wide) <= NUMBERED_KERNEL else 0.0
        cell = most
        while cell > 1:
            k = max(cell, kernel)
            captions = max(len(moving.channels), len(moving.maps)) * ROW_GAP
            fits = cell * (columns + out_columns) + count * wide * k <= room
            if fits and (high * cell + captions <= MOST_HIGH or moving.single) and cell * rows <= MOST_HIGH:
                break
            cell -= 1
        k = max(cell, kernel)
        if max(tall, wide) > NUMBERED_KERNEL:
            k = min(k, max(1.0, 160 // max(tall, wide)))
        return cls(cell, k)


def _numbered_cell(moving: Moving) -> float:
    """Return the smallest cell in which the numbers of a kernel (or of the enlarged window) print."""
    if isinstance(moving.layer, Conv):
        values = flat(moving.layer.weight[list(moving.maps)])
    else:
        values = flat(moving.given.values[moving.channels])
    form = numbers.choose(values)
    most = CELL if moving.single or moving.pooling else CELL_OF_KERNELS
    while True:
        texts = {form(v) for v in values}
        cell = cell_for(texts, KERNEL_CELL, most)
        if number_size(texts, cell) or form.exponent or not form.decimals:
            return cell
        form = NumberFormat(form.decimals - 1)


def padded_shape(record: LayerRecord) -> Pair:
    """Return rows and columns of the input with its ring."""
    top, bottom, left, right = ring(record)
    return record.input_shape[1] + top + bottom, record.input_shape[2] + left + right


def straight(moving: Moving) -> bool:
    """Whether arrows lead straight from left to right, with nothing to join."""
    return moving.single or moving.pooling


def fitting(values: Sequence[float], cell: float, *, bold: bool = False) -> NumberFormat | None:
    """Return the format with which all values fit their cells, decimals dropped where it takes that; None for none."""
    form = numbers.choose(values)
    largest = max((abs(v) for v in values if np.isfinite(v)), default=0.0)
    while not number_size({form(v) for v in values}, cell, bold=bold):
        if form.exponent or form.decimals == 0 or largest * 10 ** (form.decimals - 1) < tiles.FEWEST_LEVELS:
            return None
        form = NumberFormat(form.decimals - 1)
    return form


def flat(array: NDArray[Any]) -> list[Any]:
    """Return all values of an array, row by row."""
    return list(array.reshape(-1).tolist())
