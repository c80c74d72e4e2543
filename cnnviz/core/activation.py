"""Activations: one function on every value by itself, after a layer's sum. As PyTorch defines them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnviz.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Activation:
    """A function of one value: what it does in one line, and how it does it in place on an array of floats."""

    name: str
    note: str
    apply: Callable[[NDArray[Any]], None]


def _relu(x: NDArray[Any]) -> None:
    import numpy as np

    np.maximum(x, 0, out=x)


def _leaky_relu(x: NDArray[Any]) -> None:
    import numpy as np

    np.multiply(x, x.dtype.type(0.01), out=x, where=x < 0)


def _sigmoid(x: NDArray[Any]) -> None:
    import numpy as np

    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1
    np.reciprocal(x, out=x)


def _tanh(x: NDArray[Any]) -> None:
    import numpy as np

    np.tanh(x, out=x)


def _abs(x: NDArray[Any]) -> None:
    import numpy as np

    np.abs(x, out=x)


def _none(x: NDArray[Any]) -> None:
    pass


ACTIVATIONS = {
    entry.name: entry
    for entry in (
        Activation("none", "the sum as it is", _none),
        Activation("relu", "max(0, x): negative values become 0", _relu),
        Activation("leaky-relu", "x, or 0.01 x where x is negative", _leaky_relu),
        Activation("sigmoid", "1 / (1 + e^-x): between 0 and 1", _sigmoid),
        Activation("tanh", "tanh x: between -1 and 1", _tanh),
        Activation("abs", "|x|: the sign is dropped", _abs),
    )
}


def activate(x: ArrayLike, name: str) -> NDArray[Any]:
    """Return activation `name` of every value of `x`, in a new array of `x`'s shape."""
    import numpy as np

    from cnnviz.core.arrays import numbers, working_type

    if name not in ACTIVATIONS:
        raise ArgumentError(
            f"unknown activation {name!r}: use one of {', '.join(ACTIVATIONS)}", argument="activation"
        )
    array = numbers(x, "x")
    out = np.array(array, working_type(array.dtype), order="C")
    with np.errstate(all="ignore"):
        ACTIVATIONS[name].apply(out)
    return out
