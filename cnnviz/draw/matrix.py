"""A matrix as cells: a fill for every value, a lattice, numbers where they fit, and padding that looks like padding.

Traces and animations are made of these. Padding is hatched everywhere, its numbers muted and a little smaller.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cnnviz.draw import palette, scene, style, text
from cnnviz.draw.tiles import lattice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_OF_CELL = 0.42  # how much of a cell's height its number may take
SMALLER = 2.0  # px that numbers of padding are smaller
PATCH = 2.0  # px of calm around a number on hatch
DASH = (4.0, 3.0)


class Cells(NamedTuple):
    """A matrix at a place. `fills` is (rows, columns, 3) uint8, `texts` a string for each cell, "" for none."""

    x: float
    y: float
    cell: float
    fills: NDArray[np.uint8]
    texts: Sequence[str] | None = None
    size: float = style.FLOOR
    padding: NDArray[np.bool_] | None = None
    bold: Container[int] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        rows, columns = self.fills.shape[:2]
        return rows, columns

    @property
    def width(self) -> float:
        """In logical pixels."""
        return self.shape[1] * self.cell

    @property
    def height(self) -> float:
        """In logical pixels."""
        return self.shape[0] * self.cell

    @property
    def middle(self) -> float:
        """Half its height."""
        return self.y + self.height / 2

    def box(self, row: float, column: float, rows: float = 1, columns: float = 1) -> scene.Box:
        """Return (x, y, width, height) of some of its cells."""
        return self.x + column * self.cell, self.y + row * self.cell, columns * self.cell, rows * self.cell

    def items(self) -> list[scene.Item]:
        """Return what draws it, without a frame."""
        out: list[scene.Item] = [scene.Image(self.x, self.y, self.width, self.height, self.fills)]
        if self.padding is not None:
            out += [scene.Hatch(*self.box(*area)) for area in areas(self.padding)]
        if self.cell >= style.LATTICE_FROM:
            out.append(lattice(self.x, self.y, self.shape, self.cell))
        for i, string in enumerate(self.texts or ()):
            if string:
                out += self._number(i, string)
        return out

    def frame(self, colour: str, line: float = style.ROLE_FRAME) -> scene.Rect:
        """Return the frame of the whole matrix."""
        return scene.Rect(self.x, self.y, self.width, self.height, stroke=colour, line=line)

    def _number(self, i: int, string: str) -> Iterator[scene.Item]:
        row, column = divmod(i, self.shape[1])
        x = self.x + (column + 0.5) * self.cell
        if self.padding is not None and self.padding[row, column]:
            size, colour = self.size - SMALLER, style.MUTED
            half = text.width(string, size) / 2 + PATCH
            high = style.CAP * size + 2 * PATCH
            middle = self.y + (row + 0.5) * self.cell
            yield scene.Rect(x - half, middle - high / 2, 2 * half, high, fill=style.PANEL)
        else:
            red, green, blue = (int(v) for v in self.fills[row, column])
            size, colour = self.size, palette.ink_on((red, green, blue))
        y = self.y + row * self.cell + (self.cell + style.CAP * size) / 2
        yield scene.Text(x, y, string, size, colour, bold=i in self.bold, anchor="middle")


def areas(mask: NDArray[np.bool_]) -> list[tuple[int, int, int, int]]:
    """Return the true cells of a mask as rectangles (row, column, rows, columns), few for a ring."""
    found: list[tuple[int, int, int, int]] = []
    open_runs: dict[tuple[int, int], int] = {}  # (first, end) of a run: the row it began in
    rows = mask.shape[0]
    for row in range(rows + 1):
        runs = set(_runs(mask[row])) if row < rows else set()
        for run in [r for r in open_runs if r not in runs]:
            began = open_runs.pop(run)
            found.append((began, run[0], row - began, run[1] - run[0]))
        for run in runs:
            open_runs.setdefault(run, row)
    return sorted(found)


def _runs(line: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    start = None
    for i, on in enumerate([*line.tolist(), False]):
        if on and start is None:
            start = i
        elif not on and start is not None:
            yield start, i
            start = None


def number_size(texts: Iterable[str], cell: float, *, bold: bool = False) -> float | None:
    """Return the largest size at which every text fits its cell; None where none does, or the cell is too small."""
    if cell < style.NUMBERS_FROM:
        return None
    different = set(texts)
    for size in style.CELL_SIZES:
        if size <= MOST_OF_CELL * cell and _widest(different, size, bold) <= cell - 2 * style.CELL_CLEAR:
            return size
    return None


def cell_for(texts: Iterable[str], cell: float, most: float) -> float:
    """Return the smallest whole cell, from `cell` to `most`, that every text fits; `cell` where none does."""
    different = list(texts)
    for larger in range(round(cell), int(most) + 1):
        if number_size(different, larger):
            return float(larger)
    return cell


def _widest(texts: Iterable[str], size: float, bold: bool) -> float:
    return max((text.width(t, size, bold=bold) for t in texts), default=0.0)


def outline(x: float, y: float, width: float, height: float, colour: str, line: float = 3.0) -> list[scene.Item]:
    """Return the frame of a window or of the current cell, with white on both sides: it shows on any fill."""
    return [
        scene.Rect(x, y, width, height, stroke=style.PAGE, line=line + 2),
        scene.Rect(x, y, width, height, stroke=colour, line=line),
    ]


def padding_frame(x: float, y: float, width: float, height: float) -> scene.Rect:
    """Return the dashed frame round an input and its padding."""
    return scene.Rect(x, y, width, height, stroke=style.MUTED, line=1.0, dash=DASH)
