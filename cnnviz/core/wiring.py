"""A layer on a single row of neurons: which inputs does an output look at?

The smallest picture of a convolution: a row of inputs, a row of outputs, and lines between them. Connected fully,
every output looks at every input. Connected locally, it looks at `kernel` neighbours; and the only difference between
a locally connected layer and a convolution is that the lines of the convolution share their weights.
"""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.core import shapes
from cnnviz.core.connections import Connections, compare


@dataclass(frozen=True, slots=True)
class Row:
    """A window of `kernel` taps over `inputs` neurons with `before` and `after` neurons of padding at the ends."""

    inputs: int
    outputs: int
    kernel: int
    stride: int = 1
    before: int = 0
    after: int = 0
    dilation: int = 1

    @classmethod
    def of(
        cls, inputs: int, kernel: int, *, stride: int = 1, pad: int | tuple[int, int] | str = 0, dilation: int = 1
    ) -> Row:
        """Return the row with as many outputs as the window gives; raises ArgumentError where it does not fit."""
        before, after = shapes.axis_pad(inputs, kernel, stride=stride, pad=pad, dilation=dilation)
        outputs = shapes.output_size(inputs, kernel, stride=stride, pad=(before, after), dilation=dilation)
        return cls(inputs, outputs, kernel, stride, before, after, dilation)

    def patch(self, output: int) -> range:
        """Return the inputs that an output looks at, tap by tap; below 0 or from `inputs` on it is padding."""
        start = output * self.stride - self.before
        return range(start, start + self.kernel * self.dilation, self.dilation)

    def centre(self, output: int) -> float:
        """Return the middle of the patch of an output, in inputs."""
        patch = self.patch(output)
        return (patch[0] + patch[-1]) / 2

    def count(self, *, bias: bool) -> Connections:
        """Count connections and parameters, connected fully, locally and by convolution."""
        return compare((1, 1, self.inputs), (1, 1, self.outputs), (1, self.kernel), bias=bias)
