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


def strip_width(rows: int, inner: int) -> int:
    """Return how many columns to give a product (rows, inner) @ (inner, columns)."""
    return max((MATRIX if rows > 1 else VECTOR) // (rows * inner), 1)


def is_heavy(rows: int, inner: int) -> bool:
    """Return whether strips would be too narrow to be fast: better one large product, and BLAS's own threads."""
    return strip_width(rows, inner) < 16


def blas_is_threaded() -> bool:
    """Return whether BLAS may have threads of its own, as far as the environment tells."""
    return os.environ.get("OPENBLAS_NUM_THREADS", os.environ.get("OMP_NUM_THREADS")) != "1"


def multiply(a: NDArray[Any], b: NDArray[Any], out: NDArray[Any]) -> None:
    """Write `a @ b` into `out`; `b` and `out` are (G, …, columns) with rows that are contiguous."""
    rows, inner = a.shape[1:]
    columns = b.shape[2]
    width = columns if is_heavy(rows, inner) or not blas_is_threaded() else min(strip_width(rows, inner), columns)
    strips = columns // width
    done = strips * width

    def stripes(array: NDArray[Any]) -> NDArray[Any]:
        group, row, cell = array.strides
        return as_strided(array, (array.shape[0], strips, array.shape[1], width), (group, width * cell, row, cell))

    np.matmul(a[:, None], stripes(b), out=stripes(out))
    if done < columns:
        np.matmul(a, b[..., done:], out=out[..., done:])


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
