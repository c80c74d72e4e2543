"""Activations: one function of one value, applied to every value by itself, as PyTorch defines them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnviz.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

CELLS = 1 << 18
"""Values that one thread takes at a time."""
SHARED = 1 << 20
"""Values from which on a second thread pays."""


class Activation(NamedTuple):
    """A function of one value: what it does in one line, and how, in place, on an array of floats."""

    name: str
    note: str
    apply: Callable[[NDArray[Any]], None]


def activate(x: ArrayLike, name: str) -> NDArray[Any]:
    """Return activation `name`, of `ACTIVATIONS`, of every value of `x`: a new array of `x`'s shape.

    float64 for float64 and longer floats, else float32. NaN stays NaN; no warning is given.

    Raises ArgumentError for an unknown name and for values that are not real numbers.
    """
    import numpy as np

    from cnnviz.core.arrays import numbers, working_type
    from cnnviz.core.threads import processors, spread
    from cnnviz.core.tiles import Tile, Worker, cut

    if not isinstance(name, str) or name not in ACTIVATIONS:
        raise ArgumentError(f"unknown activation {name!r}: use one of {', '.join(ACTIVATIONS)}", argument="activation")
    array = numbers(x, "x")
    with np.errstate(all="ignore"):
        out = np.array(array, working_type(array.dtype), order="C")
    flat, apply = out.reshape(-1), ACTIVATIONS[name].apply

    def start() -> Worker:
        return lambda tile: apply(flat[tile.left : tile.right])

    if flat.size:
        spread(start, cut(Tile(0, 0, 1, 0, flat.size), CELLS), processors() if flat.size >= SHARED else 1)
    return out


def _none(x: NDArray[Any]) -> None:
    pass


def _relu(x: NDArray[Any]) -> None:
    import numpy as np

    np.maximum(x, 0, out=x)


def _leaky_relu(x: NDArray[Any]) -> None:
    import numpy as np

    np.maximum(x, x * x.dtype.type(0.01), out=x)


def _elu(x: NDArray[Any]) -> None:
    import numpy as np

    below = np.expm1(np.minimum(x, 0))
    np.maximum(x, 0, out=x)
    x += below


def _sigmoid(x: NDArray[Any]) -> None:
    import numpy as np

    np.exp(-x, out=x)
    x += 1
    np.reciprocal(x, out=x)


def _silu(x: NDArray[Any]) -> None:
    import numpy as np

    x /= 1 + np.exp(-x)


def _softplus(x: NDArray[Any]) -> None:
    import numpy as np

    soft = np.log1p(np.exp(x))
    np.copyto(x, soft, where=~(x > 20))  # PyTorch's threshold, beyond which x itself is near enough.


def _tanh(x: NDArray[Any]) -> None:
    import numpy as np

    np.tanh(x, out=x)


def _abs(x: NDArray[Any]) -> None:
    import numpy as np

    np.abs(x, out=x)


ACTIVATIONS = {
    activation.name: activation
    for activation in (
        Activation("none", "x: the sum as it is", _none),
        Activation("relu", "max(0, x): negative values become 0", _relu),
        Activation("leaky-relu", "x, or 0.01 x where x is negative", _leaky_relu),
        Activation("elu", "x, or e^x − 1 where x is negative: never below −1", _elu),
        Activation("sigmoid", "1 / (1 + e^−x): between 0 and 1", _sigmoid),
        Activation("silu", "x / (1 + e^−x): x times its own sigmoid", _silu),
        Activation("softplus", "log(1 + e^x): a relu without the corner", _softplus),
        Activation("tanh", "tanh x: between −1 and 1", _tanh),
        Activation("abs", "|x|: the sign is dropped", _abs),
    )
}
"""Every activation by its name."""
