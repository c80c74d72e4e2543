"""`cnnviz pool`: shrink maps by keeping one value of every window, with nothing to learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.cli import values
from cnnviz.cli.grouping import grouped
from cnnviz.cli.options import GridOptions, InputOptions, Inputs, OutputOptions, PoolOptions
from cnnviz.cli.plan import Plan
from cnnviz.cli.pooling import pooling
from cnnviz.cli.run import run
from cnnviz.cli.shift import ShiftOptions, run_shifted
from cnnviz.files import ahead

if TYPE_CHECKING:
    from cnnviz.core.feature_maps import FeatureMaps

EXAMPLES = (
    "cnnviz pool photo.conv.npz",
    "cnnviz pool photo.conv.npz --mode avg --size 3 --stride 2",
    "cnnviz pool photo.conv.npz --shift 2",
)


@grouped
def command(
    inputs: Inputs,
    pool: PoolOptions,
    shifting: ShiftOptions,
    input_options: InputOptions,
    grid: GridOptions,
    output: OutputOptions,
) -> None:
    """See COMMANDS."""
    ahead.begin(inputs[0], values.memory(input_options.max_memory))
    layer = pooling(pool)

    def plan(maps: FeatureMaps, picture: bool) -> Plan:
        return Plan([layer])

    if shifting.shift is not None:
        run_shifted("pool", inputs, input_options, output, plan, shifting.shift)
    else:
        run("pool", inputs, input_options, grid, output, plan)
