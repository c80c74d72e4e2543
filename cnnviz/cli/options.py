"""Options that several commands share, written once, in groups that a command takes whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, NamedTuple

import typer

from cnnviz.cli.grouping import option
from cnnviz.core.activation import ACTIVATIONS
from cnnviz.core.channels import CHANNELS
from cnnviz.core.padding import PAD_MODES
from cnnviz.core.pool import POOLS
from cnnviz.core.shapes import PAD_NAMES
from cnnviz.draw.palette import PALETTES
from cnnviz.kernels.presets import KERNELS

NORMALIZE = ("auto", "shared", "each")
LAYOUTS = ("chw", "hwc")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT",
        show_default=False,
        help="A picture, saved maps (.npz, .npy), a matrix (.csv, .txt), or - for standard input.",
    ),
]

_INPUT = "Input"
Layout = Annotated[
    str | None,
    option(
        "--layout",
        metavar="chw|hwc",
        panel=_INPUT,
        values=LAYOUTS,
        help="How a 3-D array from elsewhere lies: channels first or last.",
    ),
]
MaxMemory = Annotated[
    str | None,
    option(
        "--max-memory",
        metavar="SIZE",
        panel=_INPUT,
        help="Refuse what would need more, like 2GiB or 500MB. (default: half of the machine's)",
    ),
]


class InputOptions(NamedTuple):
    """How an input is read, and what is done to it before the first layer."""

    crop: Annotated[
        str | None, option("--crop", metavar="ROW,COL,HxW", panel=_INPUT, help="Take this part of it, first of all.")
    ] = None
    resize: Annotated[
        str | None,
        option("--resize", metavar="HxW|N", panel=_INPUT, help="Then resize a picture; N is its longer side."),
    ] = None
    gray: Annotated[
        bool, option("--gray", "--grey", panel=_INPUT, help="Then turn a colour picture grey (ITU-R 601 luma).")
    ] = False
    layout: Layout = None
    max_memory: MaxMemory = None


_CONV = "Convolution"
Kernels = Annotated[
    list[str] | None,
    option(
        "--kernel",
        "-k",
        metavar="K",
        panel=_CONV,
        values=KERNELS,
        help="A preset (sobel, gaussian:5,sigma=1.4, …; see 'cnnviz kernels'), a matrix in quotes "
        '("1 0 -1; 2 0 -2; 1 0 -1"), or a file. Repeat it for more maps.',
    ),
]
Channels = Annotated[
    str | None,
    option(
        "--channels",
        metavar="|".join(CHANNELS),
        panel=_CONV,
        values=CHANNELS,
        help="How a 2-D kernel meets several channels: kernel ÷ C on each and added up, the kernel itself on each "
        "and added up, or each channel by itself. (default: mean for pictures, each for maps)",
    ),
]
Depthwise = Annotated[bool, option("--depthwise", panel=_CONV, help="The other name of --channels each.")]
Dilation = Annotated[
    str,
    option(
        "--dilation",
        metavar="N|H,W",
        panel=_CONV,
        help="Spacing of a kernel's cells; 2 leaves one out between. (default: 1)",
    ),
]
Groups = Annotated[
    int | None,
    option("--groups", metavar="G", panel=_CONV, help="Groups of channels, for 4-D kernels (files). (default: 1)"),
]


class ConvOptions(NamedTuple):
    """The convolution layer."""

    kernel: Kernels = None
    channels: Channels = None
    depthwise: Depthwise = False
    pad: Annotated[
        str,
        option(
            "--pad",
            "-p",
            metavar="PAD",
            panel=_CONV,
            values=PAD_NAMES,
            help="Padding: 1, 1,2 (height,width), 1,2,3,4 (top,bottom,left,right), top=1,left=2, "
            f"{_listed(PAD_NAMES)}. (default: 0)",
        ),
    ] = "0"
    pad_mode: Annotated[
        str,
        option(
            "--pad-mode",
            metavar="MODE",
            panel=_CONV,
            values=PAD_MODES,
            help=f"What padding is filled with: {_listed(PAD_MODES)}. (default: constant)",
        ),
    ] = "constant"
    pad_value: Annotated[
        str | None,
        option("--pad-value", metavar="X", panel=_CONV, help="The fixed value of constant padding. (default: 0)"),
    ] = None
    stride: Annotated[
        str,
        option(
            "--stride", "-s", metavar="N|H,W", panel=_CONV, help="Cells that the kernel moves at a time. (default: 1)"
        ),
    ] = "1"
    dilation: Dilation = "1"
    groups: Groups = None
    bias: Annotated[
        str | None,
        option("--bias", metavar="B", panel=_CONV, help="One number, or one for each map: 0.1,0,-0.2. (default: 0)"),
    ] = None
    no_bias: Annotated[bool, option("--no-bias", panel=_CONV, help="A layer without bias.")] = False
    flip: Annotated[
        bool,
        option("--flip", panel=_CONV, help="Turn kernels by 180°: convolution as signal processing means it."),
    ] = False
    magnitude: Annotated[
        bool,
        option("--magnitude", panel=_CONV, help="Join each pair of x and y maps into √(x² + y²)."),
    ] = False
    activation: Annotated[
        str,
        option(
            "--activation",
            "-a",
            metavar="NAME",
            panel=_CONV,
            values=ACTIVATIONS,
            help=f"Applied to every value: {_listed(ACTIVATIONS)}. (default: none)",
        ),
    ] = "none"


_POOL = "Pooling"
_MODE_HELP = "; ".join(f"{name}: {mode.note}" for name, mode in POOLS.items())


class AlsoPoolOptions(NamedTuple):
    """Pooling in the same run as a convolution."""

    pool: Annotated[
        str | None,
        option(
            "--pool",
            metavar="|".join(POOLS),
            panel=_POOL,
            values=POOLS,
            help="Pool the maps as well (size 2, stride as size).",
        ),
    ] = None
    pool_size: Annotated[
        str | None, option("--pool-size", metavar="N|H,W", panel=_POOL, help="Window size. (default: 2)")
    ] = None
    pool_stride: Annotated[
        str | None,
        option(
            "--pool-stride",
            metavar="N|H,W",
            panel=_POOL,
            help="Cells that the window moves at a time. (default: its size)",
        ),
    ] = None
    pool_pad: Annotated[
        str | None, option("--pool-pad", metavar="PAD", panel=_POOL, help="Padding, as --pad. (default: 0)")
    ] = None
    pool_dilation: Annotated[
        str | None,
        option("--pool-dilation", metavar="N|H,W", panel=_POOL, help="Spacing of the window's cells. (default: 1)"),
    ] = None
    pool_ceil: Annotated[bool, option("--pool-ceil", panel=_POOL, help="Let a last window hang over the end.")] = False
    pool_exclude_pad: Annotated[
        bool, option("--pool-exclude-pad", panel=_POOL, help="Leave padding out of the mean (avg).")
    ] = False
    p: Annotated[
        float | None, option("--p", metavar="P", panel=_POOL, help="The power of lp pooling. (default: 2)")
    ] = None
    pool_global: Annotated[bool, option("--pool-global", panel=_POOL, help="One window over the whole map.")] = False


class PoolOptions(NamedTuple):
    """Pooling as a command of its own."""

    mode: Annotated[
        str,
        option(
            "--mode", "-m", metavar="|".join(POOLS), panel=_POOL, values=POOLS, help=f"{_MODE_HELP}. (default: max)"
        ),
    ] = "max"
    size: Annotated[str | None, option("--size", metavar="N|H,W", panel=_POOL, help="Window size. (default: 2)")] = None
    stride: Annotated[
        str | None,
        option(
            "--stride",
            "-s",
            metavar="N|H,W",
            panel=_POOL,
            help="Cells that the window moves at a time. (default: its size)",
        ),
    ] = None
    pad: Annotated[
        str | None,
        option(
            "--pad",
            "-p",
            metavar="PAD",
            panel=_POOL,
            values=PAD_NAMES,
            help=f"Padding, at most half a window: 1, 1,2, 1,2,3,4, top=1, {_listed(PAD_NAMES)}. (default: 0)",
        ),
    ] = None
    dilation: Annotated[
        str | None,
        option("--dilation", metavar="N|H,W", panel=_POOL, help="Spacing of the window's cells. (default: 1)"),
    ] = None
    ceil: Annotated[bool, option("--ceil", panel=_POOL, help="Let a last window hang over the end.")] = False
    exclude_pad: Annotated[bool, option("--exclude-pad", panel=_POOL, help="Leave padding out of the mean (avg).")] = (
        False
    )
    p: Annotated[
        float | None, option("--p", metavar="P", panel=_POOL, help="The power of lp pooling. (default: 2)")
    ] = None
    global_: Annotated[
        bool, option("--global", panel=_POOL, help="One window over the whole map: one value for each.")
    ] = False


_GRID = "Picture"


class GridOptions(NamedTuple):
    """How the grid of maps looks."""

    normalize: Annotated[
        str,
        option(
            "--normalize",
            metavar="|".join(NORMALIZE),
            panel=_GRID,
            values=NORMALIZE,
            help="One colour scale for all maps, or one each. (default: auto)",
        ),
    ] = "auto"
    range: Annotated[
        str | None,
        option("--range", metavar="LO,HI", panel=_GRID, help="A fixed colour scale, to compare runs."),
    ] = None
    palette: Annotated[
        str | None,
        option("--palette", metavar="NAME", panel=_GRID, values=PALETTES, help=f"{_listed(PALETTES)}."),
    ] = None
    columns: Annotated[int | None, option("--columns", metavar="N", panel=_GRID, help="Tiles in a row.")] = None
    no_labels: Annotated[bool, option("--no-labels", panel=_GRID, help="Tiles without words.")] = False
    scale: Annotated[
        float | None,
        option("--scale", metavar="X", panel=_GRID, help="Picture pixels per cell; 1 shows every pixel."),
    ] = None


_OUTPUT = "Output"

Explain = Annotated[bool, option("--explain", panel=_OUTPUT, help="Say what happened, with the numbers filled in.")]
Json = Annotated[bool, option("--json", panel=_OUTPUT, help="Print one JSON object instead of the table.")]
Quiet = Annotated[bool, option("--quiet", "-q", panel=_OUTPUT, help="Print errors only.")]
Force = Annotated[
    bool,
    option(
        "--force",
        "-f",
        panel=_OUTPUT,
        help="Replace files of that name even if cnnviz did not make them from this input.",
    ),
]


class OutputOptions(NamedTuple):
    """What is written and printed."""

    output: Annotated[
        str | None,
        option("--output", "-o", metavar="X.png", panel=_OUTPUT, help="Name the grid; - is standard output."),
    ] = None
    save: Annotated[
        str | None,
        option(
            "--save", metavar="X.npz", panel=_OUTPUT, help="Name the maps (.npz, .npy, .csv); - is standard output."
        ),
    ] = None
    no_grid: Annotated[bool, option("--no-grid", panel=_OUTPUT, help="Write no grid.")] = False
    no_save: Annotated[bool, option("--no-save", panel=_OUTPUT, help="Write no maps.")] = False
    force: Force = False
    preview: Annotated[bool, option("--preview", panel=_OUTPUT, help="Draw the grid in the terminal as well.")] = False
    explain: Explain = False
    json: Json = False
    levels: Annotated[
        float | None,
        option("--levels", metavar="N", panel=_OUTPUT, help="Show a picture's values as 0–N, like 255."),
    ] = None
    quiet: Quiet = False
