"""Which figures `cnnviz diagram` has, in one table, and the options that say what shapes they show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from cnnviz.cli.grouping import option
from cnnviz.cli.options import Kernels

if TYPE_CHECKING:
    from cnnviz.draw.scene import Scene


class Diagram(NamedTuple):
    """A figure: what it shows, the options that it takes, and the input it has where none is given."""

    shows: str
    takes: frozenset[str]
    input: str = ""


NEURONS = frozenset({"neurons", "kernel_size", "stride", "pad", "dilation", "bias"})
CONV = frozenset({"input", "kernel", "filters", "kernel_size", "stride", "pad", "dilation", "bias"})
POOL = frozenset({"input", "pool", "pool_size", "pool_stride", "pool_pad", "pool_dilation", "pool_ceil"})
POOL |= {"pool_exclude_pad", "pool_global", "p"}

DIAGRAMS = {
    "fully-connected": Diagram("every output looks at every input", NEURONS),
    "local": Diagram("every output looks at its neighbours only", NEURONS),
    "shared": Diagram("the same neighbours, the same weights at every place", NEURONS),
    "weight-sharing": Diagram("these three side by side, with what each costs", NEURONS),
    "convolution": Diagram("one output cell and the patch it is computed from", CONV - {"filters"}, "1x7x7"),
    "channels": Diagram("one kernel spans all channels and gives one map", CONV - {"filters"}, "3x224x224"),
    "filters": Diagram("each kernel gives one map", CONV, "3x224x224"),
    "pooling": Diagram("smaller maps, as many of them, no parameters", POOL, "8x222x222"),
}
"""Every figure by name."""

_SHAPES = "Shapes"


class ShapeOptions(NamedTuple):
    """What is drawn where no picture says it."""

    neurons: Annotated[
        int | None, option("--inputs", metavar="N", panel=_SHAPES, help="Input neurons of a row. (default: 7)")
    ] = None
    input: Annotated[
        str | None,
        option("--input", metavar="CxHxW", panel=_SHAPES, help="Input shape of a block. (default: 3x224x224)"),
    ] = None
    kernel: Kernels = None
    filters: Annotated[
        int | None, option("--filters", metavar="N", panel=_SHAPES, help="Kernels of a bank. (default: 8)")
    ] = None
    kernel_size: Annotated[
        str | None, option("--kernel-size", metavar="N|H,W", panel=_SHAPES, help="Kernel size. (default: 3)")
    ] = None
    stride: Annotated[
        str | None, option("--stride", "-s", metavar="N|H,W", panel=_SHAPES, help="From place to place. (default: 1)")
    ] = None
    pad: Annotated[
        str | None, option("--pad", "-p", metavar="PAD", panel=_SHAPES, help="Padding, as in conv. (default: 0)")
    ] = None
    dilation: Annotated[
        str | None, option("--dilation", metavar="N|H,W", panel=_SHAPES, help="From tap to tap. (default: 1)")
    ] = None
    bias: Annotated[
        bool | None,
        option(
            "--bias/--no-bias",
            panel=_SHAPES,
            help="Count biases, or leave them out with --no-bias. (default: in blocks, not between neurons)",
        ),
    ] = None


class Drawn(NamedTuple):
    """A figure, its numbers in print and as JSON, and the shapes it shows."""

    figure: Scene
    lines: Sequence[Any]
    json: dict[str, Any]
    shapes: Sequence[Sequence[int]] = ()
