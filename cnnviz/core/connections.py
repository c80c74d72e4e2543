"""Three ways to connect the same input to the same output, from many weights to few.

Fully connected: every output looks at every input, each through a weight of its own. Locally connected: every output
looks at a small patch only, still through weights of its own. Convolution: the same patches, but all places of one
map share one kernel. The first step cuts connections, the second cuts weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cnnviz.core.shapes import Pair, Shape
from cnnviz.errors import ArgumentError

if TYPE_CHECKING:
    from fractions import Fraction

BYTES_PER_PARAMETER = 4  # float32


class Connection(NamedTuple):
    """What one way of connecting costs: exact integers, however large.

    `macs` are multiplications by a weight, one for each connection; taps on padding count, as they do in frameworks.
    """

    weights: int
    biases: int
    macs: int

    @property
    def total(self) -> int:
        """Weights and biases together."""
        return self.weights + self.biases

    @property
    def bytes(self) -> int:
        """Memory of the parameters as float32."""
        return self.total * BYTES_PER_PARAMETER

    def times(self, other: Connection) -> Fraction:
        """How many times as many parameters as `other` this has."""
        from fractions import Fraction

        return Fraction(self.total, other.total)


class Connections(NamedTuple):
    """The same layer connected in the three ways, between inputs and outputs of shape (C, H, W)."""

    input_shape: Shape
    output_shape: Shape
    kernel_size: Pair
    fully_connected: Connection
    locally_connected: Connection
    convolution: Connection


def compare(
    input_shape: Shape, output_shape: Shape, kernel_size: Pair, *, groups: int = 1, bias: bool = True
) -> Connections:
    """Count connections and parameters of one layer, connected fully, locally, and by convolution.

    Fully and locally connected layers have one bias for each output value, a convolution one for each output map.
    Raises ArgumentError where groups do not divide the channels.
    """
    channels, height, width = input_shape
    maps, rows, columns = output_shape
    if groups < 1 or channels % groups or maps % groups:
        raise ArgumentError(f"{groups} groups do not divide {channels} channels and {maps} maps", argument="groups")
    inputs, outputs = channels * height * width, maps * rows * columns
    kernel = channels // groups * kernel_size[0] * kernel_size[1]
    own_bias, shared_bias = (outputs, maps) if bias else (0, 0)
    return Connections(
        input_shape,
        output_shape,
        kernel_size,
        fully_connected=Connection(inputs * outputs, own_bias, inputs * outputs),
        locally_connected=Connection(outputs * kernel, own_bias, outputs * kernel),
        convolution=Connection(maps * kernel, shared_bias, outputs * kernel),
    )
