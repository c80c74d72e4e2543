import pytest

from cnnviz.core.layer import Activation, Conv, Pool
from cnnviz.errors import ArgumentError
from cnnviz.nets.grammar import KINDS, layer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("conv 3", {"type": "conv", "kernel_size": (3, 3), "stride": None, "pad": 0}),
        ("conv 3 pad=1", {"pad": 1}),
        ("  CONV   11  Stride=4  pad=2 dilation=1 ", {"kernel_size": (11, 11), "stride": (4, 4), "pad": 2}),
        ("conv 3x5", {"kernel_size": (3, 5)}),
        ("conv 3,5 stride=1x2 dilation=2,1", {"kernel_size": (3, 5), "stride": (1, 2), "dilation": (2, 1)}),
        ("conv 3 pad=same", {"pad": "same"}),
        ("conv 3 pad=1,2,3,4", {"pad": (1, 2, 3, 4)}),
        ("conv 1 filters=64 groups=2 bias=no", {"filters": 64, "groups": 2, "bias": False}),
        ("pool 2", {"type": "pool", "mode": "max", "kernel_size": (2, 2)}),
        ("pool", {"type": "pool", "mode": "max", "kernel_size": (2, 2)}),
        ("max 3 stride=2", {"mode": "max", "kernel_size": (3, 3), "stride": (2, 2)}),
        ("avg pool 3 ceil exclude-pad pad=1", {"mode": "avg", "ceil": True, "exclude_pad": True}),
        ("avg global", {"mode": "avg", "kernel_size": None}),
        ("global avg", {"mode": "avg", "kernel_size": None}),
        ("lp 2 p=3", {"mode": "lp", "p": 3.0}),
        ("relu", {"type": "activation", "mode": "relu", "kernel_size": None}),
    ],
)
def test_what_is_written_is_understood(text, expected):
    found = layer(text)
    assert {key: getattr(found, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty layer"),
        ("cnov 3", "did you mean 'conv'"),
        ("conv", "needs a size"),
        ("conv 0", "at least 1"),
        ("conv -3", "at least 1"),
        ("conv 3.5", "whole numbers"),
        ("conv 3x3x3", "one or two numbers"),
        ("conv 3 pad=-1", "at least 0"),
        ("conv 3 pad=1,2,3", "1, 2 or 4 numbers"),
        ("conv 3 pda=1", "did you mean 'pad'"),
        ("conv 3 pad", "needs a value"),
        ("conv 3 ceil", "unknown 'ceil'"),
        ("conv 3 pad=1 pad=2", "given twice"),
        ("conv 3 stride=0", "at least 1"),
        ("conv 3 filters=2,3", "one number"),
        ("conv 3 bias=maybe", "yes or no"),
        ("conv global", "global goes with pooling"),
        ("avg global stride=2", "leave stride out"),
        ("avg global 3", "global is the size already"),
        ("relu 3", "takes no size"),
        ("relu slope=1", "takes nothing more"),
        ("lp 2 p=0", "above 0"),
        ("conv 99999999", "must be at most 1000000"),
        ("conv 3 stride=٣", "whole numbers"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text, message):
    with pytest.raises(ArgumentError, match=message) as found:
        layer(text)
    assert "\n" not in str(found.value)
    assert found.value.argument == "layer"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_becomes_a_layer(kind):
    found = layer(f"{kind} 2" if kind == "conv" else kind)
    made = found.layer(3)
    assert isinstance(made, Conv | Pool | Activation)
    assert found.describe((3, 8, 8)).input_shape == (3, 8, 8)
    assert found.window().kernel_size == found.describe((3, 8, 8)).kernel_size


@pytest.mark.parametrize(
    "text",
    [
        "conv 3 pad=1",
        "conv 3x5 stride=2 dilation=2,1 pad=1,2,3,4",
        "max 3 stride=2 pad=1,0",
        "conv 4 pad=same",
        "conv 4 pad=same-lower dilation=3",
        "pool 3x2",
    ],
)
def test_a_window_is_the_same_without_the_size_of_the_input(text):
    window, record = layer(text).window(), layer(text).describe((2, 40, 50))
    for key in ("kernel_size", "stride", "pad", "dilation", "name"):
        assert getattr(window, key) == getattr(record, key)


@pytest.mark.parametrize("text", ["avg global", "conv 3 stride=2 pad=same"])
def test_some_windows_need_the_size_of_the_input(text):
    with pytest.raises(ArgumentError, match="needs the size of the input"):
        layer(text).window()
    assert layer(text).describe((1, 9, 9)).pad is not None


def test_parameters_are_counted_without_making_weights():
    record = layer("conv 3 filters=4096 pad=1").describe((4096, 7, 7))
    assert record.weights == 4096 * 4096 * 9
    assert record.biases == 4096
    assert record.output_shape == (4096, 7, 7)


def test_a_layer_that_does_not_fit_names_itself():
    with pytest.raises(ArgumentError, match="'conv 9': a kernel of 9 cells"):
        layer("conv 9").describe((1, 5, 5))
    with pytest.raises(ArgumentError, match="2 groups do not divide 3 channels"):
        layer("conv 1 groups=2").describe((3, 5, 5))
