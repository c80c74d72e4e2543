"""Work in tiles: pieces of the output small enough to stay in the processor's cache."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from cnnviz.core.arrays import aligned
from cnnviz.core.shapes import Pair

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray


class Tile(NamedTuple):
    """Rows and columns, the ends not included, of the output maps of one image of the batch."""

    image: int
    top: int
    bottom: int
    left: int
    right: int

    @property
    def size(self) -> Pair:
        """(height, width)."""
        return self.bottom - self.top, self.right - self.left

    @property
    def cells(self) -> int:
        """How many outputs of each map it holds."""
        return (self.bottom - self.top) * (self.right - self.left)


Worker: TypeAlias = Callable[[Tile], None]


class Scratch:
    """Arrays by name that are used again from tile to tile: fresh memory costs more than what is done with it."""

    def __init__(self, dtype: DTypeLike) -> None:
        self._dtype = dtype
        self._memory: dict[str, NDArray[Any]] = {}

    def __call__(self, name: str, *shape: int) -> NDArray[Any]:
        """Return a contiguous array of that shape, with whatever was in it."""
        count = prod(shape)
        if name not in self._memory or self._memory[name].size < count:
            # The next tile may have a row more.
            self._memory[name] = aligned((count + count // 8,), self._dtype)
        return self._memory[name][:count].reshape(shape)


def cut(tile: Tile, cells: int, *, block: int = 1, share: int = 1, widest: int | None = None) -> list[Tile]:
    """Cut a tile into pieces of at most about `cells` cells: whole rows where they fit, else parts of `block` rows.

    No piece has more than `widest` columns. All but the lowest are a multiple of `block` rows high. The number of
    pieces down is a multiple of `share` where there are rows enough, so that each thread has its fair part.
    """
    height, width = tile.size
    blocks = -(-height // block)
    down, across = _pieces(tile.size, cells, block, share, widest)
    rows = [tile.top + min(blocks * i // down * block, height) for i in range(down + 1)]
    columns = [tile.left + width * i // across for i in range(across + 1)]
    return [
        Tile(tile.image, top, bottom, left, right)
        for top, bottom in pairwise(rows)
        for left, right in pairwise(columns)
    ]


def largest_piece(size: Pair, cells: int, *, block: int = 1, widest: int | None = None) -> Pair:
    """Return (height, width) of the largest piece that `cut` makes of a tile of that size, in whole blocks of rows.

    None is made for it: there may be more than fit into memory.
    """
    down, across = _pieces(size, cells, block, 1, widest)
    return -(-size[0] // (down * block)) * block, -(-size[1] // across)


def _pieces(size: Pair, cells: int, block: int, share: int, widest: int | None) -> Pair:
    """Return how many pieces `cut` makes, (down, across)."""
    height, width = size
    across = -(-width // min(max(cells // block, 1), widest or width))
    blocks = -(-height // block)
    down = -(-blocks // max(cells // (-(-width // across) * block), 1))
    return min(-(-down // share) * share, blocks), across
