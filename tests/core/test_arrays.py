from __future__ import annotations

import numpy as np
import pytest

from cnnviz.core.arrays import LINE, MOST_BYTES, aligned, empty
from cnnviz.errors import MemoryLimitError


def test_an_array_to_be_filled():
    out = empty((2, 3), np.float64)
    assert out.shape == (2, 3)
    assert out.dtype == np.float64
    assert out.flags.c_contiguous


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_an_array_begins_with_a_cache_line(dtype):
    for size in range(1, 200, 7):
        out = aligned((size, 3), dtype)
        assert out.ctypes.data % LINE == 0
        assert (out.shape, out.dtype) == ((size, 3), dtype)
        out[...] = 1


def test_what_no_memory_holds_is_one_line_with_the_figure(monkeypatch):
    with pytest.raises(MemoryLimitError, match=r"4×70368744177664 values needs 1\.05e"):
        empty((4, MOST_BYTES // 4), np.float32)

    def refuse(*_):
        raise MemoryError

    monkeypatch.setattr(np, "empty", refuse)
    with pytest.raises(MemoryLimitError, match=r"1024×1024 values needs 0\.00391 GiB"):
        empty((1024, 1024), np.float32)
