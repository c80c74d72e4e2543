import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.core.history import LayerRecord
from cnnviz.core.receptive import Field, growth, receptive_field

# (kernel, stride, padding) of the convolutions and poolings of AlexNet and VGG-16; the sizes are those that Araujo,
# Norris and Sim print in their table for the last pooling layer.
ALEXNET = [(11, 4, 2), (3, 2, 0), (5, 1, 2), (3, 2, 0), (3, 1, 1), (3, 1, 1), (3, 1, 1), (3, 2, 0)]
VGG16 = [(3, 1, 1)] * 2 + [(2, 2, 0)]
VGG16 = VGG16 * 2 + ([(3, 1, 1)] * 3 + [(2, 2, 0)]) * 3


@pytest.mark.parametrize(("network", "size", "jump"), [(ALEXNET, 195, 32), (VGG16, 212, 32)])
def test_published_networks(network, size, jump):
    field = Field()
    for kernel, stride, before in network:
        field = field.through(kernel, stride=stride, before=before)
    assert (field.size, field.jump) == (size, jump)


def test_two_layers_by_hand():
    # 3 cells with a ring of 1, then 2 cells with stride 2: output 0 sees cells −1 … 2.
    field = Field().through(3, before=1).through(2, stride=2)
    assert (field.size, field.jump, field.first, field.last, field.center) == (4, 2, -1, 2, 0.5)


windows = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, 3)), min_size=1, max_size=4
)


@given(windows)
def test_following_the_taps_back_reaches_the_same_cells(layers):
    reached = {0}
    for kernel, stride, before, dilation in reversed(layers):
        reached = {cell * stride - before + tap * dilation for cell in reached for tap in range(kernel)}
    field = Field()
    for kernel, stride, before, dilation in layers:
        field = field.through(kernel, stride=stride, before=before, dilation=dilation)
    assert (min(reached), max(reached)) == (field.first, field.last)


def record(**changes):
    return LayerRecord(name="layer", input_shape=(1, 9, 9), output_shape=(1, 9, 9), **changes)


def test_axes_differ_and_layers_without_window_change_nothing():
    history = [
        record(type="conv", kernel_size=(3, 5), stride=(1, 2), pad=(1, 0, 2, 0), dilation=(1, 1)),
        record(type="activation"),
        record(type="pool", kernel_size=(2, 2), stride=(2, 2), pad=(0, 0, 0, 0), dilation=(1, 1)),
    ]
    rows, columns = growth(history)[-1].rows, growth(history)[-1].columns
    assert (rows.size, rows.first) == (4, -1)
    assert (columns.size, columns.first) == (7, -2)
    assert receptive_field(history) == (4, 7)
