"""What one output cell sees of the very first input: its receptive field.

Going through a layer, a field grows by the layer's window, measured in steps of the layer before. Those steps, the
jump, are the product of all strides so far.

Source of the recurrence: Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks", 2019.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cnnviz.core.history import LayerRecord
from cnnviz.core.shapes import Pair, extent


@dataclass(frozen=True, slots=True)
class Field:
    """The receptive field of an output cell along one axis, in cells of the first input.

    `size` cells are seen, neighbouring outputs see patches `jump` cells apart, and the patch of output 0 begins at
    cell `first` (negative where it begins in the padding).
    """

    size: int = 1
    jump: int = 1
    first: int = 0

    def through(self, kernel: int, *, stride: int = 1, before: int = 0, dilation: int = 1) -> Field:
        """Return the field after one more layer with that window along this axis."""
        return Field(
            size=self.size + (extent(kernel, dilation) - 1) * self.jump,
            jump=self.jump * stride,
            first=self.first - before * self.jump,
        )

    @property
    def last(self) -> int:
        """The last cell that output 0 sees."""
        return self.first + self.size - 1

    @property
    def center(self) -> float:
        """The middle of what output 0 sees, where the middle of input cell 0 is 0."""
        return (self.first + self.last) / 2


def fields(history: Iterable[LayerRecord]) -> tuple[Field, Field]:
    """Return the fields (rows, columns) after all layers of a history; layers without a window change nothing."""
    rows, columns = Field(), Field()
    for layer in history:
        if layer.kernel_size is None:
            continue
        stride, dilation, pad = layer.stride or (1, 1), layer.dilation or (1, 1), layer.pad or (0, 0, 0, 0)
        rows = rows.through(layer.kernel_size[0], stride=stride[0], before=pad[0], dilation=dilation[0])
        columns = columns.through(layer.kernel_size[1], stride=stride[1], before=pad[2], dilation=dilation[1])
    return rows, columns


def receptive_field(history: Iterable[LayerRecord]) -> Pair:
    """Return (height, width) of the patch of first input that one cell sees after all layers of a history."""
    rows, columns = fields(history)
    return rows.size, columns.size
