"""`cnnviz conv`: convolve an input with kernels, then join, activate and pool the maps if asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cnnviz.cli import values
from cnnviz.cli.grouping import grouped
from cnnviz.cli.inputs import channel_mode
from cnnviz.cli.options import AlsoPoolOptions, ConvOptions, GridOptions, InputOptions, Inputs, OutputOptions
from cnnviz.cli.plan import Plan
from cnnviz.cli.pooling import also_pool
from cnnviz.cli.run import run
from cnnviz.cli.shift import ShiftOptions, run_shifted
from cnnviz.core.activation import ACTIVATIONS
from cnnviz.core.padding import PAD_MODES
from cnnviz.core.shapes import PadLike, Pair
from cnnviz.errors import UsageError
from cnnviz.files import ahead

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.core.feature_maps import FeatureMaps
    from cnnviz.core.layer import Conv, Layer, Pool
    from cnnviz.kernels.grammar import Bank

EXAMPLES = (
    "cnnviz conv photo.png --kernel sobel --pad 1",
    "cnnviz conv photo.png -k gaussian:5 -k sharpen --pad same",
)


@grouped
def command(
    inputs: Inputs,
    conv: ConvOptions,
    pool: AlsoPoolOptions,
    shifting: ShiftOptions,
    input_options: InputOptions,
    grid: GridOptions,
    output: OutputOptions,
) -> None:
    """See COMMANDS."""
    settings = Settings.of(conv)
    pooling = also_pool(pool)
    limit = values.memory(input_options.max_memory)
    ahead.begin(inputs[0], limit)
    kernels = settings.bank(conv.kernel, limit)

    def plan(maps: FeatureMaps, picture: bool) -> Plan:
        return settings.plan(kernels, maps, picture, pooling)

    if shifting.shift is not None:
        run_shifted("conv", inputs, input_options, output, plan, shifting.shift, kernels.files, along=True)
    else:
        run("conv", inputs, input_options, grid, output, plan, kernels.files)


class Settings(NamedTuple):
    """The options of the layer, checked before anything is read."""

    channels: str | None
    depthwise: bool
    pad: PadLike
    pad_mode: str
    pad_value: float
    stride: Pair
    dilation: Pair
    groups: int | None
    bias: list[float] | None
    flip: bool
    magnitude: bool
    activation: str

    @classmethod
    def of(cls, options: ConvOptions) -> Settings:
        """Read the options; raises UsageError."""
        if not options.kernel:
            raise UsageError("conv needs a --kernel: try --kernel sobel, or see 'cnnviz kernels'")
        if options.no_bias and options.bias is not None:
            raise UsageError(f"--bias {options.bias} and --no-bias contradict each other: leave one out")
        pad_mode = PAD_MODES[values.choice(options.pad_mode, PAD_MODES, "--pad-mode")]
        if options.pad_value is not None and pad_mode != "constant":
            raise UsageError(f"--pad-value fills constant padding: it does not go with --pad-mode {options.pad_mode}")
        if options.groups is not None and options.groups < 1:
            raise UsageError(f"--groups must be at least 1, not {options.groups}")
        return cls(
            channels=options.channels,
            depthwise=options.depthwise,
            pad=values.pad(options.pad, "--pad"),
            pad_mode=pad_mode,
            pad_value=values.number(options.pad_value or "0", "--pad-value"),
            stride=values.pair(options.stride, "--stride"),
            dilation=values.pair(options.dilation, "--dilation"),
            groups=options.groups,
            bias=None if options.no_bias else values.numbers(options.bias or "0", "--bias"),
            flip=options.flip,
            magnitude=options.magnitude,
            activation=values.choice(options.activation, ACTIVATIONS, "--activation"),
        )

    def bank(self, specs: list[str] | None, limit: int | None) -> Bank:
        """Return the kernels; raises UsageError where an option does not go with their number of axes."""
        from cnnviz.kernels.grammar import bank

        kernels = bank(specs or (), limit=limit)
        flat = kernels.weights.ndim == 3
        if flat and self.groups is not None:
            raise UsageError("--groups belongs to kernels of four axes; for a depthwise layer use --channels each")
        channel_mode(self.channels, self.depthwise, four_axes=not flat, picture=True)
        return kernels

    def plan(self, kernels: Bank, maps: FeatureMaps, picture: bool, pooling: Pool | None) -> Plan:
        """Return the layers of the run for the maps that enter them."""
        from cnnviz.core.layer import Activation, Magnitude

        conv = self._conv(kernels, maps, picture)
        layers: list[Layer] = [conv]
        labels = conv.labels(maps.labels)
        thumbnails: list[NDArray[np.float32] | None] = [
            kernel[0] if kernel.shape[0] == 1 or self._flat(kernels) else None for kernel in conv.weight
        ]
        if self.magnitude:
            layers.append(Magnitude(labels))
            where = dict(zip(labels, thumbnails, strict=True))
            thumbnails = [where.get(label) for label in layers[-1].labels(labels)]
        if self.activation != "none":
            layers.append(Activation(self.activation))
        if pooling:
            layers.append(pooling)
        return Plan(layers, thumbnails, kernels.notes)

    @staticmethod
    def _flat(kernels: Bank) -> bool:
        return bool(kernels.weights.ndim == 3)

    def _conv(self, kernels: Bank, maps: FeatureMaps, picture: bool) -> Conv:
        import numpy as np

        from cnnviz.core.channels import spread, spread_labels
        from cnnviz.core.layer import Conv

        weights = kernels.weights[..., ::-1, ::-1] if self.flip else kernels.weights
        mode = channel_mode(self.channels, self.depthwise, four_axes=not self._flat(kernels), picture=picture)
        labels = list(kernels.labels)
        groups = self.groups or 1
        if mode:
            weights, groups = spread(weights, maps.shape[0], mode)
            labels = spread_labels(labels, maps.labels, mode)
        return Conv(
            np.ascontiguousarray(weights),
            self._biases(len(weights)),
            map_labels=labels,
            name=f"conv {_kernel_name(kernels)}",
            stride=self.stride,
            pad=self.pad,
            dilation=self.dilation,
            groups=groups,
            pad_mode=self.pad_mode,
            pad_value=self.pad_value,
            channels=mode,
        )

    def _biases(self, maps: int) -> NDArray[np.float32] | None:
        import numpy as np

        if self.bias is None:
            return None
        if len(self.bias) not in (1, maps):
            raise UsageError(f"--bias takes one number, or one for each of {maps} maps, not {len(self.bias)}")
        return np.full(maps, self.bias[0], np.float32) if len(self.bias) == 1 else np.array(self.bias, np.float32)


def _kernel_name(kernels: Bank) -> str:
    """Return what a title calls the kernels: their names where these are short, else how many there are."""
    names = ", ".join(kernels.specs)
    count = len(kernels.weights)
    if len(kernels.specs) > 3 or len(names) > 40:
        return f"{count} kernels" if count > 1 else "×".join(map(str, kernels.weights.shape[-2:])) + " kernel"
    return names
