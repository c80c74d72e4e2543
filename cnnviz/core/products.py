"""Matrix products that run on the thread that asks for them.

BLAS starts threads of its own for all but small products. Under two of our threads, or on a busy machine, these wait
for each other and a product takes ten times as long; and their number is not ours to set. So products are cut into
strips too small for BLAS to share out, which NumPy multiplies one after the other in one call. Where BLAS has one
thread only, as the command line asks of it, they stay whole.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

if TYPE_CHECKING:
    from numpy.typing import NDArray

MATRIX = 1 << 18
"""Multiplications up to which OpenBLAS multiplies two matrices on one thread."""
VECTOR = 9 * 1024 - 1
"""The same for a matrix with a vector; a dot product may be a little longer."""
SMALL = 1000000
"""Multiplications up to which OpenBLAS multiplies two matrices as they lie, without bringing them together first."""
LOWEST = 16
"""Rows below which a piece of a product is slower than the whole."""


def strip_width(rows: int, inner: int) -> int:
    """Return how many columns to give a product (rows, inner) @ (inner, columns)."""
    return max(_on_one_thread(rows) // (rows * inner), 1)


def _on_one_thread(rows: int) -> int:
    return MATRIX if rows > 1 else VECTOR


def is_heavy(rows: int, inner: int) -> bool:
    """Return whether strips would be too narrow to be fast: better one large product, and BLAS's own threads."""
    return strip_width(rows, inner) < 16


def blas_is_threaded() -> bool:
    """Return whether BLAS may have threads of its own, as far as the environment tells."""
    return os.environ.get("OPENBLAS_NUM_THREADS", os.environ.get("OMP_NUM_THREADS")) != "1"


def workers(rows: int, inner: int, threads: int) -> int:
    """Return how many of our `threads` may share products: one where BLAS has its own for them, and ours would wait."""
    return 1 if is_heavy(rows, inner) and blas_is_threaded() else threads


def multiply(a: NDArray[Any], b: NDArray[Any], out: NDArray[Any]) -> None:
    """Write `a @ b` into `out`: matrices (…, rows, columns), where those of `b` and `out` have contiguous rows."""
    (rows, inner), columns = a.shape[-2:], b.shape[-1]
    height, width = _piece(rows, inner, columns)
    for down, high in _runs(rows, height):
        for across, wide in _runs(columns, width):
            np.matmul(
                _pieces(a[..., down, :], high, inner),
                _pieces(b[..., across], inner, wide),
                out=_pieces(out[..., down, across], high, wide),
            )


def _piece(rows: int, inner: int, columns: int) -> tuple[int, int]:
    """Return how many rows and columns of a product to multiply at once."""
    threaded = blas_is_threaded()
    most = (_on_one_thread(rows) if threaded else SMALL) // (inner * columns)
    if most >= min(rows, LOWEST):
        pieces = -(-rows // most)
        return -(-rows // pieces), columns
    if threaded and not is_heavy(rows, inner):
        return rows, min(strip_width(rows, inner), columns)
    return rows, columns


def _runs(count: int, piece: int) -> list[tuple[slice, int]]:
    """Return what to cut into equal pieces, and how large each is: all that are whole, then the rest."""
    done = count // piece * piece
    return [(slice(done), piece)] + [(slice(done, count), count - done)] * (done < count)


def _pieces(array: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """Return matrices (…, rows, columns) as (…, down, across, height, width)."""
    *lead, rows, columns = array.shape
    *steps, row, cell = array.strides
    shape = (*lead, rows // height, columns // width, height, width)
    return as_strided(array, shape, (*steps, height * row, width * cell, row, cell))


def is_finite(array: NDArray[Any]) -> bool:
    """Return whether a contiguous array holds neither NaN nor infinity, nor values whose squares do not fit.

    Dot products with itself, the cheapest pass there is.
    """
    flat = array.reshape(-1)
    done = flat.size // VECTOR * VECTOR
    strips, rest = flat[:done].reshape(-1, 1, VECTOR), flat[done:]
    with np.errstate(all="ignore"):
        squares = np.matmul(strips, strips.swapaxes(1, 2))
        return bool((squares < np.inf).all() and np.dot(rest, rest) < np.inf)
