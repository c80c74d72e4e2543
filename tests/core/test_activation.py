from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from cnnviz.core import activation
from cnnviz.core.activation import ACTIVATIONS, activate
from cnnviz.errors import ArgumentError

BY_HAND = {
    "none": ([-2, 0, 3], [-2, 0, 3]),
    "relu": ([-2, 0, 3], [0, 0, 3]),
    "leaky-relu": ([-2, 0, 3], [-0.02, 0, 3]),
    "elu": ([-1, 0, 3], [1 / math.e - 1, 0, 3]),
    "sigmoid": ([-math.log(3), 0, math.log(3)], [0.25, 0.5, 0.75]),
    "silu": ([-math.log(3), 0, math.log(3)], [-math.log(3) / 4, 0, math.log(3) * 0.75]),
    "softplus": ([0, math.log(3), 30], [math.log(2), math.log(4), 30]),
    "tanh": ([0, math.log(2), 50], [0, 0.6, 1]),
    "abs": ([-2, 0, 3], [2, 0, 3]),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_by_hand(name):
    x, expected = BY_HAND[name]
    np.testing.assert_allclose(activate(np.array(x, float), name), expected, rtol=1e-14, atol=1e-16)
    assert ACTIVATIONS[name].name == name
    assert "\n" not in ACTIVATIONS[name].note


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_one_value_at_a_time_without_a_warning_or_a_change_of_the_input(name, monkeypatch):
    x = np.array([[np.nan, np.inf, -np.inf], [1e30, -1e30, 0], [90, -90, 2]], np.float32)
    before = x.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out = activate(x, name)
        monkeypatch.setattr(activation, "CELLS", 2)
        np.testing.assert_array_equal(activate(x, name), out)
    np.testing.assert_array_equal(x, before)
    assert out.shape == x.shape
    assert np.isnan(out[0, 0])
    assert not np.isnan(out[0, 1])
    # Turned around, the values are the same: none depends on its neighbours or on the order in memory.
    np.testing.assert_array_equal(activate(x.T, name), out.T)
    assert activate(x.T, name).flags.c_contiguous


@pytest.mark.parametrize(
    ("given", "expected"),
    [(np.float64, np.float64), (np.float16, np.float32), (np.uint8, np.float32), (np.bool_, np.float32)],
)
def test_types(given, expected):
    assert activate(np.ones((1, 2, 2), given), "relu").dtype == expected


def test_errors():
    with pytest.raises(ArgumentError, match="leaky-relu") as caught:
        activate(np.ones(3), "rectify")
    assert caught.value.argument == "activation"
    with pytest.raises(ArgumentError, match="real numbers"):
        activate(np.ones(3) * 1j, "relu")
