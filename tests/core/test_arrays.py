from __future__ import annotations

import numpy as np
import pytest

from cnnviz.core.arrays import MOST_BYTES, empty
from cnnviz.errors import MemoryLimitError


def test_an_array_to_be_filled():
    out = empty((2, 3), np.float64)
    assert out.shape == (2, 3)
    assert out.dtype == np.float64


def test_what_no_memory_holds_is_one_line_with_the_figure(monkeypatch):
    with pytest.raises(MemoryLimitError, match=r"4×70368744177664 values needs 1\.05e"):
        empty((4, MOST_BYTES // 4), np.float32)

    def refuse(*_):
        raise MemoryError

    monkeypatch.setattr(np, "empty", refuse)
    with pytest.raises(MemoryLimitError, match=r"1024×1024 values needs 0\.00391 GiB"):
        empty((1024, 1024), np.float32)
