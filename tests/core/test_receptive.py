from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.core.history import LayerRecord
from cnnviz.core.receptive import Field, Window, growth, path, receptive_field, share, title

# (kernel, stride, padding) of the convolutions and poolings of AlexNet (v2) and VGG-16; receptive field, effective
# stride and effective padding are those that Araujo, Norris and Sim print in their table for the last pooling layer.
ALEXNET = [(11, 4, 0), (3, 2, 0), (5, 1, 2), (3, 2, 0), (3, 1, 1), (3, 1, 1), (3, 1, 1), (3, 2, 0)]
VGG16 = [(3, 1, 1)] * 2 + [(2, 2, 0)]
VGG16 = VGG16 * 2 + ([(3, 1, 1)] * 3 + [(2, 2, 0)]) * 3


@pytest.mark.parametrize(
    ("network", "size", "jump", "padding"), [(ALEXNET, 195, 32, 64), (VGG16, 212, 32, 90)], ids=["AlexNet", "VGG-16"]
)
def test_published_networks(network, size, jump, padding):
    windows = [Window("layer", (k, k), (s, s), (p, p, p, p), (1, 1)) for k, s, p in network]
    last = growth(windows)[-1]
    assert (last.size, last.jump) == ((size, size), (jump, jump))
    assert last.box()[:2] == (-padding, -padding)
    assert last.center == ((size - 1) / 2 - padding,) * 2


@pytest.mark.parametrize("network", [ALEXNET, VGG16], ids=["AlexNet", "VGG-16"])
def test_the_recurrence_is_the_closed_form(network):
    """r = Σ (k_l − 1) Π s_i + 1 over the layers before l, as in their equation 2."""
    jump, size = 1, 1
    for kernel, stride, _ in network:
        size += (kernel - 1) * jump
        jump *= stride
    rows = growth([Window("layer", (k, k), (s, s), (p, p, p, p)) for k, s, p in network])
    assert rows[-1].size == (size, size)
    assert [row.size[0] for row in rows] == sorted(row.size[0] for row in rows)


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
    assert receptive_field([]) == (1, 1)


def test_the_patch_of_a_cell_lies_jumps_further():
    row = growth([Window("conv", (3, 4), (2, 3), (1, 1, 0, 0), (1, 2))])[0]
    assert row.box() == (-1, 0, 1, 6)
    assert row.box((2, 1)) == (3, 3, 5, 9)
    assert row.center == (0, 3)
    assert growth([Window("pool", (2, 2), (2, 2))])[0].center == (0.5, 0.5)


@given(windows, st.integers(0, 3))
def test_patches_along_a_path_lie_in_one_another(layers, place):
    history, sizes, size = [], [], 40
    for kernel, stride, pad, dilation in layers:
        pad = min(pad, dilation * (kernel - 1))
        room = size + 2 * pad - dilation * (kernel - 1) - 1
        if room < 0:
            break
        sizes.append((size, size))
        history.append(Window("layer", (kernel,) * 2, (stride,) * 2, (pad,) * 4, (dilation,) * 2))
        size = room // stride + 1
    if not history:
        return
    at = (min(place, size - 1), size - 1)
    rows, cells = growth(history), path(history, sizes, at)
    assert cells[-1] == at
    boxes = [row.box(cell) for row, cell in zip(rows, cells, strict=True)]
    for inner, outer in pairwise(boxes):
        assert outer[0] <= inner[0] and outer[1] <= inner[1]
        assert inner[2] <= outer[2] and inner[3] <= outer[3]
    for (row, column), (height, width) in zip(cells[:-1], sizes[1:], strict=True):
        assert 0 <= row < height and 0 <= column < width


def test_a_path_keeps_to_the_middle():
    history = [Window("conv", (5, 5), (1, 1), (0, 0, 0, 0)), Window("conv", (5, 3), (2, 1), (1, 1, 0, 0), (1, 2))]
    # Of the last cell, rows 2·3 − 1 + 0 … 4 and columns 4, 6, 8 are read.
    assert path(history, [(20, 20), (16, 16)], (3, 4)) == [(7, 6), (3, 4)]


def test_the_share_counts_cells_of_the_input_only():
    assert share((0, 0, 4, 4), (5, 5)) == 1
    assert share((-3, -3, 1, 1), (4, 4)) == 4 / 16
    assert share((-9, -9, 90, 90), (4, 4)) == 1
    assert share((5, 0, 6, 3), (4, 4)) == 0


def test_titles_leave_out_what_is_usual():
    assert title(Window("conv", (3, 3), (1, 1), (1, 1, 1, 1), (1, 1))) == "conv 3"
    assert title(Window("conv", (3, 3), (1, 1), (1, 1, 1, 1), (1, 1)), pad=True) == "conv 3, pad 1"
    assert title(Window("conv", (3, 5), (2, 1), (0, 1, 0, 0), (2, 2)), pad=True) == (
        "conv 3×5, stride 2×1, dilation 2, pad 0,1,0,0"
    )
    assert title(Window("relu")) == "relu"
