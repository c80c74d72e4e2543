"""What becomes of the maps when the input is shifted by a few cells?

Pooling is said to shrug a small shift off: outputs are compared where they are. A convolution moves along: its maps
of the shifted input are compared with its own maps, shifted, which can be the same only where the steps of its
windows divide the shift. Cells that a shift vacates repeat the edge; outputs that read one of them, or (for what moves
along) padding in their place, say nothing about shifts and are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnviz.core.stack import Stack
from cnnviz.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.core.history import LayerRecord
    from cnnviz.core.layer import Layer

    Array = NDArray[np.floating[Any]]

DIRECTIONS = {"right": 1, "down": 0}
"""The axis of (rows, columns) that each goes along."""
ROUNDING = 1e-5
"""Outputs that differ by less than this part of the largest one are equal but for rounding."""


class ShiftResult(NamedTuple):
    """What a shift by `cells` did to the maps.

    `moved` is how many cells the maps are expected to have moved, `whole` says whether that is the whole shift;
    `outputs` were compared, `equal` of them are. `before` and `after` are the mean change of a value, of the input
    and of an output; None where nothing finite was compared.
    """

    direction: str
    cells: int
    moved: int
    whole: bool
    outputs: int
    equal: int
    before: float | None
    after: float | None

    @property
    def share(self) -> float:
        """Which part of the outputs compared is equal, 0 where none was."""
        return self.equal / self.outputs if self.outputs else 0.0


class Shifted(NamedTuple):
    """A shift with its arrays: the input and the maps (C, H, W), and which places are compared, along (rows, columns).

    `expected` are the maps that `maps` would be if the shift did what it should.
    """

    result: ShiftResult
    input: Array
    maps: Array
    expected: Array
    input_kept: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    maps_kept: tuple[NDArray[np.bool_], NDArray[np.bool_]]


def shift_test(
    layers: Sequence[Layer], x: Array, maps: Array, direction: str, cells: int, *, along: bool = False
) -> Shifted:
    """Shift `x` (C, H, W) by `cells` to the right or down, and compare what `layers` make of it with `maps`.

    `maps` are what the layers make of `x` itself. With `along` they are expected to move with the input, otherwise to
    stay. Raises ArgumentError for a shift that leaves nothing of the input.
    """
    axis = DIRECTIONS[direction]
    size = x.shape[1 + axis]
    if not 0 < cells < size:
        raise ArgumentError(f"a shift of {cells} leaves nothing of an input of {size} cells", argument="cells")
    records = Stack(layers).describe((x.shape[0], x.shape[1], x.shape[2]))
    moved_input = shifted(x, axis, cells)
    found = moved_input
    for layer in layers:
        found = layer.forward(found)

    step = _step(records, axis)
    moved = cells // step if along else 0
    expected = shifted(maps, axis, min(moved, maps.shape[1 + axis])) if moved else maps
    vacated = np.arange(size) < cells
    kept = ~touched(records, axis, vacated, padding=along)
    input_kept, maps_kept = _both(x.shape, axis, ~vacated), _both(maps.shape, axis, kept)
    here = found[:, maps_kept[0]][:, :, maps_kept[1]]
    there = expected[:, maps_kept[0]][:, :, maps_kept[1]]
    with np.errstate(invalid="ignore", over="ignore"):
        largest = np.abs(maps[np.isfinite(maps)]).max(initial=0.0)
        same = (here == there) | (np.abs(here - there) <= ROUNDING * largest) | (np.isnan(here) & np.isnan(there))
    result = ShiftResult(
        direction,
        cells,
        moved,
        moved * step == cells if along else True,
        outputs=here.size,
        equal=int(np.count_nonzero(same)),
        before=_mean_change(
            x[:, input_kept[0]][:, :, input_kept[1]], moved_input[:, input_kept[0]][:, :, input_kept[1]]
        ),
        after=_mean_change(here, there),
    )
    return Shifted(result, moved_input, found, expected, input_kept, maps_kept)


def shifted(x: Array, axis: int, cells: int) -> Array:
    """Return maps (C, H, W) moved by `cells` along rows (axis 0) or columns (1); the edge fills what is vacated."""
    index = np.maximum(np.arange(x.shape[1 + axis]) - cells, 0)
    return x.take(index, axis=1 + axis)


def touched(records: Sequence[LayerRecord], axis: int, flags: NDArray[np.bool_], *, padding: bool) -> NDArray[np.bool_]:
    """Return, along one axis, which outputs read at least one flagged cell, through all layers.

    `padding` says whether a cell of padding counts as flagged.
    """
    for record in records:
        if record.kernel_size is None:
            continue
        stride, dilation = record.stride or (1, 1), record.dilation or (1, 1)
        starts = np.arange(record.output_shape[1 + axis]) * stride[axis] - (record.pad or (0, 0, 0, 0))[2 * axis]
        found = np.zeros(len(starts), bool)
        for tap in range(record.kernel_size[axis]):
            cell = starts + tap * dilation[axis]
            inside = (cell >= 0) & (cell < len(flags))
            found |= np.where(inside, flags[np.clip(cell, 0, len(flags) - 1)], padding)
        flags = found
    return flags


def _step(records: Sequence[LayerRecord], axis: int) -> int:
    step = 1
    for record in records:
        step *= (record.stride or (1, 1))[axis]
    return step


def _both(shape: Sequence[int], axis: int, kept: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    every = np.ones(shape[2 - axis], bool)
    return (kept, every) if axis == 0 else (every, kept)


def _mean_change(a: Array, b: Array) -> float | None:
    with np.errstate(invalid="ignore", over="ignore"):
        change = np.abs(a.astype(np.float64) - b)
    change = change[np.isfinite(change)]
    return float(change.mean()) if change.size else None
