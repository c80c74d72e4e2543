"""The core against PyTorch's results in reference/torch.npz, which reference/make_reference.py made."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import cnnviz
from cnnviz.core.activation import ACTIVATIONS, activate

with np.load(Path(__file__).parent / "reference" / "torch.npz") as file:
    ARRAYS = {name: file[name] for name in file.files}
CASES = json.loads(str(ARRAYS["cases"]))


def cases(function):
    return pytest.mark.parametrize("number", [i for i, case in enumerate(CASES) if case["function"] == function])


def call(number):
    """Return the arrays of a case, its options, and what PyTorch gave."""
    case = CASES[number]
    return {name: ARRAYS[key] for name, key in case["arrays"].items()}, case["options"], ARRAYS[f"out {number}"]


def assert_close(result, expected, scale):
    """Same type, same NaN and infinities, and all else within the contract's share of `scale`."""
    assert result.dtype == expected.dtype
    assert result.shape == expected.shape
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(np.where(finite, 0, result), np.where(finite, 0, expected))
    error = np.abs(result[finite] - expected[finite]).max(initial=0)
    assert error <= (1e-5 if expected.dtype == np.float32 else 1e-12) * scale


def largest(values):
    return np.abs(values[np.isfinite(values)]).max()


@cases("conv2d")
def test_conv2d(number):
    arrays, options, expected = call(number)
    magnitudes = cnnviz.conv2d(*(np.abs(array) for array in arrays.values()), **options)
    assert_close(cnnviz.conv2d(**arrays, **options), expected, largest(magnitudes))


@cases("pool2d")
def test_pool2d(number):
    arrays, options, expected = call(number)
    assert_close(cnnviz.pool2d(**arrays, **options), expected, largest(expected))
    if options["mode"] == "max":
        mirrored = cnnviz.pool2d(-arrays["x"], **{**options, "mode": "min"})
        np.testing.assert_array_equal(-mirrored, expected)


@cases("activate")
def test_activate(number):
    arrays, options, expected = call(number)
    assert_close(activate(**arrays, **options), expected, 1)


def test_every_activation_is_compared():
    assert {case["options"]["name"] for case in CASES if case["function"] == "activate"} == set(ACTIVATIONS)
