"""What one output cell sees of the very first input: its receptive field.

Going through a layer, a field grows by the layer's window, measured in steps of the layer before. Those steps, the
jump, are the product of all strides so far.

Source of the recurrence: Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks", 2019.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, TypeAlias

from cnnviz.core.shapes import Pair, Sides, extent
from cnnviz.core.wording import once

Box: TypeAlias = tuple[int, int, int, int]
"""(top, left, bottom, right), inclusive, in cells of the first input; what lies outside it is padding."""


class Sliding(Protocol):
    """What a receptive field needs to know of a layer; a LayerRecord knows it. Without a window all are None."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def kernel_size(self) -> Pair | None: ...  # noqa: D102
    @property
    def stride(self) -> Pair | None: ...  # noqa: D102
    @property
    def pad(self) -> Sides | None: ...  # noqa: D102
    @property
    def dilation(self) -> Pair | None: ...  # noqa: D102


class Window(NamedTuple):
    """A layer of which nothing but its window is known; `pad` is (top, bottom, left, right)."""

    name: str
    kernel_size: Pair | None = None
    stride: Pair | None = None
    pad: Sides | None = None
    dilation: Pair | None = None


class Field(NamedTuple):
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


class FieldRow(NamedTuple):
    """What one cell sees after a layer, rows and columns by themselves."""

    layer: Sliding
    rows: Field
    columns: Field

    @property
    def size(self) -> Pair:
        """(height, width) of the patch."""
        return self.rows.size, self.columns.size

    @property
    def jump(self) -> Pair:
        """How far apart, (down, right), the patches of neighbours lie."""
        return self.rows.jump, self.columns.jump

    @property
    def center(self) -> tuple[float, float]:
        """(y, x) of the middle of what cell 0, 0 sees, where the middle of input cell 0, 0 is 0, 0."""
        return self.rows.center, self.columns.center

    def box(self, at: Pair = (0, 0)) -> Box:
        """Return the patch that the cell at (row, column) sees."""
        top = self.rows.first + at[0] * self.rows.jump
        left = self.columns.first + at[1] * self.columns.jump
        return top, left, top + self.rows.size - 1, left + self.columns.size - 1


def title(layer: Sliding, *, pad: bool = False) -> str:
    """Return what a layer is called: 'conv 11, stride 4', with `pad` also its padding: 'conv 3, pad 1'."""
    if layer.kernel_size is None:
        return layer.name
    words = [f"{layer.name} {once(layer.kernel_size)}"]
    for word, pair in (("stride", layer.stride), ("dilation", layer.dilation)):
        if pair and pair != (1, 1) and not (word == "stride" and layer.name.startswith("global ")):
            words.append(f"{word} {once(pair)}")
    if pad and layer.pad and any(layer.pad):
        words.append(f"pad {layer.pad[0] if len(set(layer.pad)) == 1 else ','.join(map(str, layer.pad))}")
    return ", ".join(words)


def growth(history: Iterable[Sliding]) -> list[FieldRow]:
    """Return the fields after each layer of a history; layers without a window change nothing."""
    rows, columns = Field(), Field()
    found = []
    for layer in history:
        if layer.kernel_size is not None:
            stride, dilation, pad = layer.stride or (1, 1), layer.dilation or (1, 1), layer.pad or (0, 0, 0, 0)
            rows = rows.through(layer.kernel_size[0], stride=stride[0], before=pad[0], dilation=dilation[0])
            columns = columns.through(layer.kernel_size[1], stride=stride[1], before=pad[2], dilation=dilation[1])
        found.append(FieldRow(layer, rows, columns))
    return found


def receptive_field(history: Iterable[Sliding]) -> Pair:
    """Return (height, width) of the patch of first input that one cell sees after all layers of a history."""
    return (growth(history) or [FieldRow(Window(""), Field(), Field())])[-1].size


def path(history: Sequence[Sliding], sizes: Sequence[Pair], at: Pair) -> list[Pair]:
    """Return, after each layer, the cell that lies in the middle of what the cell `at` of the last one sees.

    `sizes` are (height, width) of what enters each layer. The patches of these cells lie in one another.
    """
    cells = [at]
    for layer, size in zip(reversed(history[1:]), reversed(sizes[1:]), strict=True):
        cells.append((_middle(layer, 0, cells[-1][0], size[0]), _middle(layer, 1, cells[-1][1], size[1])))
    return cells[::-1]


def _middle(layer: Sliding, axis: int, cell: int, size: int) -> int:
    """Return the middle one of the input cells that an output cell reads along an axis."""
    if layer.kernel_size is None:
        return cell
    kernel, dilation = layer.kernel_size[axis], (layer.dilation or (1, 1))[axis]
    start = cell * (layer.stride or (1, 1))[axis] - (layer.pad or (0, 0, 0, 0))[2 * axis]
    middle = start + (kernel - 1) // 2 * dilation
    inside = [tap for tap in range(start, start + kernel * dilation, dilation) if 0 <= tap < size]
    return min(inside, key=lambda tap: abs(tap - middle), default=min(max(middle, 0), size - 1))


def share(box: Box, size: Pair) -> float:
    """Return which part of an input of (height, width) lies in a box, 0 to 1; padding is no part of it."""
    top, left, bottom, right = box
    rows = min(bottom, size[0] - 1) - max(top, 0) + 1
    columns = min(right, size[1] - 1) - max(left, 0) + 1
    return max(rows, 0) * max(columns, 0) / (size[0] * size[1])
